"""The build phase: a source tree in, a folder in wheel layout out."""

import shutil
from collections.abc import Mapping, Sequence
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
from pysetup.interchange.source_files import read_source_file
from pysetup.metadata.document import Metadata
from pysetup.phases.build.hook_tree import BuiltTreeError, complete_hook_tree
from pysetup.phases.build.hooks import BuildPython, call_hook
from pysetup.phases.build.pure import plan_files
from pysetup.standards.jsontext import JSON


def build_tree(source: SourceTree, *, files: Sequence[str], into: Path) -> BuiltTree:
    """Build a project without a hook into the empty folder ``into``: copy its files.

    ``files`` are the project's files as its sdist holds them. No code of the
    project runs. Raises as ``plan_files`` and ``read_source_file``.
    """
    metadata = source.metadata
    for placement in plan_files(metadata, files):
        content = read_source_file(source.root, placement.source)
        write_files(into, {placement.target: content})
    info = pure_info()
    licenses = read_licenses(source.root, metadata)
    write_files(into, dist_info_files(metadata, info=info, licenses=licenses))
    return BuiltTree(into, metadata, PURE_TAGS, pure=True, generator=GENERATOR)


def build_tree_by_hook(
    source: SourceTree,
    *,
    into: Path,
    python: BuildPython,
    settings: Mapping[str, JSON],
) -> BuiltTree:
    """Build a project by its hook ``build(metadata)`` into the empty folder ``into``.

    What the hook's folder lacks of its ``.dist-info`` comes from the document; what
    contradicts the document is refused. Raises ``BackendFailedError`` and as
    ``complete_hook_tree``.
    """
    metadata = source.metadata
    hook = str(metadata.section("build").get("hook"))
    made = call_hook(hook, metadata, root=source.root, settings=settings, python=python)
    _copy_built(made, into, project=f"{metadata.name} {metadata.version}")
    return complete_hook_tree(
        into, metadata, licenses=read_licenses(source.root, metadata)
    )


def read_licenses(root: Path, metadata: Metadata) -> dict[str, bytes]:
    """Return the licence files that the document names, by path."""
    return {
        path: read_source_file(root, path) for path in metadata.texts("license_file")
    }


def _copy_built(made: Path, into: Path, *, project: str) -> None:
    """Copy the folder that a hook returned, links by what they point to."""
    try:
        shutil.copytree(made, into, dirs_exist_ok=True)
    except (shutil.Error, OSError) as error:
        raise BuiltTreeError(project, f"it cannot be copied: {error!s:.300}") from None
