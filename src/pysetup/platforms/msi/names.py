"""Names that Windows Installer gives: of streams, of short files, of identifiers.

A stream of a database has its name packed two characters to one, so that 62 fit into
the 31 that a compound file allows.
"""

import re
import uuid
from collections.abc import Iterable

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_VALUES = {character: number for number, character in enumerate(_ALPHABET)}
_PAIRS, _SINGLES, _TABLE = 0x3800, 0x4800, 0x4840
_SHORT = re.compile(r"[A-Z0-9_-]{1,8}(?:\.[A-Z0-9_-]{1,3})?")
_NOT_SHORT = re.compile(r"[^A-Z0-9]")
#: What all GUIDs of pysetup's installers are derived from; it never changes.
NAMESPACE = uuid.UUID("b5d5f0a8-6c5f-5d0a-9a57-0f2c9a3d6c11")


def encode_stream_name(name: str, *, table: bool = False) -> str:
    """Return the name that the stream ``name`` has in the compound file.

    ``table`` marks the streams of tables; all others have no mark.
    """
    encoded = [chr(_TABLE)] if table else []
    characters = iter(name)
    for character in characters:
        value = _VALUES.get(character)
        if value is None:
            encoded.append(character)
            continue
        following = next(characters, "")
        second = _VALUES.get(following)
        if second is None:
            encoded.append(chr(_SINGLES + value) + following)
        else:
            encoded.append(chr(_PAIRS + value + (second << 6)))
    return "".join(encoded)


def decode_stream_name(name: str) -> tuple[str, bool]:
    """Return what ``encode_stream_name`` was given: the name, and whether a table's."""
    table = name.startswith(chr(_TABLE))
    decoded = []
    for character in name[table:]:
        code = ord(character)
        if _PAIRS <= code < _SINGLES:
            code -= _PAIRS
            decoded.append(_ALPHABET[code & 0x3F] + _ALPHABET[code >> 6])
        elif _SINGLES <= code < _TABLE:
            decoded.append(_ALPHABET[code - _SINGLES])
        else:
            decoded.append(character)
    return "".join(decoded), table


def guid(*parts: str) -> str:
    """Return the GUID of what ``parts`` name, as a database writes it."""
    return f"{{{uuid.uuid5(NAMESPACE, chr(0).join(parts))}}}".upper()


def identifier(kind: str, *parts: str) -> str:
    """Return the key of a row: the same for the same parts, different for others."""
    return f"{kind}_{uuid.uuid5(NAMESPACE, chr(0).join(parts)).hex}"


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return a name of form 8.3 for each of the names in one folder.

    A volume without long names would use it, and a database must state it.
    """
    given: dict[str, str] = {}
    used: set[str] = set()
    for name in sorted(names):
        if _SHORT.fullmatch(name.upper()) and name.upper() not in used:
            given[name] = name
            used.add(name.upper())
    for name in sorted(names):
        if name not in given:
            given[name] = short = _unused(name, used)
            used.add(short)
    return given


def file_name(name: str, short: str) -> str:
    """Return the value of a FileName or DefaultDir column."""
    return name if name == short else f"{short}|{name}"


def _unused(name: str, used: set[str]) -> str:
    stem, _, extension = name.upper().rpartition(".")
    if not stem:
        stem, extension = extension, ""
    stem = _NOT_SHORT.sub("", stem) or "F"
    extension = _NOT_SHORT.sub("", extension)[:3]
    number = 0
    while True:
        number += 1
        mark = f"~{number}"
        short = stem[: 8 - len(mark)] + mark + (f".{extension}" if extension else "")
        if short not in used:
            return short
