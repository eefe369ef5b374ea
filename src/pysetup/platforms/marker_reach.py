"""How far a package may travel: where its markers mean what they mean on its target.

A package has one list of requirements. Where a marker would decide otherwise than on
the target, another list would be needed, so the package must not go there.
"""

from pysetup.metadata.document import Metadata
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.variation import MACHINE, PYTHON, SYSTEM, variations
from pysetup.standards.requirements import marker_holds
from pysetup.values import dataclass

_MINORS = range(64)
Minor = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the requirements of a project are those of its target.

    ``lowest`` is the first minor version of Python of which that is so, ``beyond`` the
    first above it of which it is not; each None when there is no such bound.
    ``any_system`` and ``any_machine`` tell that the system, or the machine, are all
    the same to it.
    """

    lowest: Minor | None
    beyond: Minor | None
    any_system: bool
    any_machine: bool


def reach_of(metadata: Metadata, target: PlatformTarget) -> Reach:
    """Return how far a package of ``metadata`` made for ``target`` may travel.

    Extras count as well. Raises ``InvalidRequirementError``.
    """
    extras = metadata.texts("provides_extra")
    varying = variations(metadata, target, extras=extras)
    lowest, beyond = (None, None)
    if PYTHON in varying:
        lowest, beyond = _pythons(metadata, target, frozenset(extras))
    return Reach(
        lowest=lowest,
        beyond=beyond,
        any_system=SYSTEM not in varying,
        any_machine=MACHINE not in varying,
    )


def _pythons(
    metadata: Metadata, target: PlatformTarget, extras: frozenset[str]
) -> tuple[Minor | None, Minor | None]:
    """Return the minor versions around the target's where markers hold alike."""
    major, own = map(int, target.python.split("."))

    def holding(minor: int) -> tuple[bool, ...]:
        version = f"{major}.{minor}"
        full = target.full_python if minor == own else f"{version}.0"
        there = {
            **target.markers,
            "python_version": version,
            "python_full_version": full,
            "implementation_version": full,
        }
        return tuple(
            marker_holds(each.marker, there, extras=extras)
            for each in metadata.requires_dist
        )

    here = holding(own)
    lowest, beyond = own, own + 1
    while lowest - 1 in _MINORS and holding(lowest - 1) == here:
        lowest -= 1
    while beyond in _MINORS and holding(beyond) == here:
        beyond += 1
    return (
        None if lowest == _MINORS.start else (major, lowest),
        None if beyond == _MINORS.stop else (major, beyond),
    )
