"""The summary information of an MSI database: a property set ([MS-OLEPS])."""

import struct
from collections.abc import Mapping

TITLE, SUBJECT, AUTHOR, KEYWORDS, COMMENTS = 2, 3, 4, 5, 6
TEMPLATE, PACKAGE_CODE = 7, 9
CREATED, SAVED = 12, 13
INSTALLER_VERSION, SOURCE_KIND = 14, 15
APPLICATION, SECURITY = 18, 19
_CODE_PAGE = 1
_FORMAT = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
_HEADER = struct.Struct("<HHI16sI16sI")
_SHORT, _NUMBER, _TEXT, _TIME = 2, 3, 30, 64
_WESTERN, _UTF8 = 1252, 65001
#: 100-nanosecond steps from 1601 to 1970.
_EPOCH_1601 = 116_444_736_000_000_000


def write_summary(
    texts: Mapping[int, str], numbers: Mapping[int, int], *, epoch: int
) -> bytes:
    """Return the stream; ``epoch``, in seconds since 1970, is when it was made.

    The code page is Western where that can write all texts, since old readers know
    no other, and UTF-8 where it cannot.
    """
    page, encoding = _WESTERN, "cp1252"
    try:
        "".join(texts.values()).encode(encoding)
    except UnicodeEncodeError:
        page, encoding = _UTF8, "utf-8"
    values = {_CODE_PAGE: struct.pack("<IHH", _SHORT, page, 0)}
    for key, text in texts.items():
        encoded = text.encode(encoding) + b"\0"
        padding = b"\0" * (-len(encoded) % 4)
        values[key] = struct.pack("<II", _TEXT, len(encoded)) + encoded + padding
    for key, number in numbers.items():
        values[key] = struct.pack("<II", _NUMBER, number)
    moment = _EPOCH_1601 + epoch * 10_000_000
    for key in (CREATED, SAVED):
        values[key] = struct.pack("<IQ", _TIME, moment)
    table, body = [], b""
    start = 8 + 8 * len(values)
    for key in sorted(values):
        table.append(struct.pack("<II", key, start + len(body)))
        body += values[key]
    section = (
        struct.pack("<II", start + len(body), len(values)) + b"".join(table) + body
    )
    head = _HEADER.pack(0xFFFE, 0, 0x00020006, bytes(16), 1, _FORMAT, _HEADER.size)
    return head + section


def read_summary(content: bytes) -> dict[int, str | int]:
    """Return the values of the stream by their keys; times are left out.

    Raises ``struct.error`` or ``UnicodeDecodeError`` for a damaged one.
    """
    start: int = _HEADER.unpack_from(content)[6]
    _, count = struct.unpack_from("<II", content, start)
    places = [
        struct.unpack_from("<II", content, start + 8 + 8 * number)
        for number in range(count)
    ]
    pages = [offset for key, offset in places if key == _CODE_PAGE]
    page = (
        struct.unpack_from("<H", content, start + pages[0] + 4)[0] if pages else _UTF8
    )
    encoding = "utf-8" if page == _UTF8 else f"cp{page}"
    found: dict[int, str | int] = {}
    for key, offset in places:
        kind, value = struct.unpack_from("<II", content, start + offset)
        if kind == _TEXT:
            text = content[start + offset + 8 : start + offset + 8 + value]
            found[key] = text.rstrip(b"\0").decode(encoding)
        elif kind == _NUMBER:
            found[key] = value
    return found
