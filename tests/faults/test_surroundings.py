"""Other commands at the same time, a damaged store, and things in the way."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.lab.obstacles import (
    OBSTACLES,
    Obstacle,
    blocked,
    can_be_immutable,
)
from tests.faults.lab.store_damage import SILENT, damaged, useless
from tests.faults.lab.together import different, same
from tests.faults.lab.workshop import Row, Workshop

Workshops = Callable[[str, int], Workshop]
AllPass = Callable[[Iterator[Row]], None]
FEW, MANY = 40, 800


@pytest.mark.parametrize(
    ("processes", "files", "rounds"),
    [
        pytest.param(2, FEW, 1, id="two, once"),
        pytest.param(8, FEW, 1, id="eight, once"),
        pytest.param(2, MANY, 20, id="two, 20 times", marks=pytest.mark.slow),
        pytest.param(8, MANY, 20, id="eight, 20 times", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("what", [same, different], ids=lambda what: what.__name__)
def test_commands_at_once_leave_it_whole(
    workshop_of: Workshops,
    all_pass: AllPass,
    what: Callable[..., Iterator[Row]],
    processes: int,
    files: int,
    rounds: int,
) -> None:
    workshop = workshop_of("upgrade" if what is same else "set", files)
    all_pass(what(workshop, processes=processes, rounds=rounds))


@pytest.mark.parametrize(
    ("files", "trials"),
    [
        pytest.param(FEW, 20, id="20 trials"),
        pytest.param(MANY, 200, id="200 trials", marks=pytest.mark.slow),
    ],
)
def test_damage_in_the_store_is_never_installed(
    workshop_of: Workshops,
    as_anybody: tuple[str, ...],
    all_pass: AllPass,
    files: int,
    trials: int,
) -> None:
    workshop = workshop_of("install", files)
    workshop.prefix = as_anybody
    all_pass(damaged(workshop, trials=trials, seed=trials))


@pytest.mark.slow
@pytest.mark.xfail(
    reason="decision 12: the store trusts size, time and inode", strict=True
)
def test_silent_damage_in_the_store_is_never_installed(
    workshop_of: Workshops, as_anybody: tuple[str, ...], all_pass: AllPass
) -> None:
    workshop = workshop_of("install", FEW)
    workshop.prefix = as_anybody
    all_pass(damaged(workshop, trials=12, seed=1, damages=SILENT))


def test_silent_damage_in_the_store_is_found_by_cache_verify(
    workshop_of: Workshops, as_anybody: tuple[str, ...], all_pass: AllPass
) -> None:
    workshop = workshop_of("install", FEW)
    workshop.prefix = as_anybody
    verify = [workshop.words()[len(as_anybody)], "cache", "verify"]
    all_pass(
        damaged(
            workshop,
            trials=3,
            seed=2,
            damages=SILENT,
            mend=lambda: workshop.run(verify),
        )
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(FEW, id="few files"),
        pytest.param(MANY, id="many files", marks=pytest.mark.slow),
    ],
)
def test_a_store_that_cannot_be_used_is_done_without(
    workshop_of: Workshops, as_anybody: tuple[str, ...], all_pass: AllPass, files: int
) -> None:
    workshop = workshop_of("install", files)
    workshop.prefix = as_anybody
    all_pass(useless(workshop))


QUICK = {
    "an immutable module",
    "a read-only site-packages",
    "a folder of the user where a module of the package goes",
    "a file of the user where a module of the namespace goes",
    "a file of the user in the way of the last of three",
}


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        pytest.param(
            *(change, obstacle),
            id=f"{obstacle.name}, {change}",
            marks=[]
            if obstacle.name in QUICK and change != "uninstall"
            else [pytest.mark.slow],
        )
        for obstacle in OBSTACLES
        for change in obstacle.for_changes
    ],
)
def test_what_is_in_the_way_is_seen_before_anything_is_done(
    workshop_of: Workshops,
    as_anybody: tuple[str, ...],
    scratch: Path,
    all_pass: AllPass,
    change: str,
    obstacle: Obstacle,
) -> None:
    if "immutable" in obstacle.name and not can_be_immutable(scratch):
        pytest.skip("no file can be made immutable here: chattr needs root")
    workshop = workshop_of(change, FEW)
    workshop.prefix = as_anybody
    all_pass(blocked(workshop, obstacle))
