"""Cached values that load in microseconds: a marshalled head, and a body of bytes.

A file is its kind (8 bytes), the CRC-32 of all that follows, the length of the head,
the head, and the body. The check is against damage, not against people: the cache is
the user's own, and whoever can write there could seal a lie as well. Every failure of
the disk is a miss, and files appear whole, so that processes may share them.
"""

import marshal
import os
import zlib

from pysetup.index.releases import MARSHAL

_CHECKED = 12
_FRONT = 16


def read_marshalled(path: str, kind: bytes) -> tuple[tuple, bytes] | None:  # type: ignore[type-arg] # its kind says of what
    """Return head and body of the file ``path``, None if it is not as it was written.

    ``kind`` are the eight bytes that it must begin with.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            content = os.read(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    check = int.from_bytes(content[8:_CHECKED], "little")
    inside = memoryview(content)[_CHECKED:]
    if content[:8] != kind or zlib.crc32(inside) != check:
        return None
    stop = _FRONT + int.from_bytes(content[_CHECKED:_FRONT], "little")
    head: tuple = marshal.loads(content[_FRONT:stop])  # type: ignore[type-arg] # noqa: S302 - it is as we wrote it
    return head, content[stop:]


def marshalled(kind: bytes, head: tuple, body: bytes) -> bytes:  # type: ignore[type-arg] # of plain values
    """Return the content of a file; ``head`` is of plain values, however nested."""
    front = marshal.dumps(head, MARSHAL)
    inside = len(front).to_bytes(4, "little") + front + body
    return kind + zlib.crc32(inside).to_bytes(4, "little") + inside
