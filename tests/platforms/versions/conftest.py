"""Comparators and solvers of rpm, dnf, apt and pacman: their own libraries."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

Pairs = Iterable[tuple[str, str]]
Compare = Callable[[str, Pairs], dict[tuple[str, str], int]]
Rows = Sequence[tuple[str, Any]]
Solve = Callable[[str, Rows], list[bool]]

COMPARATORS = Path(__file__).with_name("comparators.py")
SOLVERS = Path(__file__).with_name("solvers.py")
# Extension modules of the distribution load in the distribution's own Python alone.
SYSTEM_PYTHON = "/usr/bin/python3"


def by_system_python(script: Path, asked: dict[str, Any]) -> Any:
    """Return what ``script`` answers; where it cannot, skip or fail."""
    done = subprocess.run(
        [SYSTEM_PYTHON, "-W", "ignore", str(script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = f"no library of {asked['kind']}: {done.stderr[-300:]}"
        if os.environ.get("PYSETUP_TEST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return json.loads(done.stdout)


@pytest.fixture
def compare() -> Compare:
    """Return the function that compares many pairs with the comparator of a kind."""

    def run(kind: str, pairs: Pairs) -> dict[tuple[str, str], int]:
        asked = sorted(set(pairs))
        found = by_system_python(COMPARATORS, {"kind": kind, "pairs": asked})
        return dict(zip(asked, found, strict=True))

    return run


@pytest.fixture
def solve() -> Solve:
    """Return the function that asks the solver of a kind about many relations."""

    def run(kind: str, rows: Rows) -> list[bool]:
        return list(by_system_python(SOLVERS, {"kind": kind, "rows": list(rows)}))

    return run
