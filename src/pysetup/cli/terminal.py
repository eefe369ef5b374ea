"""What may be shown where: width, signs, colour, and whether lines may be redrawn."""

import os
from collections.abc import Callable, Mapping
from typing import Literal, TextIO

from pysetup.values import dataclass

Kind = Literal["live", "plain", "json", "never"]

DEFAULT_COLUMNS = 80
_CHOSEN: dict[str, Kind] = {"plain": "plain", "json": "json", "never": "never"}
_SIGNS = "█░…"


@dataclass(frozen=True, slots=True)
class Look:
    """How a stream is written to.

    ``live`` lines are drawn again and again, ``plain`` ones once; ``json`` are for
    programs. ``columns`` gives the width, which may change while a command runs.
    """

    kind: Kind
    columns: Callable[[], int]
    unicode: bool
    color: bool


def look_of(
    stream: TextIO, environ: Mapping[str, str], *, progress: str, color: str
) -> Look:
    """Return how ``stream`` is written to; ``progress`` and ``color`` are the options.

    Control sequences go to a terminal only, unless colour is asked for.
    """
    terminal = is_terminal(stream)
    return Look(
        _kind(progress, environ, terminal=terminal),
        lambda: columns_of(stream, environ),
        can_print(_SIGNS, stream),
        may_color(color, environ, terminal=terminal),
    )


def is_terminal(stream: TextIO) -> bool:
    """Tell whether a person looks at ``stream``."""
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False


def _kind(progress: str, environ: Mapping[str, str], *, terminal: bool) -> Kind:
    if progress in _CHOSEN:
        return _CHOSEN[progress]
    able = environ.get("TERM", "") not in ("", "dumb") and not environ.get("CI")
    return "live" if terminal and able else "plain"


def may_color(option: str, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Tell whether colour is wanted: the option, then the variables, then the place.

    As in Python itself, ``NO_COLOR`` is stronger than the variables that force.
    """
    if option != "auto":
        return option == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(
        environ.get(name, "") not in ("", "0")
        for name in ("FORCE_COLOR", "CLICOLOR_FORCE")
    ):
        return True
    return terminal and environ.get("TERM", "") not in ("", "dumb")


def columns_of(stream: TextIO, environ: Mapping[str, str]) -> int:
    """Return the width: what ``COLUMNS`` says, or the terminal, or 80."""
    told = environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_COLUMNS
    except (OSError, ValueError):
        return DEFAULT_COLUMNS


def rows_of(stream: TextIO) -> int:
    """Return the height of the terminal; 24 if it is none."""
    try:
        return os.get_terminal_size(stream.fileno()).lines or 24
    except (OSError, ValueError):
        return 24


def can_print(text: str, stream: TextIO) -> bool:
    """Tell whether the encoding of ``stream`` has all the characters of ``text``."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def are_one(first: TextIO, second: TextIO) -> bool:
    """Tell whether two streams end in the same terminal, pipe or file."""
    try:
        one, two = os.fstat(first.fileno()), os.fstat(second.fileno())
    except (OSError, ValueError):
        return False
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)


RED, GREEN, YELLOW = "31", "32", "33"


def painted(text: str, color: str) -> str:
    """Return ``text`` in a colour: one of ``RED``, ``GREEN``, ``YELLOW``."""
    return f"\x1b[{color}m{text}\x1b[0m"
