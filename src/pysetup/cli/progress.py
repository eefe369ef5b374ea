"""Showing people what goes on: live lines on a terminal, few plain ones elsewhere."""

import contextlib
from collections.abc import Sequence
from typing import TextIO

from pysetup.cli.output import printable
from pysetup.cli.plan_lines import change_lines, colored
from pysetup.cli.progress_lines import (
    ASKING,
    finished_line,
    live_lines,
    summary_line,
)
from pysetup.cli.terminal import Look, rows_of
from pysetup.cli.watch import UNNOTICED, Deaf, Running
from pysetup.workflows.events import PlannedChanges

PLAIN_EVERY = 5.0


class Progress(Deaf):
    """Writes to ``stream`` as ``look`` allows; ``shown`` is the plan people have seen.

    ``plans`` says whether plans are shown at all.

    Nothing is written of what takes less than 300 ms, but for the plan on a terminal.
    Lines that are drawn again stand above the cursor, so that whatever ends the
    program leaves it at the start of an empty line.
    """

    def __init__(self, stream: TextIO, look: Look, *, plans: bool = True) -> None:
        self.shown: PlannedChanges | None = None
        self._plans = plans
        self._stream = stream
        self._look = look
        self._running: dict[int, Running] = {}
        self._waiting: list[str] = []
        self._waiting_plan: PlannedChanges | None = None
        self._drawn = 0
        self._received = 0
        self._answers = 0
        self._plain_at = 0.0

    def begun(self, running: Running) -> None:
        """Take it among what goes on."""
        self._running[running.number] = running
        if running.activity.stage in ASKING:
            self._answers = 0

    def ended(self, running: Running) -> None:
        """Say that it is done, and how long it took."""
        self._running.pop(running.number, None)
        stage, now = running.activity.stage, running.ended or 0.0
        if stage == "download":
            self._received += running.done
        if stage == "request":
            self._answers += 1
        line = finished_line(running, received=self._received)
        if stage == "fetch" and self._is_asking():
            line = ""  # a file was looked into; what the command fetches comes later
        if stage == "fetch":
            self._received = 0
        if line:
            self._waiting.append(line)
        if now >= UNNOTICED:
            self._say_waiting(now)
        if self._drawn:
            self._write([], now)

    def _is_asking(self) -> bool:
        return any(one.activity.stage in ASKING for one in self._running.values())

    def planned(self, changes: PlannedChanges, now: float) -> None:
        """Show the plan: at once to a person, else when the work lasts."""
        lines = change_lines(changes)
        if not lines or not self._plans:
            return
        if self._look.color:
            lines = [colored(line) for line in lines]
        if self._look.kind == "live":
            if now < UNNOTICED:
                self._waiting.clear()  # of no interest after the plan
            self._say_waiting(now)
            self.shown = changes
            self._write(lines, now)
            return
        self._waiting += lines
        self._waiting_plan = changes
        if now >= UNNOTICED:
            self._say_waiting(now)

    def noted(self, line: str, now: float) -> None:
        """Write a line that is told to the user, whenever it comes."""
        self._write([line], now)

    def ticked(self, now: float) -> None:
        """Draw again, or write a plain line every five seconds."""
        if now < UNNOTICED:
            return
        self._say_waiting(now)
        if self._look.kind == "live":
            if self._running or self._drawn:
                self._write([], now)
        elif now - self._plain_at >= PLAIN_EVERY:
            self._plain_at = now
            line = summary_line(
                tuple(self._running.values()), now, answers=self._answers
            )
            self._write([line] if line else [], now)

    def closed(self) -> None:
        """Take away what was drawn."""
        self._running.clear()
        self._write([], 0.0)

    def _say_waiting(self, now: float) -> None:
        lines, self._waiting = self._waiting, []
        if self._waiting_plan is not None:
            self.shown, self._waiting_plan = self._waiting_plan, None
        if lines:
            self._write(lines, now)

    def _write(self, lines: Sequence[str], now: float) -> None:
        """Write ``lines`` for good, and below them what is going on at ``now``."""
        live = self._live(now)
        text = f"\r\x1b[{self._drawn}A\x1b[J" if self._drawn else ""
        text += "".join(f"{line}\n" for line in (*lines, *live))
        self._drawn = len(live)
        if text:
            # Who cannot hear us is not the reason to stop the work.
            with contextlib.suppress(OSError, ValueError):
                self._stream.write(self._encodable(text))
                self._stream.flush()

    def _live(self, now: float) -> list[str]:
        if self._look.kind != "live" or now < UNNOTICED:
            return []
        lines = live_lines(
            tuple(self._running.values()),
            now,
            columns=self._look.columns(),
            unicode=self._look.unicode,
            answers=self._answers,
        )
        return [printable(line) for line in lines[: rows_of(self._stream) - 1]]

    def _encodable(self, text: str) -> str:
        """Return what the stream can hold: a longer escape would break the width."""
        encoding = self._stream.encoding or "ascii"
        return text.encode(encoding, "replace").decode(encoding)
