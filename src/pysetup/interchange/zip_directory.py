"""The end record and the central directory of a zip file, read without mercy.

Two readers that disagree about an archive are the attack; so whatever could be read
in two ways is refused, and nothing is ever recovered.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from pysetup.errors import IntegrityError
from pysetup.standards.paths import check_path
from pysetup.values import dataclass

STORED, DEFLATED = 0, 8
# APPNOTE 4.4.4: deflate options (bits 1, 2), data descriptor (3), UTF-8 names (11).
HAS_DESCRIPTOR, UTF8_NAME = 0x0008, 0x0800
_KNOWN_FLAGS = 0x0006 | HAS_DESCRIPTOR | UTF8_NAME
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s4B4H3L5H2L")
_SATURATED_16, SATURATED_32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
_TYPE_BITS, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
_MAX_DIRECTORY = 256 * 1024 * 1024
# The largest packages have some ten thousand files.
_MOST_MEMBERS = 100_000


class ZipStructureError(IntegrityError):
    """A zip archive is damaged, or is built so that two readers see two contents.

    pysetup reads one kind of archive: members one after the other, local headers
    equal to the central directory, nothing before, between or behind, no comment
    (but for that of a whole sdist), no encryption, no links, stored or deflated.
    Everything else is refused, and nothing of it was written.
    """

    code = "PS5300"

    def __init__(self, source: str, reason: str, *, member: str = "") -> None:
        place = f" ({member[:120]!r})" if member else ""
        super().__init__(
            f"{source} is not a sound zip archive: {reason}{place}",
            facts={"file": source, **({"member": member} if member else {})},
            hints=("get the file anew; if it stays so, tell its author",),
        )
        self.source, self.reason, self.member = source, reason, member


class ReadAt(Protocol):
    """Random access to the archive's bytes."""

    def __call__(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``."""


class ZipMember(NamedTuple):
    """One entry of the central directory; sizes and offsets in bytes.

    ``name`` has no trailing slash; ``raw_name`` is as written; ``header_offset`` is
    where the local header stands; ``mode`` are the Unix permission bits, or 0.
    """

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    header_offset: int
    mode: int
    is_folder: bool


@dataclass(frozen=True, slots=True)
class _End:
    count: int
    size: int
    offset: int


def read_directory(
    read_at: ReadAt, *, length: int, source: str, comment: int = 0
) -> tuple[tuple[ZipMember, ...], int]:
    """Return the members in the order of their bytes, and where the directory begins.

    ``length`` is the size of the archive in bytes; ``comment`` is how many bytes of
    a comment may stand at its end. Raises ``ZipStructureError`` and
    ``UnsafePathError``.
    """
    behind = _comment_length(read_at, length=length, most=comment)
    end = _read_end(read_at, length=length - behind, comment=behind, source=source)
    if end.size > _MAX_DIRECTORY:
        raise ZipStructureError(source, "its directory is too large")
    if end.count > _MOST_MEMBERS:
        raise ZipStructureError(source, f"it has more than {_MOST_MEMBERS} members")
    table = read_at(end.offset, end.size)
    members: list[ZipMember] = []
    position = 0
    while position < len(table) and len(members) <= end.count:
        member, position = _parse_entry(table, position, source=source)
        members.append(member)
    if len(members) != end.count:
        raise ZipStructureError(source, "it counts its members wrongly")
    _refuse_clashes(members, source=source)
    return tuple(sorted(members, key=lambda member: member.header_offset)), end.offset


def _comment_length(read_at: ReadAt, *, length: int, most: int) -> int:
    """Return how many bytes at the end are the archive's comment, if it may have one.

    It must say its own length, and nothing in it may look like one more end record:
    readers that search from either side find the same.
    """
    begin = max(0, length - _END.size - most)
    tail = read_at(begin, length - begin) if most else b""
    found = tail.rfind(b"PK\x05\x06")
    rest = len(tail) - found - _END.size
    if found < 0 or rest < 0 or tail.count(b"PK\x05\x06") > 1:
        return 0
    (stated,) = struct.unpack_from("<H", tail, found + _END.size - 2)
    return rest if stated == rest else 0


def _read_end(read_at: ReadAt, *, length: int, comment: int, source: str) -> _End:
    if length < _END.size:
        raise ZipStructureError(source, "it is too short")
    record = _END.unpack(read_at(length - _END.size, _END.size))
    signature, disk, first_disk, here, count, size, offset, stated = record
    if signature != b"PK\x05\x06" or stated != comment:
        raise ZipStructureError(source, "it does not end with its end record")
    end, stop = _End(count, size, offset), length - _END.size
    if count == _SATURATED_16 or SATURATED_32 in (size, offset):
        end, stop = _read_end64(read_at, end, stop=stop, source=source)
    elif disk or first_disk or here != count:
        raise ZipStructureError(source, "it is one part of a split archive")
    if end.offset + end.size != stop:
        raise ZipStructureError(source, "bytes stand between directory and end record")
    return end


def _read_end64(
    read_at: ReadAt, narrow: _End, *, stop: int, source: str
) -> tuple[_End, int]:
    """Read the zip64 end record, which must be needed and stand where it belongs."""
    fault = ZipStructureError(source, "its zip64 end record is not sound")
    begin = stop - _LOCATOR.size - _END64.size
    if begin < 0:
        raise fault
    locator = _LOCATOR.unpack(read_at(stop - _LOCATOR.size, _LOCATOR.size))
    if locator != (b"PK\x06\x07", 0, begin, 1):
        raise fault
    record = _END64.unpack(read_at(begin, _END64.size))
    signature, rest, _, _, disk, first_disk, here, count, size, offset = record
    if (signature, rest, disk, first_disk) != (b"PK\x06\x06", _END64.size - 12, 0, 0):
        raise fault
    agree = (
        narrow.count in (count, _SATURATED_16)
        and narrow.size in (size, SATURATED_32)
        and narrow.offset in (offset, SATURATED_32)
    )
    if here != count or not agree:
        raise fault
    return _End(count, size, offset), begin


def _parse_entry(table: bytes, position: int, *, source: str) -> tuple[ZipMember, int]:
    begin = position + _ENTRY.size
    if len(table) < begin or not table.startswith(b"PK\x01\x02", position):
        raise ZipStructureError(source, "its directory is damaged")
    fields = _ENTRY.unpack_from(table, position)
    _, _, _, _, _, flags, method, _, _, crc, compressed, size = fields[:12]
    name_length, extra_length, comment_length, disk, _, external, offset = fields[12:]
    middle = begin + name_length
    stop = middle + extra_length
    if stop > len(table):
        raise ZipStructureError(source, "its directory is damaged")
    raw_name = table[begin:middle]
    name = decode_name(raw_name, flags, source=source)
    extras: dict[int, bytes] = {}
    if extra_length:
        extras = parse_extra(table[middle:stop], raw_name=raw_name, source=source)
    if comment_length or disk:
        raise ZipStructureError(source, "a member has a comment", member=name)
    if extras or SATURATED_32 in (size, compressed, offset):
        size, compressed, offset = _widen(
            (size, compressed, offset), extras, name, source=source
        )
    mode = external >> 16
    folder = name.endswith("/")
    member = ZipMember(
        check_path(name.removesuffix("/"), source=source),
        raw_name,
        flags,
        method,
        crc,
        compressed,
        size,
        offset,
        mode & 0o777,
        folder,
    )
    _refuse_oddities(member, kind=mode & _TYPE_BITS, source=source)
    return member, stop


def _refuse_oddities(member: ZipMember, *, kind: int, source: str) -> None:
    if member.flags & ~_KNOWN_FLAGS:
        raise ZipStructureError(
            source, "a member is encrypted or patched", member=member.name
        )
    if member.method not in (STORED, DEFLATED):
        raise ZipStructureError(
            source,
            f"compression method {member.method} is not stored or deflate",
            member=member.name,
        )
    if kind not in (0, _FOLDER if member.is_folder else _REGULAR):
        raise ZipStructureError(
            source, "a member is a link or a device", member=member.name
        )
    if member.is_folder and member.size:
        raise ZipStructureError(source, "a folder has content", member=member.name)
    if member.method == STORED and member.size != member.compressed_size:
        raise ZipStructureError(source, "a stored size is wrong", member=member.name)


def decode_name(raw_name: bytes, flags: int, *, source: str) -> str:
    """Decode a member's name: UTF-8 where that is said, else ASCII alone."""
    try:
        return raw_name.decode("utf-8" if flags & UTF8_NAME else "ascii")
    except UnicodeDecodeError:
        raise ZipStructureError(
            source, "a name has no clear encoding", member=repr(raw_name)
        ) from None


def parse_extra(extra: bytes, *, raw_name: bytes, source: str) -> dict[int, bytes]:
    """Split the extra fields, which must fill their space; refuse a second name."""
    found: dict[int, bytes] = {}
    if not extra:
        return found
    position = 0
    while position < len(extra):
        head = extra[position : position + 4]
        if len(head) < 4:  # noqa: PLR2004 - identifier and length
            raise ZipStructureError(source, "an extra field is cut off")
        kind, length = struct.unpack("<HH", head)
        value = extra[position + 4 : position + 4 + length]
        if len(value) < length or kind in found:
            raise ZipStructureError(source, "an extra field is damaged")
        found[kind] = value
        position += 4 + length
    other = found.get(_UNICODE_PATH_EXTRA)
    if other is not None and other[5:] != raw_name:
        raise ZipStructureError(source, "a member has two names")
    return found


def _widen(
    values: tuple[int, int, int], extras: dict[int, bytes], name: str, *, source: str
) -> tuple[int, int, int]:
    """Take saturated 32-bit values from the zip64 field, which holds only these."""
    if SATURATED_32 not in values and _ZIP64_EXTRA not in extras:
        return values
    missing = [index for index, value in enumerate(values) if value == SATURATED_32]
    field = extras.get(_ZIP64_EXTRA, b"")
    if len(field) != 8 * len(missing):
        raise ZipStructureError(source, "a zip64 field is not sound", member=name)
    wide = list(values)
    for index, (value,) in zip(missing, struct.iter_unpack("<Q", field), strict=True):
        wide[index] = value
    return wide[0], wide[1], wide[2]


def local_sizes(
    compressed: int, size: int, extras: dict[int, bytes]
) -> tuple[int, int] | None:
    """Return (compressed, size) of a local header; None if they contradict.

    A zip64 field here holds both sizes, also when the narrow ones would do: Bazel
    writes it always.
    """
    field = extras.get(_ZIP64_EXTRA)
    if field is None:
        return compressed, size
    if len(field) != 16:  # noqa: PLR2004 - APPNOTE 4.5.3: both sizes
        return None
    wide_size, wide_compressed = struct.unpack("<QQ", field)
    if compressed not in (wide_compressed, SATURATED_32):
        return None
    return (
        None if size not in (wide_size, SATURATED_32) else (wide_compressed, wide_size)
    )


def _refuse_clashes(members: Sequence[ZipMember], *, source: str) -> None:
    """Refuse two members of one name, and a file that is also a folder."""
    names: set[str] = set()
    for member in members:
        if member.name in names:
            raise ZipStructureError(source, "a name stands twice", member=member.name)
        names.add(member.name)
    files = {member.name for member in members if not member.is_folder}
    # Many members share a folder: each is looked at once.
    for folder in sorted({name.rpartition("/")[0] for name in names}):
        for parent in (folder, *_parents(folder)):
            if parent in files:
                raise ZipStructureError(
                    source, "a file is also used as a folder", member=parent
                )


def _parents(name: str) -> Iterable[str]:
    position = name.rfind("/")
    while position > 0:
        yield name[:position]
        position = name.rfind("/", 0, position)
