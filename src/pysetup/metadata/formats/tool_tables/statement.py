"""What the table of a tool states, and for the rest: where it says so, and why."""

import posixpath
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from pysetup.metadata.document import with_entry_points
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.standards.entry_points import EntryPoint, InvalidEntryPointError
from pysetup.standards.jsontext import JSON
from pysetup.standards.paths import path_fault
from pysetup.values import dataclass, field

T = TypeVar("T")
Path = tuple[str | int, ...]
Values = dict[str, JSON]

_SUFFIXES = {".md": "text/markdown", ".rst": "text/x-rst"}


class Files(Protocol):
    """The folder around ``pyproject.toml``."""

    def read_file(self, path: str) -> bytes | None:
        """Return the content of a regular file, or None if there is none."""

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the files that match, sorted."""


class Table(Protocol):
    """One TOML table, which notes what is wrong with it."""

    @property
    def values(self) -> Mapping[str, object]:
        """The values as they are."""

    @property
    def path(self) -> Path:
        """Where the table stands."""

    def fault(self, reason: str, *below: str | int, hint: str = "") -> None:
        """Note that something is wrong here, or at ``below``."""

    def text(self, key: str) -> str | None:
        """Return the string at ``key``."""

    def texts(self, key: str) -> list[str] | None:
        """Return the strings of the array at ``key``."""

    def table(self, key: str) -> "Table | None":
        """Return the table at ``key``."""

    def json(self, key: str) -> JSON:
        """Return the value at ``key`` as JSON."""

    def checked(
        self, check: Callable[[str], T], text: str, *below: str | int
    ) -> T | None:
        """Return ``check(text)``, or None and note what is wrong."""


@dataclass(slots=True)
class Statement:
    """Collects what one tool's table says.

    ``mapping`` has keys of the document; ``why`` says of keys that only code can
    give where they are left to it and for what reason; ``respelt`` are keys that the
    tool writes in another way than its table has them.
    """

    mapping: Values = field(default_factory=dict)
    why: dict[str, tuple[Path, str]] = field(default_factory=dict)
    respelt: tuple[str, ...] = ()

    @property
    def known(self) -> Values:
        """The mapping without what is left to code: a part would pass for all."""
        return {key: v for key, v in self.mapping.items() if key not in self.why}

    def put(self, key: str, value: JSON) -> None:
        """Set a key of the document, unless the value says nothing."""
        if value:
            self.mapping[key] = value

    def put_extension(self, name: str, value: Mapping[str, JSON]) -> None:
        """Set an extension of the document, unless it is empty."""
        if value:
            extensions = self.mapping.get("extensions")
            others = extensions if isinstance(extensions, Mapping) else {}
            self.mapping["extensions"] = {**others, name: value}

    def put_entry_points(self, entries: tuple[EntryPoint, ...]) -> None:
        """Set the two extensions that hold entry points."""
        for name, value in with_entry_points({}, entries).items():
            self.put_extension(name, value if isinstance(value, Mapping) else {})

    def put_legacy(self, tool: str, values: Mapping[str, JSON]) -> None:
        """Keep what the document has no place for."""
        kept = {key: value for key, value in values.items() if value}
        if kept:
            self.put_extension(LEGACY_EXTENSION, {tool: kept})

    def leave(self, key: str, path: Path, reason: str) -> None:
        """Say that ``key`` is left to code, where, and why."""
        self.why.setdefault(key, (path, reason))


def read_project_file(table: Table, path: str, files: Files, *below: str) -> str:
    """Return the text of the file that ``table`` names at ``below``; faults noted."""
    normal = posixpath.normpath(path)
    fault = path_fault(normal)
    if fault is not None:
        table.fault(f"names {path!r}, which cannot be used: {fault}", *below)
        return ""
    content = files.read_file(normal)
    if content is None:
        table.fault(f"names {path!r}, and there is no such file", *below)
        return ""
    try:
        return content.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError:
        table.fault(f"names {path!r}, which is not UTF-8", *below)
        return ""


def content_type(path: str) -> str:
    """Return the type of a description by the suffix of its file."""
    return _SUFFIXES.get(posixpath.splitext(path)[1].lower(), "text/plain")


def read_references(
    table: Table | None, group: str, references: Mapping[str, str]
) -> list[EntryPoint]:
    """Return entry points from name -> reference; faults are noted in ``table``."""
    found = []
    for name, reference in references.items():
        try:
            found.append(EntryPoint.parse(group, name, reference))
        except InvalidEntryPointError as error:
            if table is not None:
                table.fault(f"is wrong: {error.message}", name, hint=error.hints[0])
    return found


def read_reference_groups(groups: Table | None) -> list[EntryPoint]:
    """Return entry points from a table of tables: group -> name -> reference."""
    found: list[EntryPoint] = []
    if groups is not None:
        for group in groups.values:
            table = groups.table(group)
            if table is not None:
                found += read_references(table, group, stated_texts(table))
    return found


def stated_texts(table: Table) -> dict[str, str]:
    """Return the values of ``table`` that are texts; others are noted as faults."""
    return {
        name: text for name in table.values if (text := table.text(name)) is not None
    }
