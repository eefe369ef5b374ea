"""The question that a command line is: its words, and all that the answer hangs on."""

import marshal
import os

from pysetup import __version__
from pysetup.replay.words import Asked, read_lines, read_words
from pysetup.replay.world import (
    FORMAT,
    World,
    cache_folder,
    find_world,
    own_files,
    settings_of,
)

_ATOMIC = ("PYSETUP_ATOMIC", "PYSETUP_INSTALL_ATOMIC")
_DURABILITY = ("PYSETUP_INSTALL_DURABILITY", "PYSETUP_DURABILITY")


class Question:
    """A command line that may be answered from memory, or whose answer may be kept.

    ``contents`` are the requirements files; ``durable`` says that a loss of power is
    provided for; ``key`` is everything that the answer depends on.
    """

    __slots__ = ("asked", "cache", "contents", "durable", "key", "world")

    def __init__(
        self,
        asked: Asked,
        world: World,
        cache: str,
        *,
        contents: list[bytes],
        durable: bool,
        key: bytes,
    ) -> None:
        self.asked = asked
        self.contents = contents
        self.durable = durable
        self.world = world
        self.cache = cache
        self.key = key


def read_question(
    words: list[str], environ: dict[str, str], *, cwd: str
) -> Question | None:
    """Return the question, None for a command line that takes the long way.

    ``cwd`` is where relative paths start from.
    """
    asked = read_words(words)
    if asked is None or any(map(environ.get, _ATOMIC)):
        return None  # generations are for the long way
    try:
        world = find_world(asked.environment, environ, cwd)
        cache = cache_folder(asked.cache_dir, environ, cwd)
        if world is None or cache is None:
            return None
        own = own_files(environ, cwd, world.prefix)
        if own and asked.command == "uninstall":
            return None  # how to remove is decided anew, and may be configured
        contents: list[bytes] = []
        for path in asked.files:
            content = read_lines(os.path.join(cwd, path))
            if content is None:
                return None
            contents.append(content)
    except (OSError, ValueError):
        return None
    named = asked.environment is not None
    facts = (FORMAT, __version__, asked.command, asked.words, contents, named)
    # Version 2 writes equal values equally; later ones look at who else has them.
    everything = (facts, settings_of(environ, own), world.facts)
    key = marshal.dumps(everything, 2)  # type: ignore[arg-type] # numbers and texts
    # Where a file says "fast" this way is the safer one.
    mode = asked.durability or next(filter(None, map(environ.get, _DURABILITY)), "")
    return Question(
        asked, world, cache, contents=contents, durable=mode != "fast", key=key
    )
