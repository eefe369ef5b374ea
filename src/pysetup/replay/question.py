"""The question that a command line is: its words, and all that the answer hangs on."""

import marshal
import os

from pysetup import __version__
from pysetup.replay.locks import LockFacts, find_interpreter, read_facts
from pysetup.replay.memory import read_named
from pysetup.replay.words import Asked, is_lock, read_lines, read_words
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
    provided for; ``lock`` is what a lock is made from; ``key`` is everything that the
    answer depends on.
    """

    __slots__ = (
        "around",
        "asked",
        "cache",
        "contents",
        "durable",
        "key",
        "lock",
        "world",
    )

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
        self.lock: LockFacts | None = None
        self.around: tuple[object, ...] = ()

    def key_after(self, content: bytes) -> bytes:
        """Return the key of the same question once ``content`` is the lock."""
        return _key(self.around, content)


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
        found = _surroundings(asked, environ, cwd)
        cache = cache_folder(asked.cache_dir, environ, cwd)
        contents = _contents(asked, cwd)
    except (OSError, ValueError):
        return None
    if found is None or cache is None or contents is None:
        return None
    world, lock = found
    project = os.path.join(cwd, asked.project)
    own = own_files(environ, cwd, world.prefix, project=project)
    if own and asked.command == "uninstall":
        return None  # how to remove is decided anew, and may be configured
    named = asked.environment is not None
    facts: tuple[object, ...] = (FORMAT, __version__, asked.command, asked.words)
    facts += (contents, named)
    if lock is not None:
        facts += (cwd, lock.path, lock.project)
    elif any(map(is_lock, asked.files)):
        # Relative paths in it, and of what is there not only the name counts.
        facts += (cwd, world.installed())
    around = (facts, settings_of(environ, own), world.facts)
    key = _key(around, None if lock is None else lock.before)
    # Where a file says "fast" this way is the safer one.
    mode = asked.durability or next(filter(None, map(environ.get, _DURABILITY)), "")
    question = Question(
        asked, world, cache, contents=contents, durable=mode != "fast", key=key
    )
    question.lock = lock
    question.around = around
    return question


def _key(around: tuple[object, ...], before: bytes | None) -> bytes:
    # Version 2 writes equal values equally; later ones look at who else has them.
    return marshal.dumps((around, before), 2)  # type: ignore[arg-type] # numbers and texts


def _surroundings(
    asked: Asked, environ: dict[str, str], cwd: str
) -> tuple[World, LockFacts | None] | None:
    """Return the environment, and what a lock is made from, None for the long way.

    Raises ``OSError`` and ``ValueError``.
    """
    if asked.command != "lock":
        world = find_world(asked.environment, environ, cwd)
        return None if world is None else (world, None)
    found = find_interpreter(asked.environment, environ, cwd)
    plain = bool(asked.files or asked.names)
    if plain and (asked.project or "--group" in asked.words):
        return None  # two things at once, or a group that stands in a file
    root = os.path.join(cwd, asked.project) if asked.project else cwd
    lock = read_facts(asked.output, cwd, root=root, is_plain=plain)
    return None if found is None or lock is None else (found, lock)


def _contents(asked: Asked, cwd: str) -> list[bytes] | None:
    """Return the files that are named, None for what takes the long way."""
    contents: list[bytes] = []
    for path in asked.files:
        place = os.path.join(cwd, path)
        if is_lock(path):
            content = read_named(place)
        else:
            content = None if asked.command == "sync" else read_lines(place)
        if content is None:
            return None
        contents.append(content)
    return contents
