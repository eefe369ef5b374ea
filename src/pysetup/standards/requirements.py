"""Requirements and markers (PEP 508), over the packaging library."""

import copy
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache

from packaging.markers import (
    InvalidMarker,
    Marker,
    UndefinedComparison,
    UndefinedEnvironmentName,
)
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier
from packaging.version import InvalidVersion

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.standards.versions import InvalidSpecifiersError, parse_specifiers

__all__ = [
    "InvalidRequirementError",
    "Marker",
    "Requirement",
    "for_extra",
    "is_exact",
    "lock_marker_holds",
    "marker_holds",
    "parse_marker",
    "parse_requirement",
    "split_extra",
    "split_marker",
    "with_extras",
    "with_marker",
]

MAX_REQUIREMENT_LENGTH = 4096
MAX_NESTING = 64


class InvalidRequirementError(UsageError):
    """A requirement or an environment marker does not follow PEP 508.

    A requirement looks like ``name[extra]>=1.2,<2; python_version < "3.13"``
    or ``name @ https://host/name-1.0-py3-none-any.whl``.
    """

    code = "PS2104"

    def __init__(self, requirement: str, reason: str) -> None:
        first_line = reason.strip().splitlines()[0] if reason.strip() else "not PEP 508"
        super().__init__(
            f"{requirement[:120]!r} is not a requirement: {first_line}",
            hints=('write it like  name[extra]>=1.2,<2; python_version < "3.13"',),
        )
        self.requirement = requirement
        self.reason = reason


def _refuse_excess(text: str) -> None:
    # The grammar is recursive: an attacker's parentheses must not eat the stack.
    if len(text) > MAX_REQUIREMENT_LENGTH or text.count("(") > MAX_NESTING:
        raise InvalidRequirementError(text, "too long or too deeply nested")


@lru_cache(maxsize=32768)
def parse_requirement(text: str) -> Requirement:
    """Parse a PEP 508 requirement; raises ``InvalidRequirementError``.

    The value is shared between callers and must not be changed.
    """
    _refuse_excess(text)
    try:
        return Requirement(text)
    except (InvalidRequirement, InvalidSpecifier, InvalidVersion, ValueError) as error:
        raise InvalidRequirementError(text, str(error)) from None


@lru_cache(maxsize=32768)
def requirement_of_parts(
    parts: tuple[str, tuple[str, ...], str, str, str, str],
) -> Requirement:
    """Return the requirement of these parts, which came from parsed ones.

    They are name, extras, specifiers, marker and URL (empty where there is none), and
    the whole text. Many requirements share specifiers and markers: to parse those alone
    takes a fifth of the time. Raises ``InvalidRequirementError``.
    """
    name, extras, specifiers, marker, url, text = parts
    try:
        made = Requirement.__new__(Requirement)
        made.name, made.url, made.extras = name, url or None, set(extras)
        made.specifier = parse_specifiers(specifiers)
        made.marker = parse_marker(marker) if marker else None
    except InvalidSpecifiersError:
        return parse_requirement(text)
    return made


def is_exact(requirement: Requirement) -> bool:
    """Tell whether one version alone satisfies ``requirement`` (``==1.2``)."""
    clauses = list(requirement.specifier)
    return any(c.operator == "==" and not c.version.endswith(".*") for c in clauses)


@lru_cache(maxsize=8192)
def parse_marker(text: str) -> Marker:
    """Parse a PEP 508 environment marker; raises ``InvalidRequirementError``."""
    _refuse_excess(text)
    try:
        return Marker(text)
    except (InvalidMarker, ValueError) as error:
        raise InvalidRequirementError(text, str(error)) from None


def marker_holds(
    marker: Marker | None,
    environment: Mapping[str, str],
    *,
    extras: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether ``marker`` is true in ``environment`` for any of ``extras``.

    ``environment`` holds the PEP 508 marker variables of the *target*, never
    those of the running interpreter. No marker is always true. Raises
    ``InvalidRequirementError`` for a comparison that has no meaning.
    """
    if marker is None:
        return True
    for extra in ("", *sorted(extras)):
        variables: dict[str, str] = {**environment, "extra": extra}
        try:
            if marker.evaluate(dict(variables)):
                return True
        except (
            UndefinedComparison,
            UndefinedEnvironmentName,
            InvalidVersion,
            InvalidSpecifier,
        ) as error:
            raise InvalidRequirementError(str(marker), str(error)) from None
    return False


def with_extras(requirement: Requirement, extras: Iterable[str]) -> Requirement:
    """Return ``requirement`` with ``extras`` beside its own."""
    if requirement.extras.issuperset(extras):
        return requirement
    wider = copy.copy(requirement)
    wider.extras = {*requirement.extras, *extras}
    return wider


def lock_marker_holds(
    marker: Marker,
    environment: Mapping[str, str],
    *,
    extras: frozenset[str],
    groups: frozenset[str],
) -> bool:
    """Tell whether the ``marker`` of a lock file is true (PEP 751).

    Such a marker may ask whether a name is in ``extras`` or ``dependency_groups``; the
    rest is as for ``marker_holds``. Raises ``InvalidRequirementError``.
    """
    variables: dict[str, str | AbstractSet[str]] = {
        **environment,
        "extras": extras,
        "dependency_groups": groups,
    }
    try:
        return marker.evaluate(variables, context="lock_file")
    except (
        UndefinedComparison,
        UndefinedEnvironmentName,
        InvalidVersion,
        InvalidSpecifier,
    ) as error:
        raise InvalidRequirementError(str(marker), str(error)) from None


_EXTRA_LAST = late_pattern(
    r'(?:(?P<rest>.*) and )?extra == "(?P<extra>[^"]*)"', re.DOTALL
)


def with_marker(requirement: Requirement, condition: str) -> str:
    """Return the text of ``requirement`` so that it holds only under ``condition``."""
    if requirement.marker is not None:
        marker = str(requirement.marker)
        joined = f"({marker})" if " or " in marker else marker
        condition = f"{joined} and {condition}"
    bare, _ = split_marker(requirement)
    return f"{bare}{' ' if requirement.url else ''}; {condition}"


def for_extra(requirement: Requirement, extra: str) -> str:
    """Return the text of ``requirement`` so that it holds only for ``extra``."""
    return with_marker(requirement, f'extra == "{extra}"')


def split_marker(requirement: Requirement) -> tuple[str, str]:
    """Return the text of ``requirement`` without its marker, and the marker's."""
    bare = copy.copy(requirement)
    bare.marker = None
    return str(bare), "" if requirement.marker is None else str(requirement.marker)


def split_extra(requirement: Requirement) -> tuple[str, str]:
    """Return the text of ``requirement`` without its extra, and the extra.

    The way back of ``for_extra``: the extra is empty, and the text is whole, unless
    the marker is what that function makes.
    """
    bare, marker = split_marker(requirement)
    match = _EXTRA_LAST.fullmatch(marker)
    if match is None:
        return str(requirement), ""
    space = " " if requirement.url else ""
    rest = match["rest"] or ""
    try:
        text = f"{bare}{space}; {parse_marker(rest)}" if rest else bare
        same = parse_requirement(for_extra(parse_requirement(text), match["extra"]))
    except InvalidRequirementError:
        return str(requirement), ""
    if same != requirement:
        return str(requirement), ""
    return text, match["extra"]
