"""Where the cache keeps what; and that nobody clears it while it is in use."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pysetup.edges.files import shared_lock
from pysetup.store.wheels import WheelStore
from pysetup.workflows.context import Context

_ROOT = 0


def open_wheel_store(context: Context) -> WheelStore | None:
    """Return the store of unpacked wheels; None if another user could change it.

    That user would own the files of this user's environments, as with ``sudo`` in a
    home that is not root's.
    """
    cache = context.settings.cache_dir
    root = cache / "store" / "v1"
    for folder in (root, cache):
        if not _is_trusted(folder):
            context.show(f"{folder} belongs to another user: nothing is kept unpacked")
            return None
    return WheelStore(root)


def _is_trusted(folder: Path) -> bool:
    """Tell whether nobody else but root can change ``folder``, or make it."""
    while True:
        try:
            facts = folder.stat()
        except FileNotFoundError:
            folder = folder.parent
            continue
        except OSError:
            return False
        open_to_all = facts.st_mode & stat.S_IWOTH and not facts.st_mode & stat.S_ISVTX
        return facts.st_uid in (_ROOT, os.geteuid()) and not open_to_all


def cache_lock(context: Context) -> Path:
    """Return the lock file of the whole cache."""
    return context.settings.cache_dir / "lock"


@contextmanager
def cache_in_use(context: Context) -> Iterator[None]:
    """Keep others from clearing the cache; waits while somebody does."""
    with shared_lock(str(cache_lock(context))):
        yield
