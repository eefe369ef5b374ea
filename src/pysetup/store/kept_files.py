"""Read-only files of the store, and the facts by which damage to them is seen."""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from pysetup.standards.hashes import Hash, new_hasher
from pysetup.standards.jsontext import JSON

PLAIN, EXECUTABLE = stat.S_IFREG | 0o444, stat.S_IFREG | 0o555
_CHUNK = 1 << 20


class KeptFile(NamedTuple):
    """One file: its path below a folder of the store, and what it was when written.

    ``digest`` is written ``sha256:...``; ``changed`` is the time of the last change in
    nanoseconds; ``mode`` holds kind and permissions.
    """

    path: str
    size: int
    digest: str
    mode: int
    changed: int
    inode: int

    @property
    def executable(self) -> bool:
        """Whether it may be run."""
        return self.mode == EXECUTABLE

    def to_row(self) -> list[JSON]:
        """Return the JSON form."""
        rest = (self.digest, self.executable, self.changed, self.inode)
        return [self.path, self.size, *rest]

    @classmethod
    def from_row(cls, row: Sequence[JSON]) -> "KeptFile":
        """Read the JSON form, which was sealed: nothing in it is checked again."""
        path, size, digest, executable, changed, inode = row
        mode = EXECUTABLE if executable else PLAIN
        return cls(path, size, digest, mode, changed, inode)  # type: ignore[arg-type] # sealed


def keep_file(
    folder: str, path: str, chunks: Iterable[bytes], *, digest: str, executable: bool
) -> KeptFile:
    """Write ``path`` below ``folder`` with content that is known to have ``digest``.

    Raises ``OSError``, and what ``chunks`` raises at its end.
    """
    mode = EXECUTABLE if executable else PLAIN
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(f"{folder}/{path}", flags, stat.S_IMODE(mode))
    try:
        for chunk in chunks:
            view = memoryview(chunk)
            while view:
                view = view[os.write(descriptor, view) :]
        facts = os.fstat(descriptor)
        if facts.st_mode != mode:  # the umask is stricter
            os.fchmod(descriptor, stat.S_IMODE(mode))
    finally:
        os.close(descriptor)
    return KeptFile(path, facts.st_size, digest, mode, facts.st_mtime_ns, facts.st_ino)


def take_file(folder: str, path: str) -> KeptFile:
    """Keep ``path`` below ``folder``, which somebody else wrote; raises ``OSError``."""
    place = f"{folder}/{path}"
    os.chmod(place, stat.S_IMODE(PLAIN))
    digest = str(Hash.of_file(place))
    facts = os.stat(place)
    return KeptFile(path, facts.st_size, digest, PLAIN, facts.st_mtime_ns, facts.st_ino)


def suspects(folder: str, files: Iterable[KeptFile]) -> list[KeptFile]:
    """Return the files that are not as they were written, told without reading them."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        top = os.open(folder, flags)
    except OSError:
        return list(files)
    try:
        return [file for file in files if _is_suspect(file, top)]
    finally:
        os.close(top)


def _is_suspect(file: KeptFile, folder: int) -> bool:
    path, size, _, mode, changed, inode = file
    try:
        facts = os.lstat(path, dir_fd=folder)
    except OSError:
        return True
    return (
        facts.st_size != size
        or facts.st_mtime_ns != changed
        or facts.st_ino != inode
        or facts.st_mode != mode
    )


def mended(folder: str, file: KeptFile) -> KeptFile | None:
    """Return the facts of a suspect whose content is right after all, else None.

    Permissions and time are put right: bytecode is valid for that time alone.
    """
    place = f"{folder}/{file.path}"
    try:
        if not has_content(folder, file):
            return None
        facts = os.stat(place, follow_symlinks=False)
        if facts.st_mode != file.mode:
            os.chmod(place, stat.S_IMODE(file.mode))
        if facts.st_mtime_ns != file.changed:
            os.utime(place, ns=(file.changed, file.changed))
            facts = os.stat(place, follow_symlinks=False)
    except OSError:
        return None
    # Some file systems cut the time: then it is what is left of it.
    return file._replace(changed=facts.st_mtime_ns, inode=facts.st_ino)


def has_content(folder: str, file: KeptFile) -> bool:
    """Tell whether a regular file with the right content stands there.

    Every byte is read. Raises ``OSError``.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(f"{folder}/{file.path}", flags)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size != file.size:
            return False
        algorithm, _, expected = file.digest.partition(":")
        hasher = new_hasher(algorithm)
        while piece := os.read(descriptor, _CHUNK):
            hasher.update(piece)
        return hasher.hexdigest() == expected
    finally:
        os.close(descriptor)


def remove_tree(folder: str) -> bool:
    """Remove ``folder`` with all that is in it; tell whether it is gone."""
    try:
        if not os.access(folder, os.W_OK):
            os.chmod(folder, 0o700)  # one that environments link to
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(entry.path)
                else:
                    with suppress(OSError):
                        os.unlink(entry.path)
        os.rmdir(folder)
    except OSError:
        return False
    return True
