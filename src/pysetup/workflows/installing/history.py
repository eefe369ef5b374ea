"""Noting what commands change in an environment, and reading it again."""

import os
from collections.abc import Mapping, Sequence

from pysetup import __version__
from pysetup.errors import redact
from pysetup.interchange.environment import Environment
from pysetup.late import late_pattern
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.history import (
    HISTORY,
    Change,
    DamagedHistoryError,
    Entry,
    History,
    State,
)
from pysetup.phases.install.history_kept import (
    Kept,
    KeptSource,
    find_kept,
    kept_manifest,
    kept_numbers,
    kept_slots,
    tidy_kept,
)
from pysetup.phases.install.history_states import plan_changes, without_kept
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field, replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.state_folder import state_folder

_URL = late_pattern(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingBack:
    """What a transaction takes back: the entries, and what comes out of their keeping.

    ``undoes`` are the numbers of the entries, ``states`` what comes back as it was, by
    normalised name, ``sources`` where its files wait.
    """

    undoes: tuple[int, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    sources: Sequence[KeptSource] = ()


FORWARD = GoingBack()


@dataclass(frozen=True, slots=True)
class Note:
    """One entry about to be written: the files it takes, and what is kept for it."""

    history: History
    state: Mapping[str, bytes]
    keep: Mapping[str, str]


NOTHING = Note(History(), {}, {})


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An entry as people see it: with what undid it, and why it cannot be undone."""

    entry: Entry
    undone_by: int | None
    lost: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            **self.entry.to_json(),
            "undone_by": self.undone_by,
            "lost": list(self.lost),
        }


def read_history(environment: Environment) -> History:
    """Return the history; empty if there is none. Raises ``DamagedHistoryError``."""
    return _read(os.path.join(state_folder(environment), HISTORY))


def history_lines(environment: Environment, history: History) -> list[HistoryLine]:
    """Return the entries of ``history``, the oldest first, with what is true of them.

    ``lost`` names distributions whose old files are no longer kept.
    """
    undone = history.undone_by()
    root = state_folder(environment)
    return [
        HistoryLine(entry, undone.get(entry.number), _lost(entry, root, undone))
        for entry in history.entries
    ]


def _lost(entry: Entry, root: str, undone: Mapping[int, int]) -> tuple[str, ...]:
    if entry.number in undone:
        return ()  # what was kept for it stands in the environment again
    return tuple(
        change.name
        for change in entry.changes
        if change.old is not None
        and (change.old.kept or change.old.archive is None)
        and find_kept(root, change.old.kept) is None
    )


def note_change(  # noqa: PLR0913 - all that an entry tells
    plan: TransactionPlan,
    environment: Environment,
    context: Context,
    *,
    root: str,
    files: FileSystem,
    generation: tuple[int, ...] = (),
    back: GoingBack = FORWARD,
) -> Note:
    """Return the entry of a transaction that is about to begin in the locked ``root``.

    ``generation`` are the numbers of those that show before and after it. Nothing is
    noted for a context without a command. A damaged history is moved aside.
    """
    if not context.command or not (plan.installs or plan.removals):
        return NOTHING
    prefix = os.path.realpath(environment.prefix)
    changes, kept = plan_changes(plan, prefix=prefix, restored=back.states)
    kept, refused = _within(kept, context.settings.undo_keep)
    for one in refused:
        context.tell(f"{one.name} {one.version} is too large to be kept for undo")
    note = note_entry(
        without_kept(changes, refused),
        context,
        root=root,
        files=files,
        undoes=back.undoes,
        generation=generation,
    )
    number = note.history.entries[-1].number
    if manifest := kept_manifest(root, number, kept):
        note = replace(note, state={**note.state, manifest[0]: manifest[1]})
    return replace(note, keep=kept_slots(root, number, kept, prefix=prefix))


def note_entry(
    changes: Sequence[Change],
    context: Context,
    *,
    root: str,
    files: FileSystem,
    undoes: tuple[int, ...],
    generation: tuple[int, ...],
) -> Note:
    """Return the entry with these ``changes``; the arguments are as for the above."""
    path = os.path.join(root, HISTORY)
    history = _sound(path, context, files)
    numbers = [entry.number for entry in history.entries[-1:]]
    entry = Entry(
        number=1 + max((0, *numbers, *kept_numbers(root))),
        time=context.now().isoformat(timespec="seconds"),
        command=tuple(map(without_secrets, context.command)),
        pysetup=__version__,
        changes=tuple(changes),
        undoes=undoes,
        generation=generation,
    )
    history = history.with_entry(entry)
    return Note(history, {path: history.to_bytes()}, {})


def finish_note(
    note: Note,
    context: Context,
    *,
    root: str,
    files: FileSystem,
    back: GoingBack = FORWARD,
) -> None:
    """Forget what stands in the environment again, and what is too old or too much."""
    for source in back.sources:
        source.forget()
    if not note.history.entries:
        return
    limit, oldest = context.settings.undo_keep, note.history.entries[0].number
    for number in tidy_kept(root, limit=limit, oldest=oldest, files=files):
        context.tell(f"change {number} can no longer be undone: too much was kept")


def without_secrets(word: str) -> str:
    """Return a word of a command line without the secrets of the URLs in it."""
    return _URL.sub(lambda match: redact(match[0]), word)


def _within(kept: Sequence[Kept], limit: int) -> tuple[tuple[Kept, ...], list[Kept]]:
    """Return what may be kept, and what is too much."""
    taken: list[Kept] = []
    refused: list[Kept] = []
    for one in sorted(kept, key=lambda one: one.size):
        room = limit - sum(other.size for other in taken)
        (taken if one.size <= room else refused).append(one)
    return tuple(taken), refused


def _read(path: str) -> History:
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise DamagedHistoryError(path, error.strerror or str(error)) from None
    return History.parse(content, source=path)


def _sound(path: str, context: Context, files: FileSystem) -> History:
    """Return the history; what cannot be read is moved aside, and the user told."""
    try:
        return _read(path)
    except DamagedHistoryError as error:
        aside = f"{path}.damaged-{context.now():%Y%m%dT%H%M%SZ}"
        context.tell(f"{error.message}; a new one begins, the old one is {aside}")
        try:
            files.rename(path, aside)
        except OSError:
            context.tell(f"{path} could not be moved and is replaced")
        return History()
