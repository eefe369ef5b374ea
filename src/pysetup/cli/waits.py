"""Telling that a command waits for somebody, for whom, and how to change that."""

from collections.abc import Callable
from urllib.parse import urlsplit

from pysetup.cli.watch import Deaf, Running

ANNOUNCED_AFTER = 3.0


class Waits(Deaf):
    """Tells once for each host that no answer has come for three seconds."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._running: dict[int, Running] = {}
        self._told: set[str] = set()

    def begun(self, running: Running) -> None:
        """Remember what can wait."""
        if running.activity.advice:
            self._running[running.number] = running

    def ended(self, running: Running) -> None:
        """Forget it."""
        self._running.pop(running.number, None)

    def ticked(self, now: float) -> None:
        """Tell what has waited too long."""
        for running in tuple(self._running.values()):
            host = urlsplit(running.activity.subject).hostname or "the server"
            if running.lasted(now) < ANNOUNCED_AFTER or host in self._told:
                continue
            self._told.add(host)
            self._tell(
                f"waiting for {host}: no answer for {ANNOUNCED_AFTER:.0f} s; "
                f"{running.activity.advice}"
            )
