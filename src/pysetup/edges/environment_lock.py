"""The lock of an environment: one command at a time changes it."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator

from pysetup.errors import BusyError

_POLL = 0.05
_ANNOUNCE_AFTER = 3.0
_LONGEST_NUMBER = 20


class EnvironmentLockedError(BusyError):
    """Another pysetup is changing this environment, and did not finish in time.

    Only one command at a time may change an environment. Try again later, or allow a
    longer wait with ``--lock-timeout`` (``PYSETUP_LOCK_TIMEOUT``), in seconds.
    """

    code = "PS9300"

    def __init__(self, path: str, waited: float, process: int | None) -> None:
        facts: dict[str, object] = {"lock": path, "waited": waited}
        if process is not None:
            facts["process"] = process
        super().__init__(
            f"{_holder(process)} is changing {os.path.dirname(os.path.dirname(path))} "
            f"(waited {waited:.0f} s)",
            facts=facts,
            hints=(
                "try again when the other command has ended",
                "or wait longer:  --lock-timeout SECONDS",
            ),
        )
        self.path, self.waited, self.process = path, waited, process


@contextlib.contextmanager
def held_lock(
    path: str,
    *,
    timeout: float,
    sleep: Callable[[float], None],
    tell: Callable[[str], None],
) -> Iterator[None]:
    """Hold the lock file ``path`` exclusively; it is gone afterwards.

    It holds the number of its process, for those who wait. Waits at most ``timeout``
    seconds, calls ``tell`` once when it takes long, and raises
    ``EnvironmentLockedError``.
    """
    waited = 0.0
    while (descriptor := _try_lock(path)) is None:
        if waited >= timeout:
            raise EnvironmentLockedError(path, waited, _process(path))
        if waited < _ANNOUNCE_AFTER <= waited + _POLL:
            tell(
                f"waiting for {_holder(_process(path))}, which is changing "
                f"{os.path.dirname(os.path.dirname(path))}; "
                f"--lock-timeout says how long (now {timeout:.0f} s)"
            )
        sleep(_POLL)
        waited += _POLL
    try:
        yield
    finally:
        # Removed while it is held: who waits for it sees that it is another file.
        with contextlib.suppress(OSError):
            os.unlink(path)
        os.close(descriptor)


def _try_lock(path: str) -> int | None:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, flags, 0o666)
    except FileNotFoundError:  # its holder has just tidied up
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
            _write_process(descriptor)
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _write_process(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # a full disk: then nobody learns the number
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)


def _process(path: str) -> int | None:
    """Return the number of the process that holds the lock, if it is written there."""
    try:
        with open(path, "rb") as stream:
            return int(stream.read(_LONGEST_NUMBER))
    except (OSError, ValueError):
        return None


def _holder(process: int | None) -> str:
    return "another pysetup" if process is None else f"another pysetup ({process})"
