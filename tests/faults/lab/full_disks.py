"""Disks of the environment and of the cache that are full, at several points."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.lab.disk import mounted
from tests.faults.lab.installers import Installer
from tests.faults.lab.workshop import WARMTHS, Change, Row, Workshop

PLACES = ("environment", "cache", "both")
_MEGABYTES = 128


def full(
    folder: Path,
    installer: Installer,
    change: Change,
    *,
    index: str,
    place: str,
    levels: int,
    warmths: Sequence[str] = WARMTHS,
) -> Iterator[Row]:
    """Leave so much room, from none to enough, in ``levels`` steps; needs root.

    ``place`` is one of ``PLACES``.
    """
    small = folder / "small"
    with mounted("tmpfs", small, f"size={_MEGABYTES}m"):
        root = folder / "lab" if place == "cache" else small / "lab"
        cache = folder / "cache" if place == "environment" else small / "cache"
        workshop = Workshop(root, installer, change, index=index, cache=cache)
        for warmth in warmths:
            need = _need(workshop, warmth, small)
            for level in range(levels):
                workshop.restore(warmth)
                room = need * level // (levels - 1) * 5 // 4
                filler = _fill(small, room)
                ended = workshop.run()
                new = ended.code == 0
                yield workshop.judge(
                    f"disk of {place} full, {room >> 10} KiB are left",
                    ended,
                    codes=(0, *installer.refused),
                    allowed=("NEW",) if new else ("OLD",),
                    tidy=True,
                    mend=filler.unlink,
                )


def _need(workshop: Workshop, warmth: str, disk: Path) -> int:
    workshop.restore(warmth)
    before = _free(disk)
    workshop.run()
    return max(before - _free(disk), 1 << 20)


def _free(disk: Path) -> int:
    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize


def _fill(disk: Path, room: int) -> Path:
    filler = disk / "filler"
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(4096, _free(disk) - room))
    return filler
