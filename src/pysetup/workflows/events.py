"""What happens while a command runs, told to one observer: stages, downloads, plan."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from pysetup.edges.urls import is_file_url
from pysetup.errors import redact
from pysetup.index.transport import Reply, Request, Transport
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace

# The stages that are told, in the order in which a large command goes through them.
STAGES = (
    "resolve",
    "look-up",
    "request",
    "fetch",
    "download",
    "environment",
    "sdist",
    "build",
    "pack",
    "prepare",
    "unpack",
    "compile",
    "install",
    "uninstall",
)


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that takes time: one of ``STAGES``, and what it is done to.

    ``total`` is the size in bytes, where it is known. ``purpose`` is empty for what
    the command was asked to do, and says what it is for otherwise. ``advice`` is how
    the user may change how long this waits.
    """

    stage: str
    subject: str = ""
    total: int | None = None
    purpose: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PlannedChanges:
    """What a command is about to change in an environment.

    ``install`` and ``remove`` are (name, version), ``upgrade`` are (name, old version,
    new version).
    """

    install: tuple[tuple[str, str], ...] = ()
    upgrade: tuple[tuple[str, str, str], ...] = ()
    remove: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "install": [{"name": n, "version": v} for n, v in self.install],
            "upgrade": [
                {"name": name, "version": new, "old_version": old}
                for name, old, new in self.upgrade
            ],
            "remove": [{"name": n, "version": v} for n, v in self.remove],
        }


class Observer(Protocol):
    """Hears what happens, from any thread; it must be quick."""

    def begin(self, activity: Activity) -> int:
        """Hear that ``activity`` begins; return the number that it goes by."""

    def move(self, number: int, done: int, total: int | None) -> None:
        """Hear that ``done`` bytes are there, of ``total`` if that is known."""

    def end(self, number: int, *, count: int | None, failed: bool) -> None:
        """Hear that an activity ends, and how many things it was done to."""

    def plan(self, changes: PlannedChanges) -> None:
        """Hear what is about to be changed."""


class Unobserved:
    """The observer that nobody is."""

    def begin(self, activity: Activity) -> int:
        """Do nothing."""
        del activity
        return 0

    def move(self, number: int, done: int, total: int | None) -> None:
        """Do nothing."""

    def end(self, number: int, *, count: int | None, failed: bool) -> None:
        """Do nothing."""

    def plan(self, changes: PlannedChanges) -> None:
        """Do nothing."""


UNOBSERVED = Unobserved()


class Underway:
    """An activity that has begun; ``count`` is told at its end, if it is set."""

    __slots__ = ("_number", "_observer", "count")

    def __init__(self, observer: Observer, number: int) -> None:
        self._observer = observer
        self._number = number
        self.count: int | None = None

    def move(self, done: int, total: int | None = None) -> None:
        """Tell that ``done`` bytes are there, of ``total`` if that is known."""
        self._observer.move(self._number, done, total)


@contextmanager
def underway(observer: Observer, activity: Activity) -> Iterator[Underway]:
    """Tell that ``activity`` begins, and that it ends, however it does."""
    number = observer.begin(activity)
    running = Underway(observer, number)
    failed = True
    try:
        yield running
        failed = False
    finally:
        observer.end(number, count=running.count, failed=failed)


@contextmanager
def stage(observer: Observer, name: str, subject: str = "") -> Iterator[Underway]:
    """Tell that the stage ``name`` begins, and that it ends, however it does."""
    with underway(observer, Activity(name, subject)) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Aside:
    """An observer of what is not the task itself, such as a build's own environment.

    Its activities are told with their ``purpose``, its plans not at all: they are of
    an environment that is nobody's own.
    """

    observer: Observer
    purpose: str

    def begin(self, activity: Activity) -> int:
        """Tell it with the purpose."""
        purpose = activity.purpose or self.purpose
        return self.observer.begin(replace(activity, purpose=purpose))

    def move(self, number: int, done: int, total: int | None) -> None:
        """Tell it."""
        self.observer.move(number, done, total)

    def end(self, number: int, *, count: int | None, failed: bool) -> None:
        """Tell it."""
        self.observer.end(number, count=count, failed=failed)

    def plan(self, changes: PlannedChanges) -> None:
        """Keep it."""


def aside(observer: Observer, purpose: str) -> Observer:
    """Return an observer of what is done for ``purpose`` only."""
    return observer if observer is UNOBSERVED else Aside(observer, purpose)


@dataclass(frozen=True, slots=True)
class ObservedTransport:
    """Tells of requests until their answer begins, so that long waits can be told."""

    transport: Transport
    observer: Observer
    advice: str

    def send(self, request: Request) -> Reply:
        """Send ``request``; raises as the transport does."""
        if is_file_url(request.url):
            return self.transport.send(request)
        activity = Activity("request", redact(request.url), advice=self.advice)
        with underway(self.observer, activity):
            return self.transport.send(request)


def changes_to(
    new: Sequence[tuple[str, str, str]], gone: Sequence[tuple[str, str]]
) -> PlannedChanges:
    """Return the changes of bringing in ``new`` and removing ``gone``.

    ``new`` are (name, version, old version or "").
    """
    return PlannedChanges(
        install=tuple((name, version) for name, version, old in new if not old),
        upgrade=tuple((name, old, version) for name, version, old in new if old),
        remove=tuple(gone),
    )
