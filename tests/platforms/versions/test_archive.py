"""The dialect of distributions, on all packages of the Debian archive."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from tests.platforms.versions.conftest import Compare
from tests.platforms.versions.relations import Dependency, clauses, of_deb

MOST_WRONG = 0.005
LEAST_ROWS = 3000


def benchmark(project_root: Path) -> ModuleType:
    path = project_root / "benchmarks" / "distribution_versions.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def judged(asked: list[tuple[Any, str, Dependency]], compare: Compare) -> list[Any]:
    """Return what is wrong of ``asked``: rows of the archive, specifiers, relations."""
    order = compare(
        "deb",
        {
            (row.package_version, clause.bound)
            for row, _, dependency in asked
            for clause in clauses(dependency)
            if clause.operator
        },
    )
    return [
        (row, text)
        for row, text, dependency in asked
        if dependency.holds(row.package_version, lambda left, right: order[left, right])
        is not SpecifierSet(text).contains(row.version, prereleases=True)
    ]


@pytest.mark.network
@pytest.mark.slow
def test_relations_are_right_for_what_the_archive_has(
    project_root: Path, compare: Compare
) -> None:
    made = benchmark(project_root)
    rows = made.rows_of(made.LISTS) if made.LISTS.is_dir() else []
    agreeing = [row for row in rows if row.agrees()]
    if len(agreeing) < LEAST_ROWS:
        reason = "no Contents lists here: apt install apt-file && apt update"
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    for chosen, method, most in (
        (agreeing, made.dialect, MOST_WRONG),
        (rows, made.dialect_shipped, 0),
    ):
        asked = [
            (row, text, of_deb(method(row, text)))
            for row in chosen
            for text in made.specifiers_near(row.version)
        ]
        wrong = judged(asked, compare)
        assert len(wrong) <= most * len(asked), wrong[:10]
