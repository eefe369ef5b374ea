"""Where the time of a command went: every activity, for a file to keep."""

from collections.abc import Sequence

from pysetup import __version__
from pysetup.cli.watch import Deaf, Running
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """One activity that is over; times are seconds since the command began.

    ``size`` are the bytes that came, 0 for what is no download; ``lane`` tells apart
    what was done at the same time.
    """

    stage: str
    subject: str
    purpose: str
    began: float
    ended: float
    lane: int
    size: int
    failed: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, with times in milliseconds."""
        return {
            "stage": self.stage,
            "subject": self.subject,
            "purpose": self.purpose,
            "began_ms": round(self.began * 1000, 3),
            "ended_ms": round(self.ended * 1000, 3),
            "lane": self.lane,
            "size": self.size,
            "ok": not self.failed,
        }


class Timings(Deaf):
    """Keeps every activity that is over."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._lanes: dict[int, int] = {}
        self._downloads: dict[int, list[Span]] = {}

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is over, in the order in which it began.

        The requests of a download are not told beside it.
        """
        kept = [span for span in self._spans if not self._is_download(span)]
        return tuple(sorted(kept, key=lambda span: (span.began, -span.ended)))

    def _is_download(self, request: Span) -> bool:
        return request.stage == "request" and any(
            one.began <= request.began and request.ended <= one.ended
            for one in self._downloads.get(request.lane, ())
        )

    def ended(self, running: Running) -> None:
        """Keep it, unless there was nothing to do."""
        if running.count == 0 and not running.failed:
            return
        activity = running.activity
        span = Span(
            activity.stage,
            activity.subject,
            activity.purpose,
            running.began,
            running.ended or running.began,
            self._lanes.setdefault(running.thread, len(self._lanes)),
            running.done,
            running.failed,
        )
        self._spans.append(span)
        if span.stage == "download":
            self._downloads.setdefault(span.lane, []).append(span)


@dataclass(frozen=True, slots=True)
class Account:
    """All that a file of timings tells: the command, when it began, and its spans.

    ``elapsed`` is in seconds, ``started`` as RFC 3339 writes it.
    """

    command: Sequence[str]
    started: str
    elapsed: float
    exit_code: int
    spans: Sequence[Span]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, with times in milliseconds."""
        return {
            "schema": "pysetup-timings/1",
            "pysetup": __version__,
            "command": list(self.command),
            "started": self.started,
            "elapsed_ms": round(self.elapsed * 1000, 3),
            "exit_code": self.exit_code,
            "spans": [span.to_json() for span in self.spans],
        }
