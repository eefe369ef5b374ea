"""A log for people: what a command did and said, added to a file."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pysetup import __version__
from pysetup.cli.output import printable
from pysetup.cli.plan_lines import change_lines
from pysetup.cli.watch import Deaf, Running
from pysetup.workflows.events import PlannedChanges


class LogFile(Deaf):
    """Adds a line for each thing that happens to the file ``path``.

    ``words`` are the command line, without secrets; ``clock`` gives the time. Raises
    ``OSError`` at once if the file cannot be written.
    """

    def __init__(
        self, path: str, words: Sequence[str], *, clock: Callable[[], datetime]
    ) -> None:
        self._stream = open(path, "a", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 - closed at the end of the command
        self._clock = clock
        self._line(f"pysetup {__version__}: {' '.join(words)}")

    def ended(self, running: Running) -> None:
        """Write what was done, and how long it took."""
        activity = running.activity
        named = f"{activity.stage} {activity.subject}".strip()
        count = "" if running.count is None else f", {running.count}"
        failed = ", failed" if running.failed else ""
        seconds = running.lasted(running.ended or running.began)
        self._line(f"{named}: {seconds * 1000:.0f} ms{count}{failed}")

    def planned(self, changes: PlannedChanges, now: float) -> None:
        """Write what is about to be changed."""
        del now
        for line in change_lines(changes):
            self._line(line)

    def noted(self, line: str, now: float) -> None:
        """Write what the user is told."""
        del now
        self._line(line)

    def finish(self, errors: Sequence[str], exit_code: int) -> None:
        """Write what went wrong, and how the command ended."""
        for text in errors:
            for line in text.splitlines():
                self._line(line)
        self._line(f"exit code {exit_code}")
        self._stream.close()

    def _line(self, text: str) -> None:
        when = self._clock().isoformat(timespec="milliseconds")
        self._stream.write(f"{when} {printable(text)}\n")
        self._stream.flush()
