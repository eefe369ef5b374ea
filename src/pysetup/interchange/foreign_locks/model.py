"""What the lock of another tool says: packages with versions, digests and markers."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pysetup.errors import UsageError
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedVcs,
)
from pysetup.standards.conditions import Condition, Conditions
from pysetup.standards.hashes import Hash
from pysetup.values import dataclass, field

DEFAULT_GROUP = "default"
Table = Mapping[str, object]

T = TypeVar("T")


class InvalidForeignLockError(UsageError):
    """A lock file of another tool is not what that tool writes.

    The message names the place in it. It may be of a version that is not known, or
    damaged by a merge: let its own tool make it anew.
    """

    code = "PS2798"

    def __init__(self, source: str, place: str, reason: str) -> None:
        super().__init__(
            f"{source}: {place} {reason}",
            facts={"file": source, "place": place},
            hints=("make it anew with its own tool, and try again",),
        )


class UnknownForeignLockError(UsageError):
    """A file is not a lock of a tool that pysetup knows.

    Known are requirements files, Pipfile.lock, poetry.lock, uv.lock and pdm.lock, by
    these names.
    """

    code = "PS2799"

    def __init__(self, filename: str) -> None:
        super().__init__(
            f"{filename[:100]!r} is not the name of a lock that can be read",
            facts={"file": filename[:200]},
            hints=(
                "known: requirements.txt, Pipfile.lock, poetry.lock, uv.lock, pdm.lock",
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPackage:
    """One version of a package in another tool's lock.

    ``files`` are those whose place is told; else ``hashes`` are the digests that are
    allowed, and an index has to say of which files. ``direct`` is where it is from, if
    that is not an index. ``where`` is when it is wanted. ``dependencies`` are names.
    """

    name: str
    version: str
    where: Condition
    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    files: tuple[LockedArchive, ...] = ()
    hashes: tuple[Hash, ...] = ()
    index: str = ""
    direct: LockedVcs | LockedDirectory | LockedArchive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignLock:
    """The lock of another tool; ``losses`` are sentences on what is not carried over.

    ``world`` are the environments that it is for, which its markers take for granted.
    """

    tool: str
    packages: tuple[ForeignPackage, ...]
    world: Condition
    requires_python: str = ""
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the project beside a lock says that the lock does not.

    ``extras`` are the names of its extras, for locks that take them for groups.
    """

    extras: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """One lock that is being read: its name, its conditions, and what gets lost."""

    source: str
    conditions: Conditions = field(default_factory=Conditions)
    losses: list[str] = field(default_factory=list)

    def refuse(self, place: str, reason: str) -> InvalidForeignLockError:
        """Return the error for what is wrong at ``place``."""
        return InvalidForeignLockError(self.source, place, reason)

    def lose(self, sentence: str) -> None:
        """Take note of something that is not carried over, once."""
        if sentence not in self.losses:
            self.losses.append(sentence)

    def table(self, value: object, place: str) -> Table:
        """Return ``value`` as a table; raises ``InvalidForeignLockError``."""
        if not isinstance(value, Mapping):
            raise self.refuse(place, "must be a table")
        return value

    def rows(self, value: object, place: str) -> tuple[Table, ...]:
        """Return ``value`` as tables; none is none."""
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.refuse(place, "must be an array")
        return tuple(self.table(row, place) for row in value)

    def text(
        self, table: Table, key: str, place: str, *, required: bool = False
    ) -> str:
        """Return the text under ``key``, empty if there is none."""
        value = table.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            raise self.refuse(f"{place}.{key}", "must be text")
        return value

    def texts(self, value: object, place: str) -> tuple[str, ...]:
        """Return ``value`` as texts; none is none."""
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(i, str) for i in value):
            raise self.refuse(place, "must be an array of texts")
        return tuple(value)

    def condition(self, group: str) -> Condition:
        """Return the condition that a group is chosen; no name is the default one."""
        return self.conditions.with_group(group or DEFAULT_GROUP)

    def parsed(self, parse: Callable[[str], T], text: str, place: str) -> T:
        """Return ``parse(text)``; what it raises is told with the place."""
        try:
            return parse(text)
        except UsageError as error:
            raise self.refuse(place, f"is wrong: {error.message}") from None
