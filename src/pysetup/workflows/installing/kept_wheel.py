"""What one wheel adds to a plan for the short way: its files, RECORD, ownership."""

import os
from collections.abc import Iterator, Mapping

from pysetup.phases.install.plan import InstallPlan, PlannedFile
from pysetup.standards.record import RecordEntry, to_record_text
from pysetup.store.kept_files import KeptFile
from pysetup.store.linked_tree import linked_tree
from pysetup.store.stored_wheel import FILES, StoredWheel
from pysetup.workflows.installing.ownership import OwnershipDraft, ownership_place
from pysetup.workflows.installing.plan_draft import NotKeptError, PlanDraft


def add_wheel(
    draft: PlanDraft,
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
        draft: PlanDraft,
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
