"""What the files of a distribution were like when they came, kept with it.

By this an edit is seen without reading a file, and its folders are known without
parsing RECORD. It stands in the environment's state folder; without it, an uninstall
takes the long way.
"""

import marshal

from pysetup.replay.memory import sealed, unsealed

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
    """The files of one distribution: ``groups`` of them by folder, and ``scripts``."""

    __slots__ = ("groups", "name", "scripts", "version")

    def __init__(
        self,
        name: str,
        version: str,
        groups: tuple[Owned, ...],
        scripts: tuple[Script, ...],
    ) -> None:
        self.name = name
        self.version = version
        self.groups = groups
        self.scripts = scripts

    def to_bytes(self) -> bytes:
        """Write it, sealed."""
        told = (self.name, self.version, self.groups, self.scripts)
        return sealed(marshal.dumps(told, 2))


def read_ownership(path: str) -> Ownership | None:
    """Read what was written; None if it is damaged. Raises ``OSError``."""
    with open(path, "rb") as stream:
        inside = unsealed(stream.read())
    if inside is None:
        return None
    return Ownership(*marshal.loads(inside))  # noqa: S302 - sealed, and our own
