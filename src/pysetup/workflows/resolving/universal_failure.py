"""Why there is no universal answer: the conflict of one environment, told as such."""

import copy
from collections.abc import Iterable, Sequence

from pysetup.errors import ResolutionError
from pysetup.resolve.failure import NoSolutionError, failure_of
from pysetup.resolve.links import Source, Wanted
from pysetup.resolve.provider import Candidate, Known, Question
from pysetup.resolve.solver import Conflict, solve
from pysetup.resolve.terms import Asked, Rejection
from pysetup.resolve.universal import UniversalQuestion
from pysetup.standards.condition_text import marker_text
from pysetup.standards.conditions import Condition, Example
from pysetup.standards.requirements import Requirement
from pysetup.workflows.resolving.relax import find_relaxations


def failure_in(
    where: Condition,
    question: UniversalQuestion,
    source: Source,
    *,
    places: Sequence[str],
) -> ResolutionError:
    """Return the error for the environments in which ``where`` holds.

    One of them is solved alone: what cannot be had there is told in its own terms.
    """
    example = where.example()
    alone = Question(
        asked=_holding(question.wanted, example),
        constraints=_holding(question.constraints, example),
        overrides=_holding(question.overrides, example),
        markers=example.markers,
        pre=question.pre,
        releases=question.releases,
        prefer_wheels=question.prefer_wheels,
        strategy=question.strategy,
    )
    provider = _OneEnvironment(source, where & where.conditions.around(example))
    answer = solve(alone, provider)
    if isinstance(answer, Conflict):
        hints = find_relaxations(alone, answer, provider)
        error = failure_of(answer, places=places, hints=hints)
    else:
        error = NoSolutionError(())
    marker = marker_text(where, assuming=question.world)
    if marker:
        error.facts = {"in environments with": marker, **error.facts}
    if "in extras" in marker or "in dependency_groups" in marker:
        hint = "if these are never chosen together, say so in  [tool.pysetup] conflicts"
        error.hints = (*error.hints, hint)
    return error


def _holding(wanted: Iterable[Wanted], example: Example) -> tuple[Asked, ...]:
    return tuple(
        Asked(_unmarked(each.requirement), each.source)
        for each in wanted
        if each.condition.holds(
            example.markers, extras=example.extras, groups=example.groups
        )
    )


def _unmarked(requirement: Requirement) -> Requirement:
    changed = copy.copy(requirement)
    changed.marker = None
    return changed


class _OneEnvironment:
    """The same source, for the solver of one environment."""

    def __init__(self, source: Source, region: Condition) -> None:
        self._source = source
        self._region = region

    def versions(self, name: str, *, complete: bool) -> Known | None:  # noqa: ARG002 - part of the protocol; everything is known at once
        """Return the releases of a project."""
        return self._source.versions(name, self._region)

    def direct(self, requirement: Requirement) -> Candidate:
        """Return the one candidate behind a URL."""
        return self._source.direct(requirement)

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Return what a candidate requires, or why it is unusable."""
        answer = self._source.requirements(candidate)
        if isinstance(answer, Rejection):
            return answer
        if not self._source.python(candidate) & self._region:
            return Rejection("requires-python", "is made for other Pythons")
        return answer

    def expect_projects(self, names: Iterable[str]) -> None:
        """Take note of projects."""
        self._source.expect_projects(names)

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Take note of candidates."""
        self._source.expect_requirements(candidates)
