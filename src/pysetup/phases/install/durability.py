"""What must have reached the disk before a change goes on: as little as will do.

Two promises are kept. Power may fail at any moment: then the old state is found, or the
new one, or a journal with all it needs. And when the command has ended well, the new
state stays.

For the first, new files and the journal's content must be on the disk before the
journal has its name; that is one flush, of everything at once (``syncfs``), since one
for each file would take many times as long. From there on only names change, and they
must not reach the disk before the journal's own name does. File systems with one log
for all of them (ext4 and ext3 with a journal, xfs) see to that: a name is never found
changed while an earlier change is lost. There nothing is waited for until the end,
when one flush of the state folder brings the log to the disk, and with it all names
that were changed before. Everywhere else (btrfs may log single folders early, overlays
and network drives make no promise), and where an environment is on several file
systems, the journal's name is flushed before the first move, and all moves before it
is removed.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from pysetup.phases.install.filesystem import FileSystem

DurabilityMode = Literal["durable", "fast"]


class Durability(Protocol):
    """When the disk is waited for; ``folders`` are the stages, one for each disk."""

    def staged(self, folders: Sequence[str]) -> None:
        """Go on after new files and the journal were written; its name comes next."""

    def committed(self, root: str, folders: Sequence[str]) -> None:
        """Go on after the journal got its name in ``root``; the moves come next."""

    def moved(self, root: str, folders: Sequence[str]) -> None:
        """Go on after all moves are done; the journal goes next."""

    def ended(self, root: str, folders: Sequence[str]) -> None:
        """End, after everything is tidied up."""


class Durable:
    """Waits as often as the promises need it; may raise ``OSError``."""

    def __init__(self, files: FileSystem) -> None:
        self._files = files
        self._ordered: dict[str, bool] = {}

    def staged(self, folders: Sequence[str]) -> None:
        """Bring contents to the disk."""
        for folder in folders:
            self._files.flush(folder)

    def committed(self, root: str, folders: Sequence[str]) -> None:
        """Bring the journal's name to the disk where order is not given."""
        if not self._is_ordered(root, folders):
            self._files.flush_names(root)

    def moved(self, root: str, folders: Sequence[str]) -> None:
        """Bring the moves to the disk where order is not given."""
        if not self._is_ordered(root, folders):
            self.staged(folders)

    def ended(self, root: str, folders: Sequence[str]) -> None:
        """Bring all names to the disk where that was left to this moment."""
        if self._is_ordered(root, folders):
            self._files.flush_names(root)

    def _is_ordered(self, root: str, folders: Sequence[str]) -> bool:
        if root not in self._ordered:
            self._ordered[root] = self._files.keeps_order(root)
        return len(folders) == 1 and self._ordered[root]


class Fast:
    """Waits for nothing: safe from kills, not from a loss of power."""

    def staged(self, folders: Sequence[str]) -> None:
        """Go on."""

    def committed(self, root: str, folders: Sequence[str]) -> None:
        """Go on."""

    def moved(self, root: str, folders: Sequence[str]) -> None:
        """Go on."""

    def ended(self, root: str, folders: Sequence[str]) -> None:
        """Go on."""


def durability(mode: DurabilityMode, files: FileSystem) -> Durability:
    """Return what ``mode`` means on ``files``."""
    return Durable(files) if mode == "durable" else Fast()
