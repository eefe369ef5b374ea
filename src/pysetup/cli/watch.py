"""The observer of a command: it times what happens, and tells those who listen."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from pysetup.values import dataclass
from pysetup.workflows.events import Activity, PlannedChanges

# Nothing is shown of work that takes less, in seconds.
UNNOTICED = 0.3
_TICK = 0.1


@dataclass(slots=True)
class Running:
    """An activity, from its beginning on; times are seconds since the command began.

    ``done`` and ``total`` are bytes, ``count`` is how many things it was done to, and
    ``thread`` tells apart what was done at the same time.
    """

    number: int
    activity: Activity
    began: float
    thread: int
    done: int = 0
    total: int | None = None
    ended: float | None = None
    count: int | None = None
    failed: bool = False

    def lasted(self, now: float) -> float:
        """Return the seconds it took, or has taken until ``now``."""
        return (now if self.ended is None else self.ended) - self.began


class Listener(Protocol):
    """Makes something of what happens; it is never called twice at a time."""

    def begun(self, running: Running) -> None:
        """Hear that something begins."""

    def moved(self, running: Running, now: float) -> None:
        """Hear that bytes have come."""

    def ended(self, running: Running) -> None:
        """Hear that something ends."""

    def planned(self, changes: PlannedChanges, now: float) -> None:
        """Hear what is about to be changed."""

    def noted(self, line: str, now: float) -> None:
        """Hear a line that is told to the user."""

    def ticked(self, now: float) -> None:
        """Hear that time passes."""

    def closed(self) -> None:
        """Hear that the command is at its end, whatever it was."""


class Watch:
    """Numbers and times activities; ``clock`` gives seconds, ``began`` is its start.

    Safe to use from several threads. A thread of its own lets time pass for the
    listeners, from the first activity on.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        clock: Callable[[], float],
        began: float,
    ) -> None:
        self._listeners = tuple(listeners)
        self._clock = clock
        self._began = began
        self._lock = threading.RLock()
        self._running: dict[int, Running] = {}
        self._number = 0
        self._plan: PlannedChanges | None = None
        self._stopped = threading.Event()
        self._ticker: threading.Thread | None = None

    def begin(self, activity: Activity) -> int:
        """Note that ``activity`` begins."""
        with self._lock:
            self._number += 1
            running = Running(
                self._number,
                activity,
                self._now(),
                threading.get_ident(),
                total=activity.total,
            )
            self._running[self._number] = running
            for listener in self._listeners:
                listener.begun(running)
            if self._ticker is None:
                self._start()
            return running.number

    def move(self, number: int, done: int, total: int | None) -> None:
        """Note that bytes have come."""
        with self._lock:
            running = self._running.get(number)
            if running is None:
                return
            running.done, running.total = done, total or running.total
            for listener in self._listeners:
                listener.moved(running, self._now())

    def end(self, number: int, *, count: int | None, failed: bool) -> None:
        """Note that an activity has ended."""
        with self._lock:
            running = self._running.pop(number, None)
            if running is None:
                return
            running.ended, running.count, running.failed = self._now(), count, failed
            for listener in self._listeners:
                listener.ended(running)

    def plan(self, changes: PlannedChanges) -> None:
        """Note what is about to be changed; the same plan is told once."""
        with self._lock:
            if changes == self._plan:
                return
            self._plan = changes
            for listener in self._listeners:
                listener.planned(changes, self._now())

    def tell(self, line: str) -> None:
        """Tell the user a line."""
        with self._lock:
            for listener in self._listeners:
                listener.noted(line, self._now())

    def close(self) -> None:
        """Stop; nothing is heard any more."""
        self._stopped.set()
        with self._lock:
            for listener in self._listeners:
                listener.closed()
            self._listeners = ()

    def _start(self) -> None:
        self._ticker = threading.Thread(target=self._tick, name="ticker", daemon=True)
        # Where no thread can be started, nothing is drawn between events.
        with contextlib.suppress(RuntimeError):
            self._ticker.start()

    def _tick(self) -> None:
        wait = max(0.0, UNNOTICED - self._now())
        while not self._stopped.wait(wait):
            wait = _TICK
            # Who cannot hear us is not the reason to stop the work.
            with self._lock, contextlib.suppress(OSError, ValueError):
                for listener in self._listeners:
                    listener.ticked(self._now())

    def _now(self) -> float:
        return self._clock() - self._began


class Deaf:
    """A listener that makes nothing of anything; others say what they listen to."""

    def begun(self, running: Running) -> None:
        """Do nothing."""

    def moved(self, running: Running, now: float) -> None:
        """Do nothing."""

    def ended(self, running: Running) -> None:
        """Do nothing."""

    def planned(self, changes: PlannedChanges, now: float) -> None:
        """Do nothing."""

    def noted(self, line: str, now: float) -> None:
        """Do nothing."""

    def ticked(self, now: float) -> None:
        """Do nothing."""

    def closed(self) -> None:
        """Do nothing."""
