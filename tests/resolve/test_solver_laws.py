"""Laws of the solver, against a search that tries everything."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.resolve.provider import Solution
from pysetup.resolve.solver import Conflict
from pysetup.resolve.terms import Asked
from pysetup.standards.requirements import marker_holds, parse_requirement
from pysetup.standards.versions import parse_version

NAMES = ("a", "b", "c", "d")
VERSIONS = ("1", "2", "3")

Releases = Mapping[str, list[str]]
Choice = Mapping[str, str]

specifiers = st.sampled_from(
    ["", "==1", "==2", "==3", ">=2", "<=2", "<2", ">2", "!=2", ">=4", ">=1,!=3"]
)


@st.composite
def requirements(draw: st.DrawFn) -> str:
    name = draw(
        st.sampled_from((*NAMES, "missing"))
        if draw(st.booleans())
        else st.sampled_from(NAMES)
    )
    extra = draw(st.sampled_from(["", "", "", "[x]", "[x,y]"]))
    return name + extra + draw(specifiers)


@st.composite
def universes(draw: st.DrawFn) -> dict[str, list[str]]:
    releases: dict[str, list[str]] = {}
    for name in NAMES:
        for version in draw(
            st.lists(st.sampled_from(VERSIONS), unique=True, max_size=3)
        ):
            lines = draw(st.lists(requirements(), max_size=2))
            extra = draw(st.lists(requirements(), max_size=2))
            lines += [f"{line} ; extra == 'x'" for line in extra]
            mark = draw(st.integers(0, 9))
            lines += (
                ["!wheel: none"] if mark == 0 else ["?python: no"] if mark == 1 else []
            )
            releases[f"{name} {version}"] = lines
    return releases


def nodes_of(text: str) -> list[tuple[str, str]]:
    requirement = parse_requirement(text)
    return [(requirement.name, extra) for extra in ("", *requirement.extras)]


def holds(
    releases: Releases, asked: list[str], choice: Choice, markers: Mapping[str, str]
) -> set[str] | None:
    """Return the projects that are needed under ``choice``; None if it fails."""
    waiting: list[tuple[str, str]] = []
    seen: set[tuple[str, str]] = set()
    texts = list(asked)
    while texts or waiting:
        if waiting:
            name, extra = waiting.pop()
            lines = releases[f"{name} {choice[name]}"]
            if any(line[0] in "!?" for line in lines):
                return None
            for line in lines:
                marker = parse_requirement(line).marker
                if marker_holds(marker, markers, extras=frozenset([extra])):
                    texts.append(line)
            continue
        requirement = parse_requirement(texts.pop())
        chosen = choice.get(requirement.name)
        if chosen is None or not requirement.specifier.contains(chosen):
            return None
        for node in nodes_of(str(requirement)):
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return {name for name, _ in seen}


def every_solution(
    releases: Releases, asked: list[str], markers: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    known: dict[str, list[str]] = {}
    for key in releases:
        name, version = key.split()
        known.setdefault(name, []).append(version)
    for versions in itertools.product(*known.values()):
        choice = dict(zip(known, versions, strict=True))
        needed = holds(releases, asked, choice, markers)
        if needed is not None:
            yield {name: choice[name] for name in needed}


@pytest.mark.law
@settings(max_examples=200, deadline=None)
@given(universes(), st.lists(requirements(), min_size=1, max_size=3))
def test_it_finds_a_best_solution_exactly_when_there_is_one(
    lab: Any, releases: dict[str, list[str]], asked: list[str]
) -> None:
    markers = lab.question([]).markers
    every = list(every_solution(releases, asked, markers))
    answer = lab.solve(releases, asked)
    if not every:
        assert isinstance(answer, Conflict)
        return
    assert isinstance(answer, Solution)
    pins = lab.pins(answer)
    assert pins in every
    for other in every:
        if other != pins and set(pins) <= set(other):
            older = [
                n for n in pins if parse_version(other[n]) < parse_version(pins[n])
            ]
            assert older, f"{other} is newer everywhere"


@pytest.mark.law
@settings(max_examples=80, deadline=None)
@given(universes(), st.lists(requirements(), min_size=1, max_size=3))
def test_the_same_question_has_the_same_answer_whatever_the_order_of_releases(
    lab: Any, releases: dict[str, list[str]], asked: list[str]
) -> None:
    turned = dict(reversed(releases.items()))
    first, second = lab.solve(releases, asked), lab.solve(turned, asked)
    assert type(first) is type(second)
    if isinstance(first, Solution) and isinstance(second, Solution):
        assert first == second


@pytest.mark.law
@settings(max_examples=80, deadline=None)
@given(
    universes(),
    st.lists(requirements(), min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS)),
)
def test_what_is_installed_never_changes_whether_there_is_a_solution(
    lab: Any,
    releases: dict[str, list[str]],
    asked: list[str],
    installed: dict[str, str],
) -> None:
    kept = {
        name: version
        for name, version in installed.items()
        if f"{name} {version}" in releases
        and not any(line[0] in "!?" for line in releases[f"{name} {version}"])
    }
    markers = lab.question([]).markers
    every = list(every_solution(releases, asked, markers))
    answer = lab.solve(releases, asked, installed=kept)
    assert isinstance(answer, Solution) == bool(every)
    if isinstance(answer, Solution):
        assert lab.pins(answer) in every


@pytest.mark.law
@settings(max_examples=80, deadline=None)
@given(universes(), st.lists(requirements(), min_size=1, max_size=3))
def test_what_a_conflict_names_is_enough_for_the_conflict(
    lab: Any, releases: dict[str, list[str]], asked: list[str]
) -> None:
    """Without the user's requirements that it does not name there is none either."""
    answer = lab.solve(releases, asked)
    if isinstance(answer, Conflict):
        named = {
            str(fact.cause.requirement)
            for fact in answer.incompatibility.facts()
            if isinstance(fact.cause, Asked)
        }
        kept = [text for text in asked if str(parse_requirement(text)) in named]
        assert isinstance(lab.solve(releases, kept), Conflict)
