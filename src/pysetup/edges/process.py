"""Child processes: started from a list of words, never through a shell."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from pysetup.errors import EnvironmentRefusedError


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


def run_process(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run ``command`` without standard input; raises ``CommandNotFoundError``.

    A child that outlives ``timeout`` is killed and returned with code -9.
    """
    try:
        done = subprocess.run(
            list(command),
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return Completed(-9, error.stdout or b"", error.stderr or b"")
    except OSError as error:
        raise CommandNotFoundError(command[0], error.strerror or str(error)) from None
    return Completed(done.returncode, done.stdout, done.stderr)


def replace_process(
    program: str, words: Sequence[str], environ: Mapping[str, str]
) -> NoReturn:
    """Become ``program``, an absolute path; raises ``CommandNotFoundError``.

    Signals and the exit code are then those of the program itself.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(program, list(words), dict(environ))  # noqa: S606 - no shell wanted
    except OSError as error:
        raise CommandNotFoundError(program, error.strerror or str(error)) from None
