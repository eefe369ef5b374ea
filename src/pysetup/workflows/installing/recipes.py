"""Keeping what an environment is made of, so that the next is made without venv."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from venv import EnvBuilder

from pysetup.late import tempfile
from pysetup.replay.environments import NAME_MARK, PATH_MARK, Recipe, recipe_path
from pysetup.store.sealed import write_whole

# Nothing else in an environment is called so.
_NAME = "environment-of-pysetup-to-be"


def keep_recipe(cache: Path, *, version: str) -> None:
    """Leave the recipe for this very interpreter in the cache, if it is not there.

    ``version`` is what is said of it. The standard library makes one environment more
    for it, under a name that is found again in its files.
    """
    with suppress(OSError):
        path = Path(recipe_path(str(cache), sys.executable))
        if path.exists() or not cache.is_dir():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="pysetup-") as folder:
            made = Path(folder, _NAME)
            EnvBuilder(symlinks=True).create(made)
            write_whole(path, _recipe(made, version).to_bytes())


def _recipe(made: Path, version: str) -> Recipe:
    folders: list[str] = []
    links: list[tuple[str, str]] = []
    files: list[tuple[str, bytes, int]] = []
    for place in _below(made):
        name = str(place.relative_to(made))
        if place.is_symlink():
            links.append((name, os.readlink(place)))
        elif place.is_dir():
            folders.append(name)
        else:
            content = place.read_bytes().replace(os.fsencode(made), PATH_MARK)
            content = content.replace(_NAME.encode(), NAME_MARK)
            mode = 0o777 if os.access(place, os.X_OK) else 0o666
            files.append((name, content, mode))
    said = PATH_MARK + f" (Python {version})\n".encode()
    return Recipe(tuple(folders), tuple(links), tuple(files), said)


def _below(folder: Path) -> Iterator[Path]:
    """Yield all that is in ``folder``, a folder before what is in it."""
    for place in sorted(folder.iterdir()):
        yield place
        if place.is_dir() and not place.is_symlink():
            yield from _below(place)
