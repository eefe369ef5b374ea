"""Versions for systems that know only a few numbers, and what is lost in them."""

from pysetup.standards.versions import Version
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class NumberedVersion:
    """``text`` is a version for such a system.

    Two versions without ``losses`` stand in the order of PEP 440. Each loss says in
    words what two different versions may have in common; what is newer is never older.
    """

    text: str
    losses: tuple[str, ...] = ()


def numbers_within(
    numbers: tuple[int, ...], limits: tuple[int, ...]
) -> tuple[tuple[int, ...], bool]:
    """Return ``numbers``, as many as there are ``limits``, and whether all fit.

    From the first that is beyond its limit all are at their limits: so the order stays,
    though large versions become equal.
    """
    found = (*numbers, *([0] * len(limits)))[: len(limits)]
    for place, (number, limit) in enumerate(zip(found, limits, strict=True)):
        if number > limit:
            return (*found[:place], *limits[place:]), False
    return found, not any(numbers[len(limits) :])


def unsaid_parts(version: Version) -> tuple[str, ...]:
    """Return in words which parts of a version a row of numbers does not tell."""
    found = []
    if version.pre is not None:
        found.append("a pre-release has the version of its release")
    if version.dev is not None:
        found.append("a development release has the version of its release")
    if version.post is not None:
        found.append("a post-release has the version of its release")
    if version.local:
        found.append("the local part is not said")
    return tuple(found)
