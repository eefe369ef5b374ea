"""Cutting the power during a command and after it."""

import errno
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.lab.disk import (
    Disk,
    Received,
    cut,
    is_damaged,
    mounted,
    received,
    recording_disk,
)
from tests.faults.lab.installers import Installer
from tests.faults.lab.strikes import commit, events
from tests.faults.lab.workshop import Change, Ended, Row, Workshop

# The least that xfs takes.
_MEGABYTES = 320
# What a file system answers when its own structure is wrong.
_DAMAGED = (errno.EBADMSG, errno.EUCLEAN)


@dataclass(frozen=True)
class _Run:
    """A run on the recorded disk: where in the record it begins and ends."""

    begin: int
    end: int
    ended: Ended
    warmth: str


def powerless(
    folder: Path,
    installer: Installer,
    change: Change,
    *,
    index: str,
    filesystem: str,
    runs: int,
    cuts: int,
    seed: int,
) -> Iterator[Row]:
    """Record ``runs`` of the change, then cut the power ``cuts`` times in each.

    Half of the cuts are made when the command has ended with 0: all must then be new.
    """
    chance = random.Random(seed)
    with recording_disk(folder, filesystem=filesystem, megabytes=_MEGABYTES) as disk:
        workshop = Workshop(disk.place / "lab", installer, change, index=index)
        recorded = list(_recorded(workshop, disk, runs, chance))
    place, record = disk.place, folder / "record"
    for run in recorded:
        base = folder / "base"
        _copied(disk.first, base)
        whole = [item for item in received(record) if item.end <= run.begin]
        cut(base, whole, at=len(whole), chance=chance, keep=1)
        items = [i for i in received(record, after=run.begin) if i.end <= run.end]
        for number in range(cuts):
            after = number % 2 == 1
            at = len(items) if after else chance.choice(_moments(items, chance))
            keep = chance.choice((0.0, 0.5, 1.0))
            image = folder / "cut"
            _copied(base, image)
            cut(image, items, at=at, chance=chance, keep=keep)
            told = "after the end" if after else f"before write {at} of {len(items)}"
            fault = f"power cut {told}, {keep:.0%} of what was not flushed is kept"
            workshop.warmth = run.warmth
            allowed = ("NEW",) if after else ("OLD", "NEW")
            row: Row | None = None
            broken: OSError | None = None
            try:
                with mounted(image, place, "loop"):
                    row = workshop.judge(fault, run.ended, codes=(0,), allowed=allowed)
            except OSError as error:
                if error.errno not in _DAMAGED:
                    raise
                broken = error
            # What its own recovery leaves damaged says nothing about the installer:
            # ext4 with fast commits does that, once in hundreds of cuts.
            if (broken or (row and row.problems)) and is_damaged(image, filesystem):
                continue
            if broken:
                raise broken
            assert row
            yield row


def _recorded(
    workshop: Workshop, disk: Disk, runs: int, chance: random.Random
) -> Iterator[_Run]:
    for number in range(runs):
        warmth = ("repeat", "first run")[number % 2]
        listed = events(workshop, warmth)
        last = max(event[0] for event in listed)
        workshop.restore(warmth)
        os.sync()
        begin = disk.written()
        # Most things can go wrong in the commit, so two of the four are in it.
        inside = commit(listed) or [last]
        flushes = {chance.randint(1, last) for _ in range(2)}
        flushes |= {chance.choice(inside) for _ in range(2)}
        # The first run has no flush but the command's own.
        options = (
            {"flush": ",".join(map(str, sorted(flushes)))} if number else {"at": 0}
        )
        ended = workshop.run(**options)
        yield _Run(begin, disk.written(), ended, warmth)


def _moments(items: list[Received], chance: random.Random) -> tuple[int, ...]:
    """Return a moment at random, and one right after a flush."""
    flushes = [n + 1 for n, item in enumerate(items) if item.content is None]
    return chance.randrange(len(items)), chance.choice([*flushes, 0])


def _copied(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--sparse=always", source, target], check=True)
