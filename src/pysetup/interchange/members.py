"""Members of source archives: one form for tar and zip, their limits and errors."""

from collections.abc import Callable, Iterator

from pysetup.errors import IntegrityError
from pysetup.values import dataclass

FILE, FOLDER, LINK, OTHER = "file", "folder", "link", "other"
# A hard link: one more copy of a file that stands before it.
COPY = "copy"


class DamagedArchiveError(IntegrityError):
    """A source archive is damaged, or is written so that readers disagree about it.

    Refused are: a wrong checksum, a truncated file, bytes after the end, devices,
    pipes, sparse files, a name that stands twice with two contents, more than one
    folder at the top, links that lead outside or in a circle, hard links to anything
    but an earlier file of the archive, and headers that contradict each other.
    Nothing was unpacked. Get the file anew, or tell its author. An archive that you
    trust all the same can be unpacked by hand: ``pysetup build`` takes the folder.
    """

    code = "PS5400"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not an acceptable source archive: {reason}",
            facts={"file": source},
            hints=(
                "get the file anew; if that does not help, tell its author",
                "if you trust it: unpack it by hand, and give the folder instead",
            ),
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

    members: int = 100_000
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

    ``kind`` is FILE, FOLDER, LINK, COPY or OTHER; ``target`` is where a link leads, the
    path of the earlier file that a COPY (a hard link) repeats, and what an OTHER is (a
    device); ``read`` yields the content of a file, once, before the next member is
    asked for. ``mtime`` is in seconds since 1970, None where it is not known;
    ``dialect`` of a tar header is ``pax``, ``gnu`` or ``v7``.
    """

    path: str
    kind: str
    size: int
    executable: bool
    target: str
    read: Callable[[], Iterator[bytes]]
    mtime: int | None = None
    dialect: str = ""
