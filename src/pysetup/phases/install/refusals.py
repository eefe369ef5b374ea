"""What the system can refuse while an environment is changed, told as errors."""

import errno
import os

from pysetup.errors import EnvironmentRefusedError
from pysetup.phases.install.room import NoSpaceError
from pysetup.phases.install.stage import STAGE_PREFIXES

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_PERMISSION = (errno.EROFS, errno.EACCES, errno.EPERM)


class NotWritableError(EnvironmentRefusedError):
    """A folder of the environment cannot be written by this user.

    Its permissions, an immutable flag or a read-only file system forbid it. The
    environment is as it was.
    """

    code = "PS7309"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"cannot write in {path}: {reason}",
            facts={"path": path},
            hints=(
                "use an environment of your own:  pysetup venv create",
                "or run as the owner of this one",
            ),
        )
        self.path, self.reason = path, reason


class ChangeFailedError(EnvironmentRefusedError):
    """The system refused a step in the middle of a change, which was taken back.

    The environment is as it was before the command.
    """

    code = "PS7312"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the change failed and was taken back: {path}: {reason}",
            facts={"path": path},
            hints=("remove the cause and run the command again",),
        )
        self.path, self.reason = path, reason


class UnfinishedChangeError(EnvironmentRefusedError):
    """A change failed half-way, and could not be taken back either.

    The disk may be full or failing. Everything that is needed to finish is kept: the
    next pysetup command in this environment goes on from here.
    """

    code = "PS7314"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the change could neither be finished nor taken back: {path}: {reason}",
            facts={"path": path},
            hints=("remove the cause, then run any pysetup command here",),
        )
        self.path, self.reason = path, reason


class NotDurableError(EnvironmentRefusedError):
    """The change is made, but the disk did not confirm that it would survive.

    The environment is as it was to be. If the power fails now, the old state or the
    new one may be found; the disk is probably failing.
    """

    code = "PS7318"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the change is made, but the disk of {path} does not keep it: {reason}",
            facts={"path": path},
            hints=("look after the disk", "leave such waits out:  --durability fast"),
        )
        self.path, self.reason = path, reason


def refusal(error: OSError, place: str) -> EnvironmentRefusedError:
    """Return the error that says what the system refused at ``place`` or below."""
    path, reason = told(error, place)
    if error.errno in _NO_SPACE:
        return NoSpaceError(path)
    if error.errno in _NO_PERMISSION:
        return NotWritableError(path, reason)
    return ChangeFailedError(path, reason)


def told(error: OSError, place: str) -> tuple[str, str]:
    """Return the path and the reason that the system gave.

    Of the two paths of a move it is the one that the user knows: the other is in the
    stage, which is gone by now.
    """
    given = (error.filename, error.filename2)
    paths = [path for path in given if isinstance(path, str)]
    known = [path for path in paths if not _is_staged(path)]
    return (*known, *paths, place)[0], error.strerror or str(error)


def _is_staged(path: str) -> bool:
    return any(part.startswith(STAGE_PREFIXES) for part in path.split(os.sep))
