"""The header structure of rpm: a sorted index of tags, and a store of their values.

All numbers are big-endian. A region entry spans the whole index: its value, at the end
of the store, points back over it, so that what was signed stays recognisable.
"""

import mmap
import struct
from collections.abc import Iterable

from pysetup.errors import IntegrityError
from pysetup.platforms.rpm.tags import (
    BINARY,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    STRINGS,
    TRANSLATED,
)
from pysetup.values import dataclass

MAGIC = b"\x8e\xad\xe8\x01"
_PREAMBLE = struct.Struct(">4s4xII")
_INDEX = struct.Struct(">IIiI")
_FORMS = {INT8: "B", INT16: "H", INT32: "I", INT64: "Q"}
# What rpm itself accepts of a header (lib/header.c): entries, bytes of the store.
_MOST_ENTRIES, _MOST_BYTES = 0xFFFF, 256 << 20

Values = tuple[int, ...] | tuple[str, ...] | bytes
Readable = bytes | mmap.mmap


class DamagedRpmError(IntegrityError):
    """A file is no RPM package, or is damaged.

    Its structure, a digest or a size does not agree with the content. Fetch or build
    the package anew, and compare with another source before it is trusted.
    """

    code = "PS5650"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not an intact RPM package: {reason}",
            facts={"file": source},
            hints=("fetch or build it anew",),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag of a header with its values, all of one kind."""

    tag: int
    kind: int
    values: Values


def integers(tag: int, kind: int, *values: int) -> Entry:
    """Return an entry of whole numbers."""
    return Entry(tag, kind, values)


def text(tag: int, value: str) -> Entry:
    """Return an entry of one text."""
    return Entry(tag, STRING, (value,))


def translated(tag: int, value: str) -> Entry:
    """Return an entry of one text that could be there in several languages."""
    return Entry(tag, TRANSLATED, (value,))


def texts(tag: int, values: Iterable[str]) -> Entry:
    """Return an entry of several texts."""
    return Entry(tag, STRINGS, tuple(values))


def encode_header(entries: Iterable[Entry], *, region: int) -> bytes:
    """Return the bytes of a header with ``entries``, whose order does not matter.

    ``region`` is the tag of the entry that spans all others. Entries without values
    are left out. A text may not hold a zero byte.
    """
    kept = sorted((entry for entry in entries if entry.values), key=_by_tag)
    store, index = bytearray(), bytearray()
    for entry in kept:
        raw, count, alignment = _encoded(entry)
        store += bytes(-len(store) % alignment)
        index += _INDEX.pack(entry.tag, entry.kind, len(store), count)
        store += raw
    span = _INDEX.size * (len(kept) + 1)
    first = _INDEX.pack(region, BINARY, len(store), _INDEX.size)
    store += _INDEX.pack(region, BINARY, -span, _INDEX.size)
    preamble = _PREAMBLE.pack(MAGIC, len(kept) + 1, len(store))
    return b"".join((preamble, first, index, store))


def _by_tag(entry: Entry) -> int:
    return entry.tag


def _encoded(entry: Entry) -> tuple[bytes, int, int]:
    """Return the bytes of the values, how many they are, and where they may begin."""
    values = entry.values
    if isinstance(values, bytes):
        return values, len(values), 1
    if entry.kind in _FORMS:
        form = struct.Struct(f">{len(values)}{_FORMS[entry.kind]}")
        return form.pack(*values), len(values), form.size // len(values)
    raw = b"".join(str(value).encode() + b"\0" for value in values)
    if raw.count(b"\0") != len(values):
        raise ValueError(f"tag {entry.tag} of a header holds a zero byte")
    return raw, len(values), 1


class Header:
    """What a header holds, by tag; what it does not hold is empty."""

    def __init__(self, values: dict[int, Values]) -> None:
        self._values = values

    def __contains__(self, tag: int) -> bool:
        return tag in self._values

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return the texts of ``tag``."""
        return tuple(each for each in self._all(tag) if isinstance(each, str))

    def text(self, tag: int) -> str:
        """Return the first text of ``tag``."""
        return next(iter(self.texts(tag)), "")

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the whole numbers of ``tag``."""
        return tuple(each for each in self._all(tag) if isinstance(each, int))

    def number(self, tag: int, default: int) -> int:
        """Return the first number of ``tag``, or ``default``."""
        return next(iter(self.numbers(tag)), default)

    def _all(self, tag: int) -> tuple[int, ...] | tuple[str, ...]:
        values = self._values.get(tag, ())
        return () if isinstance(values, bytes) else values


def decode_header(content: Readable, begin: int, *, source: str) -> tuple[Header, int]:
    """Return the header that begins here, and where it ends.

    Raises ``DamagedRpmError`` naming ``source``.
    """
    try:
        magic, count, length = _PREAMBLE.unpack_from(content, begin)
    except struct.error:
        raise DamagedRpmError(source, "it ends before its header") from None
    if magic != MAGIC:
        raise DamagedRpmError(source, "a header does not begin as one")
    start = begin + _PREAMBLE.size + count * _INDEX.size
    end = start + length
    if count > _MOST_ENTRIES or length > _MOST_BYTES or end > len(content):
        raise DamagedRpmError(source, "it ends within a header")
    store = content[start:end]
    found: dict[int, Values] = {}
    for place in range(begin + _PREAMBLE.size, start, _INDEX.size):
        tag, kind, offset, number = _INDEX.unpack_from(content, place)
        try:
            found[tag] = _decoded(store, kind, offset, number)
        except (struct.error, ValueError, KeyError):
            raise DamagedRpmError(source, f"tag {tag} is damaged") from None
    return Header(found), end


def _decoded(store: bytes, kind: int, offset: int, number: int) -> Values:
    if offset < 0 or offset > len(store) or number > len(store):
        raise ValueError(offset)
    if kind == BINARY:
        return store[offset : offset + number]
    if kind in _FORMS:
        return struct.unpack_from(f">{number}{_FORMS[kind]}", store, offset)
    if kind not in (STRING, STRINGS, TRANSLATED):
        raise KeyError(kind)
    found: list[str] = []
    for _ in range(number):
        end = store.index(b"\0", offset)
        found.append(store[offset:end].decode("utf-8", "surrogateescape"))
        offset = end + 1
    return tuple(found)
