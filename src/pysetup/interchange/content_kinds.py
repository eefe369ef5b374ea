"""Why two contents of one file differ: what a second build usually changes."""

import io
import json
import re
import struct
from collections.abc import Callable, Collection

from pysetup.late import csv, late_pattern

NEWLINES, ORDER, PATH, VERSION = "newlines", "order", "path", "version"
TAGS = "tags"
TIME, BUILD_ID, LISTING, CONTENT = "time", "build-id", "listing", "content"

# Where machines build. Any other text with slashes may be a route, or data.
_ROOTS = (
    "home|root|tmp|var|usr|opt|srv|mnt|nix|private|Users|Volumes|builds?|work|workspace"
    "|project|src|io|data|github|__w"
)
_FILE_PATH = late_pattern(
    rf"(?<![\w:/.~%-])/(?:{_ROOTS})(?:/[\w.+@~-]+)+/?|\b[A-Za-z]:(?:[\\/]+[\w.+@~-]+)+"
)
_BYTE_PATH = late_pattern(_FILE_PATH.pattern.encode())
# Dates and times, and besides them versions and revisions, as generators write them.
_DATES = late_pattern(
    r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?[.\d]*(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\b\d\d:\d\d:\d\d\b"
)
_NUMBERS = late_pattern(
    r"\bv?\d+(?:\.\w+)+(?:[-+]\w[\w.]*)?|\bg?[0-9a-f]{7,40}\b|\b\d+\b"
)
_ABOUT_VERSION = late_pattern(
    r"version|\bgenerat(?:ed|or)|\bcommit|\brevision|\bbuilt\b|\bcreated\b|\bdate\b",
    re.IGNORECASE,
)
_CORE_METADATA = ("METADATA", "PKG-INFO")
# Files whose lines are entries: their order seldom means anything.
_LISTS = (".txt", ".csv", ".toml", ".cfg", ".ini")
_BUILD_ID_SIZES = (8, 16, 20, 32)
_PYC_HEAD = 16


def classify(path: str, one: bytes, other: bytes) -> str:
    """Return the class of a difference; symmetrical. ``one`` is not ``other``.

    The narrowest class that explains all of it: ``newlines``, ``order`` (the same
    lines, rows or JSON), ``path`` (one that is embedded), ``version`` (of the
    generator, a date, a revision), ``tags`` (of a wheel that was repaired), ``time``
    and ``build-id`` (in compiled files), else ``content``.
    """
    texts = _text(one), _text(other)
    if texts[0] is None or texts[1] is None:
        return _classify_binary(path, one, other)
    return _classify_text(path, texts[0], texts[1])


def _text(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _classify_text(path: str, one: str, other: str) -> str:
    one, other = _plain(one), _plain(other)
    if one == other:
        return NEWLINES
    if _is_reordered(path, one, other):
        return ORDER
    if _FILE_PATH.sub("/", one) == _FILE_PATH.sub("/", other):
        return PATH
    if _has_other_tags(path, one, other):
        return TAGS
    pairs = _changed_lines(one, other)
    if pairs and all(_is_version_line(path, *pair) for pair in pairs):
        return VERSION
    return CONTENT


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _is_reordered(path: str, one: str, other: str) -> bool:
    if path.endswith(".json"):
        try:
            return bool(json.loads(one) == json.loads(other))
        except (ValueError, RecursionError):
            return False
    if not _is_unordered(path):
        return False  # the order of statements is what a program means
    lines = [sorted(text.rstrip("\n").split("\n")) for text in (one, other)]
    return lines[0] == lines[1]


def _is_unordered(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    generated = folder.endswith((".dist-info", ".egg-info"))
    return generated or name in _CORE_METADATA or name.endswith(_LISTS)


def _has_other_tags(path: str, one: str, other: str) -> bool:
    """Tell whether two WHEEL files differ in tags alone, as repairing changes them."""
    kept = [
        [line for line in text.split("\n") if not line.startswith(("Tag:", "Build:"))]
        for text in (one, other)
    ]
    return path.endswith(".dist-info/WHEEL") and kept[0] == kept[1]


def _changed_lines(one: str, other: str) -> list[tuple[str, str]]:
    before, after = one.rstrip("\n").split("\n"), other.rstrip("\n").split("\n")
    if len(before) != len(after):
        return []
    return [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


def _is_version_line(path: str, one: str, other: str) -> bool:
    name = path.rpartition("/")[2]
    if name == "WHEEL":
        return one.startswith("Generator:") and other.startswith("Generator:")
    if name in _CORE_METADATA:
        # Every other field is said of the project, not of what wrote the file.
        field = "Metadata-Version:"
        return one.startswith(field) and other.startswith(field)
    one, other = _DATES.sub("#", one), _DATES.sub("#", other)
    if one == other:
        return True
    if not (_ABOUT_VERSION.search(one) and _ABOUT_VERSION.search(other)):
        return False
    return _NUMBERS.sub("#", one) == _NUMBERS.sub("#", other)


def _classify_binary(path: str, one: bytes, other: bytes) -> str:
    steps: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
        (TIME, lambda content: _without_time(path, content)),
        (BUILD_ID, _without_build_id),
        (PATH, lambda content: _BYTE_PATH.sub(b"/", content)),
    )
    for kind, blank in steps:
        one, other = blank(one), blank(other)
        if one == other:
            return kind
    return CONTENT


def _without_time(path: str, content: bytes) -> bytes:
    """Blank the date in bytecode (PEP 552) and in a PE file's header."""
    if path.endswith(".pyc") and len(content) >= _PYC_HEAD:
        return content[:8] + bytes(4) + content[12:]
    if content[:2] == b"MZ" and len(content) > 0x40:  # noqa: PLR2004 - the DOS header
        (offset,) = struct.unpack_from("<L", content, 0x3C)
        if content[offset : offset + 4] == b"PE\0\0":
            # The time stamp, and the checksum of the file that follows from it.
            content = content[: offset + 8] + bytes(4) + content[offset + 12 :]
            return content[: offset + 88] + bytes(4) + content[offset + 92 :]
    return content


def _without_build_id(content: bytes) -> bytes:
    """Blank the note with the build id of an ELF file (its type is 3, its name GNU)."""
    for size in _BUILD_ID_SIZES:
        for order in "<>":
            head = struct.pack(f"{order}3L", 4, size, 3) + b"GNU\0"
            position = content.find(head)
            if position != -1:
                begin = position + len(head)
                return content[:begin] + bytes(size) + content[begin + size :]
    return content


def compare_listings(one: bytes, other: bytes, differing: Collection[str]) -> str:
    """Return the class of the difference of two RECORDs.

    ``order`` for the same rows in another order, ``listing`` when nothing else differs
    but rows of files that are ``differing`` themselves, else ``content``.
    """
    before, after = _rows(one), _rows(other)
    if before is None or after is None:
        return CONTENT
    if sorted(before) == sorted(after):
        return NEWLINES if before == after else ORDER
    kept = [
        sorted(row for row in rows if row[0] not in differing)
        for rows in (before, after)
    ]
    return LISTING if kept[0] == kept[1] else CONTENT


def _rows(content: bytes) -> list[tuple[str, ...]] | None:
    try:
        text = io.StringIO(content.decode(), newline="")
        return [tuple(row) for row in csv.reader(text, strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        return None
