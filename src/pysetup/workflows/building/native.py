"""Projects that pysetup itself builds; needs nothing but what a back end may import."""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pysetup.edges.interpreter import describe_interpreter
from pysetup.edges.process import run_process, stream_process
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import write_files
from pysetup.interchange.sbom import write_sbom
from pysetup.interchange.source import SourceTree
from pysetup.late import tempfile
from pysetup.metadata.build_section import runs_code
from pysetup.phases.build.hooks import BuildPython
from pysetup.phases.build.make import (
    Building,
    build_tree,
    build_tree_by_commands,
    build_tree_by_hook,
    build_tree_by_setuptools,
    read_licenses,
)
from pysetup.phases.build.pure import plan_data_files
from pysetup.phases.build.workspace import Machine
from pysetup.phases.develop.compiled import (
    editable_of_built,
    import_root,
    plan_made_files,
)
from pysetup.phases.develop.editable import editable_tree
from pysetup.phases.develop.project import read_draft
from pysetup.phases.develop.record import read_record, with_record
from pysetup.phases.sdist.make import selected_paths
from pysetup.standards.jsontext import JSON
from pysetup.standards.module_tags import module_tag
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.tags import parse_tag
from pysetup.workflows.settings import LATEST_DATE, InvalidSettingError

# The first with a bdist_wheel of its own.
ADAPTER_REQUIREMENT = "setuptools>=70.1"


def read_native_project(root: Path) -> SourceTree:
    """Read a project that pysetup itself builds; no code runs.

    Raises as ``read_draft``, and if the files do not state all that is needed.
    """
    document = read_draft(root).document()
    return SourceTree(root, with_record(document, read_record(root)))


def build_native(
    tree: SourceTree,
    *,
    into: Path,
    python_with: Callable[[Sequence[str]], BuildPython],
    settings: Mapping[str, JSON],
) -> BuiltTree:
    """Build ``tree`` into the empty folder ``into``: by its code, or its files alone.

    What it carries along of others is listed in it (PEP 770).

    ``python_with`` returns an interpreter that has the given requirements; it is
    called only for a hook, commands or an adapter; ``settings`` are their options.
    """
    if runs_code(tree.metadata.section("build")):
        built = _build_by_code(
            tree, into=into, python_with=python_with, settings=settings
        )
    else:
        built = build_tree(tree, files=selected_paths(tree), into=into)
    write_sbom(built.root, built.metadata)
    return built


def _build_by_code(
    tree: SourceTree,
    *,
    into: Path,
    python_with: Callable[[Sequence[str]], BuildPython],
    settings: Mapping[str, JSON],
) -> BuiltTree:
    section = tree.metadata.section("build")
    python = python_with(build_requirements(section))
    how = Building(
        python=python, machine=_machine(str(python.executable)), settings=settings
    )
    if section.get("hook"):
        return build_tree_by_hook(tree, into=into, building=how)
    build_it = (
        build_tree_by_commands if section.get("commands") else build_tree_by_setuptools
    )
    return build_it(tree, files=selected_paths(tree), into=into, building=how)


def build_native_editable(
    tree: SourceTree,
    *,
    into: Path,
    python_with: Callable[[Sequence[str]], BuildPython],
    settings: Mapping[str, JSON],
    tell: Callable[[str], None],
) -> BuiltTree:
    """Write the editable distribution of ``tree`` into the empty folder ``into``.

    A project with a hook, commands or an adapter is built for it; compiled modules
    of its packages are written beside them, and the user is told which.
    """
    if not runs_code(tree.metadata.section("build")):
        licenses = read_licenses(tree.root, tree.metadata)
        built = editable_tree(tree, into=into, licenses=licenses)
        for data in plan_data_files(tree.metadata, selected_paths(tree)):
            content = (tree.root / data.source).read_bytes()
            write_files(into, {data.target: content})
        return built
    with tempfile.TemporaryDirectory(prefix="pysetup-build-") as folder:
        built = build_native(
            tree, into=Path(folder), python_with=python_with, settings=settings
        )
        listed = selected_paths(tree)
        made = plan_made_files(_files_of(built), built.metadata, listed=listed)
        editable, placed = editable_of_built(
            tree, built, made, into=into, root=import_root(built.metadata, listed)
        )
    for path in placed:
        tell(f"wrote {path}")
    return editable


def place_in_place(tree: SourceTree, built: BuiltTree) -> tuple[Path, ...]:
    """Copy what was compiled for packages of ``tree`` beside them; return where to.

    Modules at the top go to the folder of the sources.
    """
    listed = selected_paths(tree)
    root = tree.root / import_root(built.metadata, listed)
    names = [name for name in _files_of(built) if module_tag(name) is not None]
    made = plan_made_files(names, built.metadata, listed=listed)
    placed = []
    for name in sorted({*made.beside, *made.carried}):
        if ".data/" not in name:
            write_files(root, {name: (built.root / name).read_bytes()})
            placed.append(root / name)
    return tuple(placed)


def _files_of(built: BuiltTree) -> list[str]:
    return [
        path.relative_to(built.root).as_posix()
        for path in built.root.rglob("*")
        if path.is_file()
    ]


def _machine(executable: str) -> Machine:
    """Return what a build may know of this machine and the interpreter."""
    facts = describe_interpreter(executable, run_process)
    python = f"{facts.implementation}{facts.version[0]}{facts.version[1]}"
    platform = re.sub(r"[-.]", "_", facts.platform)
    abi = facts.abis[-1] if facts.abis else "none"
    (tag,) = parse_tag(f"{python}-{abi}-{platform}")
    return Machine(tag=tag, jobs=_processors())


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def build_requirements(build: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return what the ``build`` section of a document requires.

    The setuptools adapter needs setuptools, whether that is said or not.
    """
    value = build.get("requires")
    stated = tuple(map(str, value)) if isinstance(value, Sequence) else ()
    if build.get("adapter") != "setuptools":
        return stated
    names = {normalize_name(parse_requirement(text).name) for text in stated}
    return stated if "setuptools" in names else (*stated, ADAPTER_REQUIREMENT)


def this_python(environ: Mapping[str, str]) -> BuildPython:
    """Return the running interpreter, which has what a front end put into it."""
    return BuildPython(
        executable=Path(sys.executable), environ=environ, run=stream_process
    )


def epoch_of(environ: Mapping[str, str]) -> int | None:
    """Return SOURCE_DATE_EPOCH (seconds since 1970), None if it is not set.

    Raises ``InvalidSettingError``.
    """
    text = environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:99]) <= LATEST_DATE):
        expected = f"a number of seconds, at most {LATEST_DATE}"
        raise InvalidSettingError("SOURCE_DATE_EPOCH", text, expected)
    return int(text)
