"""A file that a command was asked for: proved possible first, written at the end."""

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.late import tempfile
from pysetup.workflows.context import NoSuchFolderError


class UnwritableFileError(EnvironmentRefusedError):
    """A file that an option names cannot be written.

    Nothing was changed: that it can be written is found out before anything else.
    """

    code = "PS7920"

    def __init__(self, option: str, path: Path, reason: str) -> None:
        super().__init__(
            f"{option}: cannot write {path}: {reason}",
            facts={"path": str(path), "reason": reason},
            hints=("name a file in a folder of yours",),
        )


class FolderInTheWayError(UsageError):
    """An option names a file, but a folder is there.

    Nothing was changed. Add the name of a file to the path.
    """

    code = "PS2652"

    def __init__(self, option: str, path: Path) -> None:
        super().__init__(
            f"{option}: {path} is a folder",
            facts={"path": str(path)},
            hints=("name a file in it",),
        )


class ResultFile:
    """A place for the file ``path`` that ``option`` names; it appears whole."""

    def __init__(self, option: str, path: Path, temporary: str | None) -> None:
        self._option = option
        self._path = path
        self._temporary = temporary

    def write(self, content: str) -> None:
        """Write the file, but do not show it yet; raises ``UnwritableFileError``."""
        place = self._temporary or str(self._path)
        with self._told(), open(place, "w", encoding="utf-8") as stream:
            stream.write(content)

    def show(self) -> None:
        """Put what was written in its place; raises ``UnwritableFileError``."""
        if self._temporary is not None:
            with self._told():
                os.replace(self._temporary, self._path)
            self._temporary = None

    def discard(self) -> None:
        """Leave nothing that was not shown."""
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnwritableFileError(self._option, self._path, reason) from None


@contextmanager
def result_file(option: str, path: Path) -> Iterator[ResultFile]:
    """Give a place for the file ``path``, after finding out that it can be written.

    What is no plain file, such as ``/dev/stdout``, is written to directly. Raises
    ``NoSuchFolderError``, ``FolderInTheWayError`` or ``UnwritableFileError``.
    """
    path = Path(os.path.realpath(path))
    made = ResultFile(option, path, _temporary(option, path))
    try:
        yield made
    finally:
        made.discard()


def _temporary(option: str, path: Path) -> str | None:
    """Return a new file beside ``path``; None where that itself is written to."""
    try:
        kind = os.stat(path).st_mode
    except OSError:
        kind = stat.S_IFREG
    if stat.S_ISDIR(kind):
        raise FolderInTheWayError(option, path)
    if not path.parent.is_dir():
        raise NoSuchFolderError(path.parent)
    try:
        if not stat.S_ISREG(kind) or path.exists():
            # Its own permission counts, though another file takes its place.
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        if not stat.S_ISREG(kind):
            return None
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name[:100]}.", suffix=".new", dir=path.parent
        )
        os.fchmod(handle, _mode(path))
        os.close(handle)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnwritableFileError(option, path, reason) from None
    return name


def _mode(path: Path) -> int:
    """Return the mode of the file that is replaced, or that of any new file."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
