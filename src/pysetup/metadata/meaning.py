"""What different spellings of the value of a core field have in common."""

from collections.abc import Callable, Mapping

from pysetup.metadata.fields import BY_KEY, Field, is_present
from pysetup.standards.jsontext import JSON
from pysetup.standards.marker_cases import marker_cases
from pysetup.standards.names import normalize_name
from pysetup.standards.people import Person, parse_people
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    parse_specifiers,
    parse_version,
)


def same_meaning(key: str, one: JSON, other: JSON) -> bool:
    """Tell whether two values of the core field ``key`` mean the same."""
    return meaning_of(key, one) == meaning_of(key, other)


def meaning_of(key: str, value: JSON) -> object:
    """Return what all spellings of a value of the core field ``key`` have in common.

    The value itself for a key that is no core field.
    """
    field = BY_KEY.get(key)
    return value if field is None else _meaning(field, value)


def people_of(names: JSON, addresses: JSON) -> frozenset[Person]:
    """Return who a pair of fields means (``author`` and ``author_email``).

    Some tools write the name of someone with an address once more among the names;
    others write the one person there is as a name, and an address without it.
    """
    listed = parse_people(str(names or ""), str(addresses or ""))
    if len(listed) == 2:  # noqa: PLR2004 - an address, and a name
        (called, address), (name, more) = listed
        if address and name and not (called or more):
            return frozenset({(name, address)})
    known = {name for name, address in listed if address}
    return frozenset(
        (name, address) for name, address in listed if address or name not in known
    )


def _meaning(field: Field, value: JSON) -> object:
    """Return what two spellings of the same value have in common."""
    if not is_present(field.key, value):
        return None
    if isinstance(value, list):
        check = _SPELLINGS.get(field.key, _words)
        return sorted(str(check(str(item))) for item in value)
    if isinstance(value, str):
        return _SPELLINGS.get(field.key, _words)(value)
    return value


def _words(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _requirement(text: str) -> str:
    try:
        requirement = parse_requirement(text)
    except InvalidRequirementError:
        return text
    extras = sorted({normalize_name(extra) for extra in requirement.extras})
    specifiers = sorted(map(str, requirement.specifier))
    marker = "" if requirement.marker is None else marker_cases(str(requirement.marker))
    source = f" @ {requirement.url} " if requirement.url else ""
    name = normalize_name(requirement.name)
    return f"{name}{extras}{source}{specifiers}; {marker}"


def _specifiers(text: str) -> object:
    try:
        return parse_specifiers(text)
    except InvalidSpecifiersError:
        return text


_SPELLINGS: Mapping[str, Callable[[str], object]] = {
    "name": normalize_name,
    "version": parse_version,
    "requires_python": _specifiers,
    "requires_dist": _requirement,
    "provides_extra": normalize_name,
}
