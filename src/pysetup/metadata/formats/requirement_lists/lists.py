"""What a list of requirements is: its section, what stands in it, and changes of it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol, Self

from pysetup.errors import UsageError
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Requirement,
    parse_requirement,
)
from pysetup.values import dataclass


class NoListHereError(UsageError):
    """A project states its requirements in a way that cannot be changed here.

    They may be computed by code (``setup.py``), or be read from another file that
    ``pyproject.toml`` names, or the kind of list that was asked for has no place in the
    format of the project. The message names the file. ``pysetup init`` turns what old
    files state into a ``[project]`` table, which can be changed.
    """

    code = "PS2870"

    def __init__(self, source: str, reason: str, *, hint: str) -> None:
        super().__init__(
            f"the requirements in {source} cannot be changed: {reason}",
            facts={"file": source, "reason": reason},
            hints=(hint,),
        )
        self.source, self.reason = source, reason


class Section(NamedTuple):
    """One list: what the project needs, or what one of its extras or groups does.

    ``name`` is normalised; it is empty for what the project itself needs.
    """

    kind: Literal["dependencies", "extra", "group"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


DEPENDENCIES = Section("dependencies")


@dataclass(frozen=True, slots=True)
class Listed:
    """One requirement of a list: its text, its line in the file, and its position."""

    text: str
    line: int
    index: int

    @property
    def requirement(self) -> Requirement | None:
        """The requirement; None for what is none, such as an included group."""
        try:
            return parse_requirement(self.text)
        except InvalidRequirementError:
            return None

    @property
    def name(self) -> str:
        """The normalised name, empty for what is no requirement."""
        requirement = self.requirement
        return "" if requirement is None else normalize_name(requirement.name)

    @property
    def marker(self) -> str:
        """The marker as text, empty if there is none."""
        requirement = self.requirement
        marker = None if requirement is None else requirement.marker
        return "" if marker is None else str(marker)


class RequirementLists(Protocol):
    """A file with lists of requirements; each change gives a new value.

    All raise ``NoListHereError`` for a section that the format has no place for, and
    what is wrong with the file.
    """

    @property
    def filename(self) -> str:
        """The name of the file."""

    @property
    def content(self) -> bytes:
        """What it holds."""

    def sections(self) -> tuple[Section, ...]:
        """Return the lists that are there."""

    def listed(self, section: Section) -> tuple[Listed, ...]:
        """Return what a list holds, in its order."""

    def with_added(self, section: Section, text: str) -> Self:
        """Return the file with one requirement more."""

    def with_replaced(self, section: Section, index: int, text: str) -> Self:
        """Return the file with another requirement in that position."""

    def without(self, section: Section, index: int) -> Self:
        """Return the file without the requirement in that position."""


def position(listed: Sequence[Listed], text: str) -> int:
    """Return where ``text`` comes: in order among what is sorted, else last."""
    names = [one.name for one in listed if one.name]
    if len(names) > 1 and names == sorted(names):
        name = normalize_name(parse_requirement(text).name)
        for one in listed:
            if one.name > name:
                return one.index
    return listed[-1].index + 1 if listed else 0
