"""Looking after the store: what is in it, how large, whether in use, whether whole."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pysetup.standards.hashes import Hash
from pysetup.store.stored_wheel import Manifest
from pysetup.store.wheels import MANIFEST
from pysetup.values import dataclass

_LEFT_OVER = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """Something in the cache that can be removed by itself.

    ``name`` and ``version`` are empty where they cannot be told; ``key`` is the SHA-256
    that its folder is named by; ``used`` is when it was last wanted, in seconds since
    1970; ``linked`` says that environments share its files.
    """

    path: str
    key: str
    name: str
    version: str
    size: int
    used: float
    linked: bool = False


def unpacked_wheels(wheels: str) -> Iterator[Kept]:
    """Yield the unpacked wheels in the folder ``wheels``, by name and version."""
    found = []
    for key, folder in _by_digest(wheels):
        size, linked = measure(folder)
        name = version = ""
        with suppress(OSError):
            used = os.stat(folder).st_mtime
            content = Path(folder, MANIFEST).read_bytes()
            manifest = Manifest.parse(content, key)
            if manifest is not None:
                name = manifest.metadata.name
                version = str(manifest.metadata.version)
            found.append(Kept(folder, key, name, version, size, used, linked))
    yield from sorted(found, key=lambda kept: (kept.name, kept.version, kept.key))


def stored_files(files: str) -> Iterator[Kept]:
    """Yield the downloaded files in the folder ``files``; ``name`` is the file's."""
    for key, folder in _by_digest(files):
        with suppress(OSError):
            for entry in os.scandir(folder):
                facts = entry.stat(follow_symlinks=False)
                rest = (facts.st_size, facts.st_mtime)
                yield Kept(entry.path, key, entry.name, "", *rest)


def is_whole(kept: Kept) -> bool:
    """Tell whether a downloaded file has the content that its folder is named by."""
    try:
        return Hash.of_file(kept.path).hexdigest == kept.key
    except OSError:
        return False


def loose_files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield every file below ``folder`` with its facts; links are not followed."""
    waiting = [folder]
    while waiting:
        with suppress(OSError):
            for entry in os.scandir(waiting.pop()):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    yield entry.path, entry.stat(follow_symlinks=False)


def measure(folder: str) -> tuple[int, bool]:
    """Return the size of all files below ``folder``, and whether one is linked."""
    size, linked = 0, False
    for _, facts in loose_files(folder):
        size += facts.st_size
        linked = linked or facts.st_nlink > 1
    return size, linked


def left_over(new: str, *, now: float) -> Iterator[str]:
    """Yield what was broken off on its way in: a day old, in the folder ``new``."""
    with suppress(OSError):
        for entry in os.scandir(new):
            if now - entry.stat(follow_symlinks=False).st_mtime > _LEFT_OVER:
                yield entry.path


def _by_digest(root: str) -> Iterator[tuple[str, str]]:
    """Yield (SHA-256, folder) of what is kept as ``root/ab/cdef...``."""
    with suppress(OSError):
        for first in sorted(os.listdir(root)):
            with suppress(OSError):
                for rest in sorted(os.listdir(f"{root}/{first}")):
                    if len(first + rest) == 64:  # noqa: PLR2004 - digits of SHA-256
                        yield first + rest, f"{root}/{first}/{rest}"
