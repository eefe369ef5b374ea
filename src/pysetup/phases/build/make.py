"""The build phase: a source tree in, a folder in wheel layout out."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import (
    GENERATOR,
    PURE_TAGS,
    dist_info_files,
    pure_info,
    write_files,
)
from pysetup.interchange.source import SourceTree
from pysetup.interchange.source_files import SourceFiles, read_source_file
from pysetup.interchange.zip_reader import DEFAULT_LIMITS
from pysetup.late import shutil, tempfile
from pysetup.metadata.document import Metadata
from pysetup.phases.build import setuptools_adapter
from pysetup.phases.build.commands import (
    RECORD_NAME,
    NothingBuiltError,
    plan_commands,
    record_text,
    run_commands,
)
from pysetup.phases.build.hook_tree import BuiltTreeError, complete_hook_tree
from pysetup.phases.build.hooks import BuildPython, call_hook
from pysetup.phases.build.pure import plan_files, system_placements
from pysetup.phases.build.workspace import Machine, copy_sources
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field

# Of what a hook built: far more than any wheel holds.
_MOST_FILES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Where and with what a project's own code builds it.

    ``settings`` are laid over the options of the document's ``build``.
    """

    python: BuildPython
    machine: Machine
    settings: Mapping[str, JSON] = field(default_factory=dict)


def build_tree(source: SourceTree, *, files: Sequence[str], into: Path) -> BuiltTree:
    """Build a project without a hook into the empty folder ``into``: copy its files.

    ``files`` are the project's files as its sdist holds them. No code of the
    project runs. Raises as ``plan_files`` and ``read_source_file``.
    """
    metadata = source.metadata
    read = SourceFiles(source.root).read
    for name, content in pure_files(metadata, files, read=read):
        write_files(into, {name: content})
    return BuiltTree(into, metadata, PURE_TAGS, pure=True, generator=GENERATOR)


