"""What an expression of setup.py can come to, and its form as a setting."""

import re
from collections.abc import Iterable, Mapping

from pysetup.late import late_pattern
from pysetup.metadata.formats.setup_keywords import (
    FILE,
    LISTS,
    TEXTS,
    Values,
)
from pysetup.standards.jsontext import JSON, MAX_INTEGER
from pysetup.values import dataclass

MAX_LENGTH = 4 * 1024 * 1024
_LIST_TEXTS = ("keywords", "platforms")


class UnknownValueError(Exception):
    """An expression whose value is only known when it is run; never seen outside."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


@dataclass(frozen=True, slots=True)
class ProjectPath:
    """A path below the folder of setup.py, with ``/``; ``.`` is the folder itself."""

    path: str


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file of the project that was opened for reading."""

    path: str


@dataclass(frozen=True, slots=True)
class FileText:
    """The whole text of a file; None when there was no looking into it."""

    path: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """A call of find_packages()."""

    setting: Mapping[str, JSON]


def joined(parts: Iterable[str], line: int, separator: str = "") -> str:
    """Return ``separator.join(parts)``, refused before it is too long to hold."""
    found: list[str] = []
    size = 0
    for part in parts:
        found.append(part)
        size += len(part) + len(separator)
        if size > MAX_LENGTH:
            raise UnknownValueError("it is too long", line)
    return separator.join(found)


class Settings:
    """Turns values into settings: JSON, and not more of it than a file could hold.

    Names make it easy to write a list of lists of lists that is small in memory and
    endless on paper.
    """

    def __init__(self) -> None:
        self._left = MAX_LENGTH

    def setting(self, keyword: str, value: object, line: int) -> JSON:
        """Return the JSON form of ``value`` for ``keyword``.

        Raises ``UnknownValueError`` for what has none.
        """
        if isinstance(value, FileText) and keyword in (*TEXTS, "classifiers"):
            return {FILE: [value.path]}
        if isinstance(value, Search):
            return dict(value.setting)
        if keyword == "data_files" and isinstance(value, list):
            return self._data_files(value, line)
        if keyword == "package_data" and isinstance(value, dict):
            # The empty name is an old spelling for all packages.
            value = {name or "*": item for name, item in value.items()}
        return _typed(keyword, self._plain(value, line), line)

    def _data_files(self, rows: list[object], line: int) -> Values:
        """Return the pairs (folder, files) as an object; a lone file has no folder."""
        made: dict[str, list[JSON]] = {}
        for row in rows:
            match self._plain(row, line):
                case str(name):
                    made.setdefault("", []).append(name)
                case [str(folder), list(names)]:
                    made.setdefault(folder, []).extend(names)
                case _:
                    raise UnknownValueError("it is no list of (folder, files)", line)
        return dict(made)

    def _plain(self, value: object, line: int) -> JSON:
        self._left -= len(value) + 1 if isinstance(value, str) else 1
        if self._left < 0:
            raise UnknownValueError("it is too long", line)
        if value is None or isinstance(value, (str, bool)):
            return value
        if isinstance(value, (int, float)) and abs(value) <= MAX_INTEGER:
            return value
        if isinstance(value, FileText) and value.text is not None:
            return self._plain(value.text, line)
        if isinstance(value, FileText):
            raise UnknownValueError(f"it stands in {value.path}", line)
        if isinstance(value, ProjectPath):
            return value.path
        if isinstance(value, list):
            return [self._plain(item, line) for item in value]
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {key: self._plain(item, line) for key, item in value.items()}
        raise UnknownValueError("its value has no JSON form", line)


def _typed(keyword: str, value: JSON, line: int) -> JSON:
    """Return ``value`` in the type that ``keyword`` has in setup.cfg too."""
    if keyword in _LIST_TEXTS and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if keyword == "version" and isinstance(value, (int, float)):
        return str(value)
    if value is None:
        return None
    if keyword in TEXTS and not isinstance(value, str):
        raise UnknownValueError("it is no text", line)
    if keyword in LISTS and not isinstance(value, (str, list)):
        raise UnknownValueError("it is no list", line)
    return value


# A regular expression that looks for  __version__ = "..."  and captures what is quoted.
_QUOTE = r"""(?:\[\\?['"]\\?['"]\]|\\?['"])"""
_VERSION_PATTERN = late_pattern(
    rf"""(?:\(\?m\))?\^?\s*(?:\\s\*)?_*version_*(?:\s|\\s)*[*+]?\s*=(?:\s|\\s)*[*+]?
    {_QUOTE}\((?:\.[*+]\??|\[\^['"\\]+\][*+]|\[\\?d?\\?[\w.\\+-]*\][*+])\){_QUOTE}\$?""",
    re.VERBOSE | re.IGNORECASE,
)


def is_version_pattern(pattern: str) -> bool:
    """Tell whether ``pattern`` captures the text that is assigned to __version__."""
    return _VERSION_PATTERN.fullmatch(pattern) is not None
