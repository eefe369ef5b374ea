"""A program in the place of this one, or before it: its terminal, its signals."""

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pysetup.edges.children import subprocess
from pysetup.edges.process import CommandNotFoundError, replace_process
from pysetup.late import tempfile

_PASSED_ON = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_FIRST_COPY = 10
# The terminal sends these to every process of the group that is in front.
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)


def become(
    program: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    directory: Path,
    content: bytes | None = None,
) -> NoReturn:
    """Become ``program``, an absolute path, in ``directory``.

    ``content`` is what it finds on its standard input, if that is not ours. Raises
    ``CommandNotFoundError``.
    """
    _move(program, directory, content)
    replace_process(program, words, environ)


def run_before(
    program: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    directory: Path,
    content: bytes | None = None,
) -> int:
    """Run ``program`` as ``become`` does, and return its exit code when it has ended.

    It is negative for a program that a signal has ended. Signals that are sent to us
    meanwhile reach the program. Raises ``CommandNotFoundError``.
    """
    _move(program, directory, content)
    with _passing_on() as passing:
        try:
            child = subprocess.Popen(list(words), executable=program, env=dict(environ))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandNotFoundError(program, reason) from None
        passing.to(child)
        return child.wait()


def end_as(returncode: int) -> int:
    """End by the signal that ended a child, if one did; else return its exit code."""
    if returncode < 0:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(-returncode, signal.SIG_DFL)
            signal.raise_signal(-returncode)
        return 128 - returncode
    return returncode


def hold_for_good(path: str) -> None:
    """Share the lock of the file ``path`` until this program ends, or what it becomes.

    Where there can be no lock there is none.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        # The copy is inherited, and is never mistaken for a closed standard stream.
        fcntl.fcntl(descriptor, fcntl.F_DUPFD, _FIRST_COPY)
        os.close(descriptor)


def _move(program: str, directory: Path, content: bytes | None) -> None:
    try:
        os.chdir(directory)
        if content is None:
            return
        with tempfile.TemporaryFile() as stream:
            stream.write(content)
            stream.seek(0)
            os.dup2(stream.fileno(), 0)
    except OSError as error:
        raise CommandNotFoundError(program, error.strerror or str(error)) from None


class _Passing:
    """Signals on their way to a child, also those that come before it is there."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []

    def take(self, number: int, frame: FrameType | None) -> None:
        """Take a signal that was sent to us."""
        del frame
        if number in _FROM_TERMINAL and _in_front():
            return
        if self._child is None:
            self._waiting.append(number)
        else:
            self._child.send_signal(number)

    def to(self, child: "subprocess.Popen[bytes]") -> None:
        """Pass everything on to ``child`` from now on."""
        self._child = child
        for number in self._waiting:
            child.send_signal(number)


@contextlib.contextmanager
def _passing_on() -> Iterator[_Passing]:
    passing = _Passing()
    before = {number: signal.getsignal(number) for number in _PASSED_ON}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, passing.take)
    try:
        yield passing
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_front() -> bool:
    """Tell whether we are in the group that the terminal sends its signals to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
