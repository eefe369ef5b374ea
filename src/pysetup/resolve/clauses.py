"""The incompatibilities that the solver knows, made from what a provider tells."""

from collections.abc import Iterator, Mapping

from pysetup.resolve.provider import Provider, Question
from pysetup.resolve.terms import (
    ROOT,
    Asked,
    Fact,
    Goal,
    Incompatibility,
    Limited,
    Needs,
    Overridden,
    Package,
    Refused,
    Rejection,
    Term,
    Together,
)
from pysetup.resolve.universe import Table, Universe
from pysetup.resolve.versionset import bits
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Requirement,
    marker_holds,
    with_extras,
)

Demand = Asked | Needs | Overridden


class Clauses:
    """Makes each clause when it is first of use, and finds those about a package."""

    def __init__(
        self, question: Question, provider: Provider, universe: Universe
    ) -> None:
        self._question = question
        self._provider = provider
        self._universe = universe
        self._about: dict[Package, dict[Incompatibility, None]] = {}
        # The clause that says what many versions of a package need alike.
        self._shared: dict[tuple[Package, Package, int], Incompatibility] = {}
        self._naming_prereleases: dict[str, set[tuple[Package, int]]] = {}
        # What each version needs, by what was looked at.
        self.needs: dict[tuple[Package, int], tuple[Demand, ...]] = {}
        # Packages in the order of discovery.
        self.order: dict[Package, int] = {ROOT: 0}
        self.active = tuple(
            asked
            for asked in question.asked
            if marker_holds(asked.requirement.marker, question.markers)
        )
        self.asked = {normalize_name(each.requirement.name) for each in self.active}
        self._overrides: dict[str, list[Asked]] = {}
        for each in question.overrides:
            name = normalize_name(each.requirement.name)
            self._overrides.setdefault(name, []).append(each)

    def newest_first(self, package: Package) -> list[Incompatibility]:
        """Return the clauses about ``package``."""
        return list(reversed(self._about.get(package, {})))

    def add(self, clause: Incompatibility) -> Incompatibility:
        """Take up a clause."""
        for package in clause.terms:
            self._about.setdefault(package, {})[clause] = None
        return clause

    def tables(self) -> dict[str, Table]:
        """Return the table of every project that came up."""
        return {
            package.name: self._universe.table(package.name)
            for package in self.order
            if package != ROOT
        }

    def has_needs(self, package: Package, bit: int) -> bool:
        """Tell whether it is known what a version needs."""
        return (package, bit) in self.needs

    def wants_prereleases(self, name: str, decided: Mapping[Package, int]) -> bool:
        """Tell whether pre-releases are as welcome as finals, as things stand."""
        mode = self._question.prereleases_of(name)
        if mode in ("allow", "disallow"):
            return mode == "allow"
        return any(
            decided.get(package) == bit
            for package, bit in self._naming_prereleases.get(name, ())
        )

    def add_goal(self) -> None:
        """Say that what the user asks for must be had."""
        self.add(Incompatibility({ROOT: Term(False, 1)}, Goal()))

    def add_needs(self, package: Package, bit: int) -> list[Incompatibility]:
        """Add what one version needs, or that it is unusable; returns the clauses."""
        facts = self._facts(package, bit)
        if isinstance(facts, Rejection):
            refusal = Refused({bit: facts})
            terms = {package: Term(True, 1 << bit)}
            return [self.add(Incompatibility(terms, refusal))]
        if self._overrides:
            facts = self._overridden(facts)
        self._provider.expect_projects(
            name
            for fact in facts
            if fact.requirement.url is None
            and not self._universe.is_known(
                name := normalize_name(fact.requirement.name)
            )
        )
        made = [clause for fact in facts for clause in self._need(package, bit, fact)]
        if package.extra:
            terms = {
                package: Term(True, 1 << bit),
                Package(package.name): Term(False, 1 << bit),
            }
            made.append(self.add(Incompatibility(terms, Together())))
        self.needs[package, bit] = tuple(facts)
        return made

    def _facts(self, package: Package, bit: int) -> list[Demand] | Rejection:
        """Return what one version needs here, or why it is unusable."""
        if package == ROOT:
            return list(self.active)
        candidate = self._universe.table(package.name).candidates[bit]
        answer = self._provider.requirements(candidate)
        if isinstance(answer, Rejection):
            return answer
        try:
            return [
                Needs(each) for each in answer if self._applies(each, package.extra)
            ]
        except InvalidRequirementError as error:
            # A comparison without meaning, such as  os_name ~= "x": what it needs
            # cannot be known, and another version may do.
            text = f"has a marker that cannot be evaluated: {error.requirement}"
            return Rejection("metadata", text)

    def _overridden(self, facts: list[Demand]) -> list[Demand]:
        """Return ``facts`` with what overrides say of their projects instead."""
        if not self._overrides:
            return list(facts)
        found: dict[Demand, None] = {}
        for fact in facts:
            overrides = self._overrides.get(normalize_name(fact.requirement.name))
            if overrides is None:
                found[fact] = None
                continue
            for each in overrides:
                if marker_holds(each.requirement.marker, self._question.markers):
                    text = with_extras(each.requirement, fact.requirement.extras)
                    found[Overridden(text, each.source)] = None
        return list(found)

    def add_together(self, package: Package, bit: int) -> None:
        """Say that an extra can have no other version than its project has."""
        others = self._universe.table(package.name).versions.all & ~(1 << bit)
        terms = {
            Package(package.name): Term(True, 1 << bit),
            package: Term(True, others),
        }
        self.add(Incompatibility(terms, Together()))

    def _applies(self, requirement: Requirement, extra: str) -> bool:
        """Tell whether a requirement belongs to ``extra``, or to the project itself."""
        marker, markers = requirement.marker, self._question.markers
        if not extra:
            return marker_holds(marker, markers)
        return (
            marker is not None
            and marker_holds(marker, markers, extras=frozenset((extra,)))
            and not marker_holds(marker, markers)
        )

    def _need(
        self, parent: Package, bit: int, fact: Demand
    ) -> Iterator[Incompatibility]:
        """Add that one version of ``parent`` has this requirement."""
        requirement = fact.requirement
        mask = self._universe.mask(requirement)
        name = normalize_name(requirement.name)
        if requirement.specifier.prereleases:
            self._naming_prereleases.setdefault(name, set()).add((parent, bit))
        for extra in ("", *sorted({normalize_name(it) for it in requirement.extras})):
            package = Package(name, extra)
            self._discover(package)
            if package != parent:
                yield self._share(parent, bit, package, mask, fact)
            elif not mask >> bit & 1:
                terms = {parent: Term(True, 1 << bit)}
                yield self.add(Incompatibility(terms, fact))

    def _share(
        self, parent: Package, bit: int, package: Package, mask: int, fact: Fact
    ) -> Incompatibility:
        """Add a requirement, as one clause with the versions that have it already."""
        key = (parent, package, mask)
        versions = 1 << bit
        if (before := self._shared.get(key)) is not None:
            versions |= before.terms[parent].mask
            for about in before.terms:
                del self._about[about][before]
        terms = {parent: Term(True, versions)}
        if mask:
            terms[package] = Term(False, mask)
        clause = self._shared[key] = Incompatibility(terms, fact)
        return self.add(clause)

    def _discover(self, package: Package) -> None:
        """Add what is known of a package from the start, the first time it comes up."""
        if package in self.order:
            return
        self.order[package] = len(self.order)
        if package.extra:
            return
        table = self._universe.table(package.name)
        for mask in table.refused.values():
            reasons = Refused({index: table.rejections[index] for index in bits(mask)})
            self.add(Incompatibility({package: Term(True, mask)}, reasons))
        for limit in self._universe.constraints.get(package.name, ()):
            beyond = table.versions.all & ~self._universe.mask(limit.requirement)
            if beyond:
                fact = Limited(limit.requirement, limit.source)
                self.add(Incompatibility({package: Term(True, beyond)}, fact))