def pure_files(
    metadata: Metadata, files: Sequence[str], *, read: Callable[[str], bytes]
) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of what the wheel holds, RECORD aside.

    For a project whose ``files`` are the wheel; ``read`` returns the content of one.
    Raises as ``plan_files`` and ``read``.
    """
    for placement in plan_files(metadata, files):
        yield placement.target, read(placement.source)
    licenses = {path: read(path) for path in metadata.texts("license_file")}
    yield from dist_info_files(metadata, info=pure_info(), licenses=licenses).items()


def build_tree_by_hook(
    source: SourceTree, *, into: Path, building: Building
) -> BuiltTree:
    """Build a project by its hook ``build(metadata)`` into the empty folder ``into``.

    What the hook's folder lacks of its ``.dist-info`` comes from the document; what
    contradicts the document is refused. Raises ``BackendFailedError`` and as
    ``complete_hook_tree``.
    """
    metadata = source.metadata
    made = call_hook(
        str(metadata.section("build").get("hook")),
        metadata,
        root=source.root,
        settings=building.settings,
        python=building.python,
    )
    _copy_built(made, into, metadata)
    place_system_files(source, into=into)
    return _completed(source, into, building.machine)


def build_tree_by_commands(
    source: SourceTree, *, files: Sequence[str], into: Path, building: Building
) -> BuiltTree:
    """Build a project by its list of commands into the empty folder ``into``.

    They run in a copy of ``files``. The folder that they fill holds the modules that
    ``sources.modules`` names already. What was run is told in the ``.dist-info``.
    Raises as ``run_commands`` and ``complete_hook_tree``, and ``NothingBuiltError``.
    """
    metadata, python = source.metadata, building.python
    project = f"{metadata.name} {metadata.version}"
    with tempfile.TemporaryDirectory(prefix="pysetup-commands-") as folder:
        root, out = Path(folder, "source"), Path(folder, "out")
        copy_sources(source, files, into=root)
        out.mkdir()
        if "modules" in metadata.section("sources"):
            _place_modules(source, files, into=out)
        plan = plan_commands(
            metadata,
            environ=python.environ,
            places={
                "out": str(out),
                "root": str(root),
                "python": str(python.executable),
                "jobs": str(building.machine.jobs),
            },
            settings=building.settings,
        )
        run_commands(plan, project=project, cwd=root, python=python)
        if not any(out.iterdir()):
            raise NothingBuiltError(project)
        _copy_built(out, into, metadata)
    place_system_files(source, into=into)
    info = dist_info_name(metadata.name, metadata.version)
    record = record_text(plan, interpreter=str(building.machine.tag))
    built = _completed(source, into, building.machine)
    write_files(into, {f"{info}/{RECORD_NAME}": record})
    return built


def build_tree_by_setuptools(
    source: SourceTree, *, files: Sequence[str], into: Path, building: Building
) -> BuiltTree:
    """Build a project by the setuptools adapter into the empty folder ``into``.

    With ``ext_modules`` in the document these are compiled, and all else is as
    without an adapter; otherwise the project's setup.py builds all of it. Either
    runs in a copy of ``files``. Raises as the functions of the adapter do.
    """
    metadata, python = source.metadata, building.python
    with tempfile.TemporaryDirectory(prefix="pysetup-setuptools-") as folder:
        root, out = Path(folder, "source"), Path(folder, "out")
        if not setuptools_adapter.has_modules(metadata):
            copy_sources(source, files, into=root)
            out.mkdir()
            wheel = setuptools_adapter.build_setup_py(
                metadata,
                root=root,
                into=out,
                python=python,
                settings=building.settings,
            )
            setuptools_adapter.take_files(wheel, metadata, into=into)
            place_system_files(source, into=into)
            return _completed(source, into, building.machine)
        since = setuptools_adapter.check_modules(metadata, files, building.machine)
        copy_sources(source, files, into=root)
        _place_modules(source, files, into=into)
        setuptools_adapter.compile_modules(
            metadata, root=root, into=into, python=python
        )
    return _completed(source, into, building.machine, stable_since=since)


def read_licenses(root: Path, metadata: Metadata) -> dict[str, bytes]:
    """Return the licence files that the document names, by path."""
    return {
        path: read_source_file(root, path) for path in metadata.texts("license_file")
    }


def _place_modules(source: SourceTree, files: Sequence[str], *, into: Path) -> None:
    """Copy the modules and data files of a project to where they are in its wheel."""
    read = SourceFiles(source.root).read
    for placement in plan_files(source.metadata, files):
        write_files(into, {placement.target: read(placement.source)})


def place_system_files(source: SourceTree, *, into: Path) -> None:
    """Copy the files of ``python.files`` that the build did not place or make itself.

    What is named by its path in the wheel stands there already.
    """
    read = SourceFiles(source.root).read
    for placement in system_placements(source.metadata):
        if not (
            (into / placement.target).exists() or (into / placement.source).exists()
        ):
            write_files(into, {placement.target: read(placement.source)})


def _completed(
    source: SourceTree, into: Path, machine: Machine, *, stable_since: str = ""
) -> BuiltTree:
    return complete_hook_tree(
        into,
        source.metadata,
        licenses=read_licenses(source.root, source.metadata),
        machine=machine,
        stable_since=stable_since,
    )


def _copy_built(made: Path, into: Path, metadata: Metadata) -> None:
    """Copy the folder that a hook filled, links by what they point to."""
    project = f"{metadata.name} {metadata.version}"
    try:
        _refuse_endless(made, project)
        shutil.copytree(made, into, dirs_exist_ok=True)
    except (shutil.Error, OSError) as error:
        raise BuiltTreeError(project, f"it cannot be copied: {error!s:.300}") from None


def _refuse_endless(made: Path, project: str) -> None:
    """Refuse a folder that cannot be copied: devices, a whole disk, ``/proc/self``."""
    count = size = 0
    for parent, folders, names in os.walk(made, followlinks=True):
        count += len(folders) + len(names)
        for name in names:
            about = Path(parent, name).stat()
            if not stat.S_ISREG(about.st_mode):
                raise BuiltTreeError(project, f"{name[:80]!r} is not an ordinary file")
            size += about.st_size
        if count > _MOST_FILES or size > DEFAULT_LIMITS.total:
            raise BuiltTreeError(
                project,
                f"it has more than {_MOST_FILES} files, or more than "
                f"{DEFAULT_LIMITS.total >> 30} GiB of them",
                hint="return the folder that holds the files of the wheel alone",
            )
