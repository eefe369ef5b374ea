"""One answer for all environments: solve, and tell environments apart where needed.

Every project begins as one variant, whose version has to do in all environments. The
solver takes every requirement that holds anywhere for one that holds. If that is
impossible because of things that never happen together, the variants in question are
split by what tells these things apart, and it is solved again: as in a refinement of
abstractions, only what matters is ever looked at in detail (Clarke and others, 2000).
"""

from collections.abc import Iterable, Iterator, Mapping

from pysetup.resolve.conflicts import ConflictReader
from pysetup.resolve.forks import Forks, Variant
from pysetup.resolve.gaps import Gaps
from pysetup.resolve.links import (
    Link,
    Links,
    Markers,
    Source,
    VariantProvider,
    Wanted,
    as_asked,
    link_to,
)
from pysetup.resolve.provider import Candidate, Question, Release, Solution, Strategy
from pysetup.resolve.reach import Reach
from pysetup.resolve.releases import ReleaseRules
from pysetup.resolve.solver import solve
from pysetup.resolve.terms import Asked
from pysetup.standards.conditions import Condition
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import Version, parse_version
from pysetup.values import dataclass, field, replace

# Whoever supports this one wants no end.
_FAR = (3, 1 << 20, 0)
_NO_VERSION = parse_version("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalQuestion:
    """What the user wants, and where.

    ``world`` are the environments that matter; ``required`` are conditions in which
    everything needed must have a file.
    """

    world: Condition
    wanted: tuple[Wanted, ...]
    constraints: tuple[Wanted, ...] = ()
    overrides: tuple[Wanted, ...] = ()
    required: tuple[Condition, ...] = ()
    pre: bool = False
    releases: ReleaseRules = field(default_factory=ReleaseRules)
    prefer_wheels: bool = False
    strategy: Strategy = "highest"

    @property
    def is_open(self) -> bool:
        """Whether there is no last Python that matters."""
        beyond = self.world.conditions.python([(_FAR, None)])
        return bool(self.world & beyond)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One version of a project, and where it is needed.

    ``extras`` says the same of each of its extras.
    """

    candidate: Candidate
    condition: Condition
    extras: Mapping[str, Condition]


@dataclass(frozen=True, slots=True)
class ChosenEdge:
    """What one chosen version requires of another; no parent is the user.

    ``extra`` is that of the parent; ``extras`` are those required.
    """

    parent: Candidate | None
    extra: str
    child: Candidate
    extras: tuple[str, ...]
    condition: Condition
    source: str = ""


@dataclass(frozen=True, slots=True)
class Effort:
    """What it took: how often it was solved, and how many variants there were."""

    rounds: int
    variants: int


@dataclass(frozen=True, slots=True)
class UniversalSolution:
    """Every version that some environment needs, and why."""

    chosen: tuple[Chosen, ...]
    edges: tuple[ChosenEdge, ...]
    effort: Effort


@dataclass(frozen=True, slots=True)
class UniversalConflict:
    """There is no answer for the environments in which ``where`` holds."""

    where: Condition
    effort: Effort


def solve_universally(
    question: UniversalQuestion, source: Source
) -> UniversalSolution | UniversalConflict:
    """Return versions for all environments of the question, or where there are none."""
    forks, markers = Forks(question.world), Markers(question.world)
    settled: set[tuple[str, Version]] = set()
    rounds = 0
    attempt = _Attempt(question, source, forks, markers)
    while True:
        rounds += 1
        if isinstance(attempt.answer, Solution):
            if not attempt.split_gaps(attempt.answer):
                better = attempt.improved(attempt.answer, settled)
                if better is None:
                    effort = Effort(rounds, forks.count())
                    return attempt.result(attempt.answer, effort)
                attempt = better
                continue
        else:
            reader = attempt.reader()
            where = reader.where(attempt.answer)
            refused = reader.refused(attempt.answer)
            if where and not (question.is_open and source.relax(refused)):
                return UniversalConflict(where, Effort(rounds, forks.count()))
            if not where and not reader.split(attempt.answer):
                message = "a conflict that is real nowhere could not be resolved"
                raise AssertionError(message)
        attempt = _Attempt(question, source, forks, markers)


class _Attempt:
    """One run of the solver over the variants there are."""

    def __init__(
        self,
        question: UniversalQuestion,
        source: Source,
        forks: Forks,
        markers: Markers,
        *,
        above: Iterable[Link] = (),
    ) -> None:
        self._question = question
        self._markers = markers
        self._source = source
        self._forks = forks
        self._links = Links(
            forks,
            markers,
            source,
            wanted=question.wanted,
            overrides=question.overrides,
        )
        self._limits: dict[int, Link] = {}
        self.answer = solve(
            Question(
                asked=as_asked(self._links.roots),
                constraints=tuple(self._constraints(above)),
                markers={},
                pre=question.pre,
                releases=self._releases(),
                prefer_wheels=question.prefer_wheels,
                strategy=question.strategy,
            ),
            VariantProvider(forks, self._links, source),
        )

    def reader(self) -> ConflictReader:
        """Return what reads a conflict of this run."""
        return ConflictReader(self._forks, self._links, self._limits)

    def split_gaps(self, solution: Solution) -> bool:
        """Split variants whose version does not do everywhere; tell if any was."""
        splits = list(self._gaps().find(solution.chosen, self._reach(solution)))
        changed = [self._forks.split(*each) for each in splits]
        return any(changed)

    def improved(
        self, solution: Solution, settled: set[tuple[str, Version]]
    ) -> "_Attempt | None":
        """Return a run that has more, where an evaded conflict is real nowhere.

        The solver evades a conflict as it does any other: with an older version.
        ``settled`` are the variants and versions that are known to be right.
        """
        if self._question.strategy != "highest":
            return None
        reach = self._reach(solution)
        for variant, candidate in list(self._gaps().worse(solution.chosen, reach)):
            key = (variant.label, candidate.version)
            if key not in settled:
                found = self._above(variant, solution, reach)
                if found is not None:
                    return found
                settled.add(key)
        return None

    def _above(
        self, variant: Variant, solution: Solution, reach: Reach
    ) -> "_Attempt | None":
        """Look for a run with a better version of a variant, and no worse elsewhere."""
        changed = False
        while True:
            attempt = self._again(self._floors(variant, solution, reach))
            if isinstance(attempt.answer, Solution):
                return attempt
            reader = attempt.reader()
            where = reader.where(attempt.answer)
            if where:
                # Perhaps only some Pythons must do with less.
                for each in self._forks.within(variant):
                    changed |= self._forks.split(each, where.of_python())
            if where or not reader.split(attempt.answer):
                return self._again(()) if changed else None
            changed = True

    def _floors(
        self, variant: Variant, solution: Solution, reach: Reach
    ) -> Iterator[Link]:
        """Yield that nothing may get worse, and the variant must get better."""
        for label, candidate in solution.chosen.items():
            before = self._forks.variant(label)
            if candidate.url:
                continue
            sign = ">" if before == variant else ">="
            floor = parse_requirement(f"{before.name}{sign}{candidate.version.public}")
            for current in self._forks.within(before):
                needed = current.region & reach.of(label)
                if needed:
                    yield link_to(current, floor, needed)

    def _again(self, above: Iterable[Link]) -> "_Attempt":
        return _Attempt(
            self._question, self._source, self._forks, self._markers, above=above
        )

    def _gaps(self) -> Gaps:
        return Gaps(
            forks=self._forks,
            source=self._source,
            required=self._question.required,
            choose=self._choose if self._question.strategy == "highest" else None,
        )

    def result(self, solution: Solution, effort: Effort) -> UniversalSolution:
        """Return the versions that are needed, those of one project joined."""
        reach, never = self._reach(solution), self._question.world.conditions.never
        everywhere: dict[Candidate, Condition] = {}
        extras: dict[Candidate, dict[str, Condition]] = {}
        for package in reach.needed():
            candidate = self._plain(solution.chosen[package.name])
            where = reach.of(*package)
            if package.extra:
                ours = extras.setdefault(candidate, {})
                ours[package.extra] = ours.get(package.extra, never) | where
            else:
                everywhere[candidate] = everywhere.get(candidate, never) | where
        return UniversalSolution(
            tuple(
                Chosen(each, everywhere[each], extras.get(each, {}))
                for each in sorted(everywhere, key=_order)
            ),
            tuple(self._edges(solution, reach)),
            effort,
        )

    def _constraints(self, above: Iterable[Link]) -> Iterator[Asked]:
        links = [
            replace(link, source=each.source)
            for each in self._question.constraints
            for link in self._links.limits(each)
        ]
        for link in (*links, *above):
            self._limits[id(link.requirement)] = link
            yield Asked(link.requirement, link.source)

    def _releases(self) -> ReleaseRules:
        """Return the rules for pre-releases, by the labels of the variants."""
        rules = self._question.releases

        def labels(names: Iterable[str]) -> frozenset[str]:
            variants = (it for name in names for it in self._forks.of(name))
            return frozenset((*names, *(variant.label for variant in variants)))

        return ReleaseRules(
            mode=rules.mode,
            all_releases=labels(rules.all_releases),
            only_final=labels(rules.only_final),
        )

    def _edges(self, solution: Solution, reach: Reach) -> Iterator[ChosenEdge]:
        found: dict[ChosenEdge, Condition] = {}
        for owner, link in reach.all_links():
            where = (
                link.condition if owner is None else link.condition & reach.of(*owner)
            )
            if not where:
                continue
            edge = ChosenEdge(
                None if owner is None else self._plain(solution.chosen[owner.name]),
                link.extra,
                self._plain(solution.chosen[link.child.label]),
                link.extras,
                self._question.world,
                link.source,
            )
            found[edge] = found[edge] | where if edge in found else where
        for edge, where in sorted(found.items(), key=lambda item: _edge_order(item[0])):
            yield replace(edge, condition=where)

    def _reach(self, solution: Solution) -> Reach:
        never = self._question.world.conditions.never
        return Reach(self._links, solution.chosen, never)

    def _plain(self, candidate: Candidate) -> Candidate:
        return replace(candidate, name=self._forks.name(candidate.name))

    def _choose(self, releases: list[Release]) -> Version | None:
        """Return the version that the solver would take of these."""
        pool = [it for it in releases if it.preferred] or releases
        if not self._question.pre and self._question.releases.mode != "allow":
            pool = [
                it for it in pool if it.admitted or not it.version.is_prerelease
            ] or pool
        pool = [it for it in pool if it.yanked is None or it.admitted] or pool
        if self._question.prefer_wheels:
            pool = [it for it in pool if not it.unbuilt] or pool
        return max((it.version for it in pool), default=None)


def _order(candidate: Candidate) -> tuple[str, Version, str]:
    return candidate.name, candidate.version, candidate.url


def _edge_order(edge: ChosenEdge) -> tuple[object, ...]:
    parent = edge.parent or Candidate("", _NO_VERSION)
    return *_order(parent), edge.extra, *_order(edge.child), edge.extras, edge.source
