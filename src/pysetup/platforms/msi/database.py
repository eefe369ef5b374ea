"""The tables of an MSI database as streams of a compound file, both ways.

A table is stored column by column: strings as numbers into a pool that all tables
share, integers with their sign bit turned so that zero can mean "no value".
"""

import struct
from collections.abc import Mapping, Sequence

from pysetup.platforms.msi.compound import (
    CompoundFileError,
    read_compound_file,
    write_compound_file,
)
from pysetup.platforms.msi.names import decode_stream_name, encode_stream_name
from pysetup.platforms.msi.tables import COLUMNS, SCHEMA, TABLES, Column
from pysetup.values import dataclass

Value = str | int | None
Row = tuple[Value, ...]
Tables = Mapping[str, Sequence[Row]]

#: UTF-8; the code page of all strings of the database.
CODE_PAGE = 65001
_CLASS = bytes.fromhex("84100c0000000000c000000000000046")
_LONG = 0x8000
_MOST_SHORT = 0xFFFF
_LONGEST = 0xFFFF
_SUMMARY = "\x05SummaryInformation"
_POOL, _DATA, _TABLES, _COLUMNS = "_StringPool", "_StringData", "_Tables", "_Columns"


@dataclass(frozen=True, slots=True)
class Database:
    """What is in an MSI database.

    ``tables`` are rows by the name of their table; ``streams`` what stands beside the
    tables, cabinets among it; ``summary`` the bytes of its summary information.
    """

    tables: Tables
    streams: Mapping[str, bytes]
    summary: bytes


def write_database(database: Database) -> bytes:
    """Return the file of ``database``; the same values give the same bytes.

    Every table must be one of the schema, and every row have its columns. Rows are
    stored in the order of their keys, and of strings in the order in which they first
    come. Raises ``CompoundFileError`` for what does not fit.
    """
    pool = _Pool()
    names = list(database.tables)
    stored: dict[str, list[list[int]]] = {}
    for name in names:
        for row in database.tables[name]:
            stored.setdefault(name, []).append(_stored(name, row, pool))
    described = [
        [
            pool.number(name),
            _short(number + 1),
            pool.number(column.name),
            _short(column.type),
        ]
        for name in names
        for number, column in enumerate(SCHEMA[name])
    ]
    listed = [[pool.number(name)] for name in names]
    wide = pool.is_wide
    parts = {_TABLES: _packed(listed, TABLES, wide=wide)}
    parts[_COLUMNS] = _packed(described, COLUMNS, wide=wide)
    for name, rows in stored.items():
        parts[name] = _packed(rows, SCHEMA[name], wide=wide)
    parts[_POOL], parts[_DATA] = pool.to_bytes()
    found = {encode_stream_name(name, table=True): part for name, part in parts.items()}
    for name, content in database.streams.items():
        found[encode_stream_name(name)] = content
    found[_SUMMARY] = database.summary
    return write_compound_file(found, class_id=_CLASS)


