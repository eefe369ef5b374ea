"""Compound files: the container of an MSI database, written and read ([MS-CFB]).

A compound file is a small file system of sectors. Version 3 has sectors of 512 bytes;
streams below 4096 bytes share the "mini stream", in sectors of 64. Only what a database
needs is here: one root storage with streams.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR, _MINI_SECTOR, _MINI_LIMIT = 512, 64, 4096
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_NONE = 0xFFFFFFFF
_HEADER = struct.Struct("<8s16sHHHHH6sIIIIIIIIII")
_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
_IN_HEADER = 109
_IN_SECTOR = _SECTOR // 4
_LONGEST_NAME = 31
_RED, _BLACK = 0, 1
_STREAM, _ROOT = 2, 5
#: What 32 bits of a directory entry hold in version 3; Windows refuses more.
LARGEST = 2**31 - 1


class CompoundFileError(ValueError):
    """The bytes are no compound file, or what is to be written does not fit one."""


def write_compound_file(streams: Mapping[str, bytes], *, class_id: bytes) -> bytes:
    """Return a compound file with ``streams``, whose root is of class ``class_id``.

    The same streams give the same bytes: no time and no order of the caller's is
    kept. A name has at most 31 UTF-16 units; all content together at most 2 GiB.
    """
    names = sorted(streams, key=_sort_key)
    for name in names:
        if len(name.encode("utf-16-le")) > 2 * _LONGEST_NAME:
            raise CompoundFileError(f"the stream name {name!r} is too long")
    small = [name for name in names if len(streams[name]) < _MINI_LIMIT]
    large = [name for name in names if len(streams[name]) >= _MINI_LIMIT]
    mini, mini_table, starts = _mini_stream([streams[name] for name in small])
    mini_start = dict(zip(small, starts, strict=True))
    directory_size = -(-(len(names) + 1) // 4) * _SECTOR
    bodies = [b"\0" * directory_size, mini_table, mini, *(streams[n] for n in large)]
    counts = [-(-len(body) // _SECTOR) for body in bodies]
    fat_count, difat_count = _table_sizes(sum(counts))
    first = fat_count + difat_count
    at: list[int] = []
    for count in counts:
        at.append(first if count else _END)
        first += count
    if (first + 1) * _SECTOR > LARGEST:
        raise CompoundFileError("the content is larger than 2 GiB")
    start = mini_start | dict(zip(large, at[3:], strict=True))
    bodies[0] = _directory(
        [(name, start[name], len(streams[name])) for name in names],
        mini=(at[2], len(mini)),
        class_id=class_id,
    )
    table = _allocation_table(fat_count, difat_count, counts)
    header, difat = _header(
        fat_count, difat_count, directory=at[0], mini_table=(at[1], counts[1])
    )
    padded = (body + b"\0" * (-len(body) % _SECTOR) for body in bodies)
    return b"".join((header, table, difat, *padded))


def read_compound_file(content: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file by their names.

    Raises ``CompoundFileError`` where the structure does not hold together.
    """
    try:
        return _Reader(content).streams()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise CompoundFileError(f"the structure is damaged: {error}") from error


def _sort_key(name: str) -> tuple[int, str]:
    """Order siblings as [MS-CFB] 2.6.4 does: by length, then by upper case."""
    return len(name.encode("utf-16-le")), name.upper()


