"""Compressed tar archives read back, to see what a package really holds."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import IO, Self, cast

from pysetup.errors import IntegrityError
from pysetup.platforms.contents import PIECE
from pysetup.platforms.tar_writer import FILE, FOLDER, LINK
from pysetup.platforms.zstandard import open_zstd_reader
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

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


# Says of which files the content is wanted, by their paths.
Keep = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ReadMember:
    """A member that has been read: what it is, how large, and its digest.

    ``kind`` is FILE, FOLDER, LINK or another word; ``content`` is empty unless it was
    asked for.
    """

    path: str
    mode: int
    kind: str
    target: str = ""
    size: int = 0
    sha256: str = ""
    content: bytes = b""

    @classmethod
    def of_file(cls, path: str, mode: int, stream: IO[bytes], *, keep: Keep) -> Self:
        """Read the file ``path`` of an archive from ``stream``, piece by piece."""
        digest, size, kept = sha256(), 0, []
        is_kept = keep(path)
        while piece := stream.read(PIECE):
            digest.update(piece)
            size += len(piece)
            if is_kept:
                kept.append(piece)
        content = b"".join(kept)
        return cls(path, mode, FILE, "", size, digest.hexdigest(), content)


def read_tar_members(
    stream: IO[bytes], *, source: str, keep: Keep
) -> Iterator[ReadMember]:
    """Yield the members of a tar archive of any compression, in their order.

    Of files that ``keep`` wants the content is kept. Raises
    ``UnreadablePackageError`` naming ``source``, ``MissingZstandardError``.
    """
    try:
        with (
            _decompressed(stream) as plain,
            tarfile.open(fileobj=plain, mode="r|", encoding="utf-8") as archive,
        ):
            for header in archive:
                yield _member(archive, header, keep)
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise UnreadablePackageError(source, str(error)) from None


def described(member: ReadMember) -> dict[str, JSON]:
    """Return what is told of a member: path, kind, mode, size and digest."""
    found: dict[str, JSON] = {
        "path": member.path,
        "kind": member.kind,
        "mode": f"{member.mode:04o}",
    }
    if member.kind == FILE:
        found["size"] = member.size
        found["sha256"] = member.sha256
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


def _member(
    archive: tarfile.TarFile, header: tarfile.TarInfo, keep: Keep
) -> ReadMember:
    kind = LINK if header.issym() else _KINDS.get(header.type, "other")
    if kind == FILE and (opened := archive.extractfile(header)) is not None:
        return ReadMember.of_file(header.name, header.mode, opened, keep=keep)
    return ReadMember(header.name, header.mode, kind, header.linkname)
