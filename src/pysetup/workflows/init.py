"""Beginning: a new project in a folder, or [project] for the one that stands there."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.edges.process import CommandNotFoundError
from pysetup.errors import AnswerError, UsageError
from pysetup.interchange.dist_info import read_document
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.registry import Draft, find_format
from pysetup.phases.develop.adoption import (
    Adoption,
    check_adopted,
    needs_asking,
    plan_adoption,
    plan_switch,
)
from pysetup.phases.develop.discovery import ModulesNotFoundError, find_sources
from pysetup.phases.develop.project import PYPROJECT, ProjectFolder
from pysetup.phases.develop.scaffold import (
    NewProject,
    name_for_folder,
    plan_project,
)
from pysetup.phases.develop.stated import read_stated
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.building.project import Building, open_backend
from pysetup.workflows.context import Context
from pysetup.workflows.describing.convert import write_file

_OLD = ("setup.py", "setup.cfg")
REQUIREMENTS = "requirements.txt"


class AlreadyAProjectError(AnswerError):
    """The folder has a ``pyproject.toml`` with a ``[project]`` table already.

    Nothing was written. ``pysetup metadata set`` changes a value in it, and
    ``pysetup init --backend pysetup`` lets pysetup build the project.
    """

    code = "PS1802"

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"{root} is a project already: its {PYPROJECT} has a [project] table",
            facts={"folder": str(root)},
            hints=(
                "make it importable:  pysetup develop",
                "change a value:  pysetup metadata set PATH VALUE",
            ),
        )


class NameNeededError(UsageError):
    """The name of the project stands nowhere, or is computed by code.

    Say it with ``--name``. A version that is computed stays so.
    """

    code = "PS2801"

    def __init__(self, root: Path, reasons: Sequence[str]) -> None:
        super().__init__(
            f"the files in {root} do not state the name of the project",
            facts={"folder": str(root), "reasons": list(reasons)},
            hints=("say it:  pysetup init --name NAME",),
        )


class NotWrittenError(UsageError):
    """The files of a new project could not be written; none is left.

    The folder may be read-only or belong to somebody else, its disk may be full, or a
    file stands where a folder is needed.
    """

    code = "PS2802"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be written: {reason}",
            facts={"path": str(path), "reason": reason},
            hints=("choose another folder:  pysetup init DIR",),
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """What ``init`` writes, or has written.

    ``files`` are path -> content below ``root``; ``adoption`` is None for a new
    project. ``kept`` are files that stand there already and stay as they are.
    """

    root: Path
    files: Mapping[str, bytes]
    kept: tuple[str, ...] = ()
    adoption: Adoption | None = None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "root": str(self.root),
            "files": {
                path: content.decode() for path, content in sorted(self.files.items())
            },
            "kept": list(self.kept),
            "adoption": None if self.adoption is None else self.adoption.to_json(),
        }


def holds_project(root: Path) -> bool:
    """Tell whether there is a project of some tool in ``root``, to be adopted.

    Raises ``AlreadyAProjectError``, and what is wrong with ``pyproject.toml``.
    """
    if not root.is_dir():
        return False
    if any((root / name).is_file() for name in _OLD):
        return True
    if not (root / PYPROJECT).is_file():
        return False
    return bool(read_stated(ProjectFolder(root)).mapping.get("name"))


def guess_project(root: Path, context: Context) -> NewProject:
    """Return what the folder and git say of a project that does not exist yet.

    Modules that stand in ``root`` become the project's; what ``requirements.txt``
    lists becomes its dependencies.
    """
    folder = ProjectFolder(root) if root.is_dir() else None
    name = name_for_folder(root.resolve().name)
    modules: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    if folder is not None:
        modules = _modules(name, folder)
        dependencies = _dependencies(folder)
    major, minor = sys.version_info[:2]
    return NewProject(
        name=name,
        author=_git("user.name", root, context),
        email=_git("user.email", root, context),
        requires_python=f">={major}.{minor}",
        modules=modules,
        dependencies=dependencies,
    )


def plan_new(root: Path, new: NewProject) -> Begun:
    """Return the files of a new project in ``root``.

    Raises ``AlreadyAProjectError`` and ``UnusableProjectNameError``.
    """
    everything = plan_project(new, ())
    kept = tuple(path for path in everything if os.path.lexists(root / path))
    if PYPROJECT in kept:
        raise AlreadyAProjectError(root)
    return Begun(root, plan_project(new, kept), kept)


def plan_adopted(
    root: Path,
    *,
    native: bool,
    given: Mapping[str, str],
    asking: tuple[Context, Building] | None = None,
    format_: str = "",
) -> Begun:
    """Return the pyproject.toml of the project that stands in ``root``.

    ``native`` lets pysetup build it; ``given`` are a name and a version; ``format_``
    names the one file to read. Where more than the version is left to code, the back
    end is asked if ``asking`` is given: then that code runs. Raises
    ``AlreadyAProjectError``, ``NameNeededError``, ``NotStaticError``, and what is
    wrong with its files.
    """
    folder = ProjectFolder(root)
    draft = _read(folder, format_)
    if _has_table(folder):
        build = draft.mapping.get("build")
        foreign = isinstance(build, Mapping) and "backend" in build
        if not (native and foreign):
            raise AlreadyAProjectError(root)
        adoption = plan_switch(folder, draft)
    else:
        asked = None
        if asking is not None and not native and needs_asking(draft):
            asked = _ask_backend(root, draft, *asking)
        if not (draft.mapping.get("name") or given.get("name") or asked):
            reasons = getattr(draft, "unread", ())
            raise NameNeededError(root, [str(one) for one in reasons])
        adoption = plan_adoption(folder, draft, given=given, native=native, asked=asked)
    check_adopted(folder, adoption)
    return Begun(root, {PYPROJECT: adoption.content}, (), adoption)


def write_begun(begun: Begun) -> None:
    """Write the files, all or none; raises ``NotWrittenError``.

    Only a ``pyproject.toml`` that is completed replaces a file, in one step.
    """
    if begun.adoption is not None:
        write_file(begun.root / PYPROJECT, begun.adoption.content)
        return
    made: list[Path] = []
    place = begun.root
    try:
        for path, content in begun.files.items():
            place = begun.root / path
            _make_folders(place.parent, made)
            with place.open("xb") as stream:
                made.append(place)
                stream.write(content)
    except OSError as error:
        for one in reversed(made):
            one.rmdir() if one.is_dir() else one.unlink()
        raise NotWrittenError(place, error.strerror or str(error)) from None


def _make_folders(folder: Path, made: list[Path]) -> None:
    if folder.is_dir():
        return
    _make_folders(folder.parent, made)
    folder.mkdir()
    made.append(folder)


def _read(folder: ProjectFolder, format_: str) -> Draft:
    if not format_:
        return read_stated(folder)
    known = find_format(format_)
    for filename in known.filenames:
        content = folder.read_file(filename)
        if content is not None and known.read is not None:
            said = known.read(content, filename, folder)
            assert not isinstance(said, Metadata), "old files make drafts"
            return said
    return read_stated(folder)


def _ask_backend(
    root: Path, draft: Draft, context: Context, building: Building
) -> Metadata:
    """Return all that the back end says of the project; its code runs."""
    build = draft.mapping.get("build")
    section = build if isinstance(build, Mapping) else {}
    context.tell(f"asking {section.get('backend')} what the files of {root} compute")
    name = str(draft.mapping.get("name") or root.name)
    backend = open_backend(
        root, section, "wheel", name, context=context, building=building
    )
    with tempfile.TemporaryDirectory(prefix="pysetup-metadata-") as folder:
        info = backend.prepare_metadata(Path(folder), operation="wheel")

        def read(name: str) -> bytes | None:
            path = info / name
            return path.read_bytes() if path.is_file() else None

        return read_document(read, source=name, compare=False)


def _has_table(folder: ProjectFolder) -> bool:
    import tomllib

    content = folder.read_file(PYPROJECT)
    return content is not None and "project" in tomllib.loads(content.decode())


def _modules(name: str, folder: ProjectFolder) -> tuple[str, ...]:
    try:
        sources = find_sources({"name": name}, folder.paths)
    except ModulesNotFoundError:
        return ()
    found = sources.get("modules")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _dependencies(folder: ProjectFolder) -> tuple[str, ...]:
    content = folder.read_file(REQUIREMENTS)
    read = find_format("requirements").read
    if content is None or read is None:
        return ()
    said = read(content, REQUIREMENTS, folder)
    mapping = getattr(said, "mapping", {})
    found = mapping.get("requires_dist")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _git(key: str, root: Path, context: Context) -> str:
    """Return a value of git's configuration; empty if there is no git."""
    folder = root if root.is_dir() else context.directory
    try:
        done = context.run_process(["git", "-C", str(folder), "config", key])
    except CommandNotFoundError:
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
