"""The INI syntax of setup.cfg as setuptools reads it: values, their lines, writing."""

import configparser
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.standards.requirements import InvalidRequirementError, parse_marker
from pysetup.values import dataclass, field

MAX_BYTES = 1024 * 1024
# What %(name)s may grow to; ten levels of ten would be ten thousand million.
_MAX_FILLED = 4 * MAX_BYTES
_MAX_DEPTH = 10

_HEADER = late_pattern(r"\[(?P<section>.+)\]")
_KEY = late_pattern(r"(?P<key>[^=:]*?)\s*(?:[=:]|$)")
_BREAK = late_pattern(r"\r\n|\r|\n")
# Of sections and keys: what could begin a line, or end it, is no part of them.
_NAME = late_pattern(r"[^\x00-\x20\x7f-\xa0\[#;][^\x00-\x1f\x7f\x85\u2028\u2029]*")
_PERCENT = late_pattern(r"%(?:(?P<percent>%)|\((?P<name>[^()]+)\)s|(?P<wrong>))")
_MARKED = late_pattern(r"(?P<extra>[\w.-]*)\s*:(?P<rest>.*=.*)")
# Stand for the marks of  extra:marker = ...  while the parser splits the line.
_COLON, _EQUALS = "\x01", "\x02"


class InvalidIniError(UsageError):
    """A setup.cfg has a syntax error, so that setuptools could not read it either.

    It holds sections in brackets and ``key = value`` lines; further lines of a value
    are indented; a key stands once in its section; a percent sign is written ``%%``.
    """

    code = "PS2150"

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(
            f"{source}:{line}: {reason}",
            facts={"file": source, "line": line},
            hints=("mend that line; setuptools refuses the file too",),
        )
        self.source, self.line, self.reason = source, line, reason


@dataclass(frozen=True, slots=True)
class IniText:
    """Sections with their keys and values, as written; ``lines`` says where."""

    source: str
    sections: Mapping[str, Mapping[str, str]]
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def line(self, section: str, key: str = "") -> int:
        """Return the line of a key, or that of its section; counts from 1."""
        return self.lines.get((section, key), self.lines.get((section, ""), 1))


def is_of_setuptools(section: str) -> bool:
    """Tell whether setuptools reads the section as a part of the metadata."""
    return section in ("metadata", "options") or section.startswith("options.")


def parse_ini(
    content: bytes,
    *,
    source: str,
    is_filled: Callable[[str], bool] = is_of_setuptools,
) -> IniText:
    """Read INI text as setuptools does: keys keep their case.

    ``%(key)s`` is filled, and ``%%`` is a percent sign, in the sections that
    ``is_filled`` names; those of other tools keep theirs. Beyond what setuptools
    reads, ``:marker = ...`` and ``extra:marker = ...`` are read as such below
    [options.extras_require], as they were meant. Raises ``InvalidIniError``.
    """
    text = _decoded(content, source=source)
    parser = configparser.RawConfigParser(default_section="DEFAULT")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # documented use
    try:
        parser.read_string(_with_marked_keys(text), source=source)
    except configparser.MissingSectionHeaderError as error:
        raise InvalidIniError(source, error.lineno, "stands before a section") from None
    except configparser.ParsingError as error:
        line = error.errors[0][0]
        raise InvalidIniError(source, line, "is no section, key or value") from None
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as e:
        name = e.option if isinstance(e, configparser.DuplicateOptionError) else ""
        what = f"{name!r} stands twice in" if name else "there are two sections"
        raise InvalidIniError(source, e.lineno or 1, f"{what} [{e.section}]") from None
    lines = _lines(text)
    return IniText(
        source,
        {
            name: _Filling(source, name, dict(parser.items(name)), lines).filled()
            if is_filled(name)
            else dict(parser.items(name))
            for name in parser.sections()
        },
        lines,
    )


