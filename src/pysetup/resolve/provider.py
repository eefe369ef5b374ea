"""What the solver asks of the world: which versions there are, and what they need."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

from pysetup.resolve.columns import Alike
from pysetup.resolve.releases import PrereleaseMode, ReleaseRules
from pysetup.resolve.terms import Asked, Rejection
from pysetup.resolve.versionset import bits
from pysetup.standards.requirements import Requirement
from pysetup.standards.versions import Version
from pysetup.values import dataclass, field

Strategy = Literal["highest", "lowest", "lowest-direct"]


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a project, as a provider knows it.

    ``yanked`` is None, or the reason (perhaps empty); a ``preferred`` version, such
    as the installed or the locked one, is kept wherever it fits; an ``admitted`` one
    may also be used when it is yanked or a pre-release; ``unbuilt`` says that there is
    no wheel of it that fits.
    """

    version: Version
    rejection: Rejection | None = None
    yanked: str | None = None
    preferred: bool = False
    admitted: bool = False
    unbuilt: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The releases of one project in columns; see that module.

    ``versions`` are sorted, oldest first; each stands in one of ``alike``. Masks:
    ``finals`` are no pre-releases; ``preferred`` and ``admitted`` as in ``Release``.
    """

    versions: Sequence[Version]
    finals: int
    alike: tuple[Alike, ...]
    preferred: int = 0
    admitted: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """The releases of one project, one by one or, if they are there, in ``columns``.

    When not ``complete``, only what is installed is listed so far; the solver asks
    again if that does not do.
    """

    releases: tuple[Release, ...] = ()
    complete: bool = True
    columns: Columns | None = None

    def usable(self) -> list[Version]:
        """Return the versions that are neither rejected nor yanked, oldest first."""
        if self.columns is None:
            return sorted(
                each.version
                for each in self.releases
                if each.rejection is None and each.yanked is None
            )
        mask = 0
        for alike in self.columns.alike:
            if alike.rejection is None and alike.yanked is None:
                mask |= alike.mask
        return [self.columns.versions[index] for index in bits(mask)]

    def since(self, version: Version) -> list[Release]:
        """Return ``version`` and what is newer, as far as it is not rejected."""
        if self.columns is None:
            return [
                each
                for each in self.releases
                if each.rejection is None and each.version >= version
            ]
        columns = self.columns
        since = -1 << bisect_left(columns.versions, version)
        return [
            Release(
                columns.versions[index],
                yanked=alike.yanked,
                preferred=bool(columns.preferred >> index & 1),
                admitted=bool(columns.admitted >> index & 1),
                unbuilt=alike.unbuilt,
            )
            for alike in columns.alike
            if alike.rejection is None
            for index in bits(alike.mask & since)
        ]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of a project from one place; no ``url`` means the indexes."""

    name: str
    version: Version
    url: str = ""


class Provider(Protocol):
    """Answers the solver; every answer stays the same during one resolution."""

    def versions(self, name: str, *, complete: bool) -> Known | None:
        """Return the releases of a project, or None if there is no such project."""

    def direct(self, requirement: Requirement) -> Candidate:
        """Return the one candidate behind ``name @ url``."""

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return all that it requires, markers unevaluated, or why it is unusable."""

    def expect_projects(self, names: Iterable[str]) -> None:
        """Take note that ``versions`` will be asked for these."""

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Take note that ``requirements`` will probably be asked for these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the user wants.

    ``constraints`` limit versions without asking for anything; ``overrides`` stand in
    for every requirement of the same project, whoever has it. ``markers`` are the PEP
    508 variables of the target; ``pre`` admits pre-releases everywhere, ``releases``
    says more of them. ``prefer_wheels`` takes an older version with a wheel before a
    newer one without.
    """

    asked: tuple[Asked, ...]
    constraints: tuple[Asked, ...] = ()
    overrides: tuple[Asked, ...] = ()
    markers: Mapping[str, str]
    pre: bool = False
    releases: ReleaseRules = field(default_factory=ReleaseRules)
    prefer_wheels: bool = False
    strategy: Strategy = "highest"

    def prereleases_of(self, name: str) -> PrereleaseMode:
        """Return what holds for the pre-releases of ``name`` (normalised)."""
        mode = self.releases.mode_of(name)
        return "allow" if self.pre and mode != "disallow" else mode


@dataclass(frozen=True, slots=True)
class Edge:
    """A requirement that played a part; ``parent`` is empty for the user's own."""

    parent: str
    requirement: Requirement
    source: str = ""


@dataclass(frozen=True, slots=True)
class Solution:
    """One candidate for each project that is needed, which extras, and why."""

    chosen: Mapping[str, Candidate]
    extras: Mapping[str, frozenset[str]]
    edges: tuple[Edge, ...]