def _mini_stream(contents: Sequence[bytes]) -> tuple[bytes, bytes, list[int]]:
    """Return the mini stream, its allocation table, and where each content starts."""
    parts: list[bytes] = []
    table: list[int] = []
    starts: list[int] = []
    for content in contents:
        count = -(-len(content) // _MINI_SECTOR)
        starts.append(len(table) if count else _END)
        parts.append(content + b"\0" * (-len(content) % _MINI_SECTOR))
        table += _chain(len(table), count)
    table += [_FREE] * (-len(table) % _IN_SECTOR)
    return b"".join(parts), _packed(table), starts


def _chain(first: int, count: int) -> list[int]:
    """Return the allocation entries of ``count`` sectors in a row from ``first``."""
    return [*range(first + 1, first + count), _END] if count else []


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _table_sizes(body: int) -> tuple[int, int]:
    """Return how many sectors the FAT and the DIFAT need beside ``body`` sectors."""
    fat = difat = 0
    while True:
        needed = -(-(body + fat + difat) // _IN_SECTOR)
        beyond = max(0, needed - _IN_HEADER)
        needed_difat = -(-beyond // (_IN_SECTOR - 1))
        if (needed, needed_difat) == (fat, difat):
            return fat, difat
        fat, difat = needed, needed_difat


def _allocation_table(fat: int, difat: int, counts: Sequence[int]) -> bytes:
    table = [_FAT] * fat + [_DIFAT] * difat
    for count in counts:
        table += _chain(len(table), count)
    table += [_FREE] * (fat * _IN_SECTOR - len(table))
    return _packed(table)


def _header(
    fat: int, difat: int, *, directory: int, mini_table: tuple[int, int]
) -> tuple[bytes, bytes]:
    """Return the header and the DIFAT sectors behind the FAT."""
    where = list(range(fat))
    in_header = where[:_IN_HEADER] + [_FREE] * (_IN_HEADER - len(where))
    header = _HEADER.pack(
        SIGNATURE,
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        bytes(6),
        0,
        fat,
        directory,
        0,
        _MINI_LIMIT,
        mini_table[0],
        mini_table[1],
        fat if difat else _END,
        difat,
        in_header[0],
    ) + _packed(in_header[1:])
    sectors = []
    rest = where[_IN_HEADER:]
    for number in range(difat):
        part, rest = rest[: _IN_SECTOR - 1], rest[_IN_SECTOR - 1 :]
        part += [_FREE] * (_IN_SECTOR - 1 - len(part))
        following = fat + number + 1 if number + 1 < difat else _END
        sectors.append(_packed([*part, following]))
    return header, b"".join(sectors)


def _directory(
    streams: Sequence[tuple[str, int, int]], *, mini: tuple[int, int], class_id: bytes
) -> bytes:
    """Return the directory: the root, then the streams, which come in order."""
    links: dict[int, tuple[int, int, int]] = {}
    top = _balance(0, len(streams), 0, len(streams).bit_length(), links)
    entries = [_entry("Root Entry", _ROOT, (_BLACK, _NONE, _NONE), top, mini, class_id)]
    for number, (name, start, size) in enumerate(streams):
        place = (start, size)
        entries.append(_entry(name, _STREAM, links[number], _NONE, place, bytes(16)))
    empty = _ENTRY.pack(
        bytes(64), 0, 0, 0, _NONE, _NONE, _NONE, bytes(16), 0, 0, 0, 0, 0
    )
    entries += [empty] * (-len(entries) % 4)
    return b"".join(entries)


def _balance(
    low: int, high: int, depth: int, levels: int, links: dict[int, tuple[int, int, int]]
) -> int:
    """Make a red-black tree of the streams ``low`` to ``high``; return its top.

    The tree is as flat as can be, so only its lowest level has to be red for all
    ways down to have the same number of black nodes.
    """
    if low >= high:
        return _NONE
    middle = (low + high) // 2
    left = _balance(low, middle, depth + 1, levels, links)
    right = _balance(middle + 1, high, depth + 1, levels, links)
    colour = _RED if depth and depth == levels - 1 else _BLACK
    links[middle] = (colour, left, right)
    return middle + 1


def _entry(
    name: str,
    kind: int,
    tree: tuple[int, int, int],
    child: int,
    place: tuple[int, int],
    class_id: bytes,
) -> bytes:
    encoded = name.encode("utf-16-le")
    length = len(encoded) + 2
    colour, left, right = tree
    start, size = place
    return _ENTRY.pack(
        encoded,
        length,
        kind,
        colour,
        left,
        right,
        child,
        class_id,
        0,
        0,
        0,
        start,
        size,
    )


class _Reader:
    """Walks the chains of one compound file."""

    def __init__(self, content: bytes) -> None:
        if content[:8] != SIGNATURE:
            raise CompoundFileError("the file does not begin as a compound file does")
        header = _HEADER.unpack_from(content)
        self.content = content
        self.sector = 1 << header[5]
        self.mini_sector = 1 << header[6]
        self.limit = header[12]
        self.fat = self._fat(header[15])
        self.directory = self._bytes(header[10])
        self.mini_fat = self._numbers(self._bytes(header[13]))

    def streams(self) -> dict[str, bytes]:
        root = _ENTRY.unpack_from(self.directory, 0)
        mini = self._bytes(root[11])[: root[12]]
        found = {}
        for entry in self._entries():
            name = entry[0][: entry[1] - 2].decode("utf-16-le")
            start, size = entry[11], entry[12] & 0xFFFFFFFF
            if size < self.limit:
                chain = _walk(self.mini_fat, start)
                parts = (
                    mini[n * self.mini_sector : (n + 1) * self.mini_sector]
                    for n in chain
                )
                content = b"".join(parts)
            else:
                content = self._bytes(start)
            if len(content) < size:
                raise CompoundFileError(f"the stream {name!r} is cut short")
            found[name] = content[:size]
        return found

    def _entries(self) -> Iterator[tuple[Any, ...]]:
        for offset in range(0, len(self.directory) - 127, 128):
            entry = _ENTRY.unpack_from(self.directory, offset)
            if entry[2] == _STREAM:
                yield entry

    def _fat(self, difat: int) -> list[int]:
        where = list(struct.unpack_from(f"<{_IN_HEADER}I", self.content, 76))
        seen = set()
        while difat not in (_END, _FREE):
            if difat in seen:
                raise CompoundFileError("the allocation table goes in a circle")
            seen.add(difat)
            numbers = self._numbers(self._sector(difat))
            where += numbers[:-1]
            difat = numbers[-1]
        parts = (self._sector(number) for number in where if number != _FREE)
        return self._numbers(b"".join(parts))

    def _numbers(self, content: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(content) // 4}I", content))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.sector
        return self.content[start : start + self.sector]

    def _bytes(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in _walk(self.fat, start))


def _walk(table: Sequence[int], number: int) -> Iterator[int]:
    """Follow one chain to its end; a circle is an error."""
    for _ in range(len(table) + 1):
        if number in (_END, _FREE):
            return
        yield number
        number = table[number]
    raise CompoundFileError("a chain of sectors goes in a circle")
