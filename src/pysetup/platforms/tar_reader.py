"""Compressed tar archives read back, to see what a package really holds."""

import bz2
import gzip
import hashlib
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, cast

from pysetup.errors import IntegrityError
from pysetup.platforms.tar_writer import FILE, FOLDER, LINK, TarMember
from pysetup.platforms.zstandard import open_zstd_reader
from pysetup.standards.jsontext import JSON

_MAGIC_SIZE = 2
_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZ", b"\xfd7", b"\x28\xb5"
_KINDS = {tarfile.REGTYPE: FILE, tarfile.AREGTYPE: FILE, tarfile.DIRTYPE: FOLDER}


class UnreadablePackageError(IntegrityError):
    """A platform package cannot be read back: it is damaged, or of another format.

    Make it anew; if it came from elsewhere, get it anew.
    """

    code = "PS5630"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} cannot be read as a package: {reason}",
            facts={"file": source},
            hints=("make the package anew, or get it anew",),
        )
        self.source, self.reason = source, reason


def read_tar_members(stream: IO[bytes], *, source: str) -> Iterator[TarMember]:
    """Yield the members of a tar archive of any compression, in their order.

    Raises ``UnreadablePackageError`` naming ``source``, ``MissingZstandardError``.
    """
    try:
        with (
            _decompressed(stream) as plain,
            tarfile.open(fileobj=plain, mode="r|", encoding="utf-8") as archive,
        ):
            for header in archive:
                yield _member(archive, header)
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise UnreadablePackageError(source, str(error)) from None


def described(member: TarMember) -> dict[str, JSON]:
    """Return what is told of a member: path, kind, mode, size and digest."""
    found: dict[str, JSON] = {
        "path": member.path,
        "kind": member.kind,
        "mode": f"{member.mode:04o}",
    }
    if member.kind == FILE:
        found["size"] = len(member.content)
        found["sha256"] = hashlib.sha256(member.content).hexdigest()
    if member.kind == LINK:
        found["target"] = member.target
    return found


def _decompressed(stream: IO[bytes]) -> IO[bytes]:
    magic = stream.read(_MAGIC_SIZE)
    stream.seek(-len(magic), 1)
    if magic == _ZSTD:
        return open_zstd_reader(stream)
    if magic == _GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if magic == _BZIP2:
        return bz2.BZ2File(stream)
    if magic == _XZ:
        return lzma.LZMAFile(stream)
    raise tarfile.ReadError("it is compressed in no known way")


def _member(archive: tarfile.TarFile, header: tarfile.TarInfo) -> TarMember:
    kind = LINK if header.issym() else _KINDS.get(header.type, "other")
    content = b""
    if kind == FILE and (opened := archive.extractfile(header)) is not None:
        content = opened.read()
    return TarMember(header.name, content, header.mode, kind, header.linkname)
