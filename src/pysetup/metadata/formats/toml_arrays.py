"""Items of an array in a TOML text: put in, taken out, exchanged; nothing else moves.

A library that knows all of TOML rewrites the whole array, and then comments end up
beside other items than their own. So the text is cut where the item stands, and read
again.
"""

import copy
from collections.abc import Callable
from typing import Any

from pysetup.late import late_pattern, tomllib
from pysetup.metadata.formats.pyproject.toml_text import TOKEN, Path, TomlText
from pysetup.metadata.formats.toml_edits import Put, UneditableTomlError, edited
from pysetup.metadata.formats.toml_writer import to_value
from pysetup.values import dataclass

_REST_OF_LINE = late_pattern(r"[ \t]*(?:#[^\n]*)?")
_GAP = late_pattern(r"(?:[ \t\r\n]|#[^\n]*)*")
_INDENTED = late_pattern(r"\[[^\S\n]*(?:#[^\n]*)?\n([ \t]+)[\"'{]")
_DEFAULT_INDENT = "    "


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where an array begins and ends, and each of its items."""

    opening: int
    closing: int
    items: tuple[tuple[int, int], ...]


def with_item(
    content: bytes, path: Path, index: int, value: str, *, source: str
) -> bytes:
    """Return ``content`` with ``value`` put into the array at ``path``.

    It stands before the item ``index``, or last. An array that is not there yet is
    made, with the tables around it.

    Raises ``UneditableTomlError`` and ``InvalidTomlError``.
    """
    if _value_at(TomlText.parse(content, source=source).values, path) is None:
        content = edited(content, [_new_array(content, path, source)], source=source)

    def cut(text: str, layout: _Layout) -> str:
        return _inserted(text, layout, index, _quoted(value, text, layout))

    return _changed(content, path, cut, lambda a: a.insert(index, value), source=source)


def without_item(content: bytes, path: Path, index: int, *, source: str) -> bytes:
    """Return ``content`` without the item ``index`` of the array at ``path``.

    A comment beside it goes with it; one above it stays. Raises as ``with_item``.
    """

    def cut(text: str, layout: _Layout) -> str:
        return _removed(text, layout, index)

    return _changed(content, path, cut, lambda a: a.pop(index), source=source)


def with_other_item(
    content: bytes, path: Path, index: int, value: str, *, source: str
) -> bytes:
    """Return ``content`` with ``value`` in place of the item ``index``.

    Raises as ``with_item``.
    """

    def cut(text: str, layout: _Layout) -> str:
        start, end = layout.items[index]
        return text[:start] + _quoted(value, text, layout) + text[end:]

    def change(array: list[Any]) -> None:
        array[index] = value

    return _changed(content, path, cut, change, source=source)


def _changed(
    content: bytes,
    path: Path,
    cut: Callable[[str, _Layout], str],
    change: Callable[[list[Any]], object],
    *,
    source: str,
) -> bytes:
    toml = TomlText.parse(content, source=source)
    wanted = copy.deepcopy(toml.values)
    array, span = _value_at(wanted, path), toml.span(path)
    if not isinstance(array, list) or span is None:
        raise UneditableTomlError(source, path)
    change(array)
    layout = _layout(toml.text, span[1])
    if layout is None:
        raise UneditableTomlError(source, path)
    text = cut(toml.text, layout)
    try:
        found: object = tomllib.loads(text)
    except ValueError:
        found = None
    if found != wanted:
        raise UneditableTomlError(source, path)
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    newline = "\r\n" if b"\r\n" in content else "\n"
    return mark + text.replace("\n", newline).encode()


def _new_array(content: bytes, path: Path, source: str) -> Put:
    """Return the edit that makes the array; a table that is new, too, as a whole."""
    values = TomlText.parse(content, source=source).values
    cut = len(path)
    while cut > 1 and _value_at(values, path[: cut - 1]) is None:
        cut -= 1
    value: object = []
    for part in reversed(path[cut:]):
        value = {part: value}
    return Put(path[:cut], value)


def _value_at(values: object, path: Path) -> object:
    here: Any = values
    for part in path:
        here = here.get(part) if isinstance(here, dict) else None
    return here


def _layout(text: str, start: int) -> _Layout | None:
    """Return the layout of the first array after ``start``."""
    opening, begin, depth = 0, 0, 0
    items: list[tuple[int, int]] = []
    for match in TOKEN.finditer(text, start):
        if match.lastgroup in ("space", "newline"):
            continue
        if match[0] in ("[", "{"):
            if depth == 0:
                opening = match.start()
            begin = match.start() if depth == 1 else begin
            depth += 1
        elif match[0] in ("]", "}"):
            depth -= 1
            if depth == 0:
                return _Layout(opening, match.start(), tuple(items))
            if depth == 1:
                items.append((begin, match.end()))
        elif depth == 1 and match[0] != ",":
            items.append(match.span())
    return None


def _quoted(value: str, text: str, layout: _Layout) -> str:
    """Return ``value`` in the quotes that the other items have, if these do."""
    others = {text[start] for start, _ in layout.items if text[start] in "\"'"}
    plain = "'" not in value and value.isprintable()
    return f"'{value}'" if others == {"'"} and plain else to_value(value)


def _inserted(text: str, layout: _Layout, index: int, literal: str) -> str:
    if not layout.items:
        return _first(text, layout, literal)
    first = layout.items[0][0]
    own_lines = "\n" in text[layout.opening : first]
    if index:
        end = layout.items[index - 1][1]
        return _inserted_after(
            text, end, literal, own_lines=own_lines, indent=_indent_of(text, first)
        )
    if not own_lines:
        return f"{text[:first]}{literal}, {text[first:]}"
    at = _line_end(text, layout.opening + 1)
    return f"{text[:at]}\n{_indent_of(text, first)}{literal},{text[at:]}"


def _inserted_after(
    text: str, end: int, literal: str, *, own_lines: bool, indent: str
) -> str:
    """Put ``literal`` behind the item that ends at ``end``."""
    comma = _comma_after(text, end)
    if comma is None:
        if not own_lines:
            return f"{text[:end]}, {literal}{text[end:]}"
        at = _line_end(text, end)
        return f"{text[:end]},{text[end:at]}\n{indent}{literal}{text[at:]}"
    at = _line_end(text, comma + 1)
    if own_lines and text[at : at + 1] == "\n":
        return f"{text[:at]}\n{indent}{literal},{text[at:]}"
    return f"{text[: comma + 1]} {literal},{text[comma + 1 :]}"


def _first(text: str, layout: _Layout, literal: str) -> str:
    """Put the first item into an empty array, on a line of its own."""
    found = _INDENTED.search(text)
    indent = found[1] if found else _DEFAULT_INDENT
    inside = text[layout.opening + 1 : layout.closing].rstrip()
    return (
        f"{text[: layout.opening + 1]}{inside}\n{indent}{literal},\n"
        f"{text[layout.closing :]}"
    )


def _removed(text: str, layout: _Layout, index: int) -> str:
    start, end = layout.items[index]
    comma = _comma_after(text, end)
    stop = end if comma is None else comma + 1
    line = text.rfind("\n", 0, start) + 1
    at = _line_end(text, stop)
    if not text[line:start].strip() and text[at : at + 1] == "\n":
        head, tail = text[:line], text[at + 1 :]
    elif index:
        before = _comma_after(text, layout.items[index - 1][1])
        assert before is not None, "a comma stands between two items"
        head, tail = text[: before + 1], text[stop:]
    else:
        head, tail = text[:start], text[stop:].lstrip(" \t")
    if index and comma is None:
        # The one before it is the last now, and has no comma either.
        last = layout.items[index - 1][1]
        before = _comma_after(text, last)
        if before is not None and before < len(head):
            head = head[:before] + head[before + 1 :]
    made = head + tail
    inside = made[layout.opening + 1 : len(made) - len(text) + layout.closing]
    if len(layout.items) == 1 and not inside.strip():
        rest = made[len(made) - len(text) + layout.closing :]
        return f"{made[: layout.opening + 1]}{rest}"
    return made


def _indent_of(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line if not line.strip() else _DEFAULT_INDENT


def _line_end(text: str, start: int) -> int:
    """Return where blanks and a comment after ``start`` end."""
    match = _REST_OF_LINE.match(text, start)
    assert match is not None, "it matches nothing as well"
    if "#" in match[0]:
        return match.end()
    return match.end() if text[match.end() : match.end() + 1] == "\n" else start


def _comma_after(text: str, end: int) -> int | None:
    match = _GAP.match(text, end)
    assert match is not None, "it matches nothing as well"
    return match.end() if text[match.end() : match.end() + 1] == "," else None
