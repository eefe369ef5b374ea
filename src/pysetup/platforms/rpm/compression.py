"""How payloads are compressed: the same bytes for the same content, on any machine."""

import gzip
import io
import lzma
import sys
import zlib
from typing import IO, Protocol, cast

from pysetup.platforms.rpm.header import DamagedRpmError
from pysetup.platforms.zstandard import open_zstd_reader, open_zstd_writer

GZIP, XZ, ZSTD, NONE = "gzip", "xz", "zstd", "none"
# The ninth level of gzip takes three times as long, and saves one byte in a hundred.
LEVELS = {GZIP: "6", XZ: "6", ZSTD: "19", NONE: ""}
# The head of RFC 1952 without name and date, from no system in particular: that of
# zlib would tell the system that it runs on.
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


class Compressor(Protocol):
    """Takes bytes, gives compressed ones."""

    def compress(self, data: bytes, /) -> bytes:
        """Take bytes; return what can be written already."""

    def flush(self) -> bytes:
        """Return the rest."""


class _Gzip:
    def __init__(self) -> None:
        level = int(LEVELS[GZIP])
        self.deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.head, self.checksum, self.size = _GZIP_HEAD, 0, 0

    def compress(self, data: bytes) -> bytes:
        self.checksum = zlib.crc32(data, self.checksum)
        self.size += len(data)
        head, self.head = self.head, b""
        return head + self.deflate.compress(data)

    def flush(self) -> bytes:
        ends = (self.checksum, self.size & 0xFFFFFFFF)
        tail = b"".join(number.to_bytes(4, "little") for number in ends)
        return self.head + self.deflate.flush() + tail


class _Zstd:
    def __init__(self) -> None:
        self.packed = io.BytesIO()
        self.writer = open_zstd_writer(self.packed)

    def compress(self, data: bytes) -> bytes:
        self.writer.write(data)
        return self._taken()

    def flush(self) -> bytes:
        self.writer.close()
        return self._taken()

    def _taken(self) -> bytes:
        found = self.packed.getvalue()
        self.packed.seek(0)
        self.packed.truncate()
        return found


class _Plain:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def new_compressor(name: str) -> Compressor:
    """Return a compressor of one of ``LEVELS``; raises ``MissingZstandardError``."""
    if name == GZIP:
        return _Gzip()
    if name == XZ:
        return lzma.LZMACompressor(check=lzma.CHECK_CRC32, preset=int(LEVELS[XZ]))
    return _Zstd() if name == ZSTD else _Plain()


def open_compressed(stream: IO[bytes], name: str, *, source: str) -> IO[bytes]:
    """Return what ``stream`` holds, uncompressed while it is read.

    Raises ``DamagedRpmError`` for a compression that is not known here, and
    ``MissingZstandardError``; a damaged stream raises its own errors (``damages()``)
    while it is read.
    """
    if name == GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if name in (XZ, "lzma"):
        return lzma.LZMAFile(stream)
    if name == ZSTD:
        # It gives what it has; here all that is asked for is wanted.
        return io.BufferedReader(cast("io.RawIOBase", open_zstd_reader(stream)))
    if name == NONE:
        return stream
    raise DamagedRpmError(source, f"its payload is compressed with {name[:40]!r}")


_DAMAGES = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


def damages() -> tuple[type[Exception], ...]:
    """Return the errors of damaged streams; zstd's own only where it is loaded."""
    loaded = (sys.modules.get(name) for name in ("zstandard", "compression.zstd"))
    return (*_DAMAGES, *(module.ZstdError for module in loaded if module is not None))
