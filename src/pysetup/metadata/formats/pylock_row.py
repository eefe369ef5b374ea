"""A row of pylock.toml (PEP 751), one locked package, as a part of the document."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NoReturn

import tomlkit

from pysetup.errors import PysetupError, UsageError
from pysetup.metadata.document import DOCUMENT_VERSION, Metadata
from pysetup.metadata.formats.legacy_draft import LegacyDraft, find_losses
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.problems import Loss
from pysetup.standards.jsontext import JSON, MAX_INTEGER
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_specifiers, parse_version
from pysetup.values import dataclass

PYLOCK = "pylock"
PYLOCK_TOML = "pylock.toml"
Row = Mapping[str, object]
_CHECKS: Mapping[str, Callable[[str], object]] = {
    "name": parse_name,
    "version": parse_version,
    "requires-python": parse_specifiers,
}
# A date and time has no form of its own in JSON.
_TIME = "upload-time"
_MAX_DEPTH = 32


class InvalidPackageRowError(UsageError):
    """A package of a pylock.toml does not follow PEP 751.

    Each [[packages]] row has a normalised name and, unless it comes from a source
    tree, a version; ``dependencies`` are tables that name other rows.
    """

    code = "PS2155"

    def __init__(self, source: str, pointer: str, reason: str) -> None:
        super().__init__(
            f"{source}: {pointer} {reason}",
            facts={"file": source, "pointer": pointer},
            hints=("make the lock file anew with the tool that wrote it",),
        )
        self.source, self.pointer, self.reason = source, pointer, reason


def read(
    content: bytes, *, source: str = PYLOCK_TOML, name: str | None = None
) -> LegacyDraft:
    """Read one package of ``pylock.toml``: the only one, or the one called ``name``.

    Raises ``InvalidTomlError`` or ``InvalidPackageRowError``.
    """
    rows = TomlText.parse(content, source=source).values.get("packages")
    if not isinstance(rows, list):
        raise InvalidPackageRowError(source, "/packages", "must be an array of tables")
    wanted = None if name is None else normalize_name(name)
    found = [
        (index, row)
        for index, row in enumerate(rows)
        if wanted is None
        or (isinstance(row, dict) and normalize_name(str(row.get("name"))) == wanted)
    ]
    if len(found) != 1:
        reason = f"has {len(found)} rows to choose from"
        told = f"{reason}, called {name!r}" if name else reason
        raise InvalidPackageRowError(source, "/packages", told)
    index, row = found[0]
    return read_row(row, source=source, pointer=f"/packages/{index}")


def read_row(
    row: object, *, source: str = PYLOCK_TOML, pointer: str = ""
) -> LegacyDraft:
    """Read one row as TOML gives it; raises ``InvalidPackageRowError``.

    The files and where they come from have no place in the document: they are kept in
    ``pysetup.legacy``. A row of a source tree may have no version.
    """
    if not isinstance(row, Mapping):
        raise InvalidPackageRowError(source, pointer or "/", "must be a table")
    given = _Row(row, source, pointer)
    mapping: dict[str, JSON] = {"document_version": DOCUMENT_VERSION, **given.texts()}
    requires = given.requires()
    if requires:
        mapping["requires_dist"] = list(requires)
    placed = {"name", "requires-python"}
    if row.get("version") == mapping.get("version"):
        placed.add("version")
    if [_dependency(text) for text in requires] == row.get("dependencies"):
        placed.add("dependencies")
    rest = {
        key: _json(value, f"{pointer}/{key}", source=source)
        for key, value in row.items()
        if key not in placed
    }
    if rest:
        mapping["extensions"] = {LEGACY_EXTENSION: {PYLOCK: rest}}
    return LegacyDraft(source, mapping)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row with its place, for what is wrong in it."""

    values: Row
    source: str
    pointer: str

    def refuse(self, key: str, reason: str) -> NoReturn:
        raise InvalidPackageRowError(self.source, f"{self.pointer}/{key}", reason)

    def texts(self) -> dict[str, JSON]:
        """Return the document's keys for name, version and requires-python."""
        if "name" not in self.values:
            self.refuse("name", "is missing")
        found: dict[str, JSON] = {}
        for key, check in _CHECKS.items():
            value = self.values.get(key)
            if value is None:
                continue
            if not isinstance(value, str):
                self.refuse(key, "must be a string")
            self.check(key, check, value)
            found[key.replace("-", "_")] = value
        if "version" in found:
            found["version"] = str(parse_version(str(found["version"])))
        return found

    def requires(self) -> list[str]:
        """Return the dependencies as requirements."""
        dependencies = self.values.get("dependencies", [])
        if not isinstance(dependencies, list):
            self.refuse("dependencies", "must be an array of tables")
        found = []
        for index, item in enumerate(dependencies):
            key = f"dependencies/{index}"
            if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
                self.refuse(key, "must be a table with a name")
            text = _requirement(item)
            self.check(key, parse_requirement, text)
            found.append(text)
        return found

    def check(self, key: str, check: Callable[[str], object], text: str) -> None:
        try:
            check(text)
        except PysetupError as error:
            self.refuse(key, f"is wrong: {error.message}")