def _decoded(content: bytes, *, source: str) -> str:
    if len(content) > MAX_BYTES:
        raise InvalidIniError(source, 1, f"it is larger than {MAX_BYTES} bytes")
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidIniError(source, line, "it is not UTF-8") from None
    for char in ("\0", _COLON, _EQUALS):
        if char in text:
            line = text.count("\n", 0, text.index(char)) + 1
            raise InvalidIniError(source, line, "it has a control character")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_marked_keys(text: str) -> str:
    """Return ``text`` with the colon of ``extra:marker`` keys out of the way."""
    lines, inside = text.split("\n"), False
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            inside = header["section"] == "options.extras_require"
        match = _MARKED.fullmatch(line) if inside and ":" in line else None
        if match is None:
            continue
        marker, _, value = match["rest"].rpartition(" =")
        if not marker:
            marker, _, value = match["rest"].rpartition("=")
        if _is_marker(marker):
            # No "=" may be left in the key either.
            hidden = marker.strip().replace("=", _EQUALS).replace(":", _COLON)
            lines[number] = f"{match['extra']}{_COLON}{hidden} = {value.strip()}"
    return "\n".join(lines)


def _shown(key: str) -> str:
    return key.replace(_EQUALS, "=").replace(_COLON, ":")


def _is_marker(text: str) -> bool:
    try:
        parse_marker(text)
    except InvalidRequirementError:
        return False
    return True


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Return the line of each section and key, the last one if there are several."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        if header:
            section = header["section"]
            found[section, ""] = number
        elif line[:1].strip() and line[0] not in "#;":
            match = _KEY.match(line)
            if match:
                found[section, match["key"]] = number
    return found


@dataclass(frozen=True, slots=True)
class _Filling:
    """Fills ``%(key)s`` from the same section, as ConfigParser does; bounded."""

    source: str
    section: str
    raw: dict[str, str]
    lines: Mapping[tuple[str, str], int]

    def filled(self) -> dict[str, str]:
        return {_shown(key): self._value(key, value) for key, value in self.raw.items()}

    def _value(self, key: str, value: str) -> str:
        return self._fill(key, value, _MAX_DEPTH) if "%" in value else value

    def _fill(self, key: str, value: str, depth: int) -> str:
        out, size, stop = [], 0, 0
        for match in _PERCENT.finditer(value):
            if match["percent"]:
                text = "%"
            elif match["name"] in self.raw and depth:
                text = self._fill(key, self.raw[match["name"]], depth - 1)
            else:
                self._refuse(key, match["name"])
            out += [value[stop : match.start()], text]
            size += len(text) + match.start() - stop
            stop = match.end()
            if size > _MAX_FILLED:
                self._refuse(key, match["name"])
        return "".join([*out, value[stop:]])

    def _refuse(self, key: str, name: str | None) -> NoReturn:
        reason = (
            f"%({name})s cannot be filled in"
            if name
            else "a percent sign must be written as %%"
        )
        line = self.lines.get((self.section, _shown(key)), 1)
        raise InvalidIniError(self.source, line, f"{key}: {reason}")


def write_ini(
    sections: Iterable[tuple[str, Iterable[tuple[str, str]]]], *, percent: str = "%%"
) -> bytes:
    """Write sections with values as they are to be read.

    ``percent`` stands for a percent sign in the sections of setuptools, which reads
    two of them as one. Raises ``UnwritableMetadataError`` for a name that would be
    read as something else.
    """
    parts = []
    for name, items in sections:
        _check_name(name)
        sign = percent if is_of_setuptools(name) else "%"
        lines = [_item(key, value.replace("%", sign)) for key, value in items]
        parts.append(f"[{name}]\n" + "".join(lines))
    return "\n".join(parts).encode()


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UnwritableMetadataError(repr(name[:80]), "is no name in setup.cfg")


def _item(key: str, value: str) -> str:
    if key:
        _check_name(key)
    first, *rest = _BREAK.split(value)
    return "\n".join(
        [f"{key} = {first}".rstrip(), *(f"    {line}".rstrip() for line in rest), ""]
    )
