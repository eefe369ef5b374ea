"""One dependency group with its includes, and the line of each requirement (PEP 735).

Only the groups that are reached are checked, as the standard asks of tools that do not
need the others.
"""

from collections.abc import Iterator

from pysetup.errors import UsageError
from pysetup.metadata.formats.pyproject.faults import Faults
from pysetup.metadata.formats.pyproject.groups import (
    MAX_REQUIREMENTS,
    GroupItem,
    group_items,
)
from pysetup.metadata.formats.pyproject.table import Table
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.problems import did_you_mean
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

TABLE = "dependency-groups"


class UnknownGroupError(UsageError):
    """A dependency group that was asked for is not in the project's file.

    Groups stand in the table ``[dependency-groups]`` of ``pyproject.toml``, one array
    of requirements each.
    """

    code = "PS2115"

    def __init__(self, source: str, name: str, known: tuple[str, ...]) -> None:
        near = did_you_mean(name, known)
        listed = f"the groups there are {', '.join(known)}" if known else ""
        super().__init__(
            f"{source} has no dependency group {name!r}",
            facts={"file": source, "group": name, "groups": list(known)},
            hints=(near or listed or f"write the group into  [{TABLE}]",),
        )
        self.source, self.name, self.known = source, name, known


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A requirement of a group, and the line it stands in, counted from 1."""

    text: str
    line: int


def group_lines(content: bytes, name: str, *, source: str) -> tuple[GroupLine, ...]:
    """Return what the group ``name`` holds, with what it includes put in.

    ``content`` is that of a ``pyproject.toml``, which messages name as ``source``.
    Raises ``UnknownGroupError``, ``InvalidTomlError`` and, for what is wrong in the
    group, ``InvalidFieldError`` or ``SeveralFaultsError``.
    """
    toml = TomlText.parse(content, source=source)
    faults = Faults(toml)
    top = Table(toml.values, (), faults)
    table = top.table(TABLE) or Table({}, (TABLE,), faults)
    faults.raise_any()
    groups = _Groups(table, toml)
    if normalize_name(name) not in groups.names:
        raise UnknownGroupError(source, name, tuple(table.values))
    lines = tuple(groups.lines(normalize_name(name), trail=()))
    faults.raise_any()
    return lines


class _Groups:
    """The groups of one file; what is wrong with those that are reached is noted."""

    def __init__(self, table: Table, toml: TomlText) -> None:
        self.table, self.toml = table, toml
        self.names: dict[str, str] = {}
        self._items: dict[str, list[GroupItem]] = {}
        self._left = MAX_REQUIREMENTS
        for name in table.values:
            normalized = normalize_name(name)
            if normalized in self.names:
                table.fault(f"is the group {normalized!r} a second time", name)
            self.names.setdefault(normalized, name)

    def lines(self, name: str, *, trail: tuple[str, ...]) -> Iterator[GroupLine]:
        """Yield what a group holds; ``trail`` are the groups that led to it."""
        spelled = self.names[name]
        if name not in self._items:
            self._items[name] = group_items(self.table, spelled, self.names)
        for item in self._items[name]:
            self._left -= 1
            if self._left == 0:
                reason = f"has more than {MAX_REQUIREMENTS} requirements"
                self.table.fault(f"{reason}, includes put in", spelled)
            if self._left <= 0:
                return
            if not item.is_include:
                place = self.toml.place((*self.table.path, spelled, item.place))
                yield GroupLine(item.text, place.line)
            elif item.text in (*trail, name):
                chain = " -> ".join([*trail, name, item.text])
                hint = "remove one of the includes"
                reason = f"includes itself: {chain}"
                self.table.fault(reason, spelled, item.place, hint=hint)
            else:
                yield from self.lines(item.text, trail=(*trail, name))
