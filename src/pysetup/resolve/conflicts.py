"""Conflicts between variants: real in some environment, or a reason to split."""

from collections.abc import Iterable, Iterator, Mapping

from pysetup.resolve.forks import Forks, Variant
from pysetup.resolve.links import Link, Links
from pysetup.resolve.solver import Conflict
from pysetup.resolve.terms import (
    ROOT,
    Incompatibility,
    Limited,
    Package,
    Refused,
    Rejection,
    Term,
    Together,
)
from pysetup.resolve.universe import Table
from pysetup.resolve.versionset import bits
from pysetup.standards.conditions import Condition
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class _Fact:
    """A fact of a conflict: where it holds, and what could tell environments apart."""

    condition: Condition
    markers: tuple[Condition, ...]
    variants: tuple[Variant, ...]


class ConflictReader:
    """Reads the facts of a conflict between variants."""

    def __init__(self, forks: Forks, links: Links, limits: Mapping[int, Link]) -> None:
        self._forks = forks
        self._links = links
        self._limits = limits

    def where(self, conflict: Conflict) -> Condition:
        """Return the environments in which all facts hold: there it is real."""
        found = self._forks.world
        for fact in self._facts(conflict):
            found &= fact.condition
        return found

    def refused(self, conflict: Conflict) -> set[str]:
        """Return the projects of which a version was refused."""
        return {
            self._forks.name(package.name)
            for clause in conflict.incompatibility.facts()
            if isinstance(clause.cause, Refused)
            for package in clause.terms
        }

    def split(self, conflict: Conflict) -> bool:
        """Split the variants of a conflict that is real nowhere; tell if any was.

        It came of things that never happen together. What tells them apart is the
        marker of one of them, and every variant that had a part must mind it.
        """
        facts = self._facts(conflict)
        core = self._core(facts)
        variants = {
            variant.label: variant for fact in facts for variant in fact.variants
        }
        for chosen in (core, facts):
            for condition in _telling(chosen):
                if self._split_all(variants.values(), condition):
                    return True
        return False

    def _split_all(self, variants: Iterable[Variant], condition: Condition) -> bool:
        # Every one is split, not only the first that can be.
        changed = [self._forks.split(variant, condition) for variant in variants]
        return any(changed)

    def _core(self, facts: list[_Fact]) -> list[_Fact]:
        """Return a few facts that already exclude each other."""
        core = list(facts)
        for fact in facts:
            rest = [other for other in core if other is not fact]
            found = self._forks.world
            for other in rest:
                found &= other.condition
            if not found:
                core = rest
        return core

    def _facts(self, conflict: Conflict) -> list[_Fact]:
        return [
            self._fact(clause, conflict.tables)
            for clause in conflict.incompatibility.facts()
        ]

    def _fact(self, clause: Incompatibility, tables: Mapping[str, Table]) -> _Fact:
        labels = sorted({package.name for package in clause.terms if package != ROOT})
        variants = tuple(map(self._forks.variant, labels))
        cause = clause.cause
        if isinstance(cause, Limited):
            limit = self._limits[id(cause.requirement)]
            return _Fact(limit.condition, (limit.marker,), variants)
        if isinstance(cause, (Refused, Together)):
            (variant,) = variants
            return _Fact(variant.region, (variant.region,), variants)
        links = self._links_of(clause, tables)
        if links is None:
            return _Fact(self._forks.world, (), variants)
        condition = self._forks.world
        for alike in links:
            some = self._forks.world.conditions.never
            for link in alike:
                some |= link.condition
            condition &= some
        markers = tuple(
            dict.fromkeys(
                condition
                for alike in links
                for link in alike
                for condition in (link.marker, link.condition)
            )
        )
        children = {link.child for alike in links for link in alike}
        return _Fact(condition, markers, (*variants, *children))

    def _links_of(
        self, clause: Incompatibility, tables: Mapping[str, Table]
    ) -> list[list[Link]] | None:
        """Return for each version of the parent the links that a clause stands for."""
        requirement = getattr(clause.cause, "requirement", None)
        if requirement is None:
            return None
        parent, term = _parent(clause.terms)
        needed = next((p for p, it in clause.terms.items() if not it.positive), None)
        found = []
        for links in self._of_versions(parent, term, tables):
            alike = [
                link
                for link in links
                if link.extra == parent.extra
                and link.requirement.name == requirement.name
                and (needed is None or needed.extra in ("", *link.extras))
                and _admits_alike(link, requirement, tables)
            ]
            found.append(alike)
        return found

    def _of_versions(
        self, parent: Package, term: Term, tables: Mapping[str, Table]
    ) -> Iterator[tuple[Link, ...]]:
        if parent == ROOT:
            yield self._links.roots
            return
        for bit in bits(term.mask):
            answer = self._links.of(parent.name, tables[parent.name].candidates[bit])
            if not isinstance(answer, Rejection):
                yield answer


def _parent(terms: Mapping[Package, Term]) -> tuple[Package, Term]:
    return next((package, term) for package, term in terms.items() if term.positive)


def _admits_alike(link: Link, requirement: object, tables: Mapping[str, Table]) -> bool:
    """Tell whether a link admits the same versions as ``requirement`` does."""
    one, other = link.requirement, requirement
    if one is other:
        return True
    url = getattr(other, "url", None)
    if one.url is not None or url is not None:
        return one.url == url
    table = tables.get(link.child.label)
    if table is None:
        return one.specifier == getattr(other, "specifier", None)
    versions = table.versions
    return versions.mask(one.specifier) == versions.mask(other.specifier)  # type: ignore[attr-defined] # a requirement


def _telling(facts: list[_Fact]) -> Iterator[Condition]:
    for fact in facts:
        yield from fact.markers
    for fact in facts:
        for variant in fact.variants:
            yield variant.region
