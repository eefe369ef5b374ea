"""The file system as an installer uses it: durable, exact, links not followed."""

import contextlib
import errno
import fcntl
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from pysetup.edges.disks import keeps_order, mounts_below
from pysetup.edges.permissions import is_untouchable, may_change, owns_all
from pysetup.late import ctypes, shutil
from pysetup.values import dataclass

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# FICLONE of linux/fs.h: _IOW(0x94, 9, int).
_FICLONE = 0x40049409
_PIECE = 1 << 20
# ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows.
_SHARING = (32, 33)
_LOCK_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path: its inode number, and whether it is a real folder."""

    inode: int
    is_folder: bool


class LocalFiles:
    """The real file system. Every method raises ``OSError`` and nothing else."""

    def look(self, path: str) -> Entry | None:
        """Say what stands at ``path``, or None; a link is looked at, not followed."""
        try:
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Entry(found.st_ino, stat.S_ISDIR(found.st_mode))

    def scan(self, folder: str) -> list[tuple[str, bool]]:
        """Return (name, is a real folder) of what is in ``folder``."""
        with os.scandir(folder) as entries:
            return [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        with open(path, "rb") as stream:
            return stream.read()

    def writable(self, folder: str) -> bool:
        """Tell whether this process may create and remove entries in ``folder``."""
        return may_change(folder)

    def removable(self, path: str) -> bool:
        """Tell whether the file ``path`` may go, if its folder is writable.

        Immutable and append-only files may not, whoever asks (chattr on Linux, chflags
        on BSD and macOS), nor may those of others in a shared folder such as /tmp.
        """
        if _is_of_others(path):
            return False
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return True
        flags = getattr(found, "st_flags", 0)
        if flags & (stat.UF_IMMUTABLE | stat.SF_IMMUTABLE | stat.UF_APPEND):
            return False
        return not is_untouchable(path)

    def mounts(self, folder: str) -> list[str]:
        """Return what is mounted below the real path ``folder``."""
        return mounts_below(folder)

    def free_space(self, folder: str) -> int:
        """Return how many bytes may still be written there."""
        state = os.statvfs(folder)
        return state.f_bavail * state.f_frsize

    def device(self, folder: str) -> int:
        """Return the number of the file system that ``folder`` is on."""
        return os.stat(folder).st_dev

    def make_folders(self, path: str) -> None:
        """Create ``path`` and the folders above it; it may exist."""
        try:
            os.mkdir(path)
        except OSError:
            os.makedirs(path, exist_ok=True)

    def write(self, path: str, chunks: Iterable[bytes], *, executable: bool) -> None:
        """Create the file ``path``, which must not exist; the umask applies."""
        mode = 0o777 if executable else 0o666
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, mode), "wb", buffering=0) as stream:
            for chunk in chunks:
                view = memoryview(chunk)
                while view:
                    view = view[stream.write(view) or 0 :]

    def link(self, path: str, target: str) -> None:
        """Create a link at ``path``, which must not exist, to ``target``.

        A hard link to the file where the file system has no symbolic ones (FAT, some
        network drives).
        """
        try:
            os.symlink(target, path)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
                raise
            os.link(target, path)

    def hard_link(self, path: str, source: str) -> None:
        """Let ``path``, which must not exist, be another name of ``source``."""
        os.link(source, path, follow_symlinks=False)

    def hard_links(
        self, names: Iterable[tuple[str, str]], *, into: str, out_of: str
    ) -> Iterator[None]:
        """Do the same for many (path below ``into``, source below ``out_of``).

        Yields after each. Short paths from open folders take the system less time.
        """
        with _opened_folder(into) as new, _opened_folder(out_of) as old:
            for name, source in names:
                os.link(
                    source,
                    name,
                    src_dir_fd=old,
                    dst_dir_fd=new,
                    follow_symlinks=False,
                )
                yield

    def clone(self, path: str, source: str, *, executable: bool) -> None:
        """Create ``path``, which must not exist, sharing the blocks of ``source``.

        Content and time of change are those of ``source``, permissions as ``write``
        gives them. Linux only.
        """
        if sys.platform != "linux":
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), path)
        with _new_file(path, executable=executable) as new, _opened_file(source) as old:
            try:
                fcntl.ioctl(new, _FICLONE, old)
            except OSError:
                os.unlink(path)
                raise
            _keep_time(old, new)

    def copy(self, path: str, source: str, *, executable: bool) -> None:
        """Create ``path``, which must not exist, as ``clone`` does but by copying."""
        with _new_file(path, executable=executable) as new, _opened_file(source) as old:
            while piece := os.read(old, _PIECE):
                view = memoryview(piece)
                while view:
                    view = view[os.write(new, view) :]
            _keep_time(old, new)

    def write_durably(self, path: str, content: bytes) -> None:
        """Replace ``path`` in one step that survives a loss of power."""
        fresh = path + ".new"
        with open(fresh, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(fresh, path)
        with _opened_folder(os.path.dirname(path)) as descriptor:
            os.fsync(descriptor)

    def rename(self, source: str, target: str) -> None:
        """Rename; a file at ``target`` is replaced."""
        os.rename(source, target)

    def exchange(self, first: str, second: str) -> bool:
        """Swap two entries in one step; False if this system cannot."""
        rename = _system_call("renameat2")
        if rename is None:
            return False
        names = (os.fsencode(first), os.fsencode(second))
        done = rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
        return bool(done == 0)

    def unlink(self, path: str) -> None:
        """Remove a file or a link."""
        os.unlink(path)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    def remove_tree(self, path: str) -> None:
        """Remove a folder with all that is in it; it may be missing.

        What cannot be removed is left, and then the error raised.
        """
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            return
        except OSError:
            shutil.rmtree(path, ignore_errors=True)
            if os.path.lexists(path):
                raise

    def is_in_use(self, error: OSError) -> bool:
        """Tell whether a running program was in the way, as Windows does not allow."""
        number = getattr(error, "winerror", None)
        return number in _SHARING or error.errno in (errno.EBUSY, errno.ETXTBSY)

    def flush(self, folder: str) -> None:
        """Return when everything on this file system would survive a loss of power."""
        synchronise = _system_call("syncfs")
        if synchronise is None:
            os.sync()
            return
        with _opened_folder(folder) as descriptor:
            if synchronise(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), folder)

    def flush_names(self, folder: str) -> None:
        """Return when the names in ``folder`` would survive a loss of power."""
        with _opened_folder(folder) as descriptor:
            os.fsync(descriptor)

    def keeps_order(self, folder: str) -> bool:
        """Tell whether names on this disk survive in the order of their changes."""
        return keeps_order(folder)


@cache
def _system_call(name: str) -> Callable[..., int] | None:
    """Return a function of the C library that Python does not offer, if it has it."""
    try:
        found = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (AttributeError, OSError):
        return None
    found.restype = ctypes.c_int
    function: Callable[..., int] = found
    return function


def _is_of_others(path: str) -> bool:
    """Tell whether the sticky bit of its folder keeps ``path`` for its owner."""
    folder, user = os.stat(os.path.dirname(path)), os.geteuid()
    if not folder.st_mode & stat.S_ISVTX:
        return False
    return user not in (folder.st_uid, os.lstat(path).st_uid) and not owns_all()


@contextlib.contextmanager
def _new_file(path: str, *, executable: bool) -> Iterator[int]:
    """Create the file ``path``, which must not exist; the umask applies."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o777 if executable else 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _opened_file(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _keep_time(source: int, target: int) -> None:
    """Give ``target`` the time of ``source``: bytecode is valid for it alone."""
    changed = os.fstat(source).st_mtime_ns
    os.utime(target, ns=(changed, changed))


@contextlib.contextmanager
def _opened_folder(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def shared_lock(path: str) -> Iterator[None]:
    """Hold the lock file ``path`` together with others who share it; it stays.

    Waits for who holds it alone. Where it cannot be had, as on a read-only disk or
    a network drive without locks, there is none.
    """
    descriptor = _open_shared(path)
    if descriptor is None:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def lone_lock(
    path: str, *, timeout: float, sleep: Callable[[float], None]
) -> Iterator[bool]:
    """Hold the lock file ``path`` while nobody shares it; False if somebody does.

    Waits at most ``timeout`` seconds. Where there can be no lock nobody is kept out.
    """
    descriptor = _open_shared(path)
    if descriptor is None:
        yield True
        return
    try:
        waited = 0.0
        while not _locked_alone(descriptor) and waited < timeout:
            sleep(_LOCK_POLL)
            waited += _LOCK_POLL
        yield _locked_alone(descriptor)
    finally:
        os.close(descriptor)


def _locked_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _open_shared(path: str) -> int | None:
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o666)
    with contextlib.suppress(OSError):
        return os.open(path, os.O_RDONLY | flags)
    return None
