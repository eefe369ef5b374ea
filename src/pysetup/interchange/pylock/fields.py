"""The tables of a lock file, field by field: each checked, each fault with its line."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from pysetup.errors import PysetupError
from pysetup.interchange.pylock.faults import InvalidLockFileError
from pysetup.interchange.pylock.model import Table
from pysetup.metadata.formats.pyproject.toml_text import Path, TomlText
from pysetup.standards.names import is_name, normalize_name

T = TypeVar("T")


class Faults:
    """Collects the faults of one file, so that all of them can be told."""

    def __init__(self, toml: TomlText) -> None:
        self._toml = toml
        self.found: list[InvalidLockFileError] = []

    def error(self, path: Path, reason: str) -> InvalidLockFileError:
        """Return the error for what is wrong at ``path``."""
        shown = ".".join(map(str, path)) or "the file"
        line = self._toml.place(path).line
        return InvalidLockFileError(self._toml.source, line, shown, reason)

    def add(self, path: Path, reason: str) -> None:
        """Take note of what is wrong at ``path``."""
        self.found.append(self.error(path, reason))


class Fields:
    """One table of the file, and where it stands."""

    def __init__(self, faults: Faults, values: Table, path: Path) -> None:
        self._faults, self.values, self._path = faults, values, path

    def refuse(self, key: str | Path, reason: str) -> None:
        """Note a fault of ``key``, or of the whole table where that is empty."""
        below = (key,) if key and isinstance(key, str) else tuple(key)
        self._faults.add((*self._path, *below), reason)

    def text(
        self,
        key: str,
        check: Callable[[str], object] = str,
        *,
        required: bool = False,
    ) -> str:
        """Return the text under ``key``, empty if there is none; it is checked."""
        value = self.values.get(key)
        if value is None:
            if required:
                self.refuse(key, "is missing")
            return ""
        if not isinstance(value, str):
            self.refuse(key, "must be text")
            return ""
        if not value:
            self.refuse(key, "is empty")
        else:
            self._checked(key, value, check)
        return value

    def _checked(
        self, key: str | Path, value: str, check: Callable[[str], object]
    ) -> None:
        try:
            check(value)
        except PysetupError as error:
            self.refuse(key, f"is wrong: {error.message}")

    def texts(self, key: str, check: Callable[[str], object] = str) -> tuple[str, ...]:
        """Return the texts of an array, each of them checked."""
        found = []
        for index, value in enumerate(self._array(key)):
            if isinstance(value, str):
                self._checked((key, index), value, check)
                found.append(value)
            else:
                self.refuse(key, "must be an array of texts")
                break
        return tuple(found)

    def names(self, key: str) -> tuple[str, ...]:
        """Return the texts of an array, which must be normalised names."""
        found = self.texts(key)
        for value in found:
            if not is_name(value) or normalize_name(value) != value:
                self.refuse(key, f"has {value[:60]!r}, which is no normalised name")
        return found

    def name(self) -> str:
        """Return the name, which must be a normalised one."""
        value = self.text("name", required=True)
        if value and (not is_name(value) or normalize_name(value) != value):
            self.refuse("name", f"{value[:60]!r} is no normalised name")
        return value

    def table(self, key: str) -> Table:
        """Return the table under ``key``, empty if there is none."""
        value = self.values.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.refuse(key, "must be a table")
        return {}

    def part(self, key: str, read: Callable[["Fields"], T]) -> T | None:
        """Return what ``read`` makes of the table under ``key``; None without one."""
        if key not in self.values:
            return None
        return read(Fields(self._faults, self.table(key), (*self._path, key)))

    def rows(self, key: str, *, required: bool = False) -> Iterator["Fields"]:
        """Yield the tables of an array."""
        if required and key not in self.values:
            self.refuse(key, "is missing")
        for index, row in enumerate(self._array(key)):
            if isinstance(row, Mapping):
                yield Fields(self._faults, row, (*self._path, key, index))
            else:
                self.refuse(key, "must be an array of tables")
                return

    def others(self, known: tuple[str, ...]) -> Table:
        """Return the keys that are not among those ``known``."""
        return {key: value for key, value in self.values.items() if key not in known}

    def number(self, key: str) -> int | None:
        """Return a number of bytes, None if there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.refuse(key, "must be a number of bytes")
        return None

    def time(self, key: str) -> datetime | None:
        """Return a date and time in UTC, None if there is none."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, datetime):
            # PEP 751 asks for UTC; a time without a zone is taken for that.
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        self.refuse(key, "must be a date and time of TOML")
        return None

    def _array(self, key: str) -> list[object]:
        value = self.values.get(key, [])
        if isinstance(value, list):
            return value
        self.refuse(key, "must be an array")
        return []
