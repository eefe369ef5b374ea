"""Whose is it: a path, a module or a command, and the distributions that own it."""

import os
from collections.abc import Iterator
from pathlib import Path

from pysetup.errors import AnswerError, PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import EGG_SUFFIX, LINK_SUFFIX
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.easy_install import own_scripts
from pysetup.phases.install.environment_index import (
    EnvironmentIndex,
    IndexedDistribution,
)
from pysetup.phases.install.file_lists import listed_paths
from pysetup.phases.install.reading import read_file
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_COMPILED = (".so", ".pyd")
PATH, MODULE, COMMAND = "path", "module", "command"


class NoOwnerError(AnswerError):
    """Nothing that is installed owns the path, module or command that was asked for.

    A path is one that an installed distribution lists; of a module that is imported
    from somewhere else (the standard library, a folder on ``PYTHONPATH``, the working
    folder) and of a command on PATH outside of the environment, nobody is the owner.
    """

    code = "PS1390"

    def __init__(self, word: str, prefix: str) -> None:
        super().__init__(
            f"nothing that is installed in {prefix} owns {word!r}",
            facts={"asked": word, "environment": prefix},
            hints=("pysetup show --files NAME  lists what a distribution owns",),
        )
        self.word = word


@dataclass(frozen=True, slots=True, order=True)
class Owned:
    """One meaning of a word: what kind of thing, where it stands, and whose it is.

    ``kind`` is ``path``, ``module`` or ``command``. A namespace package or a folder
    has several owners.
    """

    kind: str
    path: str
    owners: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"kind": self.kind, "path": self.path, "owners": list(self.owners)}


def find_owners(
    word: str,
    *,
    database: InstalledDatabase,
    environment: Environment,
    directory: Path,
) -> tuple[Owned, ...]:
    """Return all that ``word`` means; relative paths are from ``directory``.

    They may also be from a site folder or the environment's own. Raises
    ``NoOwnerError``.
    """
    search = _Search(database, environment)
    found: dict[tuple[str, str], Owned] = {}
    for one in search.meanings(word, directory):
        found.setdefault((one.kind, one.path), one)
    if not found:
        raise NoOwnerError(word, environment.prefix)
    return tuple(found.values())


class _Search:
    def __init__(self, database: InstalledDatabase, environment: Environment) -> None:
        self._database = database
        self._environment = environment
        self._index: EnvironmentIndex = database.index

    def meanings(self, word: str, directory: Path) -> Iterator[Owned]:
        """Yield what ``word`` can mean: first a path, then a module, then a command."""
        for path in self._places(word, directory):
            yield from self._path(PATH, path)
        if all(part.isidentifier() for part in word.split(".")):
            for site in self._database.paths:
                yield from self._module(site, word.split("."))
            yield from self._developed(word.split("."))
        if os.sep not in word:
            path = os.path.join(_real(self._environment.scheme.scripts), word)
            found = list(self._path(COMMAND, path))
            yield from found or self._easy_installed(word, path)

    def _places(self, word: str, directory: Path) -> Iterator[str]:
        if os.path.isabs(word):
            yield _real_place(word)
            return
        # A bare word is a module or a command, unless it has an ending or stands here.
        here = os.path.join(directory, word)
        if os.sep in word or "." in word or os.path.lexists(here):
            yield _real_place(here)
            for site in (*self._database.paths, _real(self._environment.prefix)):
                yield _real_place(os.path.join(site, word))

    def _path(self, kind: str, path: str) -> Iterator[Owned]:
        owners = self._index.owners(path)
        if not owners and kind == PATH and os.path.isdir(path):
            owners = self._index.owners_below(path)
        if not owners and kind == PATH and os.path.lexists(path):
            owners = tuple(one.name for one in self._developing(path))
        if owners:
            yield Owned(kind, path, owners)

    def _module(self, folder: str, parts: list[str]) -> Iterator[Owned]:
        """Yield the module ``parts`` below ``folder``, as Python would find it."""
        *above, last = parts
        parent = os.path.join(folder, *above)
        package = os.path.join(parent, last)
        for path in (os.path.join(package, "__init__.py"), f"{package}.py"):
            if owners := self._index.owners(path):
                yield Owned(MODULE, path, owners)
                return
        for owner, path in self._index.inside(parent):
            name = os.path.basename(path)
            if name.partition(".")[0] == last and name.endswith(_COMPILED):
                yield Owned(MODULE, path, (owner,))
                return
        if owners := self._index.owners_below(package):
            yield Owned(MODULE, package, owners)

    def _developed(self, parts: list[str]) -> Iterator[Owned]:
        """Yield the module in the projects that are installed for development."""
        for one in self._index.distributions:
            for folder in _path_entries(one) if one.project else ():
                package = os.path.join(folder, *parts)
                init = os.path.join(package, "__init__.py")
                files = [p for p in (init, f"{package}.py") if os.path.isfile(p)]
                folders = [package] if os.path.isdir(package) else []
                for path in (*files, *folders)[:1]:
                    yield Owned(MODULE, path, (one.name,))

    def _developing(self, path: str) -> Iterator[IndexedDistribution]:
        for one in self._index.distributions:
            if one.project and path.startswith(_real(one.project) + os.sep):
                yield one

    def _easy_installed(self, word: str, path: str) -> Iterator[Owned]:
        """Yield the script that easy_install wrote: no list of files names it."""
        folder = self._environment.scheme.scripts
        for one in self._index.distributions:
            if one.info_dir.endswith((EGG_SUFFIX, LINK_SUFFIX)) and own_scripts(
                one.name, [word], folder=folder
            ):
                yield Owned(COMMAND, path, (one.name,))


def _path_entries(one: IndexedDistribution) -> list[str]:
    """Return the folders that a develop installation puts on the path."""
    if one.info_dir.endswith(LINK_SUFFIX):
        return [one.project]
    found = []
    for path in listed_paths(one.info_dir):
        if not path.endswith(".pth"):
            continue
        try:
            lines = (read_file(path) or b"").decode("utf-8", "surrogateescape")
        except PysetupError:
            continue
        found += [line for line in lines.splitlines() if os.path.isabs(line)]
    return found


def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _real_place(path: str) -> str:
    """Return the path with links followed but for its last part."""
    folder, name = os.path.split(os.path.normpath(path))
    return os.path.join(os.path.realpath(folder), name)
