"""PubGrub: find one version for each project, or the reason why there is none.

Unit propagation, conflict-driven learning and backjumping over incompatibilities, as
Natalie Weizenbaum described them, with version sets held as integers. Pure and
deterministic: the same question and the same answers give the same solution.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from pysetup.resolve.assignments import Assignments
from pysetup.resolve.clauses import Clauses
from pysetup.resolve.provider import Candidate, Edge, Provider, Question, Solution
from pysetup.resolve.terms import (
    NOTHING,
    ROOT,
    Incompatibility,
    Needs,
    Package,
    combine,
)
from pysetup.resolve.universe import Table, TableGrewError, Universe
from pysetup.resolve.versionset import newest, oldest
from pysetup.values import dataclass

# After so many versions of one project have failed against the choice already made
# for another, the other's choice is the more doubtful one: turn their order round.
PATIENCE = 5
# Of so many versions at most the needs are asked for in advance. More would not come
# sooner, and all that is older than the answer is asked for in vain.
_AHEAD = 64

# What packages are sorted by: those to decide first have the least.
Rank = tuple[int, bool, int]


@dataclass(frozen=True, slots=True)
class Conflict:
    """The question has no answer: the last incompatibility, and what it is over."""

    incompatibility: Incompatibility
    tables: dict[str, Table]


def solve(question: Question, provider: Provider) -> Solution | Conflict:
    """Return one candidate for each project that is needed, or the conflict."""
    universe = Universe(question, provider)
    while True:
        try:
            answer = _Solver(question, provider, universe).run()
        except TableGrewError:
            universe.restart()
            continue
        if isinstance(answer, Conflict) or not universe.withdraw_unpinned(answer):
            return answer
        universe.restart()


class _NoSolutionError(Exception):
    """Carries the incompatibility that ends the search out of the recursion."""

    def __init__(self, incompatibility: Incompatibility) -> None:
        super().__init__()
        self.incompatibility = incompatibility


class _Solver:
    def __init__(
        self, question: Question, provider: Provider, universe: Universe
    ) -> None:
        self.question = question
        self.provider = provider
        self.universe = universe
        self.clauses = Clauses(question, provider, universe)
        self.state = Assignments()
        self.ranks = _Ranks()
        # Clauses that something known breaks already, as long as it is known.
        self.idle: set[Incompatibility] = set()
        self.idle_log: list[tuple[int, Incompatibility]] = []
        self.attempts: dict[Package, int] = {}
        self.expected: set[Package] = set()
        # Undecided packages, the first to decide on top; an entry holds as long as its
        # rank is that of its package.
        self.queue: list[tuple[Rank, Package]] = []

    def run(self) -> Solution | Conflict:
        try:
            self.clauses.add_goal()
            self.propagate([ROOT])
            while (package := self.next_package()) is not None:
                self.propagate(self.decide(package))
        except _NoSolutionError as end:
            return Conflict(end.incompatibility, self.clauses.tables())
        return self.solution()

    # -- what follows -----------------------------------------------------------

    def propagate(self, changed: Iterable[Package]) -> None:
        """Derive everything that follows from what is newly known of ``changed``."""
        waiting = dict.fromkeys(changed)
        while waiting:
            package = next(iter(waiting))
            del waiting[package]
            for clause in self.clauses.newest_first(package):
                if clause in self.idle:
                    continue
                held, last = self.examine(clause)
                if not held:
                    continue
                if last is None:
                    waiting = dict.fromkeys([self.learn(clause)])
                    break
                self.derive(last, clause)
                waiting[last] = None

    def examine(self, clause: Incompatibility) -> tuple[bool, Package | None]:
        """Tell whether all terms hold but at most one, and which one that is."""
        known = self.state.known
        unsure: Package | None = None
        for package, term in clause.terms.items():
            positive, mask = known.get(package, NOTHING)
            # Spelled out, since most of the running time is spent here.
            if positive:
                common = mask & term.mask
                inside, outside = common == mask, not common
                holds, fails = (inside, outside) if term.positive else (outside, inside)
            else:
                excluded = not term.mask & ~mask
                holds, fails = (False, excluded) if term.positive else (excluded, False)
            if fails:
                self.set_aside(clause)
                return False, None
            if not holds:
                if unsure is not None:
                    return False, None
                unsure = package
        return True, unsure

    def derive(self, package: Package, clause: Incompatibility) -> None:
        self.state.derive(package, clause.terms[package].negated(), clause)
        self.set_aside(clause)

    def set_aside(self, clause: Incompatibility) -> None:
        self.idle.add(clause)
        self.idle_log.append((self.state.level, clause))

    def learn(self, clause: Incompatibility) -> Package:
        """Find the cause of a conflict, take back what led to it, draw the lesson.

        Returns the package of which more is known now.
        """
        while True:
            self.universe.complete({package.name for package in clause.terms} - {""})
            if clause.is_failure:
                raise _NoSolutionError(clause)
            last, level = self.state.last_satisfier(clause.terms)
            if last.cause is None or level < last.level:
                self.backtrack(level)
                self.clauses.add(clause)
                self.derive(last.package, clause)
                return last.package
            clause = combine(clause, last.cause, last.package)

    def backtrack(self, level: int) -> None:
        self.state.backtrack(level)
        while self.idle_log and self.idle_log[-1][0] > level:
            self.idle.discard(self.idle_log.pop()[1])

    # -- decisions ----------------------------------------------------------------

    def next_package(self) -> Package | None:
        """Return the package to decide next, or None when all are decided."""
        undecided = self.state.undecided
        touched = self.state.take_touched()
        for package in touched:
            heappush(self.queue, (self.rank(package), package))
        if not undecided:
            return None
        fresh = sorted(
            (it for it in touched if it not in self.expected and not it.extra),
            key=self.clauses.order.__getitem__,
        )
        if fresh:
            self.expected.update(fresh)
            self.provider.expect_requirements(
                self.candidate(package, self.choose(package, undecided[package].mask))
                for package in fresh
                if package != ROOT
            )
        while True:
            rank, package = self.queue[0]
            if package in undecided and rank == self.rank(package):
                return package
            heappop(self.queue)

    def rank(self, package: Package) -> Rank:
        """Return what sorts packages: the ones to decide first are the least."""
        forced = self.state.undecided[package].mask.bit_count() == 1
        urgency = self.ranks.urgency(package.name)
        order = self.clauses.order[package]
        # An extra follows its project, which it must agree with.
        return (0 if forced else 1 + urgency, bool(package.extra), order)

    def decide(self, package: Package) -> list[Package]:
        """Choose a version, learn what it needs; returns what is newly known of."""
        mask = self.state.undecided[package].mask
        base = self.state.decided.get(Package(package.name))
        if package.extra and base is not None and mask != 1 << base:
            self.clauses.add_together(package, base)
            return [package]
        bit = self.choose(package, mask)
        if not self.clauses.has_needs(package, bit):
            self.expect_more(package, mask, bit)
            added = self.clauses.add_needs(package, bit)
            blocked = [clause for clause in added if self.is_blocked(clause, package)]
            if blocked:
                return self.give_way(package, blocked)
        self.state.decide(package, bit)
        return [package]

    def is_blocked(self, clause: Incompatibility, package: Package) -> bool:
        """Tell whether all terms hold but that of ``package``."""
        return all(
            self.state.known.get(other, NOTHING).implies(term)
            for other, term in clause.terms.items()
            if other != package
        )

    def give_way(
        self, package: Package, blocked: list[Incompatibility]
    ) -> list[Package]:
        """Undo the decision that blocks ``package``, if it does so again and again."""
        for clause in blocked:
            for other, term in clause.terms.items():
                if other == package:
                    continue
                # Not the package that is in the way, but the choice that put it there.
                level = self.state.satisfier(other, term).level
                culprit = self.state.decision(level)
                if culprit != ROOT and self.ranks.blame(package.name, culprit.name):
                    self.backtrack(level - 1)
                    self.queue = [(self.rank(it), it) for it in self.state.undecided]
                    heapify(self.queue)
                    return self.state.packages()
        return [package]

    def expect_more(self, package: Package, mask: int, bit: int) -> None:
        """When many versions fail one after the other, announce the next ones."""
        tried = self.attempts[package] = self.attempts.get(package, 0) + 1
        ahead = min(tried, _AHEAD)
        # Twice as many each time, and then the next before the last ones are used up.
        due = not tried & (tried - 1) if tried < _AHEAD else not tried % (_AHEAD // 2)
        if package.extra or tried < PATIENCE or not due:
            return
        pool = mask & ~(1 << bit)
        if not pool:
            # Another project dictates the version; it will dictate older ones.
            pool = self.universe.table(package.name).usable & ((1 << bit) - 1)
        following: list[Candidate] = []
        while pool and len(following) < ahead:
            following.append(self.candidate(package, newest(pool)))
            pool &= ~(1 << newest(pool))
        self.provider.expect_requirements(following)

    def candidate(self, package: Package, bit: int) -> Candidate:
        return self.universe.table(package.name).candidates[bit]

    def choose(self, package: Package, mask: int) -> int:
        """Return the version to try: what is preferred, else the newest that suits."""
        if package == ROOT:
            return 0
        table = self.universe.table(package.name)
        if kept := mask & table.preferred:
            return newest(kept)
        pool = mask & ~table.direct or mask
        if not self.clauses.wants_prereleases(package.name, self.state.decided):
            pool = pool & table.stable or pool
        pool = pool & ~table.yanked or pool
        if self.question.prefer_wheels:
            pool = pool & ~table.unbuilt or pool
        strategy = self.question.strategy
        lowest = strategy == "lowest" or (
            strategy == "lowest-direct" and package.name in self.clauses.asked
        )
        return oldest(pool) if lowest else newest(pool)

    # -- the end --------------------------------------------------------------------

    def solution(self) -> Solution:
        decided = [package for package in self.state.decided if package != ROOT]
        extras: dict[str, set[str]] = {}
        for package in decided:
            if package.extra:
                extras.setdefault(package.name, set()).add(package.extra)
        return Solution(
            chosen={
                package.name: self.candidate(package, self.state.decided[package])
                for package in sorted(decided)
                if not package.extra
            },
            extras={name: frozenset(which) for name, which in sorted(extras.items())},
            edges=tuple(self.edges(decided)),
        )

    def edges(self, decided: list[Package]) -> Iterable[Edge]:
        for package in (ROOT, *sorted(decided)):
            bit = self.state.decided[package]
            for fact in self.clauses.needs[package, bit]:
                source = "" if isinstance(fact, Needs) else fact.source
                yield Edge(package.name, fact.requirement, source)


class _Ranks:
    """Which projects to decide early, and which late, as conflicts have taught."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._early: set[str] = set()
        self._late: set[str] = set()

    def urgency(self, name: str) -> int:
        if name in self._early:
            return 0
        return 2 if name in self._late else 1

    def blame(self, victim: str, culprit: str) -> bool:
        """Count a failure of ``victim``; tell whether the order was just turned."""
        count = self._counts[victim, culprit] = (
            self._counts.get((victim, culprit), 0) + 1
        )
        if count != PATIENCE or victim in self._late or culprit in self._early:
            return False
        self._early.add(victim)
        self._late.add(culprit)
        return True
