"""Content-addressed files in a local folder: staged, flushed, then renamed."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pysetup.server.storage import StorageFailedError

_INTENT = "intent"


class LocalBlobs:
    """Blobs as ``<root>/sha256/ab/cdef…``; stages as ``<root>/tmp/<random>/``.

    A stage writes down what it is about to place, so that after a crash only the
    stages that were open are looked at, however large the store is.
    """

    def __init__(self, root: Path) -> None:
        self._blobs = root / "sha256"
        self._stages = root / "tmp"
        with _storage(root):
            for folder in (self._stages, self._blobs):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (root, root.parent):
                _flush(folder)

    def path(self, sha256: str) -> Path:
        """Return where the content of that digest stands."""
        return self._blobs / sha256[:2] / sha256[2:]

    def stage(self) -> "LocalStage":
        """Begin to bring content in."""
        with _storage(self._stages):
            return LocalStage(self, Path(tempfile.mkdtemp(dir=self._stages)))

    def open(self, sha256: str) -> BinaryIO | None:
        """Open the content for reading, None if it is not there."""
        try:
            return open(self.path(sha256), "rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(self._blobs, error) from None

    def recover(self, is_referenced: Callable[[str], bool]) -> int:
        """Finish the stages that a crash left behind; return how many."""
        left = sorted(self._stages.iterdir())
        for folder in left:
            LocalStage(self, folder).finish(is_referenced)
        return len(left)


class LocalStage:
    """Content on its way in, in a folder of its own below ``tmp``."""

    def __init__(self, blobs: LocalBlobs, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder
        self._staged: dict[str, Path] = {}
        self._retired: set[str] = set()

    def spool(self, filename: str) -> tuple[Path, BinaryIO]:
        """Open a new file of that name for content that arrives in pieces."""
        folder = self._folder / "spool"
        with _storage(self._folder):
            folder.mkdir(exist_ok=True)
            return folder / filename, open(folder / filename, "xb")

    def add_file(self, path: Path, sha256: str) -> None:
        """Take the finished file at ``path`` along; it is flushed to the disk."""
        with _storage(self._folder):
            _flush(path)
        self._staged[sha256] = path

    def add(self, content: bytes) -> str:
        """Take ``content`` along, flushed to the disk; return its sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._folder / sha256
        with _storage(self._folder), open(path, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        self._staged[sha256] = path
        return sha256

    def retire(self, sha256: str) -> None:
        """Remove that content at the end, unless something still refers to it."""
        self._retired.add(sha256)

    def place(self) -> None:
        """Put everything in its place, durably, before the metadata refer to it."""
        with _storage(self._folder):
            # No flush: after a power cut the worst is a blob too many.
            names = sorted({*self._staged, *self._retired})
            (self._folder / _INTENT).write_text("\n".join(names), encoding="ascii")
            touched = set()
            for sha256, path in self._staged.items():
                place = self._blobs.path(sha256)
                if not place.parent.exists():
                    place.parent.mkdir(exist_ok=True)
                    touched.add(place.parent.parent)
                path.chmod(0o444)
                os.replace(path, place)
                touched.add(place.parent)
            for folder in touched:
                _flush(folder)

    def finish(self, is_referenced: Callable[[str], bool]) -> None:
        """Clear up: what was staged or retired stays only if it is referred to.

        Whoever calls it after ``place`` must keep others from placing meanwhile.
        """
        with _storage(self._folder):
            intent = self._folder / _INTENT
            if intent.exists():
                for sha256 in intent.read_text(encoding="ascii").split():
                    if not is_referenced(sha256):
                        self._blobs.path(sha256).unlink(missing_ok=True)
            shutil.rmtree(self._folder)


def _flush(path: Path) -> None:
    """Make a file's content, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _failed(place, error) from None


def _failed(place: Path, error: OSError) -> StorageFailedError:
    return StorageFailedError(str(place), error.strerror or str(error))
