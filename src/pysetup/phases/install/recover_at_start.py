"""Finishes an interrupted change of an environment when its Python starts.

pysetup never imports this: a copy stands in the stage of a change, and the start-up
hook of the environment runs it. So it stands alone, for Python 3.6 and later, and does
what ``journal.py`` and ``recovery.py`` do. Paths are bytes: the encoding of file names
is that of the pysetup that wrote the journal.
"""

# Newer syntax would shut out older interpreters.
# ruff: noqa: UP006, UP035, UP045

import errno
import json
import os
import shutil
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Set

_WAIT, _POLL = 10.0, 0.01  # seconds
_FORMAT = 1
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def recover(state: bytes, hook: bytes, encoding: str) -> None:
    """Roll the journal in the folder ``state`` forward, or back if it says so.

    ``hook`` is the start-up file that called; it goes when the journal is gone. While
    a living pysetup commits, it is waited for. Raises ``OSError`` where nothing can be
    done; the hook then stays.
    """
    site_folder = os.path.dirname(hook)
    before = os.listdir(site_folder)
    lock = _wait_for_lock(state)
    if lock is not None:
        try:
            _finish(state, hook, encoding)
        finally:
            os.unlink(os.path.join(state, b"lock"))
            os.close(lock)
    _take_up(site_folder, before, encoding)


def _wait_for_lock(state: bytes) -> Optional[int]:
    """Return the lock; None if its holder is done, or takes too long.

    Without a journal nothing is waited for: what stands is the old state, whole.
    """
    journal = os.path.join(state, b"journal.json")
    end = time.monotonic() + _WAIT
    while True:
        lock = _try_lock(os.path.join(state, b"lock"))
        if lock is not None:
            return lock
        if not os.path.lexists(journal) or time.monotonic() > end:
            return None
        time.sleep(_POLL)


def _try_lock(path: bytes) -> Optional[int]:
    import fcntl

    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its holder removes it: then it is another file that has to be locked.
        if os.fstat(descriptor).st_ino == os.stat(path).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def _finish(state: bytes, hook: bytes, encoding: str) -> None:
    """Do what the journal says, then remove it, the hooks and the stages, in order."""

    def path_of(text: str) -> bytes:
        return text.encode(encoding, "surrogateescape")

    journal = os.path.join(state, b"journal.json")
    hooks, stages = [hook], _stages(state, path_of)
    if os.path.lexists(journal):
        value = _read(journal)
        if value.get("format") != _FORMAT or value.get("switch"):
            return  # of a switch nothing mixed is ever seen
        stages += [path_of(folder) for folder in value["stages"]]
        hooks += [path_of(other) for other in value.get("hooks", ())]
        _do(value, journal, path_of)
        _flush(stages)
        os.unlink(journal)
    for path in hooks:
        if os.path.lexists(path):
            os.unlink(path)
    for folder in stages:
        if os.path.basename(folder).startswith((b"tx-", b".pysetup-tx-")):
            shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(journal + b".new"):
        os.unlink(journal + b".new")


def _stages(state: bytes, path_of: Callable[[str], bytes]) -> List[bytes]:
    """Return the stage folders of ``state``, on all file systems."""
    found = []
    for name in os.listdir(state):
        if name.startswith(b"tx-"):
            folder = os.path.join(state, name)
            found.append(folder)
            listing = os.path.join(folder, b"elsewhere.json")
            if os.path.lexists(listing):
                others = _read(listing).get("folders", ())
                found += [path_of(other) for other in others]
    return found


def _read(path: bytes) -> Dict[str, Any]:
    with open(path, "rb") as stream:
        value = json.loads(stream.read().decode("utf-8"))
    return value if isinstance(value, dict) else {}


