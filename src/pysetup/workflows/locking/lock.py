"""Locking: from what is asked for to the text of a ``pylock.toml``, and its check.

An answer that is known is not sought again: the same inputs, for the same target, with
the very lock that was written for them, need no index and no solver.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import OutOfDateError, UsageError
from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.differences import LockChanges, lock_changes
from pysetup.interchange.pylock.model import (
    PYLOCK,
    LockedPackage,
    LockFile,
)
from pysetup.interchange.pylock.reading import read_lock
from pysetup.interchange.pylock.writing import lock_text
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import Version, parse_version
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.locking.answers import Answers, question_of
from pysetup.workflows.locking.inputs import recorded_inputs
from pysetup.workflows.locking.keeping import LockDecision, note_lock
from pysetup.workflows.locking.lock_file import (
    NoLockError,
    check_lock_name,
    read_lock_bytes,
    write_lock,
)
from pysetup.workflows.locking.needs import DEFAULT_GROUP
from pysetup.workflows.locking.recorded import (
    input_differences,
    lock_differences,
    recorded,
)
from pysetup.workflows.locking.repositories import vcs_url
from pysetup.workflows.locking.single import resolve_single
from pysetup.workflows.locking.task import LockTask, Upgrades


class StaleLockError(OutOfDateError):
    """A lock and what it should be made from no longer agree.

    Requirements have changed since the lock was made, or the lock was changed by hand.
    Nothing was written. Make the lock anew: what still fits stays as it is.
    """

    code = "PS8790"

    def __init__(self, path: Path, reasons: Sequence[str]) -> None:
        super().__init__(
            f"{path.name} is out of date: {reasons[0]}",
            facts={"file": str(path), "it differs in": list(reasons)},
            hints=("make it anew:  pysetup lock",),
        )
        self.reasons = tuple(reasons)


class NotInLockError(UsageError):
    """``--upgrade`` names a package that the lock does not hold.

    Without a name it upgrades all of them.
    """

    code = "PS2797"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"the lock holds no {name[:60]}",
            facts={"package": name, "locked": list(known)},
            hints=("check the name, or upgrade all:  --upgrade",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """A lock, its text, and what is different from the one before.

    ``path`` is None for a lock that is printed only; ``known`` says that it was known
    to be the right one without asking anybody.
    """

    path: Path | None
    lock: LockFile
    text: str
    changes: LockChanges
    changed: bool
    written: bool
    known: bool = False
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "path": None if self.path is None else str(self.path),
            "lock": self.lock.to_json(),
            "changes": self.changes.to_json(),
            "changed": self.changed,
            "written": self.written,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class _Before:
    """The lock as it stands: its bytes, and its value once that is needed."""

    path: Path | None
    content: bytes | None

    def lock(self, context: Context) -> LockFile | None:
        if self.content is None:
            return None
        assert self.path is not None
        return read_lock(self.content, source=self.path.name, note=context.tell)


def make_lock(task: LockTask, *, dry_run: bool = False) -> LockReport:
    """Lock what ``task`` says; versions that stand and fit stay, unless upgraded.

    A lock that would be the same is not written. Raises ``LockNameError``,
    ``NotInLockError``, what is wrong with the lock that stands there, and what
    resolving raises.
    """
    before, question = _read_before(task.path), question_of(task)
    answers = Answers(task.context)
    if not task.choice.upgrades and answers.is_known(question, before.content):
        note_lock(task, question, LockDecision(before.content or b"", written=False))
        return _as_it_stands(before, task, known=True)
    old = before.lock(task.context)
    lock, notes = _resolved(task, None if task.choice.upgrades.everything else old)
    text = lock_text(_with_tool(lock, task, old))
    content = text.encode()
    changed = content != before.content
    written = changed and before.path is not None and not dry_run
    if before.path is not None and written:
        write_lock(before.path, content)
    if before.path is not None and not dry_run:
        answers.remember(question, content)
        note_lock(task, question, LockDecision(content, written))
    return LockReport(
        path=before.path,
        lock=lock,
        text=text,
        changes=lock_changes(old, lock),
        changed=changed,
        written=written,
        notes=notes,
    )


def check_lock(task: LockTask) -> LockReport:
    """Prove that the lock in the task's path is the right one; write nothing.

    Inputs that differ are told without asking anybody. Raises ``NoLockError``,
    ``StaleLockError``, and as ``make_lock``.
    """
    before, question = _read_before(task.path), question_of(task)
    answers = Answers(task.context)
    if before.content is None or before.path is None:
        raise NoLockError(task.path or task.inputs.folder / PYLOCK)
    if answers.is_known(question, before.content):
        note_lock(task, question, LockDecision(before.content, written=False))
        return _as_it_stands(before, task, known=True)
    old = before.lock(task.context)
    assert old is not None, "its content is there"
    kept = recorded_inputs(old.tool)
    if kept is not None:
        places = task.inputs.places()
        reasons = input_differences(kept, recorded(task), places)
        if reasons:
            raise StaleLockError(before.path, reasons)
    # Of sources that are the same, what builds them stays as it is locked.
    asked = task
    task = replace(task, choice=replace(task.choice, builds=False))
    lock, notes = _resolved(task, old)
    reasons = lock_differences(old, lock)
    if reasons:
        raise StaleLockError(before.path, reasons)
    if lock_text(_with_tool(lock, task, old)).encode() == before.content:
        answers.remember(question, before.content)
        note_lock(asked, question, LockDecision(before.content, written=False))
    return _as_it_stands(before, task, notes=notes)


def _resolved(task: LockTask, old: LockFile | None) -> tuple[LockFile, tuple[str, ...]]:
    """Return the lock of the task, and notes; what fits of ``old`` stays."""
    inputs = task.inputs
    upgrades = task.choice.upgrades
    preferred, commits = _preferred(old, upgrades), _commits(old, upgrades)
    if task.choice.universal:
        # Loaded here: the rest is for one environment.
        from pysetup.workflows.locking.universal import (
            resolve_everywhere,
            versions_everywhere,
        )

        names = {normalize_name(name) for name in upgrades.names}
        versions = versions_everywhere(old, names)
        rows, notes = resolve_everywhere(
            task, preferred=versions, commits=commits, old=old
        )
        environments = task.choice.scope.environments
    else:
        rows, notes = resolve_single(
            task, preferred=preferred, commits=commits, old=old
        )
        environments = (_environment_marker(task.environment),)
    lock = LockFile(
        packages=tuple(_with_kept(row, old) for row in rows),
        environments=environments,
        requires_python=task.requires_python,
        extras=inputs.extras,
        dependency_groups=inputs.groups,
        default_groups=(DEFAULT_GROUP,) if inputs.groups else (),
    )
    return lock, notes


def _as_it_stands(
    before: _Before,
    task: LockTask,
    *,
    known: bool = False,
    notes: tuple[str, ...] = (),
) -> LockReport:
    lock = before.lock(task.context)
    assert lock is not None, "it stands there"
    return LockReport(
        path=before.path,
        lock=lock,
        text=(before.content or b"").decode(),
        changes=LockChanges(),
        changed=False,
        written=False,
        known=known,
        notes=notes,
    )


def _read_before(path: Path | None) -> _Before:
    if path is None:
        return _Before(None, None)
    check_lock_name(path)
    return _Before(path, read_lock_bytes(path))


# -- what stays of the lock before ----------------------------------------------------


def _preferred(old: LockFile | None, upgrades: Upgrades) -> dict[str, Version]:
    """Return the versions to keep where they fit; raises ``NotInLockError``."""
    names = {normalize_name(name) for name in upgrades.names}
    rows = () if old is None else old.packages
    held = sorted({row.name for row in rows})
    for name in sorted(names.difference(held)):
        raise NotInLockError(name, held)
    return {
        row.name: parse_version(row.version)
        for row in sorted(rows, key=lambda row: parse_version(row.version or "0"))
        if row.version and row.direct is None and row.name not in names
    }


def _commits(old: LockFile | None, upgrades: Upgrades) -> dict[str, str]:
    """Return the commits to keep, by the URL that led to them."""
    names = {normalize_name(name) for name in upgrades.names}
    return {
        vcs_url(row.vcs).public_text: row.vcs.commit_id
        for row in (() if old is None else old.packages)
        if row.vcs is not None and row.vcs.url and row.name not in names
    }


def _with_kept(row: LockedPackage, old: LockFile | None) -> LockedPackage:
    """Return ``row`` with what others noted in the lock of this very version."""
    for known in () if old is None else old.rows_of(row.name):
        if (known.version, known.direct) == (row.version, row.direct):
            return replace(
                row,
                attestation_identities=known.attestation_identities,
                tool={**known.tool, **row.tool},
                unknown=known.unknown,
            )
    return row


def _with_tool(lock: LockFile, task: LockTask, old: LockFile | None) -> LockFile:
    """Return ``lock`` with its inputs noted, and what ``old`` has of other tools."""
    before = {} if old is None else dict(old.tool)
    own = before.get("pysetup")
    others = dict(own) if isinstance(own, Mapping) else {}
    others.pop("lock", None)
    return replace(lock, tool={**before, "pysetup": {"lock": recorded(task), **others}})


def _environment_marker(environment: Environment) -> str:
    """Return the marker for what the lock was resolved for, and nothing else."""
    markers = environment.markers
    names = ("implementation_name", "python_version", "sys_platform")
    clauses = [
        f"{name} == '{markers[name]}'"
        for name in (*names, "platform_machine")
        if markers.get(name)
    ]
    return " and ".join(clauses)
