"""Killed, interrupted or refused at any event: old or new, and a repeat gives new."""

from collections.abc import Callable, Iterator

import pytest
from tests.faults.lab.strikes import failing, interrupted, killed
from tests.faults.lab.workshop import CHANGES, WARMTHS, Row, Workshop

Workshops = Callable[[str, int], Workshop]
AllPass = Callable[[Iterator[Row]], None]

pytestmark = pytest.mark.usefixtures("need_tracing")
FEW, MANY = 40, 800


def _rows(*cases: tuple[str, str, int, int, int | None]) -> list[object]:
    """Return parameters: change, warmth, files, points, renames of the commit.

    None are all renames.
    """
    return [
        pytest.param(
            *case,
            id=f"{case[0]}, {case[1]}, {case[3]} points",
            marks=[pytest.mark.slow] if case[2] == MANY else [],
        )
        for case in cases
    ]


@pytest.mark.parametrize(
    ("change", "warmth", "files", "points", "renames"),
    _rows(
        ("upgrade", WARMTHS[0], FEW, 1, 0),
        *((change, WARMTHS[1], FEW, 1, 1) for change in sorted(CHANGES)),
        *((change, WARMTHS[0], MANY, 50, 10) for change in sorted(CHANGES)),
        *((change, WARMTHS[1], MANY, 200, None) for change in sorted(CHANGES)),
    ),
)
def test_sigkill_leaves_old_or_new(
    workshop_of: Workshops,
    all_pass: AllPass,
    change: str,
    warmth: str,
    files: int,
    points: int,
    renames: int | None,
) -> None:
    workshop = workshop_of(change, files)
    all_pass(killed(workshop, warmth, points=points, renames=renames))


@pytest.mark.parametrize(
    ("change", "warmth", "files", "points", "renames"),
    [
        pytest.param("upgrade", WARMTHS[1], FEW, 1, 1, id="an upgrade, a few points"),
        *(
            pytest.param(
                *(change, warmth, MANY, 30, 12),
                id=f"{change}, {warmth}, 30 points",
                marks=pytest.mark.slow,
            )
            for change in sorted(CHANGES)
            for warmth in WARMTHS
        ),
    ],
)
def test_int_and_term_take_back_before_the_commit_and_finish_after_it(
    workshop_of: Workshops,
    all_pass: AllPass,
    change: str,
    warmth: str,
    files: int,
    points: int,
    renames: int,
) -> None:
    workshop = workshop_of(change, files)
    all_pass(interrupted(workshop, warmth, points=points, renames=renames))


@pytest.mark.parametrize(
    ("change", "warmth", "files", "points", "error", "every"),
    [
        pytest.param(
            *("upgrade", WARMTHS[1], FEW, 3, "ENOSPC", True),
            id="the disk becomes full",
        ),
        *(
            pytest.param(
                *(change, warmth, MANY, 30, error, every),
                id=f"{change}, {warmth}, {error}, {'lasting' if every else 'once'}",
                marks=pytest.mark.slow,
            )
            for change in sorted(CHANGES)
            for warmth in WARMTHS
            for error, every in (("ENOSPC", True), ("EIO", False))
        ),
    ],
)
def test_calls_that_fail_are_taken_back(
    workshop_of: Workshops,
    all_pass: AllPass,
    change: str,
    warmth: str,
    files: int,
    points: int,
    error: str,
    every: bool,  # noqa: FBT001 - a column of the table
) -> None:
    workshop = workshop_of(change, files)
    all_pass(failing(workshop, warmth, error=error, points=points, every=every))
