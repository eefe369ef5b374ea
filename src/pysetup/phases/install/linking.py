"""Bringing stored files in: cloned, linked or copied, as the file system allows."""

import errno
from collections.abc import Callable, Sequence
from typing import Literal

from pysetup.phases.install.filesystem import FileSystem

LinkMode = Literal["auto", "clone", "hardlink", "symlink", "copy"]
# Path of the new file, path of the stored one, whether it may be run.
Row = tuple[str, str, bool]
_WAYS: dict[LinkMode, tuple[str, ...]] = {
    "auto": ("clone", "hardlink", "copy"),
    "clone": ("clone", "copy"),
    "hardlink": ("hardlink", "copy"),
    # What is not in a folder that can be a link.
    "symlink": ("hardlink", "copy"),
    "copy": ("copy",),
}
# What systems answer where a way is not open: another file system, one that has no
# links or clones, or files that belong to somebody else.
_CANNOT = (
    errno.EXDEV,
    errno.EPERM,
    errno.EACCES,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EINVAL,
    errno.ENOTTY,
)


class Linker:
    """Makes files out of stored ones, in the best way that ``mode`` and disk allow.

    What a file system cannot do is tried once and told to ``tell``.
    """

    def __init__(
        self, mode: LinkMode, files: FileSystem, tell: Callable[[str], None]
    ) -> None:
        self._mode = mode
        self._files = files
        self._tell = tell
        self._ways: dict[int, tuple[str, ...]] = {}

    def __call__(
        self, rows: Sequence[Row], *, into: str, out_of: str, device: int
    ) -> None:
        """Create files below ``into``, on the file system ``device``.

        Each row is (path below ``into``, stored file below ``out_of``, executable).
        Raises ``OSError``.
        """
        done = 0
        while done < len(rows):
            if self._ways.get(device, ("",))[0] == "hardlink":
                names = ((name, source) for name, source, _ in rows[done:])
                try:
                    for _ in self._files.hard_links(names, into=into, out_of=out_of):
                        done += 1
                except OSError as error:
                    if error.errno not in (*_CANNOT, errno.EMLINK):
                        raise
            if done < len(rows):
                name, source, executable = rows[done]
                place = (f"{into}/{name}", f"{out_of}/{source}")
                self._bring(*place, executable=executable, device=device)
                done += 1

    def _bring(self, path: str, source: str, *, executable: bool, device: int) -> None:
        """Create one file, and remember which way is open."""
        ways = self._ways.get(device) or _WAYS[self._mode]
        for position, way in enumerate(ways):
            try:
                self._make(way, path, source, executable=executable)
            except OSError as error:
                if way == "copy" or error.errno not in (*_CANNOT, errno.EMLINK):
                    raise
                if error.errno != errno.EMLINK:  # that is a matter of this file alone
                    self._ways[device] = ways[position + 1 :]
                    self._tell(f"no {way} from the store here: {error.strerror}")
            else:
                self._ways.setdefault(device, ways)
                return

    def _make(self, way: str, path: str, source: str, *, executable: bool) -> None:
        if way == "hardlink":
            self._files.hard_link(path, source)
        elif way == "clone":
            self._files.clone(path, source, executable=executable)
        else:
            self._files.copy(path, source, executable=executable)
