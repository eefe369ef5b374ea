"""Requirements in [tool.poetry]: tables of names, in Poetry's own notation."""

from collections.abc import Mapping
from typing import Self

from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.requirement_lists.lists import (
    DEPENDENCIES,
    Listed,
    NoListHereError,
    Section,
)
from pysetup.metadata.formats.toml_edits import Put, Take, edited
from pysetup.metadata.formats.toml_writer import Inline
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.values import dataclass, replace

_TOP = ("tool", "poetry")


@dataclass(frozen=True, slots=True)
class PoetryLists:
    """The tables of one ``pyproject.toml``; Poetry reads specifiers of PEP 440, too."""

    content: bytes
    filename: str = "pyproject.toml"

    def sections(self) -> tuple[Section, ...]:
        """Return the lists that are there."""
        groups = _below(self._values, (*_TOP, "group"))
        names = groups if isinstance(groups, Mapping) else {}
        old = _below(self._values, (*_TOP, "dev-dependencies"))
        found = [Section("group", normalize_name(str(name))) for name in names]
        if isinstance(old, Mapping) and Section("group", "dev") not in found:
            found.append(Section("group", "dev"))
        return (DEPENDENCIES, *found)

    def listed(self, section: Section) -> tuple[Listed, ...]:
        """Return what a list holds; the text is the name with what limits it."""
        toml, path = (
            TomlText.parse(self.content, source=self.filename),
            self._path(section),
        )
        table = _below(toml.values, path)
        if not isinstance(table, Mapping):
            return ()
        names = [str(name) for name in table if str(name).lower() != "python"]
        return tuple(
            Listed(name, toml.place((*path, name)).line, index)
            for index, name in enumerate(names)
        )

    def with_added(self, section: Section, text: str) -> Self:
        """Return the file with one requirement more."""
        requirement = parse_requirement(text)
        edit = Put((*self._path(section), requirement.name), _stated(text))
        made = edited(self.content, [edit], source=self.filename)
        return replace(self, content=made)

    def with_replaced(self, section: Section, index: int, text: str) -> Self:
        """Return the file with another requirement of the same name."""
        name = self.listed(section)[index].text
        edit = Put((*self._path(section), name), _stated(text))
        made = edited(self.content, [edit], source=self.filename)
        return replace(self, content=made)

    def without(self, section: Section, index: int) -> Self:
        """Return the file without the requirement in that position."""
        name = self.listed(section)[index].text
        edit = Take((*self._path(section), name))
        made = edited(self.content, [edit], source=self.filename)
        return replace(self, content=made)

    @property
    def _values(self) -> Mapping[str, object]:
        return TomlText.parse(self.content, source=self.filename).values

    def _path(self, section: Section) -> tuple[str, ...]:
        if section.kind == "dependencies":
            return (*_TOP, "dependencies")
        if section.kind == "extra":
            raise NoListHereError(
                self.filename,
                "in [tool.poetry] an extra is a choice among optional dependencies",
                hint="pysetup init  turns the table into [project], where it is a list",
            )
        groups = _below(self._values, (*_TOP, "group"))
        names = groups if isinstance(groups, Mapping) else {}
        found = (str(key) for key in names if normalize_name(str(key)) == section.name)
        spelt = next(found, "")
        old = _below(self._values, (*_TOP, "dev-dependencies"))
        if not spelt and section.name == "dev" and isinstance(old, Mapping):
            return (*_TOP, "dev-dependencies")
        return (*_TOP, "group", spelt or section.name, "dependencies")


def _stated(text: str) -> object:
    """Return a requirement as Poetry writes it: a constraint, or a table."""
    requirement = parse_requirement(text)
    if not (requirement.extras or requirement.marker or requirement.url):
        return str(requirement.specifier) or "*"
    stated: dict[str, object] = {}
    url = requirement.url or ""
    if url.startswith("git+"):
        place, _, revision = url.removeprefix("git+").rpartition("@")
        is_revision = bool(place) and "/" not in revision
        stated["git"] = place if is_revision else url.removeprefix("git+")
        if is_revision:
            stated["rev"] = revision
    elif url:
        stated["url"] = url
    else:
        stated["version"] = str(requirement.specifier) or "*"
    if requirement.extras:
        stated["extras"] = sorted(requirement.extras)
    if requirement.marker:
        stated["markers"] = str(requirement.marker)
    return Inline(stated)


def _below(values: Mapping[str, object], path: tuple[str, ...]) -> object:
    here: object = values
    for part in path:
        here = here.get(part) if isinstance(here, Mapping) else None
    return here
