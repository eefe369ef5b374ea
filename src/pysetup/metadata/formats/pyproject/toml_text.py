"""A TOML text with its values, and where in the text each of them stands."""

import re
from collections.abc import Iterator
from typing import Self

from pysetup.errors import UsageError
from pysetup.late import late_pattern, tomllib
from pysetup.values import dataclass

MAX_BYTES = 8 * 1024 * 1024
_DEEP_KEY = late_pattern(
    r"""(?<![\w.-])(?:(?:[\w-]++|"[\w-]*+"|'[\w-]*+')[ \t]*+\.[ \t]*+){100}"""
)
Path = tuple[str | int, ...]

TOKEN = late_pattern(
    r"""
    (?P<space> [ \t\r]+ | \#[^\n]* )
  | (?P<newline> \n )
  | (?P<text> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5}
            | " (?:\\.|[^"\\\n])* " | ' [^'\n]* ' )
  | (?P<mark> [][{}=.,] )
  | (?P<bare> [^][{}=.,\#"'\s]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_AT = late_pattern(r"\(at line (\d+), column (\d+)\)")


class InvalidTomlError(UsageError):
    """A TOML file has a syntax error.

    The message names the line and the column at which reading stopped; the mistake is
    there or shortly before, often a missing quote, bracket or comma.
    """

    code = "PS2126"

    def __init__(self, place: "Place", reason: str) -> None:
        super().__init__(
            f"{place.source}:{place.line}:{place.column}: {reason}",
            facts=place.facts(""),
            hints=("see https://toml.io for the syntax",),
        )
        self.place, self.reason = place, reason


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line: line and column count from 1, ``text`` is the line."""

    source: str
    line: int
    column: int
    length: int
    text: str

    def facts(self, remark: str) -> dict[str, object]:
        """Return file, line, column, and the line with a marker below it."""
        number = str(self.line)
        marker = " " * (self.column - 1) + "^" * max(1, self.length)
        return {
            "file": self.source,
            "line": self.line,
            "column": self.column,
            "here": f"{number} | {self.text}\n"
            f"{' ' * len(number)} | {f'{marker} {remark}'.rstrip()}",
        }


class TomlText:
    """A TOML document: its values, and the places of its keys and array items."""

    __slots__ = ("_spans", "_text", "source", "values")

    def __init__(self, text: str, values: dict[str, object], *, source: str) -> None:
        self.source, self.values = source, values
        self._text = text
        self._spans: dict[Path, tuple[int, int]] | None = None

    @classmethod
    def parse(cls, content: bytes, *, source: str) -> Self:
        """Read TOML 1.0; raises ``InvalidTomlError``."""
        if len(content) > MAX_BYTES:
            place = Place(source, 1, 1, 1, "")
            raise InvalidTomlError(place, f"it is larger than {MAX_BYTES} bytes")
        try:
            text = content.decode().removeprefix("\ufeff").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            shown = content.decode(errors="replace")
            start = len(content[: error.start].decode(errors="replace"))
            place = _place(shown, start, 1, source=source)
            raise InvalidTomlError(place, "it is not UTF-8") from None
        if deep := _DEEP_KEY.search(text):
            # tomllib takes the square of its parts in time and memory.
            place = _place(text, deep.start(), 1, source=source)
            raise InvalidTomlError(place, "it has a key of too many parts")
        try:
            return cls(text, tomllib.loads(text), source=source)
        except tomllib.TOMLDecodeError as error:
            raise _syntax_error(str(error), text, source=source) from None
        except (ValueError, RecursionError):
            place = Place(source, 1, 1, 1, "")
            reason = "it has a number too long or is nested too deeply"
            raise InvalidTomlError(place, reason) from None

    @property
    def text(self) -> str:
        """The text without a byte order mark, its lines ended by a line feed."""
        return self._text

    def span(self, path: Path) -> tuple[int, int] | None:
        """Return where the key or the item ``path`` begins and ends in ``text``."""
        if self._spans is None:
            self._spans = dict(_Scanner(self._text).spans())
        return self._spans.get(path)

    def _first_below(self, path: Path) -> Path:
        """Return the first thing in a table that has no line of its own."""
        known = self._spans or {}
        return next((one for one in known if one[: len(path)] == path), ())

    def place(self, path: Path) -> Place:
        """Return where ``path`` stands, or the nearest thing around it that does."""
        while path and self.span(path) is None:
            inside = self._first_below(path)
            path = inside or path[:-1]
        start, end = self.span(path) or (0, 0)
        return _place(self._text, start, end - start, source=self.source)


def _place(text: str, start: int, length: int, *, source: str) -> Place:
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    line = text[begin : stop if stop >= 0 else len(text)]
    column = start - begin + 1
    visible = max(1, min(length, len(line) - column + 1))
    return Place(source, text.count("\n", 0, start) + 1, column, visible, line)


def _syntax_error(message: str, text: str, *, source: str) -> InvalidTomlError:
    reason = _AT.sub("", message).replace("(at end of document)", "").strip()
    match = _AT.search(message)
    start = len(text.rstrip("\n"))
    if match:
        lines = text.split("\n")[: int(match[1]) - 1]
        start = sum(len(line) + 1 for line in lines) + int(match[2]) - 1
    reason = reason[:1].lower() + reason[1:]
    return InvalidTomlError(_place(text, start, 1, source=source), reason)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


class _Scanner:
    """Walks over a text that ``tomllib`` has accepted, and notes where things are."""

    def __init__(self, text: str) -> None:
        self._tokens = [
            _Token(str(match.lastgroup), match[0], match.start(), match.end())
            for match in TOKEN.finditer(text)
            if match.lastgroup != "space"
        ]
        self._at = 0
        self._tables: dict[Path, int] = {}  # arrays of tables: how many so far

    def spans(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        prefix: Path = ()
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.text == "[" and token.kind == "mark":
                start = token.start
                prefix = self._header()
                yield prefix, (start, self._tokens[self._at - 1].end)
            elif token.kind in ("bare", "text"):
                yield from self._pair(prefix)
            else:
                self._at += 1

    def _header(self) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``; return the path of the table."""
        first = self._at
        while self._tokens[self._at].text == "[" and self._at < first + 2:
            self._at += 1
        is_array = self._at == first + 2
        *parents, last = self._key()
        self._at += 2 if is_array else 1
        path: Path = ()
        for part in parents:
            path = self._current((*path, part))
        path = (*path, last)
        if is_array:
            self._tables[path] = self._tables.get(path, 0) + 1
            return self._current(path)
        return path

    def _current(self, path: Path) -> Path:
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def _key(self) -> list[str]:
        parts = [self._name(self._tokens[self._at])]
        self._at += 1
        while self._tokens[self._at].text == ".":
            parts.append(self._name(self._tokens[self._at + 1]))
            self._at += 2
        return parts

    @staticmethod
    def _name(token: _Token) -> str:
        if token.kind == "bare":
            return token.text
        return str(tomllib.loads(f"key = {token.text}")["key"])

    def _pair(self, prefix: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
        """Read ``a.b = value``."""
        start = self._tokens[self._at].start
        path = (*prefix, *self._key())
        yield path, (start, self._tokens[self._at - 1].end)
        self._at += 1
        yield from self._value(path)

    def _value(self, path: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
        opening = self._tokens[self._at].text
        if opening == "[":
            yield from self._array(path)
        elif opening == "{":
            yield from self._inline_table(path)
        else:
            # A number or a date may be several tokens; a text is always one.
            while self._at < len(self._tokens):
                token = self._tokens[self._at]
                if token.kind == "newline" or token.text in (",", "]", "}"):
                    break
                self._at += 1

    def _array(self, path: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
        self._at += 1
        index = 0
        while (token := self._tokens[self._at]).text != "]":
            if token.kind == "newline" or token.text == ",":
                self._at += 1
                continue
            item = (*path, index)
            yield item, (token.start, token.end)
            yield from self._value(item)
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
        self._at += 1
        while (token := self._tokens[self._at]).text != "}":
            if token.kind == "newline" or token.text == ",":
                self._at += 1
                continue
            yield from self._pair(path)
        self._at += 1
