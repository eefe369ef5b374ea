"""Putting files that the store has beside an environment, each looked at first.

Linking is a system call for each file, and Python holds no lock meanwhile; but two
threads would hand the interpreter's lock to and fro for each of them. So the second
half of a large plan is done by a process of its own.
"""

import _signal  # type: ignore[import-not-found] # signal itself imports enum and re
import marshal
import os

# What asks for the end of the command.
ENDING = (_signal.SIGINT, _signal.SIGTERM)
# Folder of the store, folder below the stage, names there, names here (empty: the
# same; bytes need no encoding at each call), mode of all; then size, time of change
# and inode of each. Where the folder of the stage is empty they are looked at only.
Numbers = tuple[int, ...]
Group = tuple[
    str, str, tuple[bytes, ...], tuple[bytes, ...], int, Numbers, Numbers, Numbers
]
# Folders to make below the stage, upper ones first; what goes into them; folders that
# one distribution owns, with the time that they get: by that a later change is seen.
Part = tuple[tuple[str, ...], tuple[Group, ...], tuple[tuple[str, int], ...]]

# For fewer files than this, opening their folder costs more than it saves.
_FEW = 4
# For fewer files than this, a second process costs more than it saves.
_WORTH_A_PROCESS = 4000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW


class DamagedStoreError(Exception):
    """A file of the store is not as it was written: the long way mends that."""


def packed(part: Part) -> bytes:
    """Return ``part`` as a plan keeps it: only who does it reads it."""
    return marshal.dumps(part)


def stage_parts(parts: tuple[bytes, ...], *, store: str, stage: str) -> None:
    """Make the folders and link the files of ``parts``, the second in a process.

    Each is as ``packed`` made it; ``store`` and ``stage`` are absolute. Raises
    ``DamagedStoreError`` or ``OSError``.
    """
    first, *others = parts
    children: list[int] = []
    try:
        _begin_all(others, children, store=store, stage=stage)
        _stage(first, store=store, stage=stage)
    finally:
        failed = [child for child in children if _wait(child) != 0]
    if failed:
        raise DamagedStoreError


def _begin_all(
    parts: list[bytes], children: list[int], *, store: str, stage: str
) -> None:
    """Begin ``parts`` in processes of their own, and add these to ``children``.

    Signals wait until each that was begun is known: whoever takes the stage away has
    to know that nobody fills it any more.
    """
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, ENDING)
    try:
        for part in parts:
            child = os.fork()
            if child:
                children.append(child)
                continue
            code = 1
            try:
                _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
                _stage(part, store=store, stage=stage)
                code = 0
            finally:
                os._exit(code)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def _wait(child: int) -> int:
    """Return how a process ended; one that is interrupted here is ended itself."""
    try:
        return os.waitpid(child, 0)[1]
    except BaseException:
        os.kill(child, _signal.SIGKILL)
        os.waitpid(child, 0)
        raise


def _stage(part: bytes, *, store: str, stage: str) -> None:
    found: Part = marshal.loads(part)  # noqa: S302 - sealed
    folders, groups, stamps = found
    os.chdir(stage)
    for folder in folders:
        try:
            os.mkdir(folder)
        except FileExistsError:
            continue
    opened = ""
    for group in groups:
        if group[0] != opened:
            opened = group[0]
            os.chdir(f"{store}/{opened}")
        if group[1]:
            _link(group, f"{stage}/{group[1]}")
        else:
            _check(group)
    os.chdir(stage)
    for folder, changed in stamps:
        os.utime(folder, ns=(changed, changed))


def _link(group: Group, target: str) -> None:
    """Link files of this folder into ``target``, those that are as when written."""
    _check(group)
    names, link = group[2], os.link
    pairs = zip(names, group[3] or names, strict=True)
    if len(names) < _FEW:
        for name, new in pairs:
            link(name, target.encode() + b"/" + new)
        return
    folder = os.open(target, _FOLDER)
    for name, new in pairs:
        link(name, new, dst_dir_fd=folder)
    os.close(folder)


def _check(group: Group) -> None:
    """Look at the files of this folder: each is to be as when it was written."""
    _, _, names, _, mode, sizes, times, inodes = group
    seen = [*map(os.lstat, names)]
    if (
        tuple([facts.st_mtime_ns for facts in seen]) != times
        or tuple([facts.st_size for facts in seen]) != sizes
        or tuple([facts.st_ino for facts in seen]) != inodes
        or {facts.st_mode for facts in seen} != {mode}
    ):
        raise DamagedStoreError


def write_file(path: str, content: bytes, mode: int) -> None:
    """Write a small file that must not exist; raises ``OSError``."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, mode)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


def remove_tree(folder: str) -> None:
    """Remove ``folder`` and all that is in it.

    What cannot be removed is in nobody's way: the next command tries again.
    """
    try:
        with os.scandir(folder) as entries:
            inside = [(e.path, e.is_dir(follow_symlinks=False)) for e in entries]
        for path, is_folder in inside:
            if is_folder:
                remove_tree(path)
            else:
                os.unlink(path)
        os.rmdir(folder)
    except OSError:
        return
