"""Finishing or forgetting what an interrupted command left in an environment."""

import contextlib
import os
from collections.abc import Sequence

from pysetup.phases.install.durability import Durability, Durable
from pysetup.phases.install.filesystem import FRESH_SUFFIX, FileSystem
from pysetup.phases.install.journal import JOURNAL, Journal, journal_path
from pysetup.phases.install.refusals import UnfinishedChangeError, refusal, told
from pysetup.phases.install.stage import STAGE_PREFIX, STAGE_PREFIXES, stages_elsewhere
from pysetup.phases.install.start_hook import HOOK

# Marks the stage of a change that has ended well.
_ENDED = "ended"


def recover(root: str, *, files: FileSystem, sites: Sequence[str] = ()) -> str:
    """Finish what an interrupted command left in the locked state folder ``root``.

    ``sites`` are the site folders, where a start-up hook may stand. Returns
    ``finished``, ``undone``, ``discarded`` or nothing. Raises
    ``UnreadableJournalError``, ``UnfinishedChangeError`` or ``NotWritableError``.
    """
    path = journal_path(root)
    outcome = ""
    try:
        if files.look(path) is not None:
            journal = Journal.parse(files.read(path), source=path)
            outcome = "undone" if journal.undo else "finished"
            try:
                finish(journal, root=root, files=files, durability=Durable(files))
            except OSError:
                outcome = "undone"
            with contextlib.suppress(OSError):
                for folder in journal.stages:
                    _remove_stage(folder, files)
    except OSError as error:
        raise refusal(error, root) from error
    # What cannot be removed is litter, but in nobody's way.
    with contextlib.suppress(OSError):
        if discard(root, files=files, sites=sites):
            outcome = outcome or "discarded"
    return outcome


def finish(
    journal: Journal, *, root: str, files: FileSystem, durability: Durability
) -> None:
    """Do what the journal says, or undo it and raise the ``OSError`` that forced it.

    Raises ``UnfinishedChangeError`` if neither can be done.
    """
    failure: OSError | None = None
    try:
        journal.do(files)
        durability.moved(root, journal.stages)
    except OSError as error:
        failure = error
    try:
        if failure is not None:
            if journal.undo:
                raise failure
            files.write_durably(journal_path(root), journal.undone().to_bytes())
            journal.undone().do(files)
            durability.moved(root, journal.stages)
        files.unlink(journal_path(root))
    except OSError as error:
        raise UnfinishedChangeError(*told(error, root)) from error
    # After the journal: as long as it stands, any start of Python must finish it.
    remove_hooks(journal.hooks, files)
    if failure is not None:
        raise failure


def discard(root: str, *, files: FileSystem, sites: Sequence[str]) -> bool:
    """Remove hooks, stages and half-written journals; tell whether there were any.

    Raises ``OSError``.
    """
    found = remove_hooks([os.path.join(site, HOOK) for site in sites], files)
    for name, _ in files.scan(root):
        path = os.path.join(root, name)
        if name.startswith(STAGE_PREFIX):
            ended = files.look(os.path.join(path, _ENDED)) is not None
            found = found or not ended
            try:
                for other in stages_elsewhere(path, files=files):
                    _remove_stage(other, files)
                _remove_stage(path, files)
            except OSError:
                if ended:
                    _mark(path, files)
                raise
        elif name == JOURNAL + FRESH_SUFFIX:
            files.unlink(path)
            found = True
    return found


def tidy_up(
    root: str, stages: Sequence[str], *, files: FileSystem, sites: Sequence[str]
) -> None:
    """Remove what a change that has ended needed; what cannot go waits its time.

    The old file of a program that still runs stays in the stage, where Windows allows
    it to be; the next command removes it, and says nothing.
    """
    try:
        discard(root, files=files, sites=sites)
    except OSError:
        _mark(stages[0], files)


def _mark(stage: str, files: FileSystem) -> None:
    """Mark a stage as that of a change that has ended, unless it is."""
    with contextlib.suppress(OSError):
        files.write(os.path.join(stage, _ENDED), [], executable=False)


def remove_hooks(paths: Sequence[str], files: FileSystem) -> bool:
    """Remove start-up hooks; one that cannot be is harmless, and tried again later."""
    found = False
    for path in paths:
        if files.look(path) is not None:
            with contextlib.suppress(OSError):
                files.unlink(path)
                found = True
    return found


def left_behind(root: str, *, files: FileSystem, sites: Sequence[str] = ()) -> str:
    """Say what an interrupted command left: a ``journal``, a ``stage``, or nothing.

    Nothing is written. Raises ``OSError``.
    """
    if files.look(journal_path(root)) is not None:
        return "journal"
    state = files.look(root)
    names = [name for name, _ in files.scan(root)] if state else []
    begun = any(
        name.startswith(STAGE_PREFIX) or name == JOURNAL + FRESH_SUFFIX
        for name in names
    )
    hooked = any(files.look(os.path.join(site, HOOK)) for site in sites)
    return "stage" if begun or hooked else ""


def _remove_stage(folder: str, files: FileSystem) -> None:
    if os.path.basename(folder).startswith(STAGE_PREFIXES):
        files.remove_tree(folder)
