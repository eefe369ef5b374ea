"""What the files of a distribution were like when they came, kept with it.

By this an edit is seen without reading a file, and its folders are known without
parsing RECORD. It stands in the environment's state folder; without it, an uninstall
takes the long way.
"""

import marshal

from pysetup.replay.memory import read_bytes, sealed, unsealed

FOLDER = "owned"
# There are files that belong to two distributions: that takes more than a look.
SHARED = "shared"

Numbers = tuple[int, ...]
# Folder below the prefix; its time of change in ns, if nothing else was in it then,
# else 0; name, size, time of change and inode of each file. Of bytecode, which Python
# may write anew, and of the database it is the names alone.
Owned = tuple[str, int, tuple[bytes, ...], Numbers, Numbers, Numbers]
# Place below the prefix; what stands before and behind the interpreter's path.
Script = tuple[str, bytes, bytes]


class Ownership:
    """The files of one distribution: ``groups`` of them by folder, and ``scripts``.

    ``links`` are folders of the store: place below the prefix, absolute target;
    ``told`` is what the history says of it, empty if it can be had from no archive.
    """

    __slots__ = ("groups", "links", "name", "scripts", "told", "version")

    def __init__(
        self,
        name: str,
        version: str,
        groups: tuple[Owned, ...],
        scripts: tuple[Script, ...],
        links: tuple[tuple[str, str], ...],
        told: bytes,
    ) -> None:
        self.name = name
        self.version = version
        self.groups = groups
        self.scripts = scripts
        self.links = links
        self.told = told

    def to_bytes(self) -> bytes:
        """Write it, sealed."""
        rest = (self.groups, self.scripts, self.links, self.told)
        return sealed(marshal.dumps((self.name, self.version, *rest), 2))


def read_ownership(path: str) -> Ownership | None:
    """Read what was written; None if it is damaged. Raises ``OSError``."""
    inside = unsealed(read_bytes(path))
    if inside is None:
        return None
    return Ownership(*marshal.loads(inside))  # noqa: S302 - sealed, and our own
