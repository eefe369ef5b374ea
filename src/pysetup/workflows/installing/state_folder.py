"""The state folder of an environment: one command at a time, and nothing left over."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from pysetup.edges.environment_lock import EnvironmentLockedError, held_lock
from pysetup.edges.files import LocalFiles
from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.late import shutil
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.journal import JOURNAL
from pysetup.phases.install.plan import STATE_FOLDER
from pysetup.phases.install.recovery import left_behind, recover
from pysetup.phases.install.refusals import NotWritableError, refusal
from pysetup.phases.install.room import NoSpaceError
from pysetup.workflows.context import Context

_FILES = LocalFiles()


def state_folder(environment: Environment) -> str:
    """Return the folder where pysetup keeps what it knows of the environment.

    It lasts once a command has changed something; all that is in it is optional.
    """
    scheme = environment.scheme
    above = environment.prefix if environment.virtual else scheme.purelib
    return os.path.join(os.path.realpath(above), STATE_FOLDER)


def forget_state(environment: Environment) -> None:
    """Leave nothing of ours beside the files: they are to be packed and carried away.

    What was interrupted stays, to be finished by the next command.
    """
    root = state_folder(environment)
    if not os.path.lexists(os.path.join(root, JOURNAL)):
        shutil.rmtree(root, ignore_errors=True)


def finish_interrupted(
    environment: Environment, context: Context, *, timeout: float
) -> None:
    """Finish what an interrupted command left, if it left anything.

    For commands that only read: nothing is written when there is nothing to finish,
    and what another command is preparing is not waited for. ``timeout`` is in seconds.
    Raises as ``held_state_folder``.
    """
    sites = _sites(environment)
    folders = (state_folder(environment), *_former_folders(environment))
    try:
        left = {left_behind(root, files=_FILES, sites=sites) for root in folders}
    except OSError:
        return  # not ours to look at, so not ours to finish
    if left == {""}:
        return
    waits = timeout if "journal" in left else 0.0
    try:
        with held_state_folder(environment, context, files=_FILES, timeout=waits):
            pass
    except EnvironmentLockedError:
        if "journal" in left:
            raise


@contextlib.contextmanager
def held_state_folder(
    environment: Environment,
    context: Context,
    *,
    files: FileSystem,
    timeout: float,
    lasts: Callable[[], bool] = lambda: True,
) -> Iterator[str]:
    """Lock the environment and finish what was interrupted.

    Gives the folder where transactions keep their state. ``timeout`` is in seconds. If
    ``lasts`` denies it at the end, a folder that was made here goes again. Raises
    ``EnvironmentLockedError``, ``NotWritableError`` or as ``recover``.
    """
    root = state_folder(environment)
    with _made_folders(root, lasts), contextlib.ExitStack() as stack:
        held = partial(_recovered, environment, context, files, timeout)
        stack.enter_context(held(root))
        for former in _former_folders(environment):
            with held(former):
                pass
            with contextlib.suppress(OSError):
                os.rmdir(former)
        yield root


@contextlib.contextmanager
def _recovered(
    environment: Environment,
    context: Context,
    files: FileSystem,
    timeout: float,
    root: str,
) -> Iterator[None]:
    """Hold the lock in ``root``, after finishing what was interrupted there."""
    path = os.path.join(root, "lock")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(
                held_lock(path, timeout=timeout, sleep=time.sleep, tell=context.tell)
            )
        except OSError as error:
            raise _refusal(error, root) from None
        outcome = recover(root, files=files, sites=_sites(environment))
        if outcome:
            context.tell(f"an interrupted earlier command was {outcome}")
        yield


def _sites(environment: Environment) -> tuple[str, ...]:
    return (environment.scheme.purelib, environment.scheme.platlib)


def _refusal(error: OSError, folder: str) -> EnvironmentRefusedError:
    found = refusal(error, folder)
    if isinstance(found, NoSpaceError):
        return found
    return NotWritableError(folder, error.strerror or str(error))


def _former_folders(environment: Environment) -> tuple[str, ...]:
    """Return where an older pysetup kept its state, if it left any."""
    former = os.path.join(environment.scheme.purelib, STATE_FOLDER)
    if former == state_folder(environment) or not os.path.isdir(former):
        return ()
    return (former,)


@contextlib.contextmanager
def _made_folders(root: str, lasts: Callable[[], bool]) -> Iterator[None]:
    """Make ``root`` and what is missing above it; remove it again unless it lasts."""
    missing = [] if os.path.lexists(root) else [root]
    while missing and not os.path.lexists(os.path.dirname(missing[-1])):
        missing.append(os.path.dirname(missing[-1]))
    try:
        os.makedirs(root, exist_ok=True)
    except OSError as error:
        raise _refusal(error, os.path.dirname(root)) from None
    try:
        yield
    finally:
        for folder in [] if lasts() else missing:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
