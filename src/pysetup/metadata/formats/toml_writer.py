"""TOML 1.0 text for new files: plain values in, one readable form out."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pysetup.late import late_pattern

_BARE = late_pattern(r"[A-Za-z0-9_-]+")
_ESCAPED = late_pattern(r'[\x00-\x08\x0a-\x1f\x7f"\\\ud800-\udfff]')
_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_WIDTH = 88
_INDENT = "  "

Plain = object


class Inline(dict[str, Plain]):
    """A table that is written on one line, ``{ name = "..." }``."""


def to_toml_text(tables: Mapping[str, Plain]) -> str:
    """Return the text of a file; tables come after the keys of their parent.

    Values are str, bool, int, float, lists and mappings of them.
    """
    return "\n".join(_table((), tables)).strip("\n") + "\n"


def _table(path: tuple[str, ...], table: Mapping[str, Plain]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _is_table(value)}
    own = {key: value for key, value in table.items() if key not in below}
    if path and (own or not below):
        yield f"\n[{'.'.join(map(to_key, path))}]"
    for key, value in own.items():
        name = to_key(key)
        yield f"{name} = {to_value(value, width=_WIDTH - len(name) - 3)}"
    for key, value in below.items():
        assert isinstance(value, Mapping)
        yield from _table((*path, key), value)


def _is_table(value: Plain) -> bool:
    return isinstance(value, Mapping) and not isinstance(value, Inline)


def to_key(key: str) -> str:
    """Return a key, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else _text(key)


def to_value(value: Plain, *, width: int = _WIDTH) -> str:
    """Return a value; an array that is wider than ``width`` has one item per line."""
    if isinstance(value, str):
        return _long_text(value) if "\n" in value.strip("\n") else _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        items = ", ".join(f"{to_key(k)} = {_inside(v)}" for k, v in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, Sequence):
        listed = [_inside(item) for item in value]
        line = f"[{', '.join(listed)}]"
        if len(line) <= width:
            return line
        return "\n".join(["[", *(f"{_INDENT}{item}," for item in listed), "]"])
    return repr(value)


def _inside(value: Plain) -> str:
    """Return a value for the inside of an array or an inline table: on one line."""
    if isinstance(value, str):
        return _text(value)
    return to_value(value, width=1 << 30)


def _text(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT.get(char) or f"\\u{ord(char):04X}"


def _long_text(text: str) -> str:
    """Return a text of several lines as such; only what must be escaped is."""
    lines = []
    for line in text.split("\n"):
        escaped = _ESCAPED.sub(_escape, line)
        # Quotes need no escape, unless they could end the text.
        lines.append(escaped.replace('\\"', '"') if '""' not in line else escaped)
    if lines[-1].endswith('"') and not lines[-1].endswith('\\"'):
        lines[-1] = lines[-1][:-1] + '\\"'
    return '"""\n' + "\n".join(lines) + '"""'
