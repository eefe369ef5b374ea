"""Tar archives written so that the same members give the same bytes.

Owner, group and time say nothing of the machine: everything belongs to root, and has
the one time that the caller gives. Names that ustar cannot hold are written as pax
does (IEEE Std 1003.1, pax interchange format).
"""

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, cast

from pysetup.platforms.contents import Content
from pysetup.platforms.zstandard import open_zstd_writer
from pysetup.values import dataclass

FILE, FOLDER, LINK = "file", "folder", "link"
# The name that a compression has in file names.
GZIP, BZIP2, XZ, ZSTD = "gz", "bz2", "xz", "zst"


@dataclass(frozen=True, slots=True)
class TarMember:
    """One member: ``path`` has neither a leading nor a trailing slash.

    ``kind`` is FILE, FOLDER or LINK, ``target`` where a link leads.
    """

    path: str
    content: Content = Content()
    mode: int = 0o644
    kind: str = FILE
    target: str = ""


def write_tar(
    stream: IO[bytes], members: Iterable[TarMember], *, time: int, compression: str
) -> None:
    """Write ``members`` in their order to ``stream``.

    ``time`` is that of all, in seconds since 1970; ``compression`` is GZIP, BZIP2, XZ
    or ZSTD. Raises ``MissingZstandardError``.
    """
    with (
        _compressed(stream, compression) as packed,
        tarfile.open(
            fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8"
        ) as archive,
    ):
        for member in members:
            archive.addfile(_header(member, time), member.content.opened())


@contextmanager
def _compressed(stream: IO[bytes], compression: str) -> Iterator[IO[bytes]]:
    """Yield what compresses into ``stream``; no file name and no clock goes in."""
    with _opened(stream, compression) as opened:
        yield opened


def _opened(stream: IO[bytes], compression: str) -> IO[bytes]:
    if compression == GZIP:
        return cast("IO[bytes]", gzip.GzipFile("", "wb", 9, stream, mtime=0))
    if compression == BZIP2:
        return bz2.BZ2File(stream, "wb")
    if compression == XZ:
        return lzma.LZMAFile(stream, "wb")
    return open_zstd_writer(stream)


def _header(member: TarMember, time: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(member.path)
    header.mode, header.mtime = member.mode, time
    header.uname = header.gname = "root"
    if member.kind == FOLDER:
        header.type = tarfile.DIRTYPE
    elif member.kind == LINK:
        header.type, header.linkname = tarfile.SYMTYPE, member.target
    else:
        header.size = member.content.size
    return header
