"""Whether what a document needs is the same on other machines, systems and Pythons.

A package without machine code is usually right for all architectures at once. It is
not where its requirements depend on ``platform_machine``: its relations were decided
for one target.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from pysetup.metadata.document import Metadata
from pysetup.standards.conditions import Condition, Conditions
from pysetup.standards.marker_words import WORDS
from pysetup.standards.names import normalize_name
from pysetup.standards.python_ranges import release_of
from pysetup.standards.requirements import Requirement, split_marker
from pysetup.standards.worlds import known_relations

PYTHON, IMPLEMENTATION = "python", "implementation"
SYSTEM, MACHINE, KERNEL = "system", "machine", "kernel"
AXES: Final = (PYTHON, IMPLEMENTATION, SYSTEM, MACHINE, KERNEL)
_WORDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    IMPLEMENTATION: ("implementation_name", "platform_python_implementation"),
    SYSTEM: ("sys_platform", "os_name", "platform_system"),
    MACHINE: ("platform_machine",),
}
# What changes from one start of a machine to the next; markers compare it as text.
_KERNEL_WORDS: Final = ("platform_release", "platform_version")


class HasMarkers(Protocol):
    """A target, of which nothing but its markers matters here."""

    @property
    def markers(self) -> Mapping[str, str]:
        """The variables of PEP 508 on the target."""


def variations(
    metadata: Metadata, target: HasMarkers, *, extras: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return on what the needs of ``metadata`` depend, beginning from ``target``.

    A key is one of ``AXES``: targets that differ from ``target`` in nothing else may
    need other things. The values are the requirements that differ there. No key: the
    needs are the same for all. Pythons are those of ``requires_python``. Raises
    ``InvalidRequirementError`` or ``InvalidSpecifiersError``.
    """
    conditions = Conditions()
    possible = known_relations(conditions)
    possible &= conditions.requires_python(metadata.requires_python)
    chosen = _followed(conditions, metadata, extras)
    found: dict[str, tuple[str, ...]] = {}
    asked = _by_requirement(conditions, metadata.requires_dist, chosen)
    for axis in AXES[:-1]:
        around = possible & _all_but(axis, conditions, target.markers)
        varying = tuple(
            text
            for text, condition in asked.items()
            if not around.implies(condition) and not around.is_disjoint(condition)
        )
        if varying:
            found[axis] = varying
    by_kernel = tuple(
        dict.fromkeys(
            split_marker(each)[0]
            for each in metadata.requires_dist
            if any(word in str(each.marker) for word in _KERNEL_WORDS)
        )
    )
    return {**found, KERNEL: by_kernel} if by_kernel else found


def _followed(
    conditions: Conditions, metadata: Metadata, extras: Iterable[str]
) -> frozenset[str]:
    """Return ``extras`` and those of the project's own that they can lead to."""
    names = frozenset(map(normalize_name, extras))
    while True:
        more = {
            normalize_name(extra)
            for each in metadata.requires_dist
            if normalize_name(each.name) == metadata.normalized_name
            and conditions.parse(each.marker).choosing(names)
            for extra in each.extras
        }
        if more <= names:
            return names
        names |= more


def _by_requirement(
    conditions: Conditions, requirements: Iterable[Requirement], extras: frozenset[str]
) -> dict[str, Condition]:
    """Return by requirement when it is asked for: two lines may be two halves of it."""
    found: dict[str, Condition] = {}
    for each in requirements:
        text, marker = split_marker(each)
        if any(word in marker for word in _KERNEL_WORDS):
            continue
        condition = conditions.parse(marker).choosing(extras)
        found[text] = found.get(text, conditions.never) | condition
    return found


def _all_but(
    axis: str, conditions: Conditions, markers: Mapping[str, str]
) -> Condition:
    """Return the condition that all is as on a target, except along ``axis``."""
    found = conditions.always
    if axis != PYTHON:
        low = release_of(markers["python_full_version"])
        found &= conditions.python([(low, (*low[:2], low[2] + 1))])
    for name in WORDS:
        if name not in _WORDS_OF.get(axis, ()):
            found &= conditions.word(name, [markers[name]])
    return found
