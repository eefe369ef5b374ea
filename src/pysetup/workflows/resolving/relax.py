"""What would help: the smallest edit of the user's own limits that gives a solution.

Every edit that is proposed was tried: the resolver was asked with it, and answered.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from pysetup.errors import PysetupError
from pysetup.resolve.explain import causes_of, requirement_text
from pysetup.resolve.provider import Candidate, Known, Provider, Question, Solution
from pysetup.resolve.solver import Conflict, solve
from pysetup.resolve.terms import Asked, Rejection
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import (
    InvalidVersionError,
    Specifier,
    Version,
    parse_version,
)
from pysetup.values import dataclass, replace

# Each attempt is a whole resolution, though most answers are known by then.
MAX_ATTEMPTS = 4
MAX_PAIRS = 6
MAX_NEARER = 6
MAX_CAUSES = 40
MAX_LOOKS = 300
# All attempts together may bring so many versions into view that were not before: each
# can be a request, and somebody waits.
MAX_NEW = 100

_KINDS = ("asked", "constraint", "override")


def _is_new(_: Candidate) -> bool:
    """Tell that a candidate is not known."""
    return False


class _TooFarError(Exception):
    """The search for a hint takes longer than the hint is worth."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """One of the user's own limits, and what it might say instead."""

    limit: Asked
    instead: Requirement

    @property
    def name(self) -> str:
        return normalize_name(self.limit.requirement.name)

    def __str__(self) -> str:
        before = requirement_text(self.limit.requirement)
        return f"{before}  ({self.limit.source}) to  {_spelled(self.instead)}"


def find_relaxations(
    question: Question,
    conflict: Conflict,
    provider: Provider,
    *,
    kept: str = "",
    known: Callable[[Candidate], bool] = _is_new,
) -> tuple[str, ...]:
    """Return hints that were tried and work: one for each limit that helps alone.

    Where none does, pairs of them are tried. Limits whose source is ``kept`` stay as
    they are. ``known`` tells whether it costs nothing to look at a candidate.
    """
    limits = [each for each in _involved(question, conflict) if each.source != kept]
    if not limits:
        return ()
    search = _Search(question, provider, _Purse(known))
    found = [search.alone(limit) for limit in limits[:MAX_ATTEMPTS]]
    hints = tuple(hint for hint in found if hint)
    if hints:
        return hints
    pairs = list(combinations(limits[:MAX_ATTEMPTS], 2))[:MAX_PAIRS]
    return next(((hint,) for pair in pairs if (hint := search.together(pair))), ())


def _involved(question: Question, conflict: Conflict) -> list[Asked]:
    """Return the user's limits that have a part in the conflict and name versions."""
    causes = causes_of(conflict)
    if len(causes) > MAX_CAUSES:
        return []
    involved = {
        (cause.data["package"], cause.data["from"])
        for cause in causes
        if cause.data["kind"] in _KINDS
    }
    if len(involved) < 2:  # noqa: PLR2004 - one requirement alone is told as such
        return []
    limits = (*question.asked, *question.constraints, *question.overrides)
    return [
        limit
        for limit in limits
        if (normalize_name(limit.requirement.name), limit.source) in involved
        and limit.requirement.specifier
    ]


