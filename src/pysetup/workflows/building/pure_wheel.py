"""Wheels of projects whose files are the wheel: packed without a folder between.

To write a folder of files, to read it and to remove it costs more than all the rest.
The bytes are those that a built tree would be packed to.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.sbom import may_carry
from pysetup.interchange.sdist_file import read_whole_sdist
from pysetup.interchange.source import SourceArchive, SourceTree
from pysetup.interchange.source_files import SourceFiles
from pysetup.metadata.build_section import runs_code
from pysetup.metadata.document import Metadata
from pysetup.phases.bdist.wheel import pack_pure_wheel
from pysetup.phases.build.make import pure_files
from pysetup.phases.sdist.make import selected_paths
from pysetup.phases.sdist.selection import GENERATED

# More than this is not held in memory at once.
_MOST = 64 << 20


def wheel_of_archive(
    archive: SourceArchive, *, into: Path, epoch: int | None
) -> BinaryArchive | None:
    """Write the wheel of a source archive that pysetup has just made.

    None if it takes more than its files, or if they are too large to be held in
    memory: then it has to be unpacked and built. Raises as ``build_tree`` and
    ``pack_wheel``.
    """
    if not _is_pure(archive.metadata):
        return None
    contents = read_whole_sdist(archive.location, most=_MOST)
    if contents is None:
        return None
    files = [path for path in contents if path not in GENERATED]
    return _packed(
        archive.metadata, files, contents.__getitem__, into=into, epoch=epoch
    )


def wheel_of_tree(
    tree: SourceTree, *, into: Path, epoch: int | None
) -> BinaryArchive | None:
    """Write the wheel of a project's folder as it stands; as ``wheel_of_archive``."""
    if not _is_pure(tree.metadata):
        return None
    files = selected_paths(tree)
    if sum((tree.root / path).stat().st_size for path in files) > _MOST:
        return None
    read = SourceFiles(tree.root).read
    return _packed(tree.metadata, files, read, into=into, epoch=epoch)


def _is_pure(metadata: Metadata) -> bool:
    section = metadata.section("build")
    return section.get("backend") is None and not runs_code(section)


def _packed(
    metadata: Metadata,
    files: Sequence[str],
    read: Callable[[str], bytes],
    *,
    into: Path,
    epoch: int | None,
) -> BinaryArchive | None:
    made = dict(pure_files(metadata, files, read=read))
    if may_carry(made):
        return None
    into.mkdir(parents=True, exist_ok=True)
    return pack_pure_wheel(made, metadata, into=into, epoch=epoch)
