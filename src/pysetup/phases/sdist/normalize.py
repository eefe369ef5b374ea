"""An sdist by anyone, packed anew: the same content in an envelope of no chance."""

import os
from collections.abc import Iterator
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.projections import PKG_INFO
from pysetup.phases.sdist.archive import PackedMember, write_archive
from pysetup.standards.filenames import (
    InvalidFilenameError,
    parse_sdist_filename,
    sdist_filename,
)
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import Version
from pysetup.values import dataclass


class NamelessSdistError(UsageError):
    """Neither the PKG-INFO of an sdist nor its file name says which release it is.

    The file is then no sdist: ``{name}-{version}.tar.gz`` with a PKG-INFO in its top
    folder. It cannot be given the name that PEP 625 asks for.
    """

    code = "PS2700"

    def __init__(self, filename: str) -> None:
        super().__init__(
            f"{filename} does not say of which project and version it is",
            facts={"file": filename},
            hints=("check that it is an sdist, not the archive of a repository",),
        )


@dataclass(frozen=True, slots=True)
class NormalizedSdist:
    """An sdist that was packed anew, and the one it was made from."""

    location: Path
    hash: Hash
    source: Path

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "location": str(self.location),
            "hash": str(self.hash),
            "source": str(self.source),
        }


def normalized_filename(source: Path, root: Path) -> str:
    """Return the name by PEP 625 for the sdist ``source``, unpacked at ``root``.

    Its PKG-INFO counts, where it has one; an old archive may lack it. Raises
    ``NamelessSdistError``, and what is wrong with the PKG-INFO.
    """
    name, version = _release(source, root)
    return sdist_filename(name, version)


def normalize_sdist(
    source: Path, root: Path, *, into: Path, epoch: int | None
) -> NormalizedSdist:
    """Pack the sdist ``source``, unpacked at ``root``, anew into the folder ``into``.

    Paths below the top folder, contents, links, empty folders and the user's execute
    bits stay; names of archive and top folder become those of PEP 625, order, dates,
    owners, modes and compression are fixed. Doing it twice changes nothing.
    """
    filename = normalized_filename(source, root)
    path = into / filename
    top = filename.removesuffix(".tar.gz")
    write_archive(path, top=top, members=_members(root), epoch=epoch)
    return NormalizedSdist(path, Hash.of_file(str(path)), source)


def _release(source: Path, root: Path) -> tuple[str, Version]:
    place = root / PKG_INFO
    if place.is_file():
        metadata = core_metadata.read(place.read_bytes(), source=PKG_INFO)
        return metadata.name, metadata.version
    try:
        named = parse_sdist_filename(source.name)
    except InvalidFilenameError:
        raise NamelessSdistError(source.name) from None
    return named.name, named.version


def _members(root: Path) -> Iterator[PackedMember]:
    for path in sorted(_paths(str(root), "")):
        place = root / path
        if place.is_symlink():
            yield PackedMember(path, target=os.readlink(place))
        elif path.endswith("/"):
            yield PackedMember(path)
        else:
            content = place.read_bytes()
            program = bool(place.stat().st_mode & 0o100)
            yield PackedMember(path, content, program)


def _paths(folder: str, prefix: str) -> Iterator[str]:
    """Yield files, links and, with ``/`` at their end, empty folders."""
    empty = True
    for entry in os.scandir(folder):
        empty = False
        if entry.is_dir(follow_symlinks=False):
            yield from _paths(entry.path, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name
    if empty and prefix:
        yield prefix
