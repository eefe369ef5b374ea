"""The table [dependency-groups], with its includes put in (PEP 735)."""

from typing import NamedTuple

from pysetup.metadata.formats.pyproject.table import Table
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name, parse_name
from pysetup.standards.requirements import parse_requirement

GROUPS_EXTENSION = "python.groups"
_INCLUDE = "include-group"
MAX_REQUIREMENTS = 10_000
_MAX_DEPTH = 100


def read_groups(table: Table) -> dict[str, JSON]:
    """Return group -> requirements, by normalised name; faults are noted."""
    names: dict[str, str] = {}
    for name in table.values:
        if table.checked(parse_name, name, name) is None:
            continue
        normalized = normalize_name(name)
        if normalized in names:
            table.fault(f"is the group {normalized!r} a second time", name)
        names.setdefault(normalized, name)
    own = {
        normalized: group_items(table, name, names)
        for normalized, name in names.items()
    }
    in_circle = {name for name in own if _reaches(name, name, own)}
    for name in sorted(in_circle):
        table.fault("includes itself", names[name], hint="remove one of the includes")
    if in_circle:
        return {}
    sizes: dict[str, int] = {}
    for name in own:
        if _size(name, own, sizes) > MAX_REQUIREMENTS:
            reason = f"has more than {MAX_REQUIREMENTS} requirements, includes put in"
            table.fault(reason, names[name], hint="include fewer groups")
            return {}
    return {name: list(_expanded(name, own)) for name in own}


class GroupItem(NamedTuple):
    """What stands in a group: a requirement, or the normalised name of a group.

    ``place`` is its place in the array.
    """

    text: str
    place: int
    is_include: bool = False


def group_items(table: Table, name: str, names: dict[str, str]) -> list[GroupItem]:
    """Return what stands in the group that is spelled ``name``; faults are noted.

    ``names`` are the spellings of all groups by their normalised names.
    """
    value = table.values[name]
    found: list[GroupItem] = []
    if not isinstance(value, list):
        table.fault("must be an array", name)
        return found
    for index, item in enumerate(value):
        if isinstance(item, str):
            if table.checked(parse_requirement, item, name, index) is not None:
                found.append(GroupItem(item.strip(), index))
            continue
        included = item.get(_INCLUDE) if isinstance(item, dict) else None
        if not isinstance(included, str) or len(item) != 1:
            hint = 'write a requirement, or  {include-group = "name"}'
            table.fault("is neither requirement nor include", name, index, hint=hint)
        elif normalize_name(included) not in names:
            table.fault(f"includes {included!r}, which is no group", name, index)
        else:
            found.append(GroupItem(normalize_name(included), index, is_include=True))
    return found


def _reaches(start: str, goal: str, own: dict[str, list[GroupItem]]) -> bool:
    """Tell whether ``goal`` is included by ``start``, however far down."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        included = {item.text for item in own[waiting.pop()] if item.is_include}
        if goal in included:
            return True
        waiting += included - seen
        seen |= included
    return False


def _size(
    name: str, own: dict[str, list[GroupItem]], sizes: dict[str, int], depth: int = 0
) -> int:
    """Return how many requirements a group has: includes can double at each step."""
    if name not in sizes:
        if depth > _MAX_DEPTH:
            return MAX_REQUIREMENTS + 1
        sizes[name] = sum(
            _size(item.text, own, sizes, depth + 1) if item.is_include else 1
            for item in own[name]
        )
    return sizes[name]


def _expanded(name: str, own: dict[str, list[GroupItem]]) -> list[str]:
    found: list[str] = []
    for item in own[name]:
        found += _expanded(item.text, own) if item.is_include else [item.text]
    return found