def read_database(content: bytes) -> Database:
    """Read the file of a database: of any table, also those that are not ours.

    Raises ``CompoundFileError``.
    """
    tables: dict[str, bytes] = {}
    streams: dict[str, bytes] = {}
    summary = b""
    for encoded, body in read_compound_file(content).items():
        if encoded == _SUMMARY:
            summary = body
            continue
        name, is_table = decode_stream_name(encoded)
        (tables if is_table else streams)[name] = body
    try:
        strings, wide = _read_pool(tables[_POOL], tables[_DATA])
        columns = _read_columns(tables[_COLUMNS], strings, wide=wide)
        rows = {
            name: _read_rows(tables.get(name, b""), kinds, strings, wide=wide)
            for name, kinds in columns.items()
        }
    except (KeyError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise CompoundFileError(f"the tables are damaged: {error!r}") from error
    return Database(rows, streams, summary)


class _Pool:
    """The strings of a database: each once, with the number of its uses."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.uses: list[int] = []

    def number(self, text: str) -> int:
        """Return the number of ``text``, which is used once more; "" has 0."""
        if not text:
            return 0
        found = self.numbers.setdefault(text, len(self.numbers) + 1)
        if found > len(self.uses):
            self.uses.append(0)
        self.uses[found - 1] += 1
        return found

    @property
    def is_wide(self) -> bool:
        """Whether numbers of strings take three bytes instead of two."""
        return len(self.numbers) > _MOST_SHORT

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Return the streams of lengths and of characters."""
        lengths = [struct.pack("<HH", CODE_PAGE, _LONG if self.is_wide else 0)]
        texts = []
        for text, uses in zip(self.numbers, self.uses, strict=True):
            encoded = text.encode()
            if len(encoded) > _LONGEST:
                raise CompoundFileError(f"a string has {len(encoded)} bytes")
            lengths.append(struct.pack("<HH", len(encoded), min(uses, _MOST_SHORT)))
            texts.append(encoded)
        return b"".join(lengths), b"".join(texts)


def _stored(table: str, row: Row, pool: _Pool) -> list[int]:
    """Return the numbers that stand for ``row``."""
    assert len(row) == len(SCHEMA[table]), (table, row)
    stored = []
    for column, value in zip(SCHEMA[table], row, strict=True):
        if isinstance(value, str):
            assert column.is_text, (table, column.name)
            stored.append(pool.number(value))
        elif value is None:
            stored.append(0)
        else:
            stored.append(_short(value) if column.is_short else _long(value))
    return stored


def _short(value: int) -> int:
    return (value & 0xFFFF) ^ 0x8000


def _long(value: int) -> int:
    return (value & 0xFFFFFFFF) ^ 0x80000000


def _packed(
    rows: Sequence[Sequence[int]], columns: Sequence[Column], *, wide: bool
) -> bytes:
    """Return the rows in the order of their keys, column by column."""
    keys = [number for number, column in enumerate(columns) if column.is_key]
    ordered = sorted(rows, key=lambda row: [row[key] for key in keys])
    parts = []
    for number, column in enumerate(columns):
        width = _width(column, wide=wide)
        parts += [row[number].to_bytes(width, "little") for row in ordered]
    return b"".join(parts)


def _width(column: Column, *, wide: bool) -> int:
    if column.is_text:
        return 3 if wide else 2
    return 2 if column.is_binary or column.is_short else 4


def _read_pool(pool: bytes, data: bytes) -> tuple[list[str], bool]:
    entries = list(struct.iter_unpack("<HH", pool))
    code_page, flags = entries[0]
    encoding = "utf-8" if code_page in (0, CODE_PAGE) else f"cp{code_page}"
    strings, at, high = [""], 0, 0
    for length, uses in entries[1:]:
        if not length and uses:
            high = uses << 16  # the length of the next string has more than 16 bits
            continue
        size = high | length
        strings.append(data[at : at + size].decode(encoding))
        at, high = at + size, 0
    return strings, bool(flags & _LONG)


def _read_columns(
    content: bytes, strings: Sequence[str], *, wide: bool
) -> dict[str, tuple[Column, ...]]:
    found: dict[str, list[tuple[int, Column]]] = {}
    for table, number, name, kind in _read_rows(content, COLUMNS, strings, wide=wide):
        assert isinstance(number, int)
        assert isinstance(kind, int)
        column = Column(str(name), kind & 0xFFFF)
        found.setdefault(str(table), []).append((number, column))
    return {
        table: tuple(column for _, column in sorted(columns, key=lambda item: item[0]))
        for table, columns in found.items()
    }


def _read_rows(
    content: bytes, columns: Sequence[Column], strings: Sequence[str], *, wide: bool
) -> list[Row]:
    widths = [_width(column, wide=wide) for column in columns]
    count = len(content) // sum(widths)
    read: list[list[Value]] = []
    at = 0
    for column, width in zip(columns, widths, strict=True):
        numbers = (
            int.from_bytes(content[start : start + width], "little")
            for start in range(at, at + count * width, width)
        )
        read.append([_value(column, number, strings) for number in numbers])
        at += count * width
    return list(zip(*read, strict=True))


def _value(column: Column, number: int, strings: Sequence[str]) -> Value:
    if column.is_text:
        return strings[number] or None
    if not number:
        return None
    if column.is_binary:
        return number
    if column.is_short:
        return ((number ^ 0x8000) + 0x8000 & 0xFFFF) - 0x8000
    return ((number ^ 0x80000000) + 0x80000000 & 0xFFFFFFFF) - 0x80000000
