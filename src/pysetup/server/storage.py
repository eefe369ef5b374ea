"""What the index server asks of its stores: the ports, and the rows behind them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from pysetup.errors import EnvironmentRefusedError
from pysetup.values import dataclass


class StorageFailedError(EnvironmentRefusedError):
    """The data folder of the index cannot be read or written.

    The disk is full or damaged, the folder is not writable, or its database was
    written by a newer pysetup. What was acknowledged before is not lost; nothing
    of the failed request is visible.
    """

    code = "PS7500"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"the data of the index at {place} cannot be used: {reason}",
            facts={"folder": place},
            hints=("check space and permissions of that folder",),
        )


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which content a path of the index stands for; all that a reader needs.

    ``serial`` is the number of the change that set it.
    """

    sha256: str
    size: int
    serial: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the index: normalised name, name as first written, owner."""

    name: str
    display_name: str
    owner: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the index as its project's page tells it.

    ``siblings`` maps endings like ``.metadata`` to the sha256 of what stands at the
    file's URL with that ending; ``uploaded`` is RFC 3339 in UTC.
    """

    filename: str
    project: str
    version: str
    sha256: str
    size: int
    requires_python: str
    uploaded: str
    uploader: str
    siblings: Mapping[str, str]
    summary: str
    requires_dist: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the journal."""

    serial: int
    at: str
    project: str
    version: str
    filename: str
    user: str


class Transaction(Protocol):
    """A change in the making: all of it becomes durable and visible, or nothing."""

    def project(self, name: str) -> Project | None:
        """Return the project of that normalised name."""

    def file(self, filename: str) -> StoredFile | None:
        """Return the file of that name, whatever its letters' case."""

    def files(self, project: str) -> tuple[StoredFile, ...]:
        """Return the files of a project, oldest first."""

    def project_names(self) -> tuple[str, ...]:
        """Return the names of all projects as first written, in normalised order."""

    def add_project(self, project: Project) -> None:
        """Add a project."""

    def add_file(self, file: StoredFile) -> int:
        """Add a file and its line of the journal; return that line's serial."""

    def serial(self) -> int:
        """Return the serial of the last change, this transaction's included."""

    def point(self, path: str, pointer: Pointer) -> Pointer | None:
        """Let ``path`` stand for other content; return what it stood for."""


class MetadataStore(Protocol):
    """The rows and pointers of the index. Every method is safe in every thread.

    Each raises ``StorageFailedError``.
    """

    def change(self) -> AbstractContextManager[Transaction]:
        """Open the one transaction; it is durable when the block ends well."""

    def pointer(self, path: str) -> Pointer | None:
        """Return what ``path`` stands for."""

    def is_referenced(self, sha256: str) -> bool:
        """Tell whether any path stands for that content."""

    def serial(self) -> int:
        """Return the serial of the last change, 0 before the first."""

    def project(self, name: str) -> Project | None:
        """Return the project of that normalised name."""

    def files(self, project: str) -> tuple[StoredFile, ...]:
        """Return the files of a project, oldest first."""

    def project_count(self) -> int:
        """Return the number of projects."""

    def latest(self, count: int) -> tuple[Change, ...]:
        """Return the last ``count`` changes, newest first."""

    def password_of(self, user: str) -> str | None:
        """Return the stored form of a user's password."""

    def user_of_token(self, digest: str) -> str | None:
        """Return the user whose token has that stored form."""

    def set_user(self, user: str, password: str) -> bool:
        """Store a user's password; tell whether the user is new."""

    def add_token(self, user: str, digest: str) -> None:
        """Store a token of a user who is there."""

    def has_users(self) -> bool:
        """Tell whether anybody may upload."""


class Stage(Protocol):
    """Content on its way into the blob store; nothing of it is visible yet."""

    def spool(self, filename: str) -> tuple[Path, BinaryIO]:
        """Open a new file of that name for content that arrives in pieces."""

    def add_file(self, path: Path, sha256: str) -> None:
        """Take the finished file at ``path`` along; it is flushed to the disk."""

    def add(self, content: bytes) -> str:
        """Take ``content`` along, flushed to the disk; return its sha256."""

    def retire(self, sha256: str) -> None:
        """Remove that content at the end, unless something still refers to it."""

    def place(self) -> None:
        """Put everything in its place, durably, before the metadata refer to it."""

    def finish(self, is_referenced: Callable[[str], bool]) -> None:
        """Clear up: what was staged or retired stays only if it is referred to."""


class BlobStore(Protocol):
    """Immutable content by its sha256. Every method is safe in every thread."""

    def stage(self) -> Stage:
        """Begin to bring content in."""

    def open(self, sha256: str) -> BinaryIO | None:
        """Open the content for reading, None if it is not there."""

    def recover(self, is_referenced: Callable[[str], bool]) -> int:
        """Finish the stages that a crash left behind; return how many."""
