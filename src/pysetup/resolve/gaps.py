"""What a solution leaves to wish for: versions that do not do in all environments."""

from collections.abc import Callable, Iterator, Mapping

from pysetup.resolve.forks import Forks, Variant
from pysetup.resolve.links import Link, Source
from pysetup.resolve.provider import Candidate, Release
from pysetup.resolve.reach import Reach
from pysetup.resolve.terms import Package
from pysetup.standards.conditions import Condition
from pysetup.standards.versions import Version
from pysetup.values import dataclass

Split = tuple[Variant, Condition]
# The version that the solver would take among some releases of a project.
Choose = Callable[[list[Release]], Version | None]
_Incoming = list[tuple[Package | None, Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Finds the splits after which more environments get what they should.

    ``required`` are conditions in which a file must be there for what is needed;
    ``choose`` is None where the newest version is not what is wanted.
    """

    forks: Forks
    source: Source
    required: tuple[Condition, ...]
    choose: Choose | None

    def find(self, chosen: Mapping[str, Candidate], reach: Reach) -> Iterator[Split]:
        """Yield the variants to split, and by what."""
        incoming = reach.incoming()
        for label, candidate in sorted(chosen.items()):
            variant, needed = self.forks.variant(label), reach.of(label)
            if not needed:
                continue
            yield from self._beyond_python(variant, candidate, needed)
            yield from self._without_file(variant, candidate, needed)
            if self.choose is not None and not candidate.url:
                links = incoming.get(label, [])
                yield from self._held_back(variant, candidate, reach, links)

    def worse(
        self, chosen: Mapping[str, Candidate], reach: Reach
    ) -> Iterator[tuple[Variant, Candidate]]:
        """Yield the variants that nobody who asks for them keeps from a better version.

        Something else does: whatever the better versions need.
        """
        incoming = reach.incoming()
        for label, candidate in sorted(chosen.items()):
            variant, needed = self.forks.variant(label), reach.of(label)
            if not needed or candidate.url:
                continue
            admitting = [(link, link.condition) for _, link in incoming[label]]
            if self._better(variant, candidate, needed, admitting):
                yield variant, candidate

    def _beyond_python(
        self, variant: Variant, candidate: Candidate, needed: Condition
    ) -> Iterator[Split]:
        """Yield a split where the version is not made for every Python."""
        python = self.source.python(self._plain(candidate))
        if not needed.implies(python):
            yield variant, python

    def _without_file(
        self, variant: Variant, candidate: Candidate, needed: Condition
    ) -> Iterator[Split]:
        """Yield a split where a required environment gets no file."""
        files = self.source.files(self._plain(candidate))
        for required in self.required:
            here = needed & required
            if here and here.is_disjoint(files):
                yield variant, here

    def _held_back(
        self,
        variant: Variant,
        candidate: Candidate,
        reach: Reach,
        incoming: _Incoming,
    ) -> Iterator[Split]:
        """Yield splits by Python where only some Pythons must be content with less."""
        needed = reach.of(variant.label)
        admitting = [
            (link, self._where(owner, link, reach)) for owner, link in incoming
        ]
        for link, condition in admitting:
            if not condition:
                owner = self._owner_of(link, incoming)
                if self._better(variant, candidate, needed, admitting):
                    yield from self._split_owner(owner, reach)
                continue
            pythons = condition.of_python()
            rest = needed & ~pythons
            if rest and self._better(variant, candidate, rest, admitting):
                yield variant, pythons

    def _where(self, owner: Package | None, link: Link, reach: Reach) -> Condition:
        if owner is None:
            return link.condition
        return link.condition & reach.of(*owner)

    def _owner_of(self, link: Link, incoming: _Incoming) -> Package | None:
        return next(owner for owner, other in incoming if other is link)

    def _split_owner(self, owner: Package | None, reach: Reach) -> Iterator[Split]:
        """Yield a split of who asks, since it asks where it is not needed itself."""
        if owner is not None:
            yield self.forks.variant(owner.name), reach.of(*owner)

    def _better(
        self,
        variant: Variant,
        candidate: Candidate,
        rest: Condition,
        admitting: list[tuple[Link, Condition]],
    ) -> bool:
        """Tell whether another version would be chosen if only ``rest`` mattered."""
        assert self.choose is not None
        known = self.source.versions(variant.name, rest)
        if known is None:
            return False
        links = [link for link, condition in admitting if condition & rest]
        if any(link.original.url is not None for link in links):
            return False
        releases = [
            release
            for release in known.since(candidate.version)
            if all(
                link.original.specifier.contains(release.version, prereleases=True)
                for link in links
            )
        ]
        best = self.choose(releases)
        return best is not None and best > candidate.version

    def _plain(self, candidate: Candidate) -> Candidate:
        return Candidate(
            self.forks.name(candidate.name), candidate.version, candidate.url
        )
