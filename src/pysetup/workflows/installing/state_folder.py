"""The state folder of an environment: one command at a time, and nothing left over."""

import contextlib
import os
import time
from collections.abc import Iterator

from pysetup.edges.files import held_lock
from pysetup.interchange.environment import Environment
from pysetup.phases.install.apply import NotWritableError, recover
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.plan import STATE_FOLDER
from pysetup.workflows.context import Context


def state_folder(environment: Environment) -> str:
    """Return the folder: beside the site folder, where the environment has a root."""
    own = environment.virtual or environment.scheme.purelib == environment.prefix
    where = environment.prefix if own else environment.scheme.purelib
    return os.path.join(os.path.realpath(where), STATE_FOLDER)


@contextlib.contextmanager
def held_state_folder(
    environment: Environment, context: Context, *, files: FileSystem, timeout: float
) -> Iterator[str]:
    """Lock the environment and finish what was interrupted; tidy up afterwards.

    Gives the folder where transactions keep their state. ``timeout`` is in seconds.
    Raises ``EnvironmentLockedError``, ``NotWritableError`` or as ``recover``.
    """
    root = state_folder(environment)
    path = os.path.join(root, "lock")
    with _made_folders(root), contextlib.ExitStack() as stack:
        try:
            stack.enter_context(
                held_lock(path, timeout=timeout, sleep=time.sleep, tell=context.tell)
            )
        except OSError as error:
            raise NotWritableError(root, error.strerror or str(error)) from None
        outcome = recover(root, files=files)
        if outcome:
            context.tell(f"an interrupted earlier command was {outcome}")
        yield root


@contextlib.contextmanager
def _made_folders(root: str) -> Iterator[None]:
    """Make ``root`` and what is missing above it; remove what is empty at the end."""
    missing = [root]
    while not os.path.lexists(os.path.dirname(missing[-1])):
        missing.append(os.path.dirname(missing[-1]))
    try:
        os.makedirs(root, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotWritableError(os.path.dirname(root), reason) from None
    try:
        yield
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