class _Search:
    """Asks the resolver about edits."""

    def __init__(self, question: Question, provider: Provider, purse: "_Purse") -> None:
        self._question = question
        self._provider = provider
        self._purse = purse

    def alone(self, limit: Asked) -> str:
        """Return the hint to edit this limit, or nothing if that does not help."""
        freed = _Edit(limit, _free(limit.requirement))
        answer = self._solve(freed)
        if answer is None:
            return ""
        version = self._nearer(limit, answer.chosen[freed.name].version)
        edit = _Edit(limit, _widened(limit.requirement, version))
        return self._hint("relax", edit)

    def together(self, limits: Sequence[Asked]) -> str:
        """Return the hint to edit all of these, or nothing."""
        freed = [_Edit(limit, _free(limit.requirement)) for limit in limits]
        answer = self._solve(*freed)
        if answer is None:
            return ""
        edits = [
            _Edit(
                edit.limit,
                _widened(edit.limit.requirement, answer.chosen[edit.name].version),
            )
            for edit in freed
            if edit.name in answer.chosen
        ]
        return self._hint("relax both", *edits)

    def _hint(self, verb: str, *edits: _Edit) -> str:
        answer = self._solve(*edits)
        if answer is None:
            return ""
        count = len(answer.chosen)
        projects = "1 project" if count == 1 else f"{count} projects"
        told = "  and  ".join(map(str, edits))
        return f"{verb}  {told}   (checked: solves with {projects})"

    def _nearer(self, limit: Asked, version: Version) -> Version:
        """Return the version nearest to the limit that solves, on that side.

        Below, ``version`` is that: the newest that fits was chosen. Above, older ones
        may fit as well.
        """
        specifier = limit.requirement.specifier
        known = self._provider.versions(
            normalize_name(limit.requirement.name), complete=True
        )
        usable = known.usable() if known else []
        versions = [each for each in usable if not each.is_prerelease]
        inside = [each for each in versions if specifier.contains(each)]
        if not inside or version <= inside[-1]:
            return version
        between = [each for each in versions if inside[-1] < each <= version]
        low, high = 0, len(between) - 1
        for _ in range(MAX_NEARER):
            if low >= high:
                break
            middle = (low + high) // 2
            pinned = _Edit(limit, _limited(limit.requirement, f"=={between[middle]}"))
            if self._solve(pinned) is None:
                low = middle + 1
            else:
                version, high = between[middle], middle
        return version

    def _solve(self, *edits: _Edit) -> Solution | None:
        instead = {id(edit.limit): edit.instead for edit in edits}

        def edited(limits: tuple[Asked, ...]) -> tuple[Asked, ...]:
            return tuple(
                Asked(instead[id(each)], each.source) if id(each) in instead else each
                for each in limits
            )

        changed = replace(
            self._question,
            asked=edited(self._question.asked),
            constraints=edited(self._question.constraints),
            overrides=edited(self._question.overrides),
        )
        try:
            answer = solve(changed, _Briefly(self._provider, self._purse))
        except (PysetupError, _TooFarError):
            return None  # a hint that cannot be checked must not hide the conflict
        return answer if isinstance(answer, Solution) else None


class _Purse:
    """What the search for hints may spend: looks at candidates that are not known."""

    def __init__(self, known: Callable[[Candidate], bool]) -> None:
        self._known = known
        self._seen: set[Candidate] = set()

    def pay(self, candidate: Candidate) -> None:
        """Pay for a look; raises ``_TooFarError`` when all is spent."""
        if candidate in self._seen or self._known(candidate):
            return
        if len(self._seen) >= MAX_NEW:
            raise _TooFarError
        self._seen.add(candidate)


class _Briefly:
    """The same provider, for a limited number of looks at requirements."""

    def __init__(self, provider: Provider, purse: _Purse) -> None:
        self._provider = provider
        self._purse = purse
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
        self._purse.pay(candidate)
        return self._provider.requirements(candidate)

    def expect_projects(self, names: Iterable[str]) -> None:
        """Tell the provider: what is expected of projects is asked for in the end."""
        self._provider.expect_projects(names)

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        """Fetch nothing that may not be needed, for a hint."""


def _free(requirement: Requirement) -> Requirement:
    return _limited(requirement, "")


def _limited(requirement: Requirement, limits: str) -> Requirement:
    """Return the requirement with other limits; extras and marker stay."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return parse_requirement(f"{requirement.name}{extras}{limits}{marker}")


def _widened(requirement: Requirement, version: Version) -> Requirement:
    """Return the requirement, widened so far that it admits ``version``."""
    kept = [each for each in requirement.specifier if _admits(each, version)]
    broken = [each for each in requirement.specifier if not _admits(each, version)]
    bounds = {bound for each in broken if (bound := _moved(each, version))}
    limits = [*map(str, kept), *bounds]
    return _limited(requirement, ",".join(sorted(limits, key=_lower_bound_first)))


def _admits(specifier: Specifier, version: Version) -> bool:
    return specifier.contains(version, prereleases=True)


def _moved(specifier: Specifier, version: Version) -> str:
    """Return the bound that takes the place of one that shuts ``version`` out."""
    # Comparisons by order take no local version (PEP 440); they admit those of theirs.
    above, below = f">={version.public}", f"<={version.public}"
    if specifier.operator == "!=":
        return ""
    if specifier.operator in ("<", "<="):
        return below
    if specifier.operator in (">", ">="):
        return above
    # A pin, or a range of releases: open on the side where the version is.
    try:
        pinned = parse_version(specifier.version.removesuffix(".*"))
    except InvalidVersionError:
        return above  # ===, which may name anything
    return below if version < pinned else above


def _lower_bound_first(text: str) -> tuple[int, str]:
    return ("=>~!<".find(text[0]), text)


def _spelled(requirement: Requirement) -> str:
    """Return a requirement as one pastes it, without its marker."""
    return requirement_text(requirement).replace(" ", "", 1)
