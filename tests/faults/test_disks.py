"""Disks that are full, and disks that lose power."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.lab.full_disks import PLACES, full
from tests.faults.lab.installers import Installer
from tests.faults.lab.power import powerless
from tests.faults.lab.workshop import CHANGES, WARMTHS, Row

AllPass = Callable[[Iterator[Row]], None]
FEW, MANY = 40, 800


@pytest.mark.usefixtures("need_mounts")
@pytest.mark.parametrize(
    ("change", "place", "files", "levels"),
    [
        pytest.param("upgrade", "both", FEW, 2, id="an upgrade, a few levels"),
        *(
            pytest.param(
                *(change, place, MANY, 12),
                id=f"{change}, the disk of {place}",
                marks=pytest.mark.slow,
            )
            for change in sorted(CHANGES)
            for place in PLACES
        ),
    ],
)
def test_a_full_disk_leaves_old_or_is_done_without(
    scratch: Path,
    installer: Installer,
    index_of: Callable[[int], str],
    all_pass: AllPass,
    change: str,
    place: str,
    files: int,
    levels: int,
) -> None:
    all_pass(
        full(
            scratch,
            installer,
            CHANGES[change],
            index=index_of(files),
            place=place,
            levels=levels,
            warmths=WARMTHS if files == MANY else WARMTHS[1:],
        )
    )


@pytest.mark.usefixtures("need_loop", "need_tracing")
@pytest.mark.parametrize(
    ("change", "filesystem", "files", "runs", "cuts"),
    [
        pytest.param("upgrade", "ext4", FEW, 1, 3, id="an upgrade, three cuts"),
        *(
            pytest.param(
                *(change, filesystem, 200, 5, 10),
                id=f"{change} on {filesystem}, 50 cuts",
                marks=pytest.mark.slow,
            )
            for change in sorted(CHANGES)
            for filesystem in ("ext4", "ext4 with fast commits", "xfs", "btrfs")
        ),
    ],
)
def test_a_power_cut_leaves_old_or_new_and_new_after_the_end(
    scratch: Path,
    installer: Installer,
    index_of: Callable[[int], str],
    need_tool: Callable[[str], str],
    all_pass: AllPass,
    change: str,
    filesystem: str,
    files: int,
    runs: int,
    cuts: int,
) -> None:
    need_tool(f"mkfs.{filesystem.partition(' ')[0]}")
    all_pass(
        powerless(
            scratch / "power",
            installer,
            CHANGES[change],
            index=index_of(files),
            filesystem=filesystem,
            runs=runs,
            cuts=cuts,
            seed=1,
        )
    )
