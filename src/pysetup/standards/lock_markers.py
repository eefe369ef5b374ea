"""Markers of lock files (PEP 751) once extras and groups are chosen: what remains."""

from collections.abc import Collection
from typing import Any

from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_marker

# True and False where nothing depends on the environment, else a text.
_Left = bool | str
# What packaging makes of a marker: lists of conditions (three parts) and words.
_Parsed = Any
_SETS = ("extras", "dependency_groups")


def remaining_marker(
    text: str, *, extras: Collection[str], groups: Collection[str]
) -> str | None:
    """Return what is left of a marker when ``extras`` and ``groups`` are chosen.

    Empty where it holds always, None where it never does. Raises
    ``InvalidRequirementError``.
    """
    if not text:
        return ""
    marker = parse_marker(text)
    chosen = {
        "extras": {normalize_name(name) for name in extras},
        "dependency_groups": {normalize_name(name) for name in groups},
    }
    # packaging has no public way to look into a marker.
    left, _ = _any(marker._markers, chosen)  # noqa: SLF001
    if isinstance(left, bool):
        return "" if left else None
    return str(parse_marker(left))


def uses_parts(text: str) -> bool:
    """Tell whether a valid marker depends on extras or dependency groups."""
    return any(name in text for name in _SETS)


def _any(items: _Parsed, chosen: dict[str, set[str]]) -> tuple[_Left, bool]:
    """Return what is left of alternatives, and whether it has to be in parentheses."""
    left: list[str] = []
    for group in _split(items):
        found = _every(group, chosen)
        if found is True:
            return True, False
        if isinstance(found, str):
            left.append(found)
    distinct = list(dict.fromkeys(left))
    return (" or ".join(distinct) or False), len(distinct) > 1


def _every(items: list[_Parsed], chosen: dict[str, set[str]]) -> _Left:
    """Return what is left of conditions of which all have to hold."""
    left: list[str] = []
    for item in items:
        if isinstance(item, list):
            found, wide = _any(item, chosen)
            found = f"({found})" if wide else found
        else:
            found = _one(item, chosen)
        if found is False:
            return False
        if isinstance(found, str):
            left.append(found)
    return " and ".join(dict.fromkeys(left)) or True


def _one(item: _Parsed, chosen: dict[str, set[str]]) -> _Left:
    left, operator, right = item
    names = chosen.get(right.value) if right.value in _SETS else None
    if names is None or isinstance(right, type(left)):
        return " ".join(part.serialize() for part in item)
    is_in = normalize_name(left.value) in names
    return is_in if operator.value == "in" else not is_in


def _split(items: _Parsed) -> list[list[_Parsed]]:
    """Return the alternatives of a parsed marker: ``and`` binds stronger."""
    groups: list[list[_Parsed]] = [[]]
    for item in items:
        if item == "or":
            groups.append([])
        elif item != "and":
            groups[-1].append(item)
    return groups
