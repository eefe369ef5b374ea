"""Deciding what installing a wheel writes, and where; nothing is touched here."""

import os
from collections.abc import Callable, Collection, Mapping

from pysetup.interchange.dist_info import RECORD, RECORD_SIGNATURES, SUFFIX
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import EGG_INFO_SUFFIX
from pysetup.interchange.wheel_file import WheelLayoutError, WheelMember
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.fitness import check_fitness
from pysetup.phases.install.handlers.handler import FindHandlers
from pysetup.phases.install.handlers.plugins import installed_handlers
from pysetup.phases.install.handlers.tasks import plan_tasks
from pysetup.phases.install.reading import (
    DIRECT_URL,
    INSTALLER,
    PROVENANCE,
    REQUESTED,
)
from pysetup.phases.install.reasons import OWN_RECORD, own_record
from pysetup.phases.install.scripts import names_python, rewrite_script
from pysetup.phases.install.start_hook import HOOK
from pysetup.phases.install.task_files import TaskFiles, moved_files
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, to_canonical_json
from pysetup.standards.script_names import check_script_name
from pysetup.standards.start_up import START_UP_PACKAGES, code_lines, start_up_kind
from pysetup.values import dataclass

# The journal and the stage of a transaction, in an environment's root or site folder.
STATE_FOLDER = ".pysetup"
_OWN_FILES = (
    INSTALLER,
    REQUESTED,
    DIRECT_URL,
    PROVENANCE,
    OWN_RECORD,
    RECORD,
    *RECORD_SIGNATURES,
)


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to write: absolute path, digest, size in bytes, and where it is from.

    ``source`` is the path in the wheel, or None when ``content`` was made here. A link
    has ``link``, the absolute path that it leads to, and no content.
    """

    path: str
    hash: Hash
    size: int
    executable: bool
    source: str | None
    content: bytes = b""
    link: str = ""


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What installing one wheel writes.

    ``info_dir`` is the absolute ``.dist-info`` folder; RECORD, which is written last,
    is not among ``files``. ``start_up_files`` would run code in every start of the
    interpreter; ``path_files`` are the ``.pth`` files that only lengthen its path.
    """

    name: str
    version: str
    wheel: str
    info_dir: str
    files: tuple[PlannedFile, ...]
    start_up_files: tuple[str, ...]
    path_files: tuple[str, ...] = ()

    @property
    def record_path(self) -> str:
        """Where RECORD goes."""
        return os.path.join(self.info_dir, RECORD)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; made files are shown without their content."""
        return {
            "name": self.name,
            "version": self.version,
            "wheel": self.wheel,
            "info_dir": self.info_dir,
            "files": [
                {
                    "path": file.path,
                    "hash": str(file.hash),
                    "size": file.size,
                    "executable": file.executable,
                    "source": file.source,
                    **({"link": file.link} if file.link else {}),
                }
                for file in self.files
            ],
            "start_up_files": list(self.start_up_files),
            "path_files": list(self.path_files),
        }


def plan_install(  # noqa: PLR0913 - all that goes in beside the wheel's own files
    wheel: WheelSource,
    environment: Environment,
    *,
    requested: bool,
    extras: Collection[str] = (),
    direct_url: Mapping[str, JSON] | None = None,
    provenance: Mapping[str, JSON] | None = None,
    links: Mapping[str, str] | None = None,
    resolve: Callable[[str], str] = os.path.realpath,
    find_handlers: FindHandlers = installed_handlers,
) -> InstallPlan:
    """Say what installing ``wheel`` writes.

    ``requested`` says that the user named it, ``extras`` with which extras;
    ``direct_url`` is PEP 610's record of where it came from, ``provenance`` that of
    PEP 710; ``links`` are links that go in beside the wheel's files, place in the site
    folder -> absolute target; ``resolve`` follows links on the way to a folder;
    ``find_handlers`` gives the plug-ins for extensions that must be handled. Raises
    ``UnfitWheelError``, ``UnhandledExtensionError``, ``UnusableHandlerError``,
    ``WheelLayoutError``, ``UnsafeScriptError``, ``InterpreterPathError`` or what is
    wrong with a member.
    """
    check_fitness(wheel.filename, wheel.metadata, environment)
    scheme = environment.scheme
    site = resolve(scheme.purelib if wheel.info.root_is_purelib else scheme.platlib)
    info_dir = os.path.join(site, wheel.dist_info)
    planned = _Files(wheel, environment, site=site, resolve=resolve)
    tasks = plan_tasks(wheel.metadata, environment, find_handlers=find_handlers)
    passed_over = {f"{wheel.dist_info}/{name}" for name in _OWN_FILES}
    passed_over |= moved_files(tasks, wheel)
    for member in wheel.members:
        if member.path not in passed_over:
            planned.add_member(member)
    for place, target in (links or {}).items():
        planned.add_link(os.path.join(site, place), target)
    if tasks:
        files = TaskFiles(wheel, environment, planned)
        for task in tasks:
            files.carry_out(task)
    planned.add(os.path.join(info_dir, INSTALLER), b"pysetup\n")
    if requested:
        planned.add(os.path.join(info_dir, REQUESTED), b"")
    reason = own_record(extras, wheel.metadata) if requested and extras else None
    if reason is not None:
        planned.add(os.path.join(info_dir, OWN_RECORD), reason)
    for name, origin in ((DIRECT_URL, direct_url), (PROVENANCE, provenance)):
        if origin is not None:
            content = to_canonical_json(dict(origin))
            planned.add(os.path.join(info_dir, name), content)
    return InstallPlan(
        name=wheel.metadata.name,
        version=str(wheel.metadata.version),
        wheel=wheel.filename.filename,
        info_dir=info_dir,
        files=tuple(planned.files[path] for path in sorted(planned.files)),
        start_up_files=tuple(sorted(planned.start_up_files)),
        path_files=tuple(sorted(planned.path_files)),
    )


class _Files:
    """The files of one plan, each at a place of its own."""

    def __init__(
        self,
        wheel: WheelSource,
        environment: Environment,
        *,
        site: str,
        resolve: Callable[[str], str],
    ) -> None:
        self.wheel = wheel
        self.source = wheel.filename.filename
        self.executable = environment.executable
        self.sites = {site, *map(resolve, environment.paths)}
        self._start_up_folders = self.sites | {
            f"{one}{os.sep}{package}"
            for one in self.sites
            for package in START_UP_PACKAGES
        }
        self.info_dir = os.path.join(site, wheel.dist_info)
        self.files: dict[str, PlannedFile] = {}
        self.start_up_files: list[str] = []
        self.path_files: list[str] = []
        self._real: dict[str, str] = {}
        self._resolve = resolve
        scheme = environment.scheme
        roots = (environment.prefix, scheme.data, scheme.platlib, scheme.purelib)
        self._roots = self.sites.union(map(resolve, roots))
        self.folders = {
            "": site,
            "purelib": scheme.purelib,
            "platlib": scheme.platlib,
            "scripts": scheme.scripts,
            "data": scheme.data,
            "headers": os.path.join(scheme.headers, wheel.metadata.name),
        }

    def add_member(self, member: WheelMember) -> None:
        """Plan a file of the wheel, at the folder of its kind."""
        kind, relative = self._place(member.path)
        path = f"{self.folders[kind]}{os.sep}{relative}"
        if kind == "scripts":
            self.add_command(member, path, name=relative)
        else:
            self.add_as_it_is(member, path, executable=member.executable)

    def add_command(self, member: WheelMember, path: str, *, name: str) -> None:
        """Plan a file of the wheel that can be called by its name."""
        self.check_command(name)
        head = next(self.wheel.chunks(member.path), b"")
        if not names_python(head):
            self.add_as_it_is(member, path, executable=True)
            return
        content = self.wheel.read(member.path)
        rewritten = rewrite_script(content, executable=self.executable)
        self.add(path, rewritten, executable=True)

    def add_as_it_is(self, member: WheelMember, path: str, *, executable: bool) -> None:
        """Plan a file of the wheel."""
        # The hot path of planning: once for each file of every wheel.
        place, folder = self._check(path)
        if folder in self._start_up_folders:
            self._note_start_up(place, lambda: self.wheel.read(member.path))
        assert member.hash is not None, "only RECORD has no digest"
        self.files[place] = PlannedFile(
            place, member.hash, member.size, executable, member.path
        )

    def add(self, path: str, content: bytes, *, executable: bool = False) -> None:
        """Plan a file whose content was made here."""
        place, folder = self._check(path)
        if folder in self._start_up_folders:
            self._note_start_up(place, lambda: content)
        self.files[place] = PlannedFile(
            place, Hash.of(content), len(content), executable, None, content
        )

    def add_link(self, path: str, target: str) -> None:
        """Plan a link; its digest is that of its target's path."""
        place, folder = self._check(path)
        if folder in self._start_up_folders:
            self._note_start_up(place, lambda: self._content_behind(target))
        digest = Hash.of(os.fsencode(target))
        self.files[place] = PlannedFile(place, digest, 0, False, None, link=target)

    def _content_behind(self, target: str) -> bytes:
        """Return the content of a planned file; of any other, one that is code."""
        file = self.files.get(target)
        if file is None:
            return b"import unknown\n"
        return self.wheel.read(file.source) if file.source else file.content

    def check_command(self, name: str) -> None:
        """Raise ``UnsafeScriptError`` for a name that no command may have."""
        project = self.wheel.metadata.normalized_name
        check_script_name(name, source=self.source, project=project)

    def _place(self, path: str) -> tuple[str, str]:
        """Split a member's path into the kind of folder and the rest."""
        top, _, rest = path.partition("/")
        if top != self.wheel.data_dir:
            return "", path
        kind, _, relative = rest.partition("/")
        if not kind or kind not in self.folders or not relative:
            raise WheelLayoutError(self.source, f"{path!r} has no known place")
        return kind, relative

    def _check(self, path: str) -> tuple[str, str]:
        """Return the real path and its folder; refuse a place that is not free."""
        folder, _, name = path.rpartition(os.sep)
        real = self._real.get(folder) or self._resolved(folder)
        place = f"{real}{os.sep}{name}"
        if real in self._roots:
            self._refuse_own(name)
        if place in self.files:
            raise WheelLayoutError(self.source, f"two of its files go to {place!r}")
        return place, real

    def real_path(self, path: str) -> str:
        """Return the path with the links on the way to its folder followed."""
        folder, _, name = path.rpartition(os.sep)
        return f"{self._real.get(folder) or self._resolved(folder)}{os.sep}{name}"

    def _resolved(self, folder: str) -> str:
        real = self._real[folder] = self._resolve(folder)
        self._refuse_foreign(real)
        return real

    def _refuse_foreign(self, folder: str) -> None:
        """Refuse files in pysetup's own folder, or in another one's database entry."""
        for root in self._roots:
            if folder != root and folder.startswith(root + "/"):
                top = folder[len(root) + 1 :].partition("/")[0]
                self._refuse_own(top)
                known = root in self.sites and top.endswith((SUFFIX, EGG_INFO_SUFFIX))
                if known and os.path.join(root, top) != self.info_dir:
                    raise WheelLayoutError(self.source, f"it writes into {top!r}")

    def _refuse_own(self, name: str) -> None:
        """Refuse a name, right below a root or site folder, that is pysetup's own."""
        # Compared without case: some file systems take .PySetup for the same.
        if name.casefold() in (STATE_FOLDER, HOOK):
            raise WheelLayoutError(self.source, f"it writes {name!r}")

    def _note_start_up(self, place: str, content: Callable[[], bytes]) -> None:
        """Note what Python does with a file at its start; it is read if need be."""
        folder, _, name = place.rpartition(os.sep)
        if folder not in self.sites:
            name = f"{folder.rpartition(os.sep)[2]}/{name}"
        kind = start_up_kind(name)
        if kind is None:
            return
        if kind == "module" or code_lines(kind, content()):
            self.start_up_files.append(place)
        elif kind == "path file":
            self.path_files.append(place)
