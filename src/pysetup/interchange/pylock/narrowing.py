"""A lock for several uses made one for a single use: some extras and groups chosen."""

from pysetup.interchange.pylock.model import LockFile
from pysetup.interchange.pylock.selecting import Parts, wanted_parts
from pysetup.standards.lock_markers import remaining_marker
from pysetup.values import replace


def narrowed(lock: LockFile, parts: Parts, *, source: str) -> LockFile:
    """Return ``lock`` with nothing to choose any more; markers of platforms stay.

    ``source`` is the name of the file, for errors. Raises ``UnknownLockPartError``.
    """
    extras, groups = wanted_parts(lock, parts, source=source)
    rows = []
    for package in lock.packages:
        marker = remaining_marker(package.marker, extras=extras, groups=groups)
        if marker is not None:
            rows.append(replace(package, marker=marker))
    return replace(
        lock,
        packages=tuple(rows),
        extras=(),
        dependency_groups=(),
        default_groups=(),
    )
