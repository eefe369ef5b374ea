"""Requirements between variants: what one needs of another, and where it does."""

import copy
from collections.abc import Iterable, Iterator
from typing import Protocol

from pysetup.resolve.forks import Forks, Variant
from pysetup.resolve.provider import Candidate, Known
from pysetup.resolve.terms import Asked, Rejection
from pysetup.standards.conditions import Condition
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Marker,
    Requirement,
    parse_marker,
    with_extras,
)
from pysetup.values import dataclass, field, replace


class Source(Protocol):
    """Answers for many environments at once; every answer stays the same."""

    def versions(self, name: str, region: Condition) -> Known | None:
        """Return the releases; one that fits nowhere in ``region`` is rejected."""

    def direct(self, requirement: Requirement) -> Candidate:
        """Return the one candidate behind ``name @ url``."""

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return all that it requires, markers unevaluated, or why it is unusable."""

    def python(self, candidate: Candidate) -> Condition:
        """Return for which Pythons it is made."""

    def files(self, candidate: Candidate) -> Condition:
        """Return where one of its files can be used."""

    def relax(self, names: Iterable[str]) -> bool:
        """Forget from now on what these say of later Pythons; tell if that changes any.

        It is called when nothing else helps, for a world without a last Python.
        """

    def expect_projects(self, names: Iterable[str]) -> None:
        """Take note that ``versions`` will be asked for these."""

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Take note that ``requirements`` will probably be asked for these."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement of the user's, and where it holds."""

    requirement: Requirement
    condition: Condition
    source: str


@dataclass(frozen=True, slots=True)
class Link:
    """What a candidate requires of one variant.

    ``requirement`` is as the solver sees it, under the label of ``child``;
    ``original`` as its author wrote it. ``extra`` is that of the requiring side, or
    empty. ``marker`` is what the author's marker says, ``condition`` where both
    variants are met as well.
    """

    requirement: Requirement
    original: Requirement
    extra: str
    child: Variant
    marker: Condition
    condition: Condition
    source: str = ""

    @property
    def extras(self) -> tuple[str, ...]:
        """The extras that are required of the child, normalised."""
        return tuple(sorted(map(normalize_name, self.original.extras)))


@dataclass(slots=True)
class Markers:
    """What the markers of requirements mean, with and without each extra."""

    world: Condition
    _known: dict[str, tuple[tuple[str, Condition], ...]] = field(default_factory=dict)

    def of(self, marker: Marker | None) -> tuple[tuple[str, Condition], ...]:
        """Return pairs of an extra (empty: none) and where it brings a requirement."""
        if marker is None:
            return (("", self.world),)
        text = str(marker)
        if text not in self._known:
            self._known[text] = tuple(self._read(marker))
        return self._known[text]

    def plain(self, marker: Marker | None) -> Condition:
        """Return where a requirement holds without any extra."""
        for extra, condition in self.of(marker):
            if not extra:
                return condition
        return self.world.conditions.never

    def _read(self, marker: Marker) -> Iterator[tuple[str, Condition]]:
        condition = self.world.conditions.parse(marker)
        plain = condition.choosing() & self.world
        if plain:
            yield "", plain
        for extra in condition.extras():
            added = condition.choosing((extra,)) & ~plain & self.world
            if added:
                yield extra, added


