"""What a flat package installs, entry by entry: files, folders, symbolic links."""

import zlib
from collections.abc import Iterable

from pysetup.values import dataclass

FILE, FOLDER, LINK = 0o100000, 0o040000, 0o120000
_KIND = 0o170000
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its path below the root (``.`` is the root itself), and what it is.

    ``mode`` holds the kind and the permission bits; ``content`` is that of a file, or
    what a link points at.
    """

    path: str
    mode: int
    uid: int = 0
    gid: int = 0
    content: bytes = b""

    @property
    def kind(self) -> int:
        """``FILE``, ``FOLDER`` or ``LINK``."""
        return self.mode & _KIND


def cksum(content: bytes) -> int:
    """Return the checksum of POSIX ``cksum``.

    Its polynomial is that of ``zlib.crc32``, which takes the bits of each byte the
    other way round.
    """
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "little")
    crc = zlib.crc32((content + length).translate(_REVERSED), _ALL_ONES)
    return int(f"{crc:032b}"[::-1], 2)


def with_folders(entries: Iterable[Entry], *, folder: Entry) -> list[Entry]:
    """Return the entries with all folders above them, each before what is in it.

    ``folder`` is what a folder looks like that is not among the entries.
    """
    found = {entry.path: entry for entry in entries}
    for path in list(found):
        parent = path
        while "/" in parent:
            parent = parent.rpartition("/")[0]
            found.setdefault(parent, Entry(parent, folder.mode, folder.uid, folder.gid))
    return [found[path] for path in sorted(found, key=lambda path: path.split("/"))]
