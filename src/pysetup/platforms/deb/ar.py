"""The outer archive of a .deb (deb(5), ar(5)): a magic line, then members in a row."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from pysetup.platforms.tar_reader import UnreadablePackageError
from pysetup.values import dataclass

MAGIC = b"!<arch>\n"
HEADER_SIZE = 60
_END = b"`\n"
# The size stands in ten decimal digits.
MOST_BYTES = 10**10 - 1
_MODE = 0o100644
_NAME_SIZE = 16
_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,16}")


@dataclass(frozen=True, slots=True)
class ArMember:
    """One member: its name, where its content begins in the file, and its size."""

    name: str
    offset: int
    size: int


def member_header(name: str, size: int, *, date: int) -> bytes:
    """Return the 60 bytes before a member of ``size`` bytes, owned by root.

    ``date`` is in seconds since 1970.
    """
    assert _NAME.fullmatch(name)
    assert 0 <= size <= MOST_BYTES
    text = f"{name:<16}{date:<12}{0:<6}{0:<6}{_MODE:<8o}{size:<10}"
    return text.encode("ascii") + _END


def padding(size: int) -> bytes:
    """Return what follows a member of ``size`` bytes: members begin at even places."""
    return b"\n" if size % 2 else b""


def read_members(file: BinaryIO, *, source: str) -> Iterator[ArMember]:
    """Yield the members of an archive, whose content may be read meanwhile.

    Raises ``UnreadablePackageError`` naming ``source``.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise UnreadablePackageError(source, "it does not begin as an ar archive does")
    place = len(MAGIC)
    length = file.seek(0, 2)
    while place < length:
        file.seek(place)
        header = file.read(HEADER_SIZE)
        if len(header) < HEADER_SIZE or header[58:] != _END:
            raise UnreadablePackageError(source, f"there is no member at byte {place}")
        size = _decimal(header[48:58], source)
        # GNU's ar ends names with a slash.
        name = header[:_NAME_SIZE].decode("latin-1").rstrip(" ").removesuffix("/")
        place += HEADER_SIZE
        if place + size > length:
            raise UnreadablePackageError(source, f"its member {name!r} ends too early")
        yield ArMember(name, place, size)
        place += size + size % 2


def _decimal(field: bytes, source: str) -> int:
    digits = field.rstrip(b" ")
    if not digits.isdigit():
        raise UnreadablePackageError(source, "a member has no size")
    return int(digits)
