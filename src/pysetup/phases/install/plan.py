"""Deciding what installing a wheel writes, and where; nothing is touched here."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pysetup.interchange.dist_info import RECORD, RECORD_SIGNATURES, SUFFIX
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_file import WheelLayoutError, WheelMember
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.database import (
    DIRECT_URL,
    EGG_SUFFIX,
    INSTALLER,
    PROVENANCE,
    REQUESTED,
)
from pysetup.phases.install.fitness import check_fitness
from pysetup.phases.install.scripts import launchers, names_python, rewrite_script
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, to_canonical_json
from pysetup.standards.script_names import check_script_name

# The journal and the stage of a transaction, in a site folder.
STATE_FOLDER = ".pysetup"
_OWN_FILES = (
    INSTALLER,
    REQUESTED,
    DIRECT_URL,
    PROVENANCE,
    RECORD,
    *RECORD_SIGNATURES,
)
# Modules that site imports, in whatever form; and the lines of .pth that it runs.
_START_UP_MODULES = ("sitecustomize", "usercustomize")
_RUN_BY_SITE = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])import[ \t]")


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
    interpreter.
    """

    name: str
    version: str
    wheel: str
    info_dir: str
    files: tuple[PlannedFile, ...]
    start_up_files: tuple[str, ...]

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
        }


def plan_install(  # noqa: PLR0913 - all that goes in beside the wheel's own files
    wheel: WheelSource,
    environment: Environment,
    *,
    requested: bool,
    direct_url: Mapping[str, JSON] | None = None,
    provenance: Mapping[str, JSON] | None = None,
    links: Mapping[str, str] | None = None,
    resolve: Callable[[str], str] = os.path.realpath,
) -> InstallPlan:
    """Say what installing ``wheel`` writes.

    ``requested`` says that the user named it; ``direct_url`` is PEP 610's record of
    where it came from, ``provenance`` that of PEP 710; ``links`` are links that go in
    beside the wheel's files, place in the site folder -> absolute target; ``resolve``
    follows links on the way to a folder. Raises
    ``UnfitWheelError``, ``UnhandledExtensionError``, ``WheelLayoutError``,
    ``UnsafeScriptError``, ``InterpreterPathError`` or what is wrong with a member.
    """
    check_fitness(wheel.filename, wheel.metadata, environment)
    scheme = environment.scheme
    site = resolve(scheme.purelib if wheel.info.root_is_purelib else scheme.platlib)
    info_dir = os.path.join(site, wheel.dist_info)
    planned = _Files(wheel, environment, site=site, resolve=resolve)
    own = {f"{wheel.dist_info}/{name}" for name in _OWN_FILES}
    for member in wheel.members:
        if member.path not in own:
            planned.add_member(member)
    for place, target in (links or {}).items():
        planned.add_link(os.path.join(site, place), target)
    source = wheel.filename.filename
    made = launchers(
        wheel.metadata.entry_points, executable=environment.executable, source=source
    )
    for name, content in made.items():
        planned.add(os.path.join(scheme.scripts, name), content, executable=True)
    planned.add(os.path.join(info_dir, INSTALLER), b"pysetup\n")
    if requested:
        planned.add(os.path.join(info_dir, REQUESTED), b"")
    for name, origin in ((DIRECT_URL, direct_url), (PROVENANCE, provenance)):
        if origin is not None:
            content = to_canonical_json(dict(origin))
            planned.add(os.path.join(info_dir, name), content)
    return InstallPlan(
        name=wheel.metadata.name,
        version=str(wheel.metadata.version),
        wheel=source,
        info_dir=info_dir,
        files=tuple(planned.files[path] for path in sorted(planned.files)),
        start_up_files=tuple(sorted(planned.start_up_files)),
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
        self.info_dir = os.path.join(site, wheel.dist_info)
        self.files: dict[str, PlannedFile] = {}
        self.start_up_files: list[str] = []
        self._real: dict[str, str] = {}
        self._resolve = resolve
        scheme = environment.scheme
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
            check_script_name(relative, source=self.source)
            head = next(self.wheel.chunks(member.path), b"")
            if names_python(head):
                content = self.wheel.read(member.path)
                rewritten = rewrite_script(content, executable=self.executable)
                self.add(path, rewritten, executable=True)
                return
        assert member.hash is not None, "only RECORD has no digest"
        executable = member.executable or kind == "scripts"
        place = self._check(path)
        self._note_start_up(place, member)
        self.files[place] = PlannedFile(
            place, member.hash, member.size, executable, member.path
        )

    def add(self, path: str, content: bytes, *, executable: bool = False) -> None:
        """Plan a file whose content was made here."""
        place = self._check(path)
        self.files[place] = PlannedFile(
            place, Hash.of(content), len(content), executable, None, content
        )

    def add_link(self, path: str, target: str) -> None:
        """Plan a link; its digest is that of its target's path."""
        place = self._check(path)
        digest = Hash.of(os.fsencode(target))
        self.files[place] = PlannedFile(place, digest, 0, False, None, link=target)

    def _place(self, path: str) -> tuple[str, str]:
        """Split a member's path into the kind of folder and the rest."""
        top, _, rest = path.partition("/")
        if top != self.wheel.data_dir:
            return "", path
        kind, _, relative = rest.partition("/")
        if not kind or kind not in self.folders or not relative:
            raise WheelLayoutError(self.source, f"{path!r} has no known place")
        return kind, relative

    def _check(self, path: str) -> str:
        """Return the real path; refuse a place that is taken or not the wheel's."""
        folder, _, name = path.rpartition(os.sep)
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = self._resolve(folder)
            self._refuse_foreign(real)
        place = f"{real}{os.sep}{name}"
        if place in self.files:
            raise WheelLayoutError(self.source, f"two of its files go to {place!r}")
        return place

    def _refuse_foreign(self, folder: str) -> None:
        """Refuse files in the database entry of another distribution."""
        for site in self.sites:
            if folder != site and folder.startswith(site + "/"):
                top = folder[len(site) + 1 :].partition("/")[0]
                entry = os.path.join(site, top)
                known = top.endswith((SUFFIX, EGG_SUFFIX)) or top == STATE_FOLDER
                if known and entry != self.info_dir:
                    raise WheelLayoutError(self.source, f"it writes into {top!r}")

    def _note_start_up(self, place: str, member: WheelMember) -> None:
        folder, _, name = place.rpartition(os.sep)
        above, _, package = folder.rpartition(os.sep)
        if folder in self.sites:
            runs = name.endswith(".start") or name.split(".", 1)[0] in _START_UP_MODULES
            if not runs and name.endswith(".pth"):
                runs = bool(_RUN_BY_SITE.search(self.wheel.read(member.path)))
        else:
            runs = above in self.sites and package in _START_UP_MODULES
            runs = runs and name.startswith("__init__.")
        if runs:
            self.start_up_files.append(place)
