"""A table of pyproject.toml, looked at by type; what is wrong goes to the faults."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from pysetup.errors import PysetupError
from pysetup.metadata.formats.pyproject.faults import Faults
from pysetup.metadata.formats.pyproject.toml_text import Path
from pysetup.standards.jsontext import JSON, MAX_INTEGER
from pysetup.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """One TOML table with its path; every look returns None for what is not there."""

    values: Mapping[str, object]
    path: Path
    faults: Faults

    def fault(self, reason: str, *below: str | int, hint: str = "") -> None:
        """Note a fault of this table, or of what stands at ``below`` in it."""
        self.faults.add((*self.path, *below), reason, hints=(hint,) if hint else ())

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Note every key that is none of ``known``."""
        names = list(known)
        for key in self.values:
            if key not in names:
                self.faults.add_unknown((*self.path, key), names)

    def text(self, key: str) -> str | None:
        """Return the string at ``key``."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        self.fault("must be a string", key)
        return None

    def texts(self, key: str) -> list[str] | None:
        """Return the strings of the array at ``key``."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self.fault("must be an array of strings", key)
            return None
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.fault("must be a string", key, index)
        return [item for item in value if isinstance(item, str)]

    def table(self, key: str) -> "Table | None":
        """Return the table at ``key``."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault("must be a table", key)
            return None
        return Table(value, (*self.path, key), self.faults)

    def tables(self, key: str) -> "list[Table]":
        """Return the tables of the array at ``key``; none if it is absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.fault("must be an array of tables", key)
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                found.append(Table(item, (*self.path, key, index), self.faults))
            else:
                self.fault("must be a table", key, index)
        return found

    def json(self, key: str) -> JSON:
        """Return the value at ``key`` as JSON, which has no dates and no infinity."""
        return self._json(self.values.get(key), (*self.path, key))

    def _json(self, value: object, path: Path) -> JSON:
        if isinstance(value, dict):
            return {k: self._json(item, (*path, k)) for k, item in value.items()}
        if isinstance(value, list):
            return [self._json(item, (*path, i)) for i, item in enumerate(value)]
        if value is None or isinstance(value, (str, bool)):
            return value
        if isinstance(value, int) and abs(value) <= MAX_INTEGER:
            return value
        if isinstance(value, float) and abs(value) < float("inf"):
            return value
        self.faults.add(path, "has no JSON form", hints=("write it as a string",))
        return None

    def checked(
        self, check: Callable[[str], T], text: str, *below: str | int
    ) -> T | None:
        """Return ``check(text)``; what it raises is a fault of what is at ``below``."""
        try:
            return check(text)
        except PysetupError as error:
            path = (*self.path, *below)
            self.faults.add(path, f"is wrong: {error.message}", hints=error.hints)
            return None
