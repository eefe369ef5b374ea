"""Cabinets: the archive inside an MSI database, written and read ([MS-CAB]).

One folder of data in MSZIP: blocks of 32 KiB, each deflated with the block before as
its dictionary.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

_SIGNATURE = b"MSCF"
_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIHHHH")
_DATA = struct.Struct("<IHH")
_MSZIP = 1
_BLOCK = 32768
_MARK = b"CK"
_ARCHIVE, _UTF8 = 0x20, 0x80
_MOST_BLOCKS = 0xFFFF
_MOST_FILES = 0xFFFF
_LEVEL = 9
_YEARS = (1980, 2107)


class CabinetError(ValueError):
    """The bytes are no cabinet, or what is to be written does not fit one."""


def write_cabinet(files: Sequence[tuple[str, bytes]], *, epoch: int) -> bytes:
    """Return a cabinet with ``files``, in their order, all of the time ``epoch``.

    ``epoch`` is in seconds since 1970; a cabinet can say years 1980 to 2107. Raises
    ``CabinetError`` beyond 65,535 files or 2 GiB of content.
    """
    if len(files) > _MOST_FILES:
        raise CabinetError("more than 65,535 files")
    blocks = list(_compress(content for _, content in files))
    if len(blocks) > _MOST_BLOCKS:
        raise CabinetError("more than 2 GiB of content")
    date, time = _dos_time(epoch)
    entries, offset = [], 0
    for name, content in files:
        attributes = _ARCHIVE if name.isascii() else _ARCHIVE | _UTF8
        entry = _FILE.pack(len(content), offset, 0, date, time, attributes)
        entries.append(entry + name.encode() + b"\0")
        offset += len(content)
    listed = b"".join(entries)
    first_file = _HEADER.size + _FOLDER.size
    first_block = first_file + len(listed)
    size = first_block + sum(map(len, blocks))
    header = _HEADER.pack(
        _SIGNATURE, 0, size, 0, first_file, 0, 3, 1, 1, len(files), 0, 0, 0
    )
    folder = _FOLDER.pack(first_block, len(blocks), _MSZIP)
    return b"".join((header, folder, listed, *blocks))


def read_cabinet(content: bytes) -> dict[str, bytes]:
    """Return the files of a cabinet by name.

    Raises ``CabinetError`` for what is damaged, or is not one folder in MSZIP.
    """
    try:
        return _read(content)
    except (struct.error, zlib.error, UnicodeDecodeError, ValueError) as error:
        raise CabinetError(f"the cabinet is damaged: {error}") from error


def _read(content: bytes) -> dict[str, bytes]:
    header = _HEADER.unpack_from(content)
    if header[0] != _SIGNATURE or header[8] != 1 or header[10]:
        raise CabinetError("it is no cabinet of one folder")
    first_block, count, method = _FOLDER.unpack_from(content, _HEADER.size)
    if method & 0xF != _MSZIP:
        raise CabinetError("it is not compressed with MSZIP")
    body = b"".join(_expand(content, first_block, count))
    found, at = {}, header[4]
    for _ in range(header[9]):
        size, offset, *_ = _FILE.unpack_from(content, at)
        end = content.index(b"\0", at + _FILE.size)
        name = content[at + _FILE.size : end].decode()
        if offset + size > len(body):
            raise CabinetError(f"the file {name!r} is cut short")
        found[name] = body[offset : offset + size]
        at = end + 1
    return found


def _expand(content: bytes, at: int, count: int) -> Iterator[bytes]:
    before = b""
    for _ in range(count):
        checksum, packed, size = _DATA.unpack_from(content, at)
        start = at + _DATA.size
        data = content[start : start + packed]
        if checksum not in (0, _checksum(data, packed, size)):
            raise CabinetError("the checksum of a block is wrong")
        if data[:2] != _MARK:
            raise CabinetError("a block has no mark of MSZIP")
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=before)
        before = unpacker.decompress(data[2:], _BLOCK)
        if len(before) != size:
            raise CabinetError("a block has another size than it says")
        yield before
        at = start + packed


def _compress(contents: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data blocks, each with its header."""
    before = b""
    for block in _blocks(contents):
        packer = zlib.compressobj(
            _LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zdict=before
        )
        packed = _MARK + packer.compress(block) + packer.flush()
        if len(packed) > _BLOCK + 12:
            packed = _MARK + _stored(block)
        checksum = _checksum(packed, len(packed), len(block))
        yield _DATA.pack(checksum, len(packed), len(block)) + packed
        before = block


def _stored(block: bytes) -> bytes:
    """Return a deflated block that only carries its content."""
    size = len(block)
    return struct.pack("<BHH", 1, size, size ^ 0xFFFF) + block


def _blocks(contents: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for content in contents:
        waiting += content
        whole = len(waiting) - len(waiting) % _BLOCK
        for start in range(0, whole, _BLOCK):
            yield bytes(waiting[start : start + _BLOCK])
        del waiting[:whole]
    if waiting:
        yield bytes(waiting)


def _checksum(data: bytes, packed: int, size: int) -> int:
    """Return the checksum of a block: the exclusive or of its words of 32 bits.

    The words are folded in halves, since a loop over each would take far longer
    than the compression.
    """
    whole = len(data) - len(data) % 4
    number, width = int.from_bytes(data[:whole], "little"), whole // 4
    while width > 1:
        half = (width + 1) // 2
        number = (number >> (32 * half)) ^ (number & ((1 << (32 * half)) - 1))
        width = half
    rest = int.from_bytes(data[whole:], "big")
    return number ^ rest ^ (packed | size << 16)


def _dos_time(epoch: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=max(0, epoch))
    first, last = _YEARS
    if moment.year < first:
        moment = datetime(first, 1, 1, tzinfo=UTC)
    elif moment.year > last:
        moment = datetime(last, 12, 31, 23, 59, 58, tzinfo=UTC)
    date = (moment.year - first) << 9 | moment.month << 5 | moment.day
    return date, moment.hour << 11 | moment.minute << 5 | moment.second // 2
