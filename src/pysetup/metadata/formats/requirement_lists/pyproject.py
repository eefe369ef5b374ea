"""Requirements in the arrays of pyproject.toml: [project], groups, and Flit's table."""

from collections.abc import Mapping
from typing import Self

from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.requirement_lists.lists import (
    DEPENDENCIES,
    Listed,
    NoListHereError,
    Section,
    position,
)
from pysetup.metadata.formats.toml_arrays import (
    with_item,
    with_other_item,
    without_item,
)
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace

PYPROJECT = "pyproject.toml"
GROUPS = ("dependency-groups",)


@dataclass(frozen=True, slots=True)
class Arrays:
    """Where the arrays of requirements and the table of extras stand.

    ``dependencies`` and ``extras`` are None where no table of a project says them.
    """

    dependencies: tuple[str, ...] | None
    extras: tuple[str, ...] | None


def arrays_of(values: Mapping[str, object]) -> Arrays | None:
    """Return where a file has its requirements; None if another table has them."""
    tool = values.get("tool")
    tools = tool if isinstance(tool, Mapping) else {}
    if isinstance(values.get("project"), Mapping):
        return Arrays(("project", "dependencies"), ("project", "optional-dependencies"))
    flit = tools.get("flit")
    if isinstance(flit, Mapping) and isinstance(flit.get("metadata"), Mapping):
        top = ("tool", "flit", "metadata")
        return Arrays((*top, "requires"), (*top, "requires-extra"))
    if "poetry" in tools:
        return None
    return Arrays(None, None)


@dataclass(frozen=True, slots=True)
class ArrayLists:
    """The arrays of one ``pyproject.toml``."""

    content: bytes
    arrays: Arrays
    filename: str = PYPROJECT

    def sections(self) -> tuple[Section, ...]:
        """Return the lists that are there."""
        values = self._toml.values
        found = [DEPENDENCIES] if self.arrays.dependencies else []
        for kind, path in (("extra", self.arrays.extras), ("group", GROUPS)):
            table = _below(values, path or ("",))
            if isinstance(table, Mapping):
                assert kind in ("extra", "group"), "a table of lists"
                found += [Section(kind, normalize_name(name)) for name in table]  # type: ignore[arg-type] # asserted
        return tuple(found)

    def listed(self, section: Section) -> tuple[Listed, ...]:
        """Return what a list holds; an included group has no name."""
        toml, path = self._toml, self._path(section)
        items = _below(toml.values, path)
        if not isinstance(items, list):
            return ()
        return tuple(
            Listed(
                item if isinstance(item, str) else "",
                toml.place((*path, index)).line,
                index,
            )
            for index, item in enumerate(items)
        )

    def with_added(self, section: Section, text: str) -> Self:
        """Return the file with one requirement more."""
        index = position(self.listed(section), text)
        path = self._path(section)
        made = with_item(self.content, path, index, text, source=self.filename)
        return replace(self, content=made)

    def with_replaced(self, section: Section, index: int, text: str) -> Self:
        """Return the file with another requirement in that position."""
        path = self._path(section)
        made = with_other_item(self.content, path, index, text, source=self.filename)
        return replace(self, content=made)

    def without(self, section: Section, index: int) -> Self:
        """Return the file without the requirement in that position."""
        path = self._path(section)
        made = without_item(self.content, path, index, source=self.filename)
        return replace(self, content=made)

    @property
    def _toml(self) -> TomlText:
        return TomlText.parse(self.content, source=self.filename)

    def _path(self, section: Section) -> tuple[str, ...]:
        if section.kind == "group":
            return self._spelt(GROUPS, section.name)
        path = self.arrays.dependencies
        if section.kind == "extra":
            path = self.arrays.extras
        if path is None:
            raise NoListHereError(
                self.filename,
                "it has no [project] table",
                hint="pysetup init  writes one; --group NAME needs none",
            )
        self._refuse_computed(path)
        return (
            path if section.kind == "dependencies" else self._spelt(path, section.name)
        )

    def _refuse_computed(self, path: tuple[str, ...]) -> None:
        """Refuse what [project] leaves to the back end, naming the file it reads."""
        values = self._toml.values
        dynamic = _below(values, ("project", "dynamic"))
        if path[0] != "project" or not isinstance(dynamic, list):
            return
        if path[1] not in dynamic:
            return
        rule = _below(values, ("tool", "setuptools", "dynamic", path[1]))
        files = rule.get("file") if isinstance(rule, Mapping) else None
        named = [files] if isinstance(files, str) else files
        read = ", ".join(map(str, named)) if isinstance(named, list) else ""
        reason = f"[project] calls {path[1]} dynamic"
        if read:
            raise NoListHereError(
                self.filename,
                f"{reason}: they are read from {read}",
                hint=f"change {read} by hand, or move them into {'.'.join(path)}",
            )
        raise NoListHereError(
            self.filename,
            f"{reason}: the build back end computes them",
            hint=f"state them in {'.'.join(path)}, and take that out of dynamic",
        )

    def _spelt(self, top: tuple[str, ...], name: str) -> tuple[str, ...]:
        """Return the path of a list, its name as the file spells it."""
        table = _below(self._toml.values, top)
        names = table if isinstance(table, Mapping) else {}
        found = (key for key in names if normalize_name(str(key)) == name)
        return (*top, next(found, name))


def _below(values: Mapping[str, object], path: tuple[str, ...]) -> object:
    here: object = values
    for part in path:
        here = here.get(part) if isinstance(here, Mapping) else None
    return here
