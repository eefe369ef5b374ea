"""Encodings and relations, judged by the comparators of the platforms themselves."""

from collections.abc import Callable
from itertools import combinations
from random import Random

import pytest
from packaging.version import Version
from tests.platforms.versions.conftest import Compare
from tests.platforms.versions.relations import (
    Clause,
    Dependency,
    clauses,
    of_deb,
    of_pacman,
    of_rpm,
)
from tests.platforms.versions.samples import checks, versions

from pysetup.platforms.versions.deb import deb_relations, encode_deb
from pysetup.platforms.versions.pacman import encode_pacman, pacman_relations
from pysetup.platforms.versions.rpm import encode_rpm, rpm_requirement

ENCODE: dict[str, Callable[[Version], str]] = {
    "rpm": encode_rpm,
    "deb": encode_deb,
    "pacman": encode_pacman,
}
# A fast sample for every day, and all of it.
SIZES = [
    pytest.param(90, id="sample"),
    pytest.param(800, id="all", marks=[pytest.mark.slow]),
]
CHECKS = [
    pytest.param(2500, id="sample"),
    pytest.param(40_000, id="all", marks=[pytest.mark.slow]),
]


@pytest.mark.interop
@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("kind", ENCODE)
def test_the_order_of_all_pairs_is_kept(
    kind: str, count: int, compare: Compare
) -> None:
    known = versions(Random(440), count)
    encoded = {each: ENCODE[kind](each) for each in known}
    found = compare(kind, combinations(encoded.values(), 2))
    wrong = [
        (left, right)
        for left, right in combinations(known, 2)
        if found[encoded[left], encoded[right]] != (left > right) - (left < right)
    ]
    assert wrong == []


def rpm_dependency(text: str) -> Dependency:
    return of_rpm(rpm_requirement("python3dist(demo)", text))


def deb_dependency(text: str) -> Dependency:
    return of_deb(deb_relations("python3-demo", text))


def pacman_dependency(text: str) -> Dependency:
    found = pacman_relations("python-demo", text)
    if found.admitted_too:
        return Clause("python-demo", "", "")
    return of_pacman(found.depends, found.conflicts)


@pytest.mark.interop
@pytest.mark.parametrize("count", CHECKS)
@pytest.mark.parametrize(
    ("kind", "translate", "revisions"),
    [
        ("rpm", rpm_dependency, ("", "-3.fc43")),
        ("deb", deb_dependency, ("", "-1", "-1ubuntu2", "-1~bpo12+1", "-1+b3")),
        ("pacman", pacman_dependency, ("",)),
    ],
)
def test_relations_admit_what_the_specifiers_admit(
    kind: str,
    translate: Callable[[str], Dependency],
    revisions: tuple[str, ...],
    count: int,
    compare: Compare,
) -> None:
    random = Random(508)
    rows = []
    for text, version, right in checks(random, count):
        dependency = translate(text)
        if dependency == Clause("python-demo", "", ""):
            continue  # pacman says itself that it cannot say this
        candidate = ENCODE[kind](version) + random.choice(revisions)
        rows.append((text, version, right, dependency, candidate))
    asked = {
        (candidate, clause.bound)
        for *_, dependency, candidate in rows
        for clause in clauses(dependency)
        if clause.operator
    }
    order = compare(kind, asked)
    wrong = [
        (text, str(version), right, candidate)
        for text, version, right, dependency, candidate in rows
        if dependency.holds(candidate, lambda left, bound: order[left, bound])
        is not right
    ]
    assert wrong == []
    assert len(rows) > count / 3
