"""A lock file on the disk: its name, its bytes, and what it is known to be for."""

import os
import stat
from pathlib import Path

from pysetup.errors import OutOfDateError, UsageError
from pysetup.interchange.pylock.faults import LockNameError
from pysetup.interchange.pylock.model import is_lock_name
from pysetup.interchange.pylock.reading import read_lock
from pysetup.store.sealed import write_whole
from pysetup.workflows.isolating.locked_builds import UnreadableLockError
from pysetup.workflows.locking.inputs import recorded_inputs
from pysetup.workflows.locking.task import UNIVERSAL


class NoLockError(OutOfDateError):
    """There is no lock file to check or to install from.

    ``pysetup lock`` makes one.
    """

    code = "PS8791"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"there is no lock file {path}",
            facts={"file": str(path)},
            hints=("make one:  pysetup lock",),
        )


def is_universal(path: Path | None) -> bool:
    """Tell whether the lock in ``path`` is one for all environments.

    A lock that cannot be read is none; whoever needs it says what is wrong with it.
    """
    content = None if path is None else read_lock_bytes(path)
    if path is None or content is None:
        return False
    try:
        kept = recorded_inputs(read_lock(content, source=path.name).tool)
    except UsageError:
        return False
    return kept is not None and kept.get("target") == UNIVERSAL


def check_lock_name(path: Path) -> None:
    """Raise ``LockNameError`` unless PEP 751 allows the name of ``path``."""
    if not is_lock_name(path.name):
        raise LockNameError(path.name)


def read_lock_bytes(path: Path) -> bytes | None:
    """Return the content of a lock file, None if there is none.

    Raises ``UnreadableLockError``.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableLockError(path, error.strerror or str(error)) from None


def write_lock(path: Path, content: bytes) -> None:
    """Write a lock file whole or not at all; a link to it and its mode stay.

    Raises ``UnreadableLockError``.
    """
    place = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644
        write_whole(place, content)
        place.chmod(mode)
    except OSError as error:
        raise UnreadableLockError(path, error.strerror or str(error)) from None
