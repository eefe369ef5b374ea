"""A plan for the short way: folders, links and texts instead of wheels and files."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.plan import InstallPlan, PlannedFile
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.replay.staging import Group, Part
from pysetup.standards.record import RecordEntry, to_record_text
from pysetup.store.kept_files import KeptFile
from pysetup.store.stored_wheel import FILES, StoredWheel
from pysetup.store.texts import FOLDER, TextStore
from pysetup.workflows.installing.ownership import OwnershipDraft, ownership_place

# Fewer links than this are not worth a second process.
_WORTH_A_PROCESS = 500
# Making a folder costs about as much as linking this many files.
_FOLDER_WEIGHT = 2


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
    sources: Mapping[str, WheelSource],
    *,
    root: Path,
    prefix: str,
    python: str,
) -> tuple[object, ...]:
    """Return ``plan``, which only installs, as ``pysetup.replay.changes`` takes it.

    ``sources`` are the wheels by file name, ``root`` is the store's folder, ``python``
    the interpreter that the scripts name. Raises ``NotKeptError`` where not everything
    is in the store, and ``OSError``.
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
    draft.stamps = _stamps(draft, wheels)
    for install, wheel in wheels:
        _add(draft, install, wheel)
    parts = _parts(draft)
    return (draft.root, parts, (), (), tuple(draft.texts), tuple(draft.records))


def _stamps(
    draft: _Draft, wheels: Iterable[tuple[InstallPlan, StoredWheel]]
) -> dict[str, int]:
    """Return the time that folders get in which one wheel's files are alone.

    It is that of one of its files: another version of the wheel has another.
    """
    owners: dict[str, set[str]] = {}
    times: dict[str, int] = {}
    for install, wheel in wheels:
        times[install.wheel] = max(file.changed for file in wheel.manifest.files)
        for file in install.files:
            folder = os.path.dirname(draft.relative(file.path))
            while folder and install.wheel not in owners.get(folder, ()):
                owners.setdefault(folder, set()).add(install.wheel)
                folder = os.path.dirname(folder)
    return {
        folder: times[next(iter(names))]
        for folder, names in owners.items()
        if len(names) == 1
    }


def _add(draft: _Draft, install: InstallPlan, wheel: StoredWheel) -> None:
    """Add what one wheel brings."""
    made = _WheelDraft(draft, install, wheel)
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

    def __init__(self, draft: _Draft, install: InstallPlan, wheel: StoredWheel) -> None:
        self.owned = OwnershipDraft(draft.prefix)
        self._draft = draft
        self._install = install
        self._wheel = wheel
        self._below = os.path.relpath(wheel.folder, draft.root)
        self._kept = {file.path: file for file in wheel.manifest.files}
        self._site = os.path.dirname(install.info_dir)
        self._entries: list[RecordEntry] = []
        self._numbers: list[int] = []

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
        self._draft.link(place, f"{self._below}/{self._wheel.compiled_in}", compiled)
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
    written = [text[0] for text in draft.texts] + [row[0] for row in draft.records]
    extra = [os.path.dirname(path) for path in written]
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
    filled = {group[1] for group in groups}
    stamps = tuple((f, draft.stamps[f]) for f in sorted(filled) if f in draft.stamps)
    return (tuple(sorted(folders)), tuple(groups), stamps)