def _requirement(item: Mapping[str, object]) -> str:
    version = item.get("version")
    return f"{item['name']}=={version}" if version is not None else str(item["name"])


def _dependency(text: str) -> dict[str, object]:
    """Return the table for a requirement: the row that it names, not what it asks."""
    requirement = parse_requirement(text)
    made: dict[str, object] = {"name": normalize_name(requirement.name)}
    exact = [one for one in requirement.specifier if one.operator == "=="]
    if len(exact) == len(requirement.specifier) == 1 and "*" not in exact[0].version:
        made["version"] = exact[0].version
    return made


def _json(value: object, pointer: str, *, source: str, depth: int = 0) -> JSON:
    if depth > _MAX_DEPTH:
        raise InvalidPackageRowError(source, pointer, "is nested too deeply")
    if isinstance(value, Mapping):
        return {
            str(key): _json(item, f"{pointer}/{key}", source=source, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            _json(item, f"{pointer}/{index}", source=source, depth=depth + 1)
            for index, item in enumerate(value)
        ]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, float)) and abs(value) <= MAX_INTEGER:
        return value
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    raise InvalidPackageRowError(source, pointer, "has no JSON form")


def write(metadata: Metadata) -> bytes:
    """Write the row as TOML, under [[packages]]; raises ``InvalidRequirementError``."""
    return tomlkit.dumps({"packages": [write_row(metadata)]}).encode()


def write_row(metadata: Metadata) -> dict[str, object]:
    """Return the row as TOML takes it, its keys in the order of PEP 751.

    Raises ``InvalidRequirementError``.
    """
    kept = metadata.extension(LEGACY_EXTENSION).get(PYLOCK)
    rest = dict(kept) if isinstance(kept, Mapping) else {}
    version = str(metadata.version)
    told = rest.pop("version", None)
    if isinstance(told, str) and str(parse_version(told)) == version:
        version = told
    row: dict[str, object] = {
        "name": normalize_name(metadata.name),
        "version": version,
    }
    if "marker" in rest:
        row["marker"] = rest.pop("marker")
    if metadata.text("requires_python"):
        row["requires-python"] = metadata.text("requires_python")
    told = rest.pop("dependencies", None)
    dependencies = [_dependency(text) for text in metadata.texts("requires_dist")]
    if _names(told) == _names(dependencies) and told:
        row["dependencies"] = told
    elif dependencies:
        row["dependencies"] = dependencies
    others = {key: _toml(key, value) for key, value in rest.items() if key not in row}
    return {**row, **others}


def _names(dependencies: object) -> list[tuple[object, object]]:
    return [
        (normalize_name(str(item.get("name"))), item.get("version"))
        for item in (dependencies if isinstance(dependencies, list) else [])
        if isinstance(item, Mapping)
    ]


def _toml(key: str, value: JSON) -> object:
    if isinstance(value, Mapping):
        return {name: _toml(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_toml(key, item) for item in value]
    if key == _TIME and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def losses(metadata: Metadata) -> tuple[Loss, ...]:
    """Return what a row does not hold; raises ``InvalidRequirementError``.

    Of a requirement it holds the package that fulfils it, not the condition.
    """
    draft = read_row(write_row(metadata))
    return find_losses(
        metadata, draft, lambda _: "a row of pylock.toml has no such key"
    )
