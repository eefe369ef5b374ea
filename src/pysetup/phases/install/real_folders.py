"""Where folders really are: links followed, each folder looked at once."""

import os
import stat


class RealFolders:
    """Gives what ``os.path.realpath`` gives, for many folders below the same few.

    A view of the moment: what was seen is not looked at again, and nothing is looked
    for below a folder that is not there.
    """

    def __init__(self) -> None:
        self._real: dict[str, str] = {}
        self._absent: set[str] = set()

    def __call__(self, folder: str) -> str:
        """Return the real path of the absolute path ``folder``."""
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = self._find(folder)
        return real

    def _find(self, folder: str) -> str:
        above, _, name = folder.rpartition(os.sep)
        if not above or name in ("", os.curdir, os.pardir):
            return os.path.realpath(folder)
        parent = self(above)
        place = os.path.join(parent, name)
        if parent in self._absent:
            self._absent.add(place)
            return place
        try:
            is_link = stat.S_ISLNK(os.lstat(place).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            self._absent.add(place)
            return place
        except OSError:
            return os.path.realpath(place)
        return os.path.realpath(place) if is_link else place
