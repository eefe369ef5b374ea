"""A plan for the short way: folders, links and texts instead of wheels and files."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pysetup.phases.install.plan import InstallPlan, PlannedFile
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.replay.staging import Group, Part
from pysetup.standards.record import RecordEntry, to_record_text
from pysetup.store.kept_files import KeptFile
from pysetup.store.linked_tree import linked_tree
from pysetup.store.stored_wheel import FILES, StoredWheel
from pysetup.store.texts import FOLDER, TextStore
from pysetup.workflows.installing.linked_folders import linked_folders
from pysetup.workflows.installing.ownership import (
    OwnershipDraft,
    ownership_place,
    told,
)

# Fewer links than this are not worth a second process.
_WORTH_A_PROCESS = 500
# Making a folder costs about as much as linking this many files.
_FOLDER_WEIGHT = 2


# A plan as ``pysetup.replay.changes`` takes it.
KeptPlan = tuple[object, ...]
# Folder below the prefix, folder of the store, mode.
_Place = tuple[str, str, int]


class NotKeptError(Exception):
    """What was installed is not all from the store: the short way cannot repeat it."""


@dataclass(slots=True)
class _Draft:
    """A plan in the making; paths are below the prefix."""

    prefix: str
    python: bytes
    root: str
    texts_store: TextStore
    files: dict[_Place, list[tuple[str, str, KeptFile]]] = field(default_factory=dict)
    texts: list[tuple[str, str, bytes, bytes]] = field(default_factory=list)
    records: list[tuple[str, bytes, tuple[int, ...]]] = field(default_factory=list)
    stamps: dict[str, int] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    checked: dict[tuple[str, int], list[KeptFile]] = field(default_factory=dict)

    def relative(self, path: str) -> str:
        """Return ``path`` below the prefix; raises ``NotKeptError``."""
        if not path.startswith(self.prefix + os.sep):
            raise NotKeptError
        return path[len(self.prefix) + 1 :]

    def link(self, place: str, folder: str, file: KeptFile) -> None:
        """Bring the file ``file`` of ``folder``, which is below the root, in."""
        here, name = os.path.split(self.relative(place))
        above, there = os.path.split(f"{folder}/{file.path}")
        key = (here, above, file.mode)
        self.files.setdefault(key, []).append((there, name, file))

    def check(self, folder: str, file: KeptFile) -> None:
        """Have the file ``file`` of ``folder``, which is below the root, looked at."""
        above = os.path.dirname(f"{folder}/{file.path}")
        self.checked.setdefault((above, file.mode), []).append(file)

    def own(self, owned: OwnershipDraft) -> None:
        """Tell ``owned`` the times of the folders that are its alone."""
        for folder in owned.folders:
            above = folder.removesuffix("/__pycache__")
            if above in self.stamps:
                owned.stamps[folder] = self.stamps[folder] = self.stamps[above]

    def text(self, place: str, content: bytes) -> KeptFile:
        """Bring a text in that is the same in every environment."""
        kept = self.texts_store.keep(content)
        self.link(place, FOLDER, kept)
        return kept


def kept_plan(
    plan: TransactionPlan,
    sources: Mapping[str, object],
    *,
    root: Path,
    prefix: str,
    python: str,
    linked: bool = False,
) -> KeptPlan:
    """Return ``plan``, which only installs, as ``pysetup.replay.changes`` takes it.

    ``sources`` are the wheels by file name, ``root`` is the store's folder, ``python``
    the interpreter that the scripts name. With ``linked``, a folder in which one wheel
    is alone becomes a link to the store, at the highest place where that can be.
    Raises ``NotKeptError`` where not everything is in the store, and ``OSError``.
    """
    draft = _Draft(
        os.path.realpath(prefix), python.encode(), str(root), TextStore(root)
    )
    wheels: list[tuple[InstallPlan, StoredWheel]] = []
    for install in plan.installs:
        wheel = sources[install.wheel]
        if not isinstance(wheel, StoredWheel):
            raise NotKeptError
        wheels.append((install, wheel))
    if not linked and not _are_hard_links(wheels):
        raise NotKeptError  # copies or clones, which the short way does not make
    owners = _owners(draft, wheels)
    draft.stamps = _stamps(owners, wheels)
    for install, wheel in wheels:
        folders = linked_folders(install, wheel, draft.prefix, owners) if linked else {}
        _add(draft, install, wheel, folders)
    return (
        draft.root,
        _parts(draft),
        tuple(draft.links),
        tuple(draft.texts),
        tuple(draft.records),
        _changes(plan),
    )


def _changes(plan: TransactionPlan) -> list[bytes]:
    """Return what the history will say of ``plan``; raises ``NotKeptError``."""
    found = [told(install) for install in plan.installs]
    if b"" in found:
        raise NotKeptError
    return sorted(
        one.replace(b',"new":', b',"old":null,"new":', 1) + b"}" for one in found
    )


def _are_hard_links(wheels: Iterable[tuple[InstallPlan, StoredWheel]]) -> bool:
    """Tell whether what was installed are the files of the store themselves."""
    for install, wheel in wheels:
        kept = {file.path: file.inode for file in wheel.manifest.files}
        for file in install.files:
            if file.source is not None:
                return os.lstat(file.path).st_ino == kept[file.source]
    return True


def _owners(
    draft: _Draft, wheels: Iterable[tuple[InstallPlan, StoredWheel]]
) -> dict[str, set[str]]:
    """Return folder below the prefix -> the wheels that have files in it."""
    owners: dict[str, set[str]] = {}
    for install, _ in wheels:
        for file in install.files:
            folder = os.path.dirname(draft.relative(file.path))
            while folder and install.wheel not in owners.get(folder, ()):
                owners.setdefault(folder, set()).add(install.wheel)
                folder = os.path.dirname(folder)
    return owners


def _stamps(
    owners: Mapping[str, set[str]], wheels: Iterable[tuple[InstallPlan, StoredWheel]]
) -> dict[str, int]:
    """Return the time that folders get in which one wheel's files are alone.

    It is that of one of its files: another version of the wheel has another.
    """
    times = {
        install.wheel: max(file.changed for file in wheel.manifest.files)
        for install, wheel in wheels
    }
    return {
        folder: times[next(iter(names))]
        for folder, names in owners.items()
        if len(names) == 1
    }


def _add(
    draft: _Draft,
    install: InstallPlan,
    wheel: StoredWheel,
    folders: Mapping[str, str],
) -> None:
    """Add what one wheel brings; ``folders`` of it become links to the store."""
    made = _WheelDraft(draft, install, wheel, folders)
    for file in install.files:
        made.add_file(file)
    for place, compiled in _bytecode(install, wheel):
        made.add_bytecode(place, compiled)
    made.add_record()
    draft.own(made.owned)
    place = os.path.join(draft.prefix, ownership_place(install))
    draft.text(place, made.owned.made(install).to_bytes())


class _WheelDraft:
    """What one wheel adds to a plan in the making, its RECORD, its ownership."""

    def __init__(
        self,
        draft: _Draft,
        install: InstallPlan,
        wheel: StoredWheel,
        folders: Mapping[str, str],
    ) -> None:
        self.owned = OwnershipDraft(draft.prefix)
        self._draft = draft
        self._install = install
        self._wheel = wheel
        self._below = os.path.relpath(wheel.folder, draft.root)
        self._kept = {file.path: file for file in wheel.manifest.files}
        self._site = os.path.dirname(install.info_dir)
        self._entries: list[RecordEntry] = []
        self._numbers: list[int] = []
        self._folders = folders
        self._tree = ""
        if folders:
            self._tree = f"{self._below}/{linked_tree(wheel, _kind(wheel))}"
        for folder, source in folders.items():
            self._add_folder(folder, f"{self._tree}/{source}")

    def _add_folder(self, folder: str, target: str) -> None:
        """Add a link to a folder; it is the first of its rows in RECORD.

        So whoever removes what RECORD lists removes the link, and then finds nothing
        behind it: no tool reaches into the store.
        """
        self._draft.links.append((folder, target))
        self.owned.links.append((folder, f"{self._draft.root}/{target}"))
        place = _recorded(f"{self._draft.prefix}/{folder}", self._site)
        self._entries.append(RecordEntry(place, None, None))

    def _is_linked(self, place: str) -> bool:
        """Tell whether a folder above ``place`` is a link to the store."""
        folder = os.path.dirname(self._draft.relative(place))
        while folder:
            if folder in self._folders:
                return True
            folder = os.path.dirname(folder)
        return False

    def add_file(self, file: PlannedFile) -> None:
        """Add one planned file; raises ``NotKeptError``."""
        path = _recorded(file.path, self._site)
        in_entry = file.path.startswith(self._install.info_dir + os.sep)
        if file.source is None and file.executable:
            self._add_script(file, path)
            return
        if file.source is not None:
            self._link(file)
        elif file.link or not in_entry:
            raise NotKeptError
        else:
            self._draft.text(file.path, file.content)
        if in_entry:
            self.owned.add_name(file.path)
        self._entries.append(RecordEntry(path, file.hash, file.size))

    def add_bytecode(self, place: str, compiled: KeptFile) -> None:
        """Add bytecode, which RECORD lists without digest."""
        if self._is_linked(place):
            self._draft.check(self._tree, compiled)
        else:
            folder = f"{self._below}/{self._wheel.compiled_in}"
            self._draft.link(place, folder, compiled)
            self.owned.add_name(place)
        self._entries.append(RecordEntry(_recorded(place, self._site), None, None))

    def add_record(self) -> None:
        """Add RECORD: the same everywhere, or to be completed with the scripts."""
        place = self._install.record_path
        self.owned.add_name(place)
        self._entries.append(RecordEntry(_recorded(place, self._site), None, None))
        entries = sorted(self._entries, key=lambda entry: entry.path)
        body = to_record_text(entries).encode()
        if self._numbers:
            row = (self._draft.relative(place), body, tuple(self._numbers))
            self._draft.records.append(row)
        else:
            self._draft.text(place, body)

    def _link(self, file: PlannedFile) -> None:
        source = file.source or ""
        if not self._wheel.stored(source, executable=file.executable):
            raise NotKeptError
        kept = self._kept[source]
        if self._is_linked(file.path):
            self._draft.check(self._tree, kept)
            return
        self._draft.link(file.path, f"{self._below}/{FILES}", kept)
        if not file.path.startswith(self._install.info_dir + os.sep):
            self.owned.add(file.path, kept)

    def _add_script(self, file: PlannedFile, recorded: str) -> None:
        """Add a script as what stands before and behind the interpreter's path."""
        head = b"#!" + self._draft.python
        if not file.content.startswith(head) or "," in recorded or '"' in recorded:
            raise NotKeptError
        place, rest = self._draft.relative(file.path), file.content[len(head) :]
        self._numbers.append(len(self._draft.texts))
        self._draft.texts.append((place, recorded, b"#!", rest))
        self.owned.scripts.append((place, b"#!", rest))


