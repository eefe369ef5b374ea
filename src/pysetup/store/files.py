"""Files by their SHA-256: verified when they enter, and again on every use."""

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from pysetup.errors import EnvironmentRefusedError
from pysetup.late import tempfile
from pysetup.standards.hashes import Hash, HashMismatchError, new_hasher
from pysetup.values import dataclass


class StoreFullError(EnvironmentRefusedError):
    """There is no place for a downloaded file, neither in the cache nor elsewhere.

    The disk is full, or neither the cache nor the temporary folder can be
    written. Free some space, or name another folder with ``--cache-dir DIR``. What the
    cache holds may be removed at any time.
    """

    code = "PS7201"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"a file cannot be kept in {folder}: {reason}",
            facts={"folder": str(folder), "because": reason},
            hints=(
                "free some space on that disk",
                "or name another folder: --cache-dir DIR",
            ),
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store: where it is, its SHA-256, its size in bytes."""

    path: Path
    hash: Hash
    size: int


class FileStore:
    """Downloaded files below ``root``, each in a folder named by its SHA-256.

    ``scratch`` gives a temporary folder, and is called only when the cache cannot
    be written. Damage found on use is a miss; nothing here depends on a file
    staying. Safe to share between threads and processes.
    """

    def __init__(self, root: Path, *, scratch: Callable[[], Path]) -> None:
        self._root = root
        self._scratch = scratch

    def get(self, hash_: Hash, filename: str) -> StoredFile | None:
        """Return the file with this SHA-256 and name, read and found whole, or None."""
        path = _place(self._root, hash_, filename)
        try:
            size = path.stat().st_size
            if Hash.of_file(str(path)) == hash_:
                with suppress(OSError):
                    os.utime(path)  # tells when it was last wanted
                return StoredFile(path, hash_, size)
            path.unlink()
        except OSError:
            pass
        return None

    def arrival(self, filename: str) -> "Arrival":
        """Return a place for a file on its way in; use it in ``with``.

        Raises ``StoreFullError``.
        """
        with suppress(OSError):
            return Arrival(self._root, filename, elsewhere=self._scratch)
        return self._elsewhere(filename)

    def put(
        self, chunks: Iterable[bytes], *, filename: str, expected: Sequence[Hash] = ()
    ) -> StoredFile:
        """Keep a file that must have all the ``expected`` digests.

        Raises ``HashMismatchError`` or ``StoreFullError``.
        """
        with self.arrival(filename) as arrival:
            for chunk in chunks:
                arrival.write(chunk)
            return arrival.keep(expected=expected, source=filename)

    def _elsewhere(self, filename: str) -> "Arrival":
        folder = self._scratch()
        try:
            return Arrival(folder, filename, elsewhere=None)
        except OSError as error:
            raise StoreFullError(folder, error.strerror or str(error)) from None


class Arrival:
    """A file on its way into the store, hashed while it is written.

    It is in nobody's sight before ``keep``; leaving the ``with`` block without that
    removes it. When the cache is full it moves to the scratch folder.
    """

    def __init__(
        self, root: Path, filename: str, *, elsewhere: Callable[[], Path] | None
    ) -> None:
        folder = root / "new"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, self._temporary = tempfile.mkstemp(dir=folder)
        self._stream = FileIO(handle, "w+b")
        self._root = root
        self._filename = filename
        self._elsewhere = elsewhere
        self._hasher = new_hasher("sha256")
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``; raises ``StoreFullError``."""
        try:
            _write_all(self._stream.fileno(), chunk)
        except OSError as error:
            self._move(error)
            self.write(chunk)
            return
        self._hasher.update(chunk)
        self.size += len(chunk)

    def restart(self) -> None:
        """Forget what was written."""
        self._stream.seek(0)
        self._stream.truncate()
        self._hasher = new_hasher("sha256")
        self.size = 0

    def keep(self, *, expected: Sequence[Hash], source: str) -> StoredFile:
        """Give the file its place if it has all the ``expected`` digests.

        ``source`` names the file in errors. Raises ``HashMismatchError`` or
        ``StoreFullError``.
        """
        try:
            return self._settle(expected, source=source)
        except OSError as error:
            self._move(error)
        try:
            return self._settle(expected, source=source)
        except OSError as error:
            raise StoreFullError(self._root, error.strerror or str(error)) from None

    def _settle(self, expected: Sequence[Hash], *, source: str) -> StoredFile:
        found = Hash("sha256", self._hasher.hexdigest())
        for promised in expected:
            received = found
            if promised.algorithm != found.algorithm:
                received = Hash.of_file(self._temporary, promised.algorithm)
            if received != promised:
                raise HashMismatchError(
                    source, expected=str(promised), found=str(received)
                )
        path = _place(self._root, found, self._filename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(self._temporary, path)
        return StoredFile(path, found, self.size)

    def _move(self, error: OSError) -> None:
        """Go on in the scratch folder with what has been written so far."""
        if self._elsewhere is None:
            raise StoreFullError(self._root, error.strerror or str(error)) from None
        old, old_name = self._stream, self._temporary
        root, self._elsewhere = self._elsewhere(), None
        folder = root / "new"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, self._temporary = tempfile.mkstemp(dir=folder)
            self._stream = FileIO(handle, "w+b")
            self._root = root
            whole = self._take_over(old)
        except OSError as second:
            raise StoreFullError(root, second.strerror or str(second)) from None
        finally:
            old.close()
            with suppress(OSError):
                os.unlink(old_name)
        if not whole:
            raise StoreFullError(root, "what was written cannot be read back")

    def _take_over(self, old: FileIO) -> bool:
        """Copy what was written; tell whether it is still what it was."""
        old.seek(0)
        left, hasher = self.size, new_hasher("sha256")
        while left and (piece := old.read(min(left, 1 << 20))):
            _write_all(self._stream.fileno(), piece)
            hasher.update(piece)
            left -= len(piece)
        return hasher.hexdigest() == self._hasher.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        with suppress(OSError):
            os.unlink(self._temporary)


def _place(root: Path, hash_: Hash, filename: str) -> Path:
    """Return where a file belongs: below its digest, with its own name."""
    return root / hash_.hexdigest[:2] / hash_.hexdigest[2:] / os.path.basename(filename)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        written = os.write(descriptor, view)
        if written == 0:  # pragma: no cover - POSIX promises progress or an error
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        view = view[written:]
