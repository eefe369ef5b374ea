"""The sdist phase: a source tree in, one reproducible source archive out."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pysetup.interchange.layout import metadata_json, reliable_version, sdist_files
from pysetup.interchange.source import SourceArchive, SourceTree
from pysetup.interchange.source_files import (
    SourceFiles,
    file_paths,
    list_tree,
    read_source_file,
)
from pysetup.late import tomllib
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.pep819 import METADATA_JSON
from pysetup.metadata.projections import PKG_INFO, find_differences
from pysetup.phases.sdist.archive import packed_file, write_archive
from pysetup.phases.sdist.selection import GENERATED, SelectedFile, select_files
from pysetup.standards.filenames import sdist_filename
from pysetup.standards.hashes import Hash


def explain_selection(tree: SourceTree) -> tuple[SelectedFile, ...]:
    """Return every file of the project with the reason why it is in or out.

    Raises as ``select_files`` and ``read_source_file``.
    """
    entries = list_tree(tree.root)
    paths = file_paths(entries)
    ignore_files = {
        path: read_source_file(tree.root, path)
        for path in paths
        if path.rpartition("/")[2] == ".gitignore"
    }
    return select_files(
        entries,
        tree.metadata,
        ignore_files=ignore_files,
        manifests={
            name: content
            for name in ("MANIFEST.in", "MANIFEST")
            if (content := _read_if_listed(tree.root, name, paths)) is not None
        },
        named=named_by_pyproject(
            _read_if_listed(tree.root, "pyproject.toml", paths) or b""
        ),
    )


def selected_paths(tree: SourceTree) -> tuple[str, ...]:
    """Return the files of the project that an sdist holds, generated ones aside."""
    return tuple(one.path for one in explain_selection(tree) if one.selected)


def list_sdist(tree: SourceTree) -> tuple[SelectedFile, ...]:
    """Return every file of the project and of its sdist with the reason, sorted.

    Raises as ``explain_selection``.
    """
    made = [
        SelectedFile(path, True, "generated from the document") for path in GENERATED
    ]
    own = [one for one in explain_selection(tree) if one.path not in GENERATED]
    return tuple(sorted([*own, *made]))


def make_sdist(tree: SourceTree, *, into: Path, epoch: int | None) -> SourceArchive:
    """Write the sdist of ``tree`` into the folder ``into``, which must exist.

    ``epoch`` is SOURCE_DATE_EPOCH or None. The document goes in as ``pydist.json``
    with its projections; nothing else is added. Raises as ``explain_selection``.
    """
    metadata = tree.metadata
    contents = _contents(tree.root, selected_paths(tree), made=sdist_files(metadata))
    return pack_sdist(contents, metadata, into=into, epoch=epoch)


def pack_sdist(
    files: Iterator[tuple[str, bytes]],
    metadata: Metadata,
    *,
    into: Path,
    epoch: int | None,
) -> SourceArchive:
    """Write sorted ``files`` (relative path, content) as the sdist of ``metadata``."""
    filename = sdist_filename(metadata.name, metadata.version)
    path, top = into / filename, filename.removesuffix(".tar.gz")
    members = (packed_file(name, content) for name, content in files)
    write_archive(path, top=top, members=members, epoch=epoch)
    return SourceArchive(path, Hash.of_file(str(path)), metadata)


def repack_sdist(
    root: Path, metadata: Metadata, *, into: Path, epoch: int | None
) -> SourceArchive:
    """Write the unpacked sdist of a foreign back end at ``root`` anew.

    Its files are kept as they are; the document and ``METADATA.json`` come to it.
    PKG-INFO is replaced only if it contradicts the document, as old ones do.
    """
    # A value of another back end that is dynamic, too, promises nothing; it is not
    # one that will be extended, for which alone version 2.6 is needed (PEP 808).
    version = reliable_version(metadata.replaced(dynamic=None))
    made = sdist_files(metadata, version=version)
    stated = (root / PKG_INFO).read_bytes()
    if not find_differences(metadata, {PKG_INFO: stated}):
        version = core_metadata.read(stated).text("metadata_version")
        made[PKG_INFO] = stated
        made[METADATA_JSON] = metadata_json(metadata, version=version)
    kept = sorted(
        str(path.relative_to(root).as_posix())
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    )
    return pack_sdist(
        _contents(root, kept, made=made), metadata, into=into, epoch=epoch
    )


def _contents(
    root: Path, paths: Sequence[str], *, made: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    read = SourceFiles(root).read
    for path in sorted({*paths, *made}):
        yield path, made[path] if path in made else read(path)


def _read_if_listed(root: Path, name: str, paths: Sequence[str]) -> bytes | None:
    return read_source_file(root, name) if name in paths else None


def named_by_pyproject(content: bytes) -> tuple[str, ...]:
    """Return the files whose text ``[project]`` takes: without them nobody rebuilds."""
    try:
        project = tomllib.loads(content.decode()).get("project")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # A foreign back end may live without it; whoever needs it complains better.
        return ()
    named: list[str] = []
    for key in ("readme", "license"):
        value = project.get(key) if isinstance(project, Mapping) else None
        if isinstance(value, Mapping):
            value = value.get("file")
        elif key == "license":
            value = None  # an expression, not a path
        if isinstance(value, str):
            named.append(value.removeprefix("./"))
    return tuple(named)
