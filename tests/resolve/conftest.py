"""A universe in memory: projects, versions and requirements in a small notation."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from pysetup.resolve.provider import Candidate, Known, Question, Release, Solution
from pysetup.resolve.solver import Conflict, solve
from pysetup.resolve.terms import Asked, Needs, Overridden, Rejection
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import parse_version

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}

# "name version" -> its requirements; "!kind: text" rejects it, "~reason" yanks it.
Releases = Mapping[str, Sequence[str]]


@dataclass
class FakeProvider:
    """A working provider over a mapping; it counts what it is asked."""

    releases: Releases
    installed: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._needs: dict[Candidate, tuple[Requirement, ...] | Rejection] = {}
        self._known: dict[str, list[Release]] = {}
        self._direct: dict[str, Candidate] = {}
        for key, lines in self.releases.items():
            self._add(*key.split(), lines=lines)

    def _add(
        self, name: str, text: str, url: str = "", *, lines: Sequence[str]
    ) -> None:
        version = parse_version(text)
        rejection, yanked = None, None
        candidate = Candidate(name, version, url)
        self._needs[candidate] = tuple(
            parse_requirement(line) for line in lines if line[0] not in "!~?"
        )
        for line in lines:
            kind, _, reason = line[1:].partition(": ")
            if line[0] == "!":
                rejection = Rejection(kind, reason)
            elif line[0] == "~":
                yanked = line[1:]
            elif line[0] == "?":
                self._needs[candidate] = Rejection(kind, reason)
        if url:
            self._direct[url] = candidate
            return
        preferred = self.installed.get(name) == text
        release = Release(version, rejection, yanked, preferred, admitted=preferred)
        self._known.setdefault(name, []).append(release)

    def versions(self, name: str, *, complete: bool) -> Known | None:
        releases = self._known.get(name)
        if releases is None:
            self.pages.append(name)
            return None
        if name in self.installed and not complete:
            kept = tuple(release for release in releases if release.preferred)
            return Known(kept, complete=False)
        self.pages.append(name)
        return Known(tuple(releases))

    def direct(self, requirement: Requirement) -> Candidate:
        return self._direct[requirement.url or ""]

    def requirements(self, candidate: Candidate) -> tuple[Requirement, ...] | Rejection:
        self.asked.append(f"{candidate.name} {candidate.version}")
        return self._needs[candidate]

    def expect_projects(self, names: Iterable[str]) -> None:
        self.expected.extend(names)

    def expect_requirements(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            self.expected.append(f"{candidate.name} {candidate.version}")


Answer = Solution | Conflict
Solve = Callable[..., Answer]


def make_question(asked: Iterable[str], **options: object) -> Question:
    constraints = options.pop("constraints", ())
    overrides = options.pop("overrides", ())
    return Question(
        asked=tuple(
            Asked(parse_requirement(text), f"line {number}")
            for number, text in enumerate(asked, start=1)
        ),
        constraints=tuple(
            Asked(parse_requirement(text), "limits.txt:1")
            for text in (constraints if isinstance(constraints, (list, tuple)) else ())
        ),
        overrides=tuple(
            Asked(parse_requirement(text), "more.txt:1")
            for text in (overrides if isinstance(overrides, (list, tuple)) else ())
        ),
        markers=MARKERS,
        **options,  # type: ignore[arg-type] # tables pass them as they are
    )


def pins_of(answer: Answer) -> dict[str, str]:
    assert isinstance(answer, Solution), "there should be a solution"
    return {
        name: str(candidate.version) + (f" @ {candidate.url}" if candidate.url else "")
        for name, candidate in answer.chosen.items()
    }


@dataclass(frozen=True)
class Lab:
    """What the tests of this folder share."""

    provider: type[FakeProvider] = FakeProvider
    question: Callable[..., Question] = make_question
    pins: Callable[[Answer], dict[str, str]] = pins_of
    run: Callable[[Question, FakeProvider], Answer] = solve

    def solve(
        self, universe: Releases, asked: Iterable[str], **options: object
    ) -> Answer:
        installed = options.pop("installed", {})
        provider = FakeProvider(
            universe, installed if isinstance(installed, dict) else {}
        )
        return solve(make_question(asked, **options), provider)

    def names(self, conflict: Conflict) -> set[str]:
        facts = list(conflict.incompatibility.facts())
        return {package.name for fact in facts for package in fact.terms} - {""} | {
            normalize_name(fact.cause.requirement.name)
            for fact in facts
            if isinstance(fact.cause, (Asked, Needs, Overridden))
        }


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()
