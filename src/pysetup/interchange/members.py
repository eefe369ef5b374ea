"""Members of source archives: one form for tar and zip, their limits and errors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pysetup.errors import IntegrityError

FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "other"


class DamagedArchiveError(IntegrityError):
    """A source archive is damaged, or is written so that readers disagree about it.

    Refused are: a wrong checksum, a truncated file, bytes after the end, hard links,
    devices, pipes, sparse files, names that stand twice, more than one folder at the
    top, links that lead outside, and headers that contradict each other. Nothing
    was unpacked. Get the file anew, or tell its author.
    """

    code = "PS5400"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not an acceptable source archive: {reason}",
            facts={"file": source},
            hints=("get the file anew; if that does not help, tell its author",),
        )
        self.source, self.reason = source, reason


class ArchiveTooLargeError(IntegrityError):
    """A source archive unpacks to more than is allowed: it may be a bomb.

    The limits are the number of members, the unpacked size, and the ratio of the
    unpacked to the packed size once it is beyond 64 MiB. Nothing was unpacked.
    """

    code = "PS5401"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is too large: {reason}",
            facts={"file": source},
            hints=("unpack it by hand if you trust it, and give the folder instead",),
        )
        self.source, self.reason = source, reason


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How large an archive may become; sizes are in bytes."""

    members: int = 200_000
    size: int = 4 << 30
    ratio: int = 50
    free_size: int = 64 << 20

    def unpacked(self, packed: int) -> int:
        """Return how much a file of ``packed`` bytes may unpack to."""
        return min(self.size, max(self.free_size, packed * self.ratio))


DEFAULT_LIMITS = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive; ``path`` has no slash at its end.

    ``kind`` is FILE, FOLDER, LINK or OTHER; ``target`` is where a link leads, and what
    an OTHER is (a hard link, a device); ``read`` yields the content of a file, once,
    before the next member is asked for. ``mtime`` is in seconds since 1970, None where
    it is not known; ``dialect`` of a tar header is ``pax``, ``gnu`` or ``v7``.
    """

    path: str
    kind: str
    size: int
    executable: bool
    target: str
    read: Callable[[], Iterator[bytes]]
    mtime: int | None = None
    dialect: str = ""
