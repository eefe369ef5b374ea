"""What would help: which of the user's own limits, if dropped, gives a solution."""

from collections.abc import Iterable

from pysetup.errors import PysetupError
from pysetup.resolve.explain import causes_of, requirement_text
from pysetup.resolve.provider import Candidate, Known, Provider, Question, Solution
from pysetup.resolve.solver import Conflict, solve
from pysetup.resolve.terms import Asked, Rejection
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.values import replace

# Each attempt is a whole resolution, though most answers are known by then.
MAX_ATTEMPTS = 4
MAX_CAUSES = 40
MAX_LOOKS = 300


class _TooFarError(Exception):
    """The search for a hint takes longer than the hint is worth."""


def find_relaxations(
    question: Question, conflict: Conflict, provider: Provider
) -> tuple[str, ...]:
    """Return hints that were tried and work: one for each requirement that helps."""
    causes = causes_of(conflict)
    if len(causes) > MAX_CAUSES:
        return ()
    involved = {
        (cause.data["package"], cause.data["from"])
        for cause in causes
        if cause.data["kind"] == "asked"
    }
    limited = [
        asked
        for asked in question.asked
        if (normalize_name(asked.requirement.name), asked.source) in involved
        and asked.requirement.specifier
    ]
    if len(involved) < 2:  # noqa: PLR2004 - one requirement alone is told as such
        return ()
    hints = (_try(question, each, provider) for each in limited[:MAX_ATTEMPTS])
    return tuple(hint for hint in hints if hint)


def _try(question: Question, asked: Asked, provider: Provider) -> str:
    free = Asked(_without_limits(asked.requirement), asked.source)
    changed = tuple(free if each is asked else each for each in question.asked)
    try:
        answer = solve(replace(question, asked=changed), _Briefly(provider))
    except (PysetupError, _TooFarError):
        return ""  # a hint that cannot be checked must not hide the conflict
    if not isinstance(answer, Solution):
        return ""
    name = normalize_name(asked.requirement.name)
    version = answer.chosen[name].version
    return (
        f"relax  {requirement_text(asked.requirement)}  ({asked.source}): "
        f"{name} {version} fits with the rest"
        f"   (checked: solves with {len(answer.chosen)} projects)"
    )


class _Briefly:
    """The same provider, for a limited number of looks at requirements."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._looks = 0

    def versions(self, name: str, *, complete: bool) -> Known | None:
        """Ask the provider."""
        return self._provider.versions(name, complete=complete)

    def direct(self, requirement: Requirement) -> Candidate:
        """Ask the provider."""
        return self._provider.direct(requirement)

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        """Ask the provider; raises ``_TooFarError`` when it is enough."""
        self._looks += 1
        if self._looks > MAX_LOOKS:
            raise _TooFarError
        return self._provider.requirements(candidate)

    def expect_projects(self, names: Iterable[str]) -> None:
        """Tell the provider."""
        self._provider.expect_projects(names)

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Tell the provider."""
        self._provider.expect_requirements(candidates)


def _without_limits(requirement: Requirement) -> Requirement:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return parse_requirement(f"{requirement.name}{extras}")
