"""Killing, interrupting and failing a command at chosen events."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.faults.lab.state import HOOK
from tests.faults.lab.workshop import Row, Workshop

_RENAMES = ("rename", "renameat", "renameat2")
SIGNALS = {"INT": 130, "TERM": 143}


def events(workshop: Workshop, warmth: str) -> list[list[Any]]:
    """Run the change undisturbed and return what it does below the work folder."""
    workshop.restore(warmth)
    ended = workshop.run(list="yes")
    if ended.code != 0:
        raise AssertionError(ended.said)
    below = f"{workshop.root}/"
    return [event for event in ended.watched["events"] if event[2].startswith(below)]


def commit(listed: Sequence[Sequence[Any]]) -> list[int]:
    """Return the numbers of the events from the point of no return to the end of it.

    It begins with the start-up hook, and the journal's name; both go at the end.
    """
    ends = ("/.pysetup/journal.json", f"/{HOOK}")
    numbers = [number for number, _, path in listed if path.endswith(ends)]
    if not numbers:
        return []
    return [event[0] for event in listed if numbers[0] <= event[0] <= numbers[-1] + 1]


def chosen(
    listed: Sequence[Sequence[Any]], points: int, *, renames: int | None = None
) -> list[int]:
    """Choose ``points`` numbers, evenly spread, and renames of the commit phase.

    ``renames`` limits those; None takes them all.
    """
    numbers = [event[0] for event in listed]
    spread = _spread(numbers, points)
    inside = set(commit(listed))
    moving = [n for n, name, _ in listed if n in inside and name in _RENAMES]
    moving = moving if renames is None else _spread(moving, renames)
    return sorted({*spread, *moving})


def _spread(numbers: Sequence[int], points: int) -> list[int]:
    if points >= len(numbers):
        return list(numbers)
    if points < 3:  # the middle, or the middles of both halves
        places = [
            (2 * index + 1) * len(numbers) // (2 * points) for index in range(points)
        ]
        return [numbers[place] for place in places]
    step = (len(numbers) - 1) / (points - 1)
    return sorted({numbers[round(index * step)] for index in range(points)})


def killed(
    workshop: Workshop, warmth: str, *, points: int, renames: int | None = None
) -> Iterator[Row]:
    """SIGKILL at events spread over the command; every other time the children too."""
    listed = events(workshop, warmth)
    for turn, at in enumerate(chosen(listed, points, renames=renames)):
        to = ("process", "tree")[turn % 2]
        workshop.restore(warmth)
        ended = workshop.run(at=at, signal="KILL", to=to)
        fault = f"KILL {to} at {at}, {_told(workshop, ended.watched)}"
        # A run that has fewer events than the listed one ends by itself.
        codes = (-9,) if ended.watched["struck"] else (0,)
        yield workshop.judge(fault, ended, codes=codes)


def interrupted(
    workshop: Workshop, warmth: str, *, points: int, renames: int | None = None
) -> Iterator[Row]:
    """INT and TERM, to the command alone and to its children as well."""
    listed = events(workshop, warmth)
    inside = set(commit(listed))
    numbers = chosen(listed, points, renames=renames)
    for turn, at in enumerate(numbers):
        name = ("INT", "TERM")[turn % 2]
        to = ("process", "tree")[turn // 2 % 2]
        workshop.restore(warmth)
        ended = workshop.run(at=at, signal=name, to=to)
        fault = f"{name} {to} at {at}, {_told(workshop, ended.watched)}"
        code = SIGNALS[name]
        # Who dies of the signal itself is told so by the kernel; a shell makes 128 + N
        # of it. Too late a signal may find a command that is done.
        codes = [code, 128 - code]
        allowed = ["OLD", "NEW"]
        if inside and at < min(inside):
            allowed = ["OLD"]
        elif inside and at > max(inside):
            allowed = ["NEW"]
            codes.append(0)
        if not inside or not ended.watched["struck"]:
            codes.append(0)
        yield workshop.judge(fault, ended, codes=codes, allowed=allowed, tidy=True)


def failing(
    workshop: Workshop, warmth: str, *, error: str, points: int, every: bool
) -> Iterator[Row]:
    """Let a call fail with ``error``; with ``every`` all later ones like it as well."""
    listed = events(workshop, warmth)
    for at in chosen(listed, points, renames=points // 3):
        workshop.restore(warmth)
        ended = workshop.run(at=at, fail=error, every=int(every))
        lasting = " and later" if every else ""
        fault = f"{error} at {at}{lasting}, {_told(workshop, ended.watched)}"
        codes = (0, *workshop.installer.refused)
        allowed = ("NEW",) if ended.code == 0 else ("OLD",)
        yield workshop.judge(fault, ended, codes=codes, allowed=allowed)


def _told(workshop: Workshop, watched: dict[str, Any]) -> str:
    struck: str = watched["struck"]
    return struck.replace(f"{workshop.root}/", "") or "never reached"
