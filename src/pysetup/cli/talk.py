"""What a command says while it runs: to people on stderr, to programs as events."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

from pysetup.cli.log_file import LogFile
from pysetup.cli.output import printable
from pysetup.cli.progress import Progress
from pysetup.cli.terminal import Look, are_one, is_terminal, look_of, may_color
from pysetup.cli.waits import Waits
from pysetup.cli.watch import Deaf, Listener, Watch
from pysetup.workflows.events import PlannedChanges
from pysetup.workflows.memory import Memory


class _Notes(Deaf):
    """Writes what is told to the user, when no progress does."""

    def noted(self, line: str, now: float) -> None:
        """Write the line."""
        del now
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class Talk:
    """Joins those who listen to one command; ``observer`` is what the workflow gets.

    ``form`` is that of ``--json``; ``began`` is the start of the command, in seconds of
    the monotonic clock; ``memory`` takes up what is said, and ``log`` all that happens.
    """

    def __init__(
        self,
        arguments: Namespace,
        form: str,
        *,
        began: float,
        memory: Memory | None = None,
        log: LogFile | None = None,
    ) -> None:
        self.memory = memory
        self._quiet = bool(arguments.quiet)
        look = stderr_look(arguments.progress, arguments.color)
        self.color = look.color
        self.color_option: str = arguments.color
        # Of a dry run the plan is the result.
        plans = not getattr(arguments, "dry_run", False)
        self._progress = Progress(sys.stderr, look, plans=plans)
        listeners: list[Listener] = []
        self.spans: Callable[[], Sequence[Any]] = tuple
        if getattr(arguments, "timings", None):
            # Loaded here: who wants no timings does not pay for them.
            from pysetup.cli.timings import Timings

            timings = Timings()
            listeners.append(timings)
            self.spans = lambda: timings.spans
        self.log = log
        if log is not None:
            listeners.append(log)
        if form == "lines":
            listeners.append(_event_lines(_to_stdout))
        if not arguments.quiet:
            listeners += [Waits(self.tell), self._voice(look)]
        self.observer = Watch(listeners, clock=time.monotonic, began=began)

    def _voice(self, look: Look) -> Listener:
        """Return what writes on standard error."""
        if look.kind == "json":
            return _event_lines(_to_stderr)
        if look.kind == "never":
            return _Notes()
        return self._progress

    def tell(self, line: str) -> None:
        """Say one line."""
        text = printable(line)
        self.observer.tell(text)
        if self.memory is not None and not self._quiet:
            self.memory.told.append(f"{text}\n")

    def has_shown(self, changes: PlannedChanges | None) -> bool:
        """Tell whether who reads standard output has seen these changes planned."""
        shown = self._progress.shown
        return (
            shown is not None and shown == changes and are_one(sys.stdout, sys.stderr)
        )

    def close(self) -> None:
        """Say no more; take away what was drawn."""
        self.observer.close()


def stderr_look(progress: str = "auto", color: str = "auto") -> Look:
    """Return how standard error is written to."""
    return look_of(sys.stderr, os.environ, progress=progress, color=color)  # noqa: TID251 - the door reads it


def stdout_color(talk: Talk) -> bool:
    """Tell whether standard output gets colour."""
    terminal = is_terminal(sys.stdout)
    return may_color(talk.color_option, os.environ, terminal=terminal)  # noqa: TID251 - the door reads it


def _event_lines(write: Callable[[str], object]) -> Listener:
    # Loaded here: only programs ask for it.
    from pysetup.cli.event_lines import EventLines

    return EventLines(write)


def _to_stdout(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def _to_stderr(line: str) -> None:
    sys.stderr.write(line)
    sys.stderr.flush()