class Links:
    """Finds the links of candidates, for the variants there are at the moment."""

    def __init__(
        self,
        forks: Forks,
        markers: Markers,
        source: Source,
        *,
        wanted: Iterable[Wanted],
        overrides: Iterable[Wanted] = (),
    ) -> None:
        self._overrides: dict[str, list[Wanted]] = {}
        for each in overrides:
            name = normalize_name(each.requirement.name)
            self._overrides.setdefault(name, []).append(each)
        self._forks = forks
        self._markers = markers
        self._source = source
        self._links: dict[tuple[str, Candidate], tuple[Link, ...] | Rejection] = {}
        self.roots = tuple(
            replace(link, source=each.source)
            for each in wanted
            for link in self._instead(each.requirement, "", each.condition)
        )

    def of(self, label: str, candidate: Candidate) -> tuple[Link, ...] | Rejection:
        """Return what a candidate needs as the version of one variant."""
        key = (label, candidate)
        if key not in self._links:
            self._links[key] = self._find(label, candidate)
        return self._links[key]

    def limits(self, wanted: Wanted) -> Iterator[Link]:
        """Yield what a constraint says of each variant of its project."""
        return self._for_children(wanted.requirement, "", wanted.condition)

    def _find(self, label: str, candidate: Candidate) -> tuple[Link, ...] | Rejection:
        variant = self._forks.variant(label)
        plain = replace(candidate, name=variant.name)
        answer = self._source.requirements(plain)
        if isinstance(answer, Rejection):
            return answer
        try:
            return tuple(
                link
                for requirement in answer
                for extra, condition in self._markers.of(requirement.marker)
                for link in self._instead(
                    requirement, extra, condition, within=variant.region
                )
            )
        except InvalidRequirementError as error:
            return Rejection("metadata", f"has metadata that are broken: {error}")

    def _instead(
        self,
        requirement: Requirement,
        extra: str,
        marker: Condition,
        within: Condition | None = None,
    ) -> Iterator[Link]:
        """Yield what a requirement means, or what overrides put in its place."""
        overrides = self._overrides.get(normalize_name(requirement.name))
        if overrides is None:
            yield from self._for_children(requirement, extra, marker, within)
            return
        for each in overrides:
            changed = with_extras(each.requirement, requirement.extras)
            condition = marker & each.condition
            yield from self._for_children(changed, extra, condition, within)

    def _for_children(
        self,
        requirement: Requirement,
        extra: str,
        marker: Condition,
        within: Condition | None = None,
    ) -> Iterator[Link]:
        reached = marker if within is None else marker & within
        if not reached:
            return
        for child in self._forks.of(normalize_name(requirement.name)):
            condition = reached & child.region
            if condition:
                link = _link(requirement, extra, child, marker)
                yield replace(link, condition=condition)


def link_to(variant: Variant, requirement: Requirement, where: Condition) -> Link:
    """Return a requirement of one variant alone."""
    return _link(requirement, "", variant, where)


def _link(
    requirement: Requirement, extra: str, child: Variant, marker: Condition
) -> Link:
    changed = copy.copy(requirement)
    changed.name = child.label
    changed.marker = parse_marker(f"extra == '{extra}'") if extra else None
    condition = marker & child.region
    return Link(changed, requirement, extra, child, marker, condition)


class VariantProvider:
    """Answers the solver, to whom each variant is a project."""

    def __init__(self, forks: Forks, links: Links, source: Source) -> None:
        self._forks = forks
        self._links = links
        self._source = source

    def versions(self, name: str, *, complete: bool) -> Known | None:  # noqa: ARG002 - part of the protocol; everything is known at once
        """Return the releases of a variant."""
        variant = self._forks.variant(name)
        return self._source.versions(variant.name, variant.region)

    def direct(self, requirement: Requirement) -> Candidate:
        """Return the candidate behind a URL, under the label of the variant."""
        plain = copy.copy(requirement)
        plain.name = self._forks.name(requirement.name)
        return replace(self._source.direct(plain), name=requirement.name)

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return what a candidate needs of other variants."""
        variant = self._forks.variant(candidate.name)
        links = self._links.of(candidate.name, candidate)
        if isinstance(links, Rejection):
            return links
        plain = replace(candidate, name=variant.name)
        if not self._source.python(plain) & variant.region:
            return Rejection("requires-python", "is made for other Pythons")
        return tuple(link.requirement for link in links)

    def expect_projects(self, names: Iterable[str]) -> None:
        """Take note that ``versions`` will be asked for these."""
        self._source.expect_projects(
            dict.fromkeys(self._forks.name(name) for name in names)
        )

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Take note that ``requirements`` will probably be asked for these."""
        self._source.expect_requirements(
            dict.fromkeys(
                replace(each, name=self._forks.name(each.name)) for each in candidates
            )
        )


def as_asked(links: Iterable[Link]) -> tuple[Asked, ...]:
    """Return links of the user's as the solver takes them."""
    return tuple(Asked(link.requirement, link.source) for link in links)
