"""What installing asks of the file system; every call is one step that can fail."""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

# What ``write_durably`` writes to before it renames.
FRESH_SUFFIX = ".new"


class Look(Protocol):
    """What stands at a path, links not followed: its inode number and its kind."""

    @property
    def inode(self) -> int:
        """The number by which the file system knows it."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a real folder."""


class FileSystem(Protocol):
    """The steps of a transaction. All raise ``OSError``, and nothing else."""

    def look(self, path: str) -> Look | None:
        """Say what stands at ``path``, or None; a link is looked at, not followed."""

    def scan(self, folder: str) -> list[tuple[str, bool]]:
        """Return (name, is a real folder) of what is in ``folder``."""

    def read(self, path: str) -> bytes:
        """Return the content of a file."""

    def writable(self, folder: str) -> bool:
        """Tell whether this process may create and remove entries in ``folder``."""

    def removable(self, path: str) -> bool:
        """Tell whether ``path`` may go, if its folder is writable.

        Of a folder that is a matter of its owner alone; what is in it is not asked.
        """

    def mounts(self, folder: str) -> Collection[str]:
        """Return what is mounted below the real path ``folder``."""

    def free_space(self, folder: str) -> int:
        """Return how many bytes may still be written there."""

    def device(self, folder: str) -> int:
        """Return a number that is the same for folders of one file system."""

    def make_folders(self, path: str) -> None:
        """Create ``path`` and the folders above it; it may exist."""

    def write(self, path: str, chunks: Iterable[bytes], *, executable: bool) -> None:
        """Create the file ``path``, which must not exist."""

    def link(self, path: str, target: str) -> None:
        """Create a link at ``path``, which must not exist, to ``target``."""

    def hard_link(self, path: str, source: str) -> None:
        """Let ``path``, which must not exist, be another name of ``source``."""

    def hard_links(
        self, names: Iterable[tuple[str, str]], *, into: str, out_of: str
    ) -> Iterator[None]:
        """Do the same for many (path below ``into``, source below ``out_of``).

        Yields after each; one that fails ends it.
        """

    def clone(self, path: str, source: str, *, executable: bool) -> None:
        """Create ``path``, which must not exist, sharing the blocks of ``source``.

        Content and time of change are those of ``source``, permissions are its own.
        """

    def copy(self, path: str, source: str, *, executable: bool) -> None:
        """Create ``path``, which must not exist, as ``clone`` does but by copying."""

    def write_durably(self, path: str, content: bytes) -> None:
        """Replace ``path`` in one step that survives a loss of power.

        The content is first written beside it, to ``path`` and ``FRESH_SUFFIX``.
        """

    def rename(self, source: str, target: str) -> None:
        """Rename; a file at ``target`` is replaced."""

    def exchange(self, first: str, second: str) -> bool:
        """Swap two entries in one step; False if this system cannot."""

    def unlink(self, path: str) -> None:
        """Remove a file or a link."""

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""

    def remove_tree(self, path: str) -> None:
        """Remove a folder with all that is in it; it may be missing.

        What cannot be removed is left, and then an ``OSError`` raised.
        """

    def is_in_use(self, error: OSError) -> bool:
        """Tell whether a step failed because a program runs from the file.

        On Windows such a file can be renamed, but neither be replaced nor removed, and
        no folder above it can be renamed.
        """

    def flush(self, folder: str) -> None:
        """Return when everything on this file system would survive a loss of power."""

    def flush_names(self, folder: str) -> None:
        """Return when the names in ``folder`` would survive a loss of power."""

    def keeps_order(self, folder: str) -> bool:
        """Tell whether no name on this file system survives without all older ones.

        That is: after a loss of power all changes of names are found up to a moment,
        and none after it.
        """
