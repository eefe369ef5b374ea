"""Events for programs: one JSON object a line, as they happen."""

from collections.abc import Callable, Mapping

from pysetup.cli.output import json_line
from pysetup.cli.watch import Deaf, Running
from pysetup.standards.filenames import (
    InvalidFilenameError,
    parse_sdist_filename,
    parse_wheel_filename,
)
from pysetup.standards.jsontext import JSON
from pysetup.workflows.events import PlannedChanges

# Seconds between two lines about one download.
_EVERY = 0.1


class EventLines(Deaf):
    """Gives each event to ``write`` as a line, with the milliseconds since the start.

    Requests are not told: they are how a stage is done, and there are many.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._moved: dict[int, float] = {}

    def begun(self, running: Running) -> None:
        """Tell of a stage."""
        if running.activity.stage not in ("request", "download"):
            self._line("begin", running.began, _named(running))

    def moved(self, running: Running, now: float) -> None:
        """Tell how far a download is, ten times a second at most."""
        if now - self._moved.get(running.number, -_EVERY) >= _EVERY:
            self._moved[running.number] = now
            self._line("download", now, _progress(running))

    def ended(self, running: Running) -> None:
        """Tell that a stage, or a download, is over, and how long it took."""
        if running.activity.stage == "request":
            return
        ended = running.ended or 0.0
        facts: dict[str, JSON] = {
            "elapsed_ms": _milliseconds(running.lasted(ended)),
            "ok": not running.failed,
        }
        if running.activity.stage == "download":
            self._moved.pop(running.number, None)
            self._line("download", ended, {**_progress(running), **facts})
            return
        if running.count is not None:
            facts["count"] = running.count
        self._line("stage", ended, {**_named(running), **facts})

    def planned(self, changes: PlannedChanges, now: float) -> None:
        """Tell what is about to be changed."""
        self._line("plan", now, changes.to_json())

    def noted(self, line: str, now: float) -> None:
        """Tell what the user is told."""
        self._line("note", now, {"message": line})

    def _line(self, event: str, now: float, facts: Mapping[str, JSON]) -> None:
        self._write(json_line({"event": event, "at_ms": _milliseconds(now), **facts}))


def _named(running: Running) -> dict[str, JSON]:
    activity = running.activity
    return {
        "id": running.number,
        "name": activity.stage,
        **({"subject": activity.subject} if activity.subject else {}),
        **({"purpose": activity.purpose} if activity.purpose else {}),
    }


def _progress(running: Running) -> dict[str, JSON]:
    filename = running.activity.subject
    return {
        "id": running.number,
        "package": _package(filename),
        "file": filename,
        "done": running.done,
        "total": running.total,
    }


def _package(filename: str) -> str:
    """Return the project that a file is of; its own name for anything else."""
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename).name
        return parse_sdist_filename(filename).name
    except InvalidFilenameError:
        return filename


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