def _recorded(path: str, site: str) -> str:
    below = site + os.sep
    return path[len(below) :] if path.startswith(below) else os.path.relpath(path, site)


def _kind(wheel: StoredWheel) -> str:
    """Return a name for the bytecode that ``wheel`` has."""
    parts = wheel.compiled_in.split("/")
    return parts[1] if wheel.compiled else "plain"


def _bytecode(
    install: InstallPlan, wheel: StoredWheel
) -> Iterator[tuple[str, KeptFile]]:
    """Yield where bytecode goes, and what it is."""
    compiled = {f"{wheel.compiled_in}/{kept.path}": kept for kept in wheel.compiled}
    for file in install.files:
        stored = (wheel.bytecode or {}).get(file.source or "")
        if stored is not None:
            above = os.path.dirname(file.path)
            place = os.path.join(above, "__pycache__", os.path.basename(stored))
            yield place, compiled[stored]


def _parts(draft: _Draft) -> tuple[Part, ...]:
    """Return the work in one part, or in two of the same weight if it is large."""
    groups = [_group(*item) for item in sorted(draft.files.items(), key=lambda i: i[0])]
    written = [link[0] for link in draft.links]
    written += [text[0] for text in draft.texts] + [row[0] for row in draft.records]
    extra = [os.path.dirname(path) for path in written]
    for (there, mode), files in sorted(draft.checked.items(), key=lambda i: i[0]):
        rows = [(os.path.basename(f.path), os.path.basename(f.path), f) for f in files]
        groups.append(_group(("", there, mode), rows))
    weights = [len(group[2]) + _FOLDER_WEIGHT for group in groups]
    if sum(weights) < _WORTH_A_PROCESS:
        return (_part(draft, groups, extra),)
    half, cut = sum(weights) / 2, 0
    while sum(weights[: cut + 1]) < half:
        cut += 1
    return (_part(draft, groups[:cut], extra), _part(draft, groups[cut:], ()))


def _group(place: _Place, rows: Sequence[tuple[str, str, KeptFile]]) -> Group:
    there, here, files = zip(*rows, strict=True)
    return (
        place[1],
        place[0],
        tuple(map(os.fsencode, there)),
        () if there == here else tuple(map(os.fsencode, here)),
        place[2],
        tuple(file.size for file in files),
        tuple(file.changed for file in files),
        tuple(file.inode for file in files),
    )


def _part(draft: _Draft, groups: Sequence[Group], extra: Iterable[str]) -> Part:
    folders: set[str] = set()
    for folder in (*(group[1] for group in groups), *extra):
        above = folder
        while above and above not in folders:
            folders.add(above)
            above = os.path.dirname(above)
    filled = {group[1] for group in groups if group[1]}
    stamps = tuple((f, draft.stamps[f]) for f in sorted(filled) if f in draft.stamps)
    return (tuple(sorted(folders)), tuple(groups), stamps)
