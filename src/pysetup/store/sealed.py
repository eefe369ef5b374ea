"""Small cached texts, each sealed with its digest: damage is a miss, never an error."""

import os
from contextlib import suppress
from pathlib import Path

from pysetup.late import hashlib, tempfile

_SEAL = 32


class SealedFolder:
    """A folder of cached contents by key, for one purpose.

    Every failure of the disk is a miss, and a failure to keep something is silent:
    what is cached can be fetched again. Safe to share between threads and
    processes; one folder may be deleted at any time.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, key: str) -> bytes | None:
        """Return the content kept under ``key``, or None."""
        try:
            found = self._path(key).read_bytes()
        except OSError:
            return None
        return unsealed(key, found)

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key`` if the disk allows it."""
        path = self._path(key)
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, sealed(key, content))

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._root / name[:2] / name[2:]


def sealed(key: str, content: bytes) -> bytes:
    """Return ``content`` with a seal before it, under ``key``."""
    return _digest(key, content) + content


def unsealed(key: str, content: bytes) -> bytes | None:
    """Return what was sealed under ``key``, or None if it is anything else."""
    seal, inside = content[:_SEAL], content[_SEAL:]
    # The key is sealed too: a file under another's name is damage as well.
    return inside if seal == _digest(key, inside) else None


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + content).digest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that others see it whole or not at all; raises ``OSError``."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
