"""Projects that pysetup itself builds; needs nothing but what a back end may import."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pysetup.edges.process import run_process
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.source import SourceTree
from pysetup.phases.build.hooks import BuildPython
from pysetup.phases.build.make import build_tree, build_tree_by_hook, read_licenses
from pysetup.phases.develop.editable import editable_tree
from pysetup.phases.develop.project import read_draft
from pysetup.phases.develop.record import read_record, with_record
from pysetup.phases.sdist.make import selected_paths
from pysetup.standards.jsontext import JSON
from pysetup.workflows.settings import InvalidSettingError


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
    """Build ``tree`` into the empty folder ``into``: by its hook, or its files alone.

    ``python_with`` returns an interpreter that has the given requirements; it is
    called only if there is a hook, to which ``settings`` go as options.
    """
    section = tree.metadata.section("build")
    if not section.get("hook"):
        return build_tree(tree, files=selected_paths(tree), into=into)
    python = python_with(build_requirements(section))
    return build_tree_by_hook(tree, into=into, python=python, settings=settings)


def build_native_editable(tree: SourceTree, *, into: Path) -> BuiltTree:
    """Write the editable distribution of ``tree`` into the empty folder ``into``."""
    licenses = read_licenses(tree.root, tree.metadata)
    return editable_tree(tree, into=into, licenses=licenses)


def build_requirements(build: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return what the ``build`` section of a document requires."""
    value = build.get("requires")
    return tuple(map(str, value)) if isinstance(value, Sequence) else ()


def this_python(environ: Mapping[str, str]) -> BuildPython:
    """Return the running interpreter, which has what a front end put into it."""
    return BuildPython(
        executable=Path(sys.executable), environ=environ, run=run_process
    )


def epoch_of(environ: Mapping[str, str]) -> int | None:
    """Return SOURCE_DATE_EPOCH (seconds since 1970), None if it is not set.

    Raises ``InvalidSettingError``.
    """
    text = environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidSettingError("SOURCE_DATE_EPOCH", text, "a number of seconds")
    return int(text)
