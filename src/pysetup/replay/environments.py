"""Making a virtual environment from a recipe: what the standard library once made.

An environment of the same interpreter differs from another by its path and its name
alone. The recipe is an environment with marks in their place.
"""

import marshal
import os
import sys

from pysetup import __version__
from pysetup.replay.memory import FOLDER, sealed, unsealed
from pysetup.replay.world import cache_folder, is_odd

# Raised whenever recipes mean something else.
_FORMAT = 1
PATH_MARK, NAME_MARK = b"@environment-path@", b"@environment-name@"
_WORDS = ("--cache-dir",)


class Recipe:
    """An environment to be: folders, links, and files with their modes; what is said.

    All paths are below it, upper folders first.
    """

    __slots__ = ("files", "folders", "links", "said")

    def __init__(
        self,
        folders: tuple[str, ...],
        links: tuple[tuple[str, str], ...],
        files: tuple[tuple[str, bytes, int], ...],
        said: bytes,
    ) -> None:
        self.folders = folders
        self.links = links
        self.files = files
        self.said = said

    def to_bytes(self) -> bytes:
        """Write it, sealed."""
        return sealed(marshal.dumps((self.folders, self.links, self.files, self.said)))


def recipe_path(cache: str, executable: str) -> str:
    """Return where the recipe for the interpreter ``executable`` is kept.

    Its name says which one it is, and since when; raises ``OSError``.
    """
    facts = os.stat(os.path.realpath(executable))
    told = f"{executable} {facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"
    seal = sealed(f"{_FORMAT} {__version__} {told}".encode())[:8]
    return os.path.join(cache, FOLDER, f"environment-{seal.hex()}")


def create(words: list[str], environ: dict[str, str], *, cwd: str) -> int | None:
    """Make the environment that ``venv create [DIR]`` asks for; None: the long way."""
    named = _named(words)
    if named is None:
        return None
    place, cache_dir = named
    path = os.path.normpath(os.path.join(cwd, place))
    try:
        cache = cache_folder(cache_dir, environ, cwd)
        if cache is None or is_odd(path) or path[:1] == "~":
            return None
        with open(recipe_path(cache, sys.executable), "rb") as stream:
            inside = unsealed(stream.read())
        if inside is None:
            return None
        recipe = Recipe(*marshal.loads(inside))  # noqa: S302 - sealed, and our own
        os.mkdir(path)
    except OSError:
        return None
    return _made(recipe, path)


def _named(words: list[str]) -> tuple[str, str | None] | None:
    """Return folder and cache that are named; None where more is asked for."""
    place, cache_dir = "", None
    rest = iter(words)
    for word in rest:
        if word in _WORDS:
            cache_dir = next(rest, "")
        elif word[:1] == "-" or place:
            return None
        else:
            place = word
    return place or ".venv", cache_dir


def _made(recipe: Recipe, path: str) -> int | None:
    """Fill the new folder ``path``; what cannot be finished is removed again."""
    whole, name = path.encode(), path.rpartition("/")[2].encode()
    try:
        for folder in recipe.folders:
            os.mkdir(f"{path}/{folder}")
        for link, target in recipe.links:
            os.symlink(target, f"{path}/{link}")
        for file, content, mode in recipe.files:
            text = content.replace(PATH_MARK, whole).replace(NAME_MARK, name)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            descriptor = os.open(f"{path}/{file}", flags, mode)
            os.write(descriptor, text)
            os.close(descriptor)
    except OSError:
        from pysetup.replay.staging import remove_tree

        remove_tree(path)
        return None
    os.write(1, recipe.said.replace(PATH_MARK, whole))
    return 0
