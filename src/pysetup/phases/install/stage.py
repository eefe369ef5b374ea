"""The stage: new files written beside the environment, before anything is changed."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.bytecode import Module
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.journal import Step
from pysetup.phases.install.linking import Linker, Row
from pysetup.phases.install.moves import Mover
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, parse_json_object, to_canonical_json
from pysetup.standards.record import RecordEntry, to_record_text

STAGE_PREFIX = "tx-"
STAGE_PREFIXES = (STAGE_PREFIX, _ELSEWHERE_PREFIX := ".pysetup-tx-")
_ELSEWHERE = "elsewhere.json"


class Stage:
    """Folders beside the environment, one for each file system that it is on.

    ``folder`` is the first, in the state folder ``root``; it says where the others
    are, so that all can be found after a crash.
    """

    def __init__(
        self, root: str, name: str, *, files: FileSystem, linker: Linker
    ) -> None:
        self.root = root
        self.folder = os.path.join(root, STAGE_PREFIX + name)
        self._name = name
        self._files = files
        self._linker = linker
        self._folders: dict[int, str] = {files.device(root): self.folder}
        self._devices: dict[str, int] = {}
        self._mirrors: dict[str, str] = {}
        self._made: set[str] = set()
        self._own = 0
        self._bytecode: dict[str, list[str]] = {}
        self.places: dict[str, str] = {}
        self._make(self.folder)

    @property
    def folders(self) -> tuple[str, ...]:
        """All stage folders."""
        return tuple(self._folders.values())

    def write(self, place: str, chunks: Iterable[bytes], *, executable: bool) -> None:
        """Write what will stand at ``place``; a second time for one place is left."""
        if place in self.places:
            return
        staged, _ = self._new(place)
        self._files.write(staged, chunks, executable=executable)
        self.places[place] = staged

    def link(self, place: str, target: str) -> None:
        """Make the link to ``target`` that will stand at ``place``."""
        if place in self.places:
            return
        staged, _ = self._new(place)
        self._files.link(staged, target)
        self.places[place] = staged

    def bring(self, rows: Iterable[Row], *, out_of: str) -> None:
        """Make files out of stored ones.

        Each row is (the place where it will stand, file below ``out_of``, executable).
        """
        by_device: dict[int, list[Row]] = {}
        for place, stored, executable in rows:
            if place in self.places:
                continue
            staged, folder = self._new(place)
            row = (place.removeprefix(os.sep), stored, executable)
            by_device.setdefault(self._devices[folder], []).append(row)
            self.places[place] = staged
        for device, found in by_device.items():
            into = os.path.join(self._folders[device], "new")
            self._linker(found, into=into, out_of=out_of, device=device)

    def add(self, name: str, content: bytes, *, beside: str = "") -> str:
        """Write a file of the stage itself; return its path.

        It is on the file system of the place ``beside``, if one is given.
        """
        folder = self._folder(beside) if beside else self.folder
        self._own += 1
        path = os.path.join(folder, f"{self._own}-{name}")
        self._files.write(path, [content], executable=False)
        return path

    def bytecode_of(self, module: Module) -> list[str]:
        """Take up the bytecode that was made for ``module``; return its places."""
        folder, name = os.path.split(module.shown)
        staged = module.folder
        if staged not in self._bytecode:
            standing = self._files.look(staged) is not None
            names = self._files.scan(staged) if standing else []
            self._bytecode[staged] = [name for name, _ in names]
        found: list[str] = []
        for made in self._bytecode[staged]:
            place = os.path.join(folder, "__pycache__", made)
            if made.startswith(name.removesuffix("py")) and place not in self.places:
                self.places[place] = os.path.join(staged, made)
                found.append(place)
        return found

    def steps(
        self,
        plan: TransactionPlan,
        gone: frozenset[str],
        *,
        lasting: Collection[str],
        whole_folders: bool,
    ) -> tuple[Step, ...]:
        """Return the moves: old entries of the database first, new ones last.

        ``gone`` are the paths that are removed or replaced; ``lasting`` and
        ``whole_folders`` are as for ``Mover``.
        """
        leaving = {removal.info_dir for removal in plan.removals}
        coming = {install.info_dir for install in plan.installs}
        movers = {
            device: Mover(
                self._files,
                slots=_slots(folder),
                lasting=lasting,
                whole_folders=whole_folders,
            )
            for device, folder in self._folders.items()
        }
        old_entries = _at_or_below(gone, leaving)
        new_entries = _at_or_below(self.places, coming)
        steps: list[Step] = []
        for places, going in (
            (frozenset[str](), old_entries),
            (self.places.keys() - new_entries, gone - old_entries),
            (new_entries, frozenset[str]()),
        ):
            for device, mover in movers.items():
                steps += mover.move(
                    stage=os.path.join(self._folders[device], "new"),
                    places=self._those_on(device, places),
                    gone=self._those_on(device, going),
                )
        return tuple(steps)

    def make_slots(self, gone: Iterable[str]) -> None:
        """Make the folders that the old files at ``gone`` go to."""
        for path in gone:
            self._folder(path)
        for folder in self.folders:
            self._make(os.path.join(folder, "old"))

    def _new(self, place: str) -> tuple[str, str]:
        """Return where ``place`` is staged, in a folder that stands, and its folder."""
        folder, _, name = place.rpartition(os.sep)
        mirror = self._mirrors.get(folder)
        if mirror is None:
            mirror = os.path.join(self._folder(place), "new") + folder
            self._make(mirror)
            self._mirrors[folder] = mirror
        return f"{mirror}/{name}", folder

    def _those_on(self, device: int, places: Collection[str]) -> Collection[str]:
        if len(self._folders) == 1:
            return places
        return [place for place in places if self._device(place) == device]

    def _folder(self, place: str) -> str:
        """Return the stage on the file system of ``place``; make it if need be."""
        device = self._device(place)
        if device not in self._folders:
            anchor = self._standing(os.path.dirname(place))
            folder = os.path.join(anchor, _ELSEWHERE_PREFIX + self._name)
            others = [*self.folders[1:], folder]
            listing = to_canonical_json({"folders": list[JSON](others)})
            self._files.write_durably(os.path.join(self.folder, _ELSEWHERE), listing)
            self._make(folder)
            self._folders[device] = folder
        return self._folders[device]

    def _device(self, place: str) -> int:
        folder = os.path.dirname(place)
        if folder not in self._devices:
            self._devices[folder] = self._files.device(self._standing(folder))
        return self._devices[folder]

    def _standing(self, folder: str) -> str:
        while self._files.look(folder) is None:
            folder = os.path.dirname(folder)
        return folder

    def _make(self, folder: str) -> None:
        if folder not in self._made:
            self._files.make_folders(folder)
            self._made.add(folder)


def stages_elsewhere(stage: str, *, files: FileSystem) -> tuple[str, ...]:
    """Return the stage folders on other file systems that belong to ``stage``."""
    listing = os.path.join(stage, _ELSEWHERE)
    if files.look(listing) is None:
        return ()
    folders = parse_json_object(files.read(listing), source=listing).get("folders")
    return tuple(map(str, folders)) if isinstance(folders, list) else ()


def stage_files(stage: Stage, plan: InstallPlan, wheel: WheelSource) -> None:
    """Write what ``plan`` installs, proved against the wheel's RECORD; no RECORD yet.

    What the store has is linked.

    Raises ``OSError`` or ``IntegrityError``; then the stage must be discarded.
    """
    stored: list[Row] = []
    for file in plan.files:
        if file.link:
            stage.link(file.path, file.link)
        elif file.source is None:
            stage.write(file.path, [file.content], executable=file.executable)
        elif source := wheel.stored(file.source, executable=file.executable):
            stored.append((file.path, source, file.executable))
        else:
            chunks = wheel.chunks(file.source)
            stage.write(file.path, chunks, executable=file.executable)
    stage.bring(stored, out_of=wheel.folder)


def modules_of(stage: Stage, plan: InstallPlan, sites: Sequence[str]) -> list[Module]:
    """Return the modules of ``plan`` below ``sites``: those that get bytecode."""
    folders = tuple(site + os.sep for site in sites)
    return [
        Module(
            stage.places[file.path],
            file.path,
            os.path.join(os.path.dirname(stage.places[file.path]), "__pycache__"),
        )
        for file in plan.files
        if file.path.endswith(".py")
        and file.path.startswith(folders)
        and not file.link  # what it leads to will change
    ]


def stage_bytecode(
    stage: Stage, plan: InstallPlan, bytecode: Mapping[str, str], *, folder: str
) -> list[str]:
    """Bring in ``bytecode``, by module of the wheel, below ``folder``.

    Returns the places where it will stand.
    """
    rows: list[Row] = []
    for file in plan.files:
        if file.source is not None and file.source in bytecode:
            stored = bytecode[file.source]
            above, name = os.path.dirname(file.path), os.path.basename(stored)
            rows.append((os.path.join(above, "__pycache__", name), stored, False))
    stage.bring(rows, out_of=folder)
    return [place for place, _, _ in rows]


def stage_record(stage: Stage, plan: InstallPlan, bytecode: Sequence[str]) -> None:
    """Write RECORD; ``bytecode`` at these places is listed without digest.

    It may be made anew at any time, with other content (PEP 376, PEP 627). So may what
    a link leads to.
    """
    proofs: dict[str, tuple[Hash | None, int | None]] = {
        file.path: (None, None) if file.link else (file.hash, file.size)
        for file in plan.files
    }
    proofs.update(dict.fromkeys((*bytecode, plan.record_path), (None, None)))
    site = os.path.dirname(plan.info_dir)
    below = site + os.sep
    relative = {
        path.removeprefix(below)
        if path.startswith(below)
        else os.path.relpath(path, site): proof
        for path, proof in proofs.items()
    }
    content = to_record_text(
        RecordEntry(path, *relative[path]) for path in sorted(relative)
    )
    stage.write(plan.record_path, [content.encode()], executable=False)


def _at_or_below(paths: Iterable[str], folders: set[str]) -> set[str]:
    """Return those ``paths`` that are one of ``folders`` or below one of them."""
    inside: dict[str, bool] = {}
    found = set()
    for path in paths:
        above = path[: path.rfind(os.sep)]
        below = inside.get(above)
        if below is None:
            below = inside[above] = _has_parent(above, folders)
        if below or path in folders:
            found.add(path)
    return found


def _has_parent(path: str, folders: set[str]) -> bool:
    while path not in folders:
        above = os.path.dirname(path)
        if above == path:
            return False
        path = above
    return True


def _slots(folder: str) -> Iterator[str]:
    number = 0
    while True:
        yield os.path.join(folder, "old", str(number))
        number += 1
