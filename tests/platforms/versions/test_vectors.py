"""The vectors of versions: our answers, and those of the platforms' comparators."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from tests.platforms.versions.conftest import Compare
from tests.platforms.versions.relations import (
    Dependency,
    clauses,
    of_deb,
    of_pacman,
    of_rpm,
)
from tests.platforms.versions.samples import holds

from pysetup.platforms.versions.conda import conda_requirement, encode_conda
from pysetup.platforms.versions.deb import deb_relations, encode_deb
from pysetup.platforms.versions.macos import encode_macos
from pysetup.platforms.versions.pacman import encode_pacman, pacman_relations
from pysetup.platforms.versions.rpm import encode_rpm, rpm_requirement
from pysetup.platforms.versions.spelling import UnencodableVersionError
from pysetup.platforms.versions.windows import product_version

FOLDER = Path(__file__).parents[2] / "vectors" / "platforms"
VERSIONS: list[dict[str, Any]] = json.loads(
    (FOLDER / "versions.json").read_text("utf-8")
)
RELATIONS: list[dict[str, Any]] = json.loads(
    (FOLDER / "relations.json").read_text("utf-8")
)
NAMES: dict[str, Callable[[str], str]] = {
    "rpm": encode_rpm,
    "deb": encode_deb,
    "pacman": encode_pacman,
    "conda": encode_conda,
    "msi": lambda text: product_version(text).text,
    "macos": lambda text: encode_macos(text).text,
}


def or_none(make: Callable[[str], str], text: str) -> str | None:
    try:
        return make(text)
    except UnencodableVersionError:
        return None


def read(kind: str, row: Mapping[str, Any]) -> Dependency:
    if kind == "rpm":
        return of_rpm(row["rpm"])
    if kind == "deb":
        return of_deb(row["deb"])
    return of_pacman(row["pacman"]["depends"], row["pacman"]["conflicts"])


@pytest.mark.parametrize("kind", NAMES)
def test_versions_are_called_as_the_vectors_say(kind: str) -> None:
    for row in VERSIONS:
        assert or_none(NAMES[kind], row["version"]) == row[kind]


def test_the_vectors_are_in_order() -> None:
    known = [Version(row["version"]) for row in VERSIONS]
    assert known == sorted(set(known))


@pytest.mark.parametrize("row", RELATIONS, ids=lambda row: row["specifiers"] or "any")
def test_relations_are_as_the_vectors_say(row: dict[str, Any]) -> None:
    text = row["specifiers"]
    assert rpm_requirement("python3dist(demo)", text) == row["rpm"]
    assert list(deb_relations("python3-demo", text)) == row["deb"]
    found = pacman_relations("python-demo", text)
    assert row["pacman"] == {
        "depends": list(found.depends),
        "conflicts": list(found.conflicts),
        "admitted_too": list(found.admitted_too),
    }
    assert or_none(partial(conda_requirement, "demo"), text) == row["conda"]
    assert row["admits"] == [
        each["version"]
        for each in VERSIONS
        if all(
            holds(str(clause), Version(each["version"]))
            for clause in SpecifierSet(text)
        )
    ]


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["rpm", "deb", "pacman"])
def test_the_platforms_agree_with_the_vectors(kind: str, compare: Compare) -> None:
    names = {row["version"]: row[kind] for row in VERSIONS}
    pairs = list(combinations(names.values(), 2))
    order = compare(kind, pairs)
    assert [pair for pair in pairs if order[pair] != -1] == []
    judged = [
        (row, read(kind, row))
        for row in RELATIONS
        if kind != "pacman" or not row["pacman"]["admitted_too"]
    ]
    bounds = {clause.bound for _, found in judged for clause in clauses(found)}
    order = compare(
        kind, [(name, to) for name in names.values() for to in bounds if to]
    )
    for row, dependency in judged:
        assert row["admits"] == [
            version
            for version, name in names.items()
            if dependency.holds(name, lambda left, right: order[left, right])
        ], row["specifiers"]