def _do(
    value: Dict[str, Any],
    journal: bytes,
    path_of: Callable[[str], bytes],
) -> None:
    """Carry the steps out; if that cannot be, take them all back."""
    steps = [(*map(path_of, step[:3]), step[3]) for step in value["steps"]]
    kept = [[path_of(path) for path in one] for one in value.get("keep", ())]
    if not value.get("undo"):
        try:
            for step in steps:
                _forward(*step)
        except OSError:
            value["undo"] = True
            _replace(journal, json.dumps(value).encode("ascii"))
        else:
            for old, new, place in kept:
                _keep(old, new, place)
            for folder in value["prune"]:
                try:
                    os.rmdir(path_of(folder))
                except OSError:
                    continue
            return
    _give_back(kept)
    for step in reversed(steps):
        _backward(*step)


def _give_back(kept: List[List[bytes]]) -> None:
    for old, _, place in kept:
        if os.path.lexists(place):
            os.rename(place, old)


def _keep(old: bytes, new: bytes, place: bytes) -> None:
    """Bring what was taken out to where it is kept; the change counts for more."""
    if os.path.lexists(place):
        return
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.rename(old if os.path.lexists(old) else new, place)
    except OSError:
        return


def _forward(place: bytes, new: bytes, old: bytes, inode: int) -> None:
    if not new:
        if not os.path.lexists(old) and os.path.lexists(place):
            os.rename(place, old)
        return
    if not _is_at(new, inode):
        return
    if old and os.path.lexists(place):
        if _exchange(new, place):
            return
        os.rename(place, old)
    os.rename(new, place)


def _backward(place: bytes, new: bytes, old: bytes, inode: int) -> None:
    if new and not _is_at(new, inode) and _is_at(place, inode):
        if not os.path.lexists(new):
            os.rename(place, new)
        elif not _exchange(new, place):
            raise OSError(errno.EIO, os.strerror(errno.EIO), place)
    if old and os.path.lexists(old):
        os.rename(old, place)


def _is_at(path: bytes, inode: int) -> bool:
    try:
        return os.lstat(path).st_ino == inode
    except (FileNotFoundError, NotADirectoryError):
        return False


def _replace(path: bytes, content: bytes) -> None:
    with open(path + b".new", "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.rename(path + b".new", path)


def _exchange(first: bytes, second: bytes) -> bool:
    """Swap two entries in one step; False if this system cannot."""
    rename = _system_call("renameat2")
    if rename is None:
        return False
    return rename(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE) == 0


def _flush(folders: List[bytes]) -> None:
    """Let the moves reach the disk before the journal is forgotten."""
    synchronise = _system_call("syncfs")
    if synchronise is None:
        os.sync()
        return
    for folder in folders:
        if os.path.isdir(folder):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            synchronise(descriptor)
            os.close(descriptor)


def _system_call(name: str) -> Optional[Callable[..., int]]:
    try:
        import ctypes

        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (ImportError, AttributeError, OSError):
        return None
    return found


def _take_up(site_folder: bytes, before: List[bytes], encoding: str) -> None:
    """Read the ``.pth`` files that came: Python had listed the folder before."""
    import importlib
    import site

    importlib.invalidate_caches()
    for name in sorted(set(os.listdir(site_folder)) - set(before)):
        if name.endswith(b".pth") and not name.startswith(b"."):
            text = name.decode(encoding, "surrogateescape")
            site.addpackage(os.fsdecode(site_folder), text, _known_paths())


def _known_paths() -> Optional[Set[str]]:
    """Return what Python, which is reading start-up files, knows as added already.

    It reads some folders twice; without this their paths would be there twice.
    """
    frame: Any = sys._getframe()  # noqa: SLF001 - the caller is the site module
    while frame is not None:
        known = frame.f_locals.get("known_paths")
        if isinstance(known, set):
            found: Set[str] = known
            return found
        frame = frame.f_back
    return None


if "PYSETUP_HOOK" in globals():  # set by the hook's line
    _calling = globals()["PYSETUP_HOOK"]
    recover(_calling[0], _calling[1], _calling[2])
