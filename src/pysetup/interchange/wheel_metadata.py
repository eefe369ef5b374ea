"""The METADATA of a wheel that is somewhere else, by a few small reads."""

import struct
import zlib

from pysetup.interchange.dist_info import split_dist_info
from pysetup.interchange.wheel_file import WheelLayoutError
from pysetup.interchange.zip_directory import (
    STORED,
    ReadAt,
    ZipMember,
    ZipStructureError,
    read_directory,
)
from pysetup.standards.filenames import WheelFilename

METADATA_LIMIT = 8 * 1024 * 1024
_LOCAL = struct.Struct("<4s5H3L2H")


def read_wheel_metadata(
    filename: WheelFilename, read_at: ReadAt, *, length: int
) -> bytes:
    """Return the bytes of METADATA, checked against the archive's directory.

    ``length`` is the size of the wheel in bytes. Read are the end record, the
    directory, and the member itself; what the rest holds is not looked at. Raises
    ``ZipStructureError``, ``UnsafePathError`` or ``WheelLayoutError``.
    """
    source = filename.filename
    members, directory = read_directory(read_at, length=length, source=source)
    offsets = [member.header_offset for member in members] + [directory]
    position = _find_metadata(members, filename)
    member, stop = members[position], offsets[position + 1]
    if member.header_offset > stop:
        raise ZipStructureError(source, "its directory stands before its members")
    if max(member.size, stop - member.header_offset) > METADATA_LIMIT:
        raise WheelLayoutError(source, f"its METADATA is larger than {METADATA_LIMIT}")
    region = read_at(member.header_offset, stop - member.header_offset)
    return _content(region, member, source=source)


def _find_metadata(members: tuple[ZipMember, ...], filename: WheelFilename) -> int:
    found = [
        index
        for index, member in enumerate(members)
        if member.name.endswith(".dist-info/METADATA") and member.name.count("/") == 1
    ]
    source = filename.filename
    if len(found) != 1:
        raise WheelLayoutError(source, f"it has {len(found)} METADATA files, not one")
    folder = members[found[0]].name.partition("/")[0]
    if split_dist_info(folder) != (filename.name, filename.version):
        raise WheelLayoutError(source, f"{folder!r} belongs to another distribution")
    return found[0]


def _content(region: bytes, member: ZipMember, *, source: str) -> bytes:
    """Inflate one member from its local header on; refuse what contradicts."""
    fault = ZipStructureError(
        source, "a local header differs from the directory", member=member.name
    )
    if len(region) < _LOCAL.size:
        raise fault
    fields = _LOCAL.unpack_from(region)
    signature, flags, method, names, extra = (*fields[:1], *fields[2:4], *fields[9:11])
    begin = _LOCAL.size + names + extra
    data = region[begin : begin + member.compressed_size]
    if (
        (signature, flags, method) != (b"PK\x03\x04", member.flags, member.method)
        or region[_LOCAL.size : _LOCAL.size + names] != member.raw_name
        or len(data) != member.compressed_size
    ):
        raise fault
    if member.method != STORED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = inflater.decompress(data, member.size + 1)
        except zlib.error:
            data = b""
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise ZipStructureError(
            source, "size or checksum of a member is wrong", member=member.name
        )
    return data
