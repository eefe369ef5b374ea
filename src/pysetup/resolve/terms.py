"""The logic of the solver: terms over masks, and sets of terms that cannot all hold."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pysetup.standards.requirements import Requirement
from pysetup.values import dataclass


class Package(NamedTuple):
    """What a version is chosen for: a project, or an extra of one.

    ``name`` and ``extra`` are normalised; an extra is a package of its own that
    always has the version of its project.
    """

    name: str
    extra: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.extra}]" if self.extra else self.name


# What the user asks for, as a package with one version that needs all of it.
ROOT = Package("")


class Term(NamedTuple):
    """A statement about one package.

    Positive: it is chosen, with a version in ``mask``. Negative: it is not chosen,
    or with a version outside ``mask``.
    """

    positive: bool
    mask: int

    def negated(self) -> "Term":
        """Return the opposite statement."""
        return Term(not self.positive, self.mask)

    def meet(self, other: "Term") -> "Term":
        """Return the statement that both hold."""
        if self.positive:
            if other.positive:
                return Term(True, self.mask & other.mask)
            return Term(True, self.mask & ~other.mask)
        if other.positive:
            return Term(True, other.mask & ~self.mask)
        return Term(False, self.mask | other.mask)

    def join(self, other: "Term") -> "Term":
        """Return the statement that one of them holds, or both."""
        return self.negated().meet(other.negated()).negated()

    @property
    def impossible(self) -> bool:
        """Whether it can never hold."""
        return self.positive and not self.mask

    def implies(self, other: "Term") -> bool:
        """Tell whether ``other`` holds wherever this one does."""
        return self.meet(other.negated()).impossible


# What is known of a package about which nothing is known.
NOTHING = Term(False, 0)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a version cannot be used here.

    ``kind`` is one word for programs (``requires-python``, ``no-wheel``, ...);
    ``text`` is a clause for people: ``it needs Python >=3.13``.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Goal:
    """What the user asks for must be had."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The user asks for it; ``source`` says where: ``file:line`` or the like."""

    requirement: Requirement
    source: str


@dataclass(frozen=True, slots=True)
class Limited:
    """A constraint of the user's limits it."""

    requirement: Requirement
    source: str


@dataclass(frozen=True, slots=True)
class Needs:
    """A distribution requires it."""

    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Overridden:
    """A distribution requires it, but an override of the user's says what.

    ``source`` is where the override stands.
    """

    requirement: Requirement
    source: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Versions that cannot be used here, and why, by their bit."""

    rejections: Mapping[int, Rejection]


@dataclass(frozen=True, slots=True)
class Together:
    """An extra has the version of its project."""


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """It follows from two others."""

    left: "Incompatibility"
    right: "Incompatibility"


Fact = Goal | Asked | Limited | Needs | Overridden | Refused | Together


@dataclass(frozen=True, slots=True, eq=False)
class Incompatibility:
    """Terms that cannot all hold at once, and why."""

    terms: Mapping[Package, Term]
    cause: Fact | Derived

    @property
    def is_failure(self) -> bool:
        """Whether it says that what the user asks for cannot be had."""
        return not self.terms or (
            len(self.terms) == 1 and self.terms.get(ROOT, NOTHING).positive
        )

    def facts(self) -> Iterator["Incompatibility"]:
        """Yield the facts it was derived from, each once, in order of derivation."""
        waiting, seen = [self], {id(self)}
        while waiting:
            current = waiting.pop()
            if not isinstance(current.cause, Derived):
                yield current
                continue
            for parent in (current.cause.right, current.cause.left):
                if id(parent) not in seen:
                    seen.add(id(parent))
                    waiting.append(parent)


def combine(
    conflict: Incompatibility, reason: Incompatibility, package: Package
) -> Incompatibility:
    """Return what follows from both when ``package`` is taken out (resolution rule)."""
    terms = dict(conflict.terms)
    mine = terms.pop(package)
    for other, term in reason.terms.items():
        if other != package:
            terms[other] = terms[other].meet(term) if other in terms else term
    either = mine.join(reason.terms[package])
    if either != NOTHING:
        terms[package] = either
    return Incompatibility(terms, Derived(conflict, reason))
