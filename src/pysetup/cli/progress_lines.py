"""The lines of progress as text: bars, sizes, times, and sentences for what is done."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from pysetup.cli.watch import Running

_MILLISECONDS, _MINUTE = 1.0, 60.0
_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000
_LONGEST_BAR, _SHORTEST_BAR = 24, 4
_NAME = 10

# Stage -> what it does, and what it has done; without the latter nothing is said.
_WORDS = {
    "resolve": ("resolving", "Resolved {things:package}"),
    "look-up": ("looking up", "Looked up {things:package}"),
    "request": ("", ""),
    "fetch": ("fetching", "Downloaded {things:file}, {size},"),
    "download": ("downloading", ""),
    "environment": ("preparing an environment with", "Prepared one with {subject}"),
    "sdist": ("packing the sdist of", "Packed the sdist of {subject}"),
    "build": ("building", "Built {subject}"),
    "pack": ("packing", ""),
    "prepare": ("preparing", "Prepared {things:wheel}"),
    "unpack": ("unpacking", ""),
    "compile": ("compiling", ""),
    "install": ("installing", "Installed {things:package}"),
    "uninstall": ("uninstalling", "Uninstalled {things:package}"),
}


# Stages in which it is good to know who is asked.
ASKING = ("resolve", "look-up")


class _Things:
    """A number of things, with their name in the plural where it belongs."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __format__(self, name: str) -> str:
        return f"{self._count} {name}{'' if self._count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a time as people read it: ``80 ms``, ``1.2 s``, ``2 min 5 s``."""
    if seconds < _MILLISECONDS:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"


def size(count: float) -> str:
    """Return a number of bytes as people read it: ``812 B``, ``12.3 MB``."""
    number, unit = _scaled(count, count)
    return f"{number} {unit}"


def _scaled(count: float, by: float) -> tuple[str, str]:
    """Return ``count`` in the unit that fits ``by``, and the unit."""
    place = 0
    while by >= _STEP and place < len(_UNITS) - 1:
        by, count, place = by / _STEP, count / _STEP, place + 1
    return (f"{count:.1f}" if place > 1 else f"{count:.0f}"), _UNITS[place]


def finished_line(running: Running, *, received: int) -> str:
    """Return the line for something that is done; nothing if there is none to say.

    ``received`` are the bytes that have come while it ran.
    """
    _, done = _WORDS.get(running.activity.stage, ("", ""))
    silent = running.failed or running.count == 0 or running.activity.purpose
    if not done or silent or running.ended is None:
        return ""
    text = done.format(
        things=_Things(running.count or 0),
        subject=running.activity.subject,
        size=size(received),
    )
    return f"{text} in {duration(running.lasted(running.ended))}"


def live_lines(
    running: Sequence[Running],
    now: float,
    *,
    columns: int,
    unicode: bool,
    answers: int = 0,
) -> list[str]:
    """Return one line for each thing that is going on, none wider than ``columns``.

    ``answers`` are how many servers have given since the versions are sought.
    """
    downloads = any(one.activity.stage == "download" for one in running)
    lines = []
    for one in running:
        if one.activity.stage == "download":
            lines.append(_download(one, now, columns=columns - 1, unicode=unicode))
        elif (text := _doing(one)) and not (downloads and text == "fetching"):
            line = f"{text} ({duration(one.lasted(now))})"
            if one.activity.stage in ASKING and not one.activity.purpose:
                line += _asked(running, answers)
            lines.append(_cut(line, columns - 1, unicode=unicode))
    return lines


def _asked(running: Sequence[Running], answers: int) -> str:
    """Return how many answers have come, and which servers are asked just now."""
    hosts = dict.fromkeys(
        urlsplit(one.activity.subject).hostname or "a server"
        for one in running
        if one.activity.stage == "request"
    )
    told = f", {answers} answer{'' if answers == 1 else 's'}" if answers else ""
    return f"{told}, asking {', '.join(hosts)}" if hosts else told


def _doing(one: Running) -> str:
    doing, _ = _WORDS.get(one.activity.stage, ("", ""))
    if not doing:
        return ""
    return " ".join(filter(None, (doing, one.activity.purpose, one.activity.subject)))


def _download(one: Running, now: float, *, columns: int, unicode: bool) -> str:
    """Return name, bar, bytes and rate; where it is narrow the bar goes first."""
    right = f"{_amount(one)} {size(_rate(one.done, one.lasted(now)))}/s"
    free = max(0, columns - len(right) - 1)
    name = one.activity.subject
    width = min(len(name), max(_NAME, free - _LONGEST_BAR - 1))
    bar = _bar(one, min(_LONGEST_BAR, free - width - 1), unicode=unicode)
    if not bar:
        width = min(len(name), free)
    name = _cut(name, width, unicode=unicode)
    return _cut(" ".join(filter(None, (name, bar, right))), columns, unicode=unicode)


def _amount(one: Running) -> str:
    if not one.total:
        return size(one.done)
    done, unit = _scaled(one.done, one.total)
    return f"{done}/{_scaled(one.total, one.total)[0]} {unit}"


def _bar(one: Running, width: int, *, unicode: bool) -> str:
    if not one.total or width < _SHORTEST_BAR:
        return ""
    full, empty, ends = ("█", "░", ("", "")) if unicode else ("#", "-", ("[", "]"))
    inner = width - sum(map(len, ends))
    filled = min(inner, inner * one.done // one.total)
    return f"{ends[0]}{full * filled}{empty * (inner - filled)}{ends[1]}"


def _rate(done: int, seconds: float) -> float:
    return done / seconds if seconds > 0 else 0.0


def _cut(text: str, width: int, *, unicode: bool) -> str:
    if len(text) <= width:
        return text
    sign = "…" if unicode else "..."
    return text[: max(0, width - len(sign))] + sign[:width]


def summary_line(running: Sequence[Running], now: float, *, answers: int = 0) -> str:
    """Return one line for all that is going on; nothing if nothing is.

    ``answers`` as for ``live_lines``.
    """
    downloads = [one for one in running if one.activity.stage == "download"]
    parts = [
        f"{text} ({duration(one.lasted(now))})"
        + (
            _asked(running, answers)
            if one.activity.stage in ASKING and not one.activity.purpose
            else ""
        )
        for one in running
        if one.activity.stage not in ("download", "fetch") and (text := _doing(one))
    ]
    if downloads:
        parts.append(_downloads(downloads, now))
    return "; ".join(parts)


def _downloads(downloads: Sequence[Running], now: float) -> str:
    done = sum(one.done for one in downloads)
    total = sum(one.total or 0 for one in downloads)
    known = all(one.total for one in downloads)
    seconds = max(one.lasted(now) for one in downloads)
    amount = f"{size(done)} of {size(total)}" if known else size(done)
    things = _Things(len(downloads))
    return f"downloading {things:file}: {amount}, {size(_rate(done, seconds))}/s"
