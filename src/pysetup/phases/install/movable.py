"""Looking at what is to be moved: all of it must be removable afterwards."""

import os
from collections.abc import Collection

from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.journal import Step
from pysetup.phases.install.refusals import NotWritableError

_DENIED, _KEPT = "permission denied", "it may not be removed"
_MOUNTED = "something is mounted there"


def check_moves(
    steps: Collection[Step], files: FileSystem, *, unseen: Collection[str] = ()
) -> None:
    """Raise ``NotWritableError`` if one of ``steps`` would fail, or leave something.

    ``unseen`` are files that go and were not looked at. A folder can be moved away
    with things in it that cannot be removed any more: a folder that is read-only, that
    is somebody else's, or upon which something is mounted. What was once moved is too
    late to be refused.
    """
    for path in sorted(unseen):
        if not files.removable(path):
            raise NotWritableError(path, _KEPT)
    asked: set[str] = set()
    mounts = _mounts([step.place for step in steps], files)
    for step in steps:
        folder = os.path.dirname(step.place)
        if folder not in asked and not files.writable(folder):
            raise NotWritableError(folder, _DENIED)
        asked.add(folder)
        if step.old:
            _check_mounts(step, mounts)
            _check_going(step.place, files)


def _mounts(places: Collection[str], files: FileSystem) -> Collection[str]:
    """Return what is mounted anywhere among ``places``."""
    if not places:
        return ()
    return files.mounts(os.path.commonpath([os.path.dirname(p) for p in places]))


def _check_mounts(step: Step, mounts: Collection[str]) -> None:
    for mount in mounts:
        is_inside = mount == step.place or mount.startswith(step.place + os.sep)
        # A file that is on another disk goes to a stage on that disk.
        is_above = step.place.startswith(mount + os.sep)
        if is_inside or (is_above and not step.old.startswith(mount + os.sep)):
            raise NotWritableError(mount, _MOUNTED)


def _check_going(place: str, files: FileSystem) -> None:
    """Look at ``place`` if it is a folder, and at all folders below."""
    standing = files.look(place)
    if standing is None or not standing.is_folder:
        return
    pending = [place]
    while pending:
        folder = pending.pop()
        if not files.removable(folder):
            raise NotWritableError(folder, _KEPT)
        if not files.writable(folder):
            raise NotWritableError(folder, _DENIED)
        inside = files.scan(folder)
        pending += [
            f"{folder}{os.sep}{name}" for name, is_folder in inside if is_folder
        ]
