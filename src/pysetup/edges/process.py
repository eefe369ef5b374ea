"""Child processes: started from a list of words, never through a shell.

Each child leads a session of its own: it has no terminal, and what it starts can be
ended together with it.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

from pysetup.edges.children import subprocess
from pysetup.edges.signals import SignalGate
from pysetup.errors import EnvironmentRefusedError
from pysetup.values import dataclass

_POLL = 0.05
_PIECE = 65536
# What may still be in the pipe of a child that has ended.
_LAST_PIECES = 64
_GRACE = 2.0


class CommandNotFoundError(EnvironmentRefusedError):
    """A program that a step needs is not on this machine, or cannot be started.

    The message names the program; install it, or put it on ``PATH``.
    """

    code = "PS7101"

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(
            f"cannot start {program}: {reason}",
            facts={"program": program},
            hints=(f"install {program}, or name another one",),
        )


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished child: its exit code (negative: killed by a signal) and output."""

    returncode: int
    stdout: bytes = b""
    stderr: bytes = b""
    timed_out: bool = False


class RunProcess(Protocol):
    """Runs a child to its end."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run ``command`` and return what it printed; ``timeout`` in seconds."""


class StreamProcess(Protocol):
    """Runs a child to its end, and hands on what it prints as it comes."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        output: Callable[[bytes], None],
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run ``command``; ``output`` gets both streams, in pieces of any size."""


def run_process(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run ``command`` without standard input; raises ``CommandNotFoundError``.

    A child that outlives ``timeout`` is ended, with all it has started.
    """
    with _started(command, cwd=cwd, env=env, stderr=subprocess.PIPE) as child:
        try:
            stdout, stderr = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _end(child)
            return Completed(-9, error.stdout or b"", error.stderr or b"", True)
        return Completed(child.returncode, stdout, stderr)


def stream_process(
    command: Sequence[str],
    *,
    output: Callable[[bytes], None],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run ``command`` without standard input; ``output`` gets all that it prints.

    It has ended when the child itself has, whoever still holds its output open; what
    else it left running is ended, too. So is all of it after ``timeout`` seconds, and
    when INT or TERM arrives. Raises ``CommandNotFoundError``.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    with (
        SignalGate(),
        _started(command, cwd=cwd, env=env, stderr=subprocess.STDOUT) as child,
    ):
        in_time = _pump(child, output, deadline=deadline)
        _end(child)
        return Completed(child.returncode, timed_out=not in_time)


@contextlib.contextmanager
def _started(
    command: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    stderr: int,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a child; nothing of it is left at the end, whatever happens."""
    try:
        child = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandNotFoundError(command[0], error.strerror or str(error)) from None
    except ValueError as error:  # a NUL character in a word or a variable
        raise CommandNotFoundError(command[0], str(error)) from None
    try:
        yield child
    except BaseException:
        _end(child)
        raise
    finally:
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()


def _pump(
    child: "subprocess.Popen[bytes]",
    output: Callable[[bytes], None],
    *,
    deadline: float | None,
) -> bool:
    """Hand on what the child prints until it has ended; False if its time is over."""
    assert child.stdout is not None
    descriptor = child.stdout.fileno()
    os.set_blocking(descriptor, False)
    poller = select.poll()
    poller.register(descriptor, select.POLLIN | select.POLLHUP)
    looked = time.monotonic()
    while True:
        now = time.monotonic()
        if deadline is not None and now >= deadline:
            return False
        if poller.poll(_POLL * 1000):
            piece = os.read(descriptor, _PIECE)
            if not piece:
                return _ended(child, deadline=deadline)
            output(piece)
        # Its output may stay open after its end: others can hold it.
        if now - looked >= _POLL:
            looked = now
            if child.poll() is not None:
                _drain(descriptor, output)
                return True


def _drain(descriptor: int, output: Callable[[bytes], None]) -> None:
    for _ in range(_LAST_PIECES):
        try:
            piece = os.read(descriptor, _PIECE)
        except BlockingIOError:
            return
        if not piece:
            return
        output(piece)


def _ended(child: "subprocess.Popen[bytes]", *, deadline: float | None) -> bool:
    """Wait for a child that has closed its output."""
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    try:
        child.wait(left)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the child and what it has started: kindly first, then for good."""
    if child.poll() is None:
        _signal_group(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    _signal_group(child, signal.SIGKILL)
    child.wait()


def _signal_group(child: "subprocess.Popen[bytes]", number: int) -> None:
    # Nobody is left, or what is left has become another user's.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def replace_process(
    program: str, words: Sequence[str], environ: Mapping[str, str]
) -> NoReturn:
    """Become ``program``, an absolute path; raises ``CommandNotFoundError``.

    Signals and the exit code are then those of the program itself.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores it for itself; a program that is not asked to would, too.
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(program, list(words), dict(environ))  # noqa: S606 - no shell wanted
    except (OSError, ValueError) as error:
        signal.signal(signal.SIGPIPE, before)
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandNotFoundError(program, reason) from None
