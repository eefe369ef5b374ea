"""The code that runs at every start of an environment's Python, and whose it is."""

import os
from collections.abc import Iterator

from pysetup.interchange.environment import Environment
from pysetup.phases.install.database import InstalledDatabase
from pysetup.standards.jsontext import JSON
from pysetup.standards.start_up import (
    START_UP_PACKAGES,
    Kind,
    code_lines,
    start_up_kind,
)
from pysetup.values import dataclass

# More of a file that should be some lines is not looked at.
_MOST = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class StartUpCode:
    """One line that runs, in the file at an absolute path, and its owners.

    ``number`` is that of the line, 0 for a whole module. Without ``owners`` the file
    was brought by no distribution.
    """

    path: str
    number: int
    text: str
    owners: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "path": self.path,
            "line": self.number,
            "text": self.text,
            "owners": list(self.owners),
        }


def find_start_up_code(
    database: InstalledDatabase, environment: Environment
) -> tuple[StartUpCode, ...]:
    """Return what runs at every start, by file; nothing of it is run here.

    Looked at are the site folders of the environment. A file that cannot be read is
    passed over, as Python does.
    """
    return tuple(
        StartUpCode(path, line.number, line.text, database.owners(path))
        for folder in dict.fromkeys(map(os.path.realpath, environment.paths))
        for path, kind in sorted(_files(folder))
        for line in code_lines(kind, _head(path) if kind != "module" else b"")
    )


def _files(folder: str) -> Iterator[tuple[str, Kind]]:
    names = _listed(folder)
    for package in START_UP_PACKAGES:
        if package in names:
            below = _listed(os.path.join(folder, package))
            names += [f"{package}/{name}" for name in below]
    for name in names:
        kind = start_up_kind(name)
        path = os.path.join(folder, name)
        if kind is not None and os.path.isfile(path):
            yield path, kind


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MOST)
    except OSError:
        return b""
