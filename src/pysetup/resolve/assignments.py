"""What the solver holds true so far: decisions, what follows, and the way back."""

from collections.abc import Mapping
from typing import NamedTuple

from pysetup.resolve.terms import NOTHING, Incompatibility, Package, Term


class Step(NamedTuple):
    """One thing that became known of a package.

    ``known`` is all that is known of it from here on; ``added`` is what this step
    said; ``cause`` is why, and None for a decision.
    """

    position: int
    level: int
    package: Package
    known: Term
    added: Term
    cause: Incompatibility | None


class Assignments:
    """A stack of steps; each decision opens a level that can be taken back."""

    def __init__(self) -> None:
        self.level = 0
        self.decided: dict[Package, int] = {}
        self._decisions: list[Package] = []
        self._log: list[Step] = []
        self._history: dict[Package, list[Step]] = {}
        self.known: dict[Package, Term] = {}
        # Packages that must be chosen and are not yet, in the order of discovery.
        self.undecided: dict[Package, Term] = {}
        self._touched: dict[Package, None] = {}

    def packages(self) -> list[Package]:
        """Return every package of which something is known."""
        return list(self.known)

    def decide(self, package: Package, bit: int) -> None:
        """Choose one version; opens a level."""
        self.level += 1
        self.decided[package] = bit
        self._decisions.append(package)
        self._add(package, Term(True, 1 << bit), None)

    def derive(self, package: Package, added: Term, cause: Incompatibility) -> None:
        """Add what follows from ``cause``."""
        self._add(package, added, cause)

    def _add(
        self, package: Package, added: Term, cause: Incompatibility | None
    ) -> None:
        history = self._history.setdefault(package, [])
        known = self.known.get(package, NOTHING).meet(added)
        step = Step(len(self._log), self.level, package, known, added, cause)
        self._log.append(step)
        history.append(step)
        self._note(package, known)

    def take_touched(self) -> list[Package]:
        """Return the undecided packages of which something was learnt since asked."""
        touched = [package for package in self._touched if package in self.undecided]
        self._touched.clear()
        return touched

    def _note(self, package: Package, known: Term) -> None:
        self.known[package] = known
        self._touched[package] = None
        if known.positive and package not in self.decided:
            self.undecided[package] = known
        else:
            self.undecided.pop(package, None)

    def backtrack(self, level: int) -> None:
        """Take back every step above ``level``."""
        touched: dict[Package, None] = {}
        while self._log and self._log[-1].level > level:
            step = self._log.pop()
            self._history[step.package].pop()
            if step.cause is None:
                del self.decided[step.package]
            touched[step.package] = None
        for package in touched:
            history = self._history[package]
            self._note(package, history[-1].known if history else NOTHING)
        del self._decisions[level:]
        self.level = level

    def decision(self, level: int) -> Package:
        """Return the package whose decision opened ``level``."""
        return self._decisions[level - 1]

    def satisfier(self, package: Package, term: Term) -> Step:
        """Return the first step from which ``term`` holds; one must."""
        history = self._history[package]
        low, high = 0, len(history) - 1
        while low < high:
            middle = (low + high) // 2
            if history[middle].known.implies(term):
                high = middle
            else:
                low = middle + 1
        return history[low]

    def last_satisfier(self, terms: Mapping[Package, Term]) -> tuple[Step, int]:
        """Return the step that made all ``terms`` hold, and the level before it.

        The level is the one at which everything but that step already held.
        """
        steps = [self.satisfier(package, term) for package, term in terms.items()]
        last = max(steps)
        before = max((step.level for step in steps if step is not last), default=1)
        rest = last.added.meet(terms[last.package].negated())
        if not rest.impossible:
            # That step alone does not make its term hold: an earlier one helped.
            before = max(before, self.satisfier(last.package, rest.negated()).level)
        return last, max(before, 1)
