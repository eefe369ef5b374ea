"""The cache: what it holds, and removing it while others may be using it."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from pysetup.edges.files import lone_lock
from pysetup.errors import AnswerError, BusyError, EnvironmentRefusedError
from pysetup.replay.linked import live_links
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.store.kept_files import remove_tree
from pysetup.store.texts import FOLDER as TEXTS
from pysetup.store.texts import is_damaged, stored_texts
from pysetup.store.upkeep import (
    Kept,
    is_whole,
    left_over,
    loose_files,
    measure,
    stored_files,
    unpacked_wheels,
)
from pysetup.store.wheels import damaged_files
from pysetup.values import dataclass
from pysetup.workflows.cache_folders import cache_lock
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.build_cache import lock_of

LOCK_TIMEOUT = 60.0
WHEELS, FILES = "unpacked wheels", "downloads"
# Part -> folder below the cache.
PARTS = {
    FILES: "http/v1/files",
    "index pages": "http/v1/pages",
    "metadata": "http/v1/metadata",
    "repositories": "vcs/v1",
    WHEELS: "store/v1",
    "build environments": "build-env",
    "run environments": "run-env",
    "interpreters": "interpreters",
    "answers": "replay/v2",
    "names of packages": "names/v1",
    "logs": "log",
}
# wheels/ab/cdef...: the folder of an unpacked wheel, below that of the store.
_DEPTH = 3
_ENVIRONMENTS = ("build environments", "run environments")
_AGING = ("index pages", "metadata", "answers", "logs", "names of packages")


class NotInCacheError(AnswerError):
    """Nothing in the cache has a name like the one that was given.

    ``pysetup cache list`` shows what it holds. A pattern is a project's name, or is
    compared with whole file names: ``requests``, ``requests-2.*``.
    """

    code = "PS1880"

    def __init__(self, pattern: str) -> None:
        super().__init__(
            f"nothing in the cache is called {pattern}",
            hints=("pysetup cache list  shows what is there",),
        )


class CacheInUseError(BusyError):
    """Another pysetup is using the cache, and did not finish in time.

    Files are removed from the cache only while nobody installs from it.
    """

    code = "PS9880"
    retryable = True

    def __init__(self, folder: str) -> None:
        super().__init__(
            "another pysetup is using the cache",
            facts={"folder": folder},
            hints=("try again when the other command has ended",),
        )


class LinkedFromError(EnvironmentRefusedError):
    """An environment has links to a wheel in the cache, and would break without it.

    That comes of ``--link-mode symlink``. Remove the environment first, or install the
    distribution anew in it with another link mode.
    """

    code = "PS7881"

    def __init__(self, place: str, folder: str) -> None:
        super().__init__(
            f"{place} is a link to what would be removed",
            facts={"link": place, "folder": folder},
            hints=(
                "remove that environment first",
                "or there:  pysetup install --force-reinstall --link-mode hardlink",
            ),
        )


class CacheNotWritableError(EnvironmentRefusedError):
    """Something in the cache cannot be removed by this user.

    It belongs to somebody else, or the disk is read-only.
    """

    code = "PS7880"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} cannot be removed from the cache",
            facts={"path": path},
            hints=("run as the owner of the cache, or name another:  --cache-dir DIR",),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing in the cache: where, how many, how many bytes."""

    name: str
    folder: str
    entries: int
    size: int

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "folder": self.folder,
            "entries": self.entries,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, or with ``dry_run`` would be: how much, and which by name.

    ``size`` is in bytes; those that an environment shares stay on the disk.
    """

    entries: int
    size: int
    names: tuple[str, ...]
    dry_run: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "removed": self.entries,
            "size": self.size,
            "names": list(self.names),
            "dry_run": self.dry_run,
        }


def cache_parts(context: Context) -> tuple[Part, ...]:
    """Return what the cache holds, by kind."""
    parts = []
    for name in PARTS:
        folder = _folder(context, name)
        if name == WHEELS:
            entries = sum(1 for _ in unpacked_wheels(f"{folder}/wheels"))
        elif name in _ENVIRONMENTS:
            entries = len(_environments(folder))
        else:
            entries = sum(1 for _ in loose_files(folder))
        parts.append(Part(name, folder, entries, measure(folder)[0]))
    return tuple(parts)


def cached_wheels(context: Context, pattern: str = "") -> tuple[tuple[str, Kept], ...]:
    """Return downloads and unpacked wheels with their kind; ``pattern`` chooses."""
    everything = [
        *((FILES, kept) for kept in stored_files(_folder(context, FILES))),
        *((WHEELS, kept) for kept in unpacked_wheels(_wheels(context))),
    ]
    chosen = [row for row in everything if not pattern or _matches(row[1], pattern)]
    return tuple(sorted(chosen, key=lambda row: (row[1].name.lower(), row[0])))


def remove_from_cache(
    patterns: Sequence[str], context: Context, *, dry_run: bool = False
) -> Removal:
    """Remove downloads and unpacked wheels that match one of ``patterns``.

    Raises ``NotInCacheError``, ``CacheInUseError`` or ``CacheNotWritableError``.
    """
    with _alone(context, dry_run=dry_run):
        chosen: dict[str, Kept] = {}
        for pattern in patterns:
            found = cached_wheels(context, pattern)
            if not found:
                raise NotInCacheError(pattern)
            chosen.update((kept.path, kept) for _, kept in found)
        for folder, place in _in_use(context).items():
            if folder in chosen:
                raise LinkedFromError(place, folder)
        return _remove(chosen.values(), dry_run=dry_run)


def prune_cache(
    context: Context, *, older_than: timedelta, dry_run: bool = False
) -> Removal:
    """Remove what no environment shares and nobody wanted for so long.

    Also what was broken off on its way in. Raises as ``remove_from_cache``.
    """
    now = context.now().timestamp()
    oldest = now - older_than.total_seconds()
    with _alone(context, dry_run=dry_run):
        linked = _in_use(context)
        chosen = [
            kept
            for _, kept in cached_wheels(context)
            if kept.used < oldest and not kept.linked and kept.path not in linked
        ]
        chosen += (
            Kept(path, "", "", "", facts.st_size, facts.st_mtime)
            for path, facts in stored_texts(_texts(context))
            if facts.st_nlink == 1 and facts.st_mtime < oldest
        )
        for name in _AGING:
            for path, facts in loose_files(_folder(context, name)):
                if facts.st_mtime < oldest:
                    size, used = facts.st_size, facts.st_mtime
                    chosen.append(Kept(path, "", "", "", size, used))
        for new in (_folder(context, WHEELS), _folder(context, FILES)):
            chosen += (
                Kept(path, "", "", "", measure(path)[0], 0.0)
                for path in left_over(f"{new}/new", now=now)
            )
        return _remove(chosen, dry_run=dry_run)


def clear_cache(context: Context, *, dry_run: bool = False) -> Removal:
    """Remove everything but environments in which a program runs.

    Raises ``CacheInUseError`` or ``CacheNotWritableError``.
    """
    entries = 0
    chosen: list[Kept] = []
    with _alone(context, dry_run=dry_run):
        for folder, place in _in_use(context).items():
            raise LinkedFromError(place, folder)
        for part in cache_parts(context):
            running = []
            if part.name in _ENVIRONMENTS:
                running = [path for path in _environments(part.folder) if _held(path)]
            entries += part.entries - len(running)
            chosen += (
                Kept(path, "", "", "", measure(path)[0], 0.0)
                for path in _all_but(part.folder, running)
            )
        done = _remove(chosen, dry_run=dry_run)
    return Removal(entries, done.size, (), dry_run)


def verify_cache(
    context: Context, tell: Callable[[str], None] = lambda _: None
) -> tuple[Kept, ...]:
    """Read every byte of downloads and unpacked wheels; return what is damaged.

    It is removed: the next install fetches it again. ``tell`` gets the path of each
    wrong file of an unpacked wheel. Raises as ``remove_from_cache``.
    """
    with _alone(context, dry_run=False):
        damaged = [
            kept for kept in stored_files(_folder(context, FILES)) if not is_whole(kept)
        ]
        damaged += (
            Kept(path, "", os.path.basename(path), "", facts.st_size, facts.st_mtime)
            for path, facts in stored_texts(_texts(context))
            if is_damaged(path)
        )
        for kept in unpacked_wheels(_wheels(context)):
            wrong = damaged_files(kept.path, kept.key)
            if wrong is None or wrong:
                damaged.append(kept)
            for path in wrong or ():
                tell(path)
        _remove(damaged, dry_run=False)
    return tuple(damaged)


def _matches(kept: Kept, pattern: str) -> bool:
    name, _, version = kept.name.partition("-")
    if kept.version:
        name, version = kept.name, kept.version
    if normalize_name(name) == normalize_name(pattern):
        return True
    texts = {kept.name, f"{name}-{version}", f"{normalize_name(name)}-{version}"}
    return any(fnmatchcase(text.lower(), pattern.lower()) for text in texts)


def _remove(chosen: Iterable[Kept], *, dry_run: bool) -> Removal:
    kept = list(chosen)
    if not dry_run:
        for one in kept:
            _remove_path(one.path)
    names = [f"{one.name} {one.version}".strip() for one in kept if one.name]
    return Removal(len(kept), sum(one.size for one in kept), tuple(names), dry_run)


def _remove_path(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        gone = remove_tree(path)
    else:
        with suppress(OSError):
            os.unlink(path)
        gone = not os.path.lexists(path)
    if not gone:
        raise CacheNotWritableError(path)
    # The folders above that name a digest are of no use without what was in them.
    for _ in range(2):
        path = os.path.dirname(path)
        with suppress(OSError):
            if len(os.path.basename(path)) in (2, 62):
                os.rmdir(path)


@contextmanager
def _alone(context: Context, *, dry_run: bool) -> Iterator[None]:
    """Keep others from using the cache; a dry run needs no such thing."""
    folder = str(context.settings.cache_dir)
    if dry_run or not os.path.isdir(folder):
        yield
        return
    lock = str(cache_lock(context))
    with lone_lock(lock, timeout=LOCK_TIMEOUT, sleep=time.sleep) as alone:
        if not alone:
            raise CacheInUseError(folder)
        yield


def _environments(folder: str) -> list[str]:
    """Return the environments in ``folder`` (see ``workflows.build_cache``)."""
    return [f"{folder}/v1/folders/{name}" for name in _names(f"{folder}/v1/folders")]


def _held(environment: str) -> bool:
    """Tell whether a program runs in an environment of the cache."""
    lock = str(lock_of(Path(environment)))
    if not os.path.isfile(lock):
        return False
    with lone_lock(lock, timeout=0, sleep=time.sleep) as alone:
        return not alone


def _all_but(folder: str, kept: Sequence[str]) -> Iterator[str]:
    """Yield what to remove so that of ``folder`` only ``kept`` is left."""
    if not any(path.startswith(folder + os.sep) for path in kept):
        if os.path.lexists(folder) and folder not in kept:
            yield folder
        return
    for name in _names(folder):
        yield from _all_but(f"{folder}/{name}", kept)


def _folder(context: Context, part: str) -> str:
    return str(context.settings.cache_dir / PARTS[part])


def _texts(context: Context) -> str:
    return f"{_folder(context, WHEELS)}/{TEXTS}"


def _in_use(context: Context) -> dict[str, str]:
    """Return folder of an unpacked wheel -> an environment that has links to it."""
    store = _folder(context, WHEELS)
    used: dict[str, str] = {}
    for place, target in live_links(store):
        below = target.removeprefix(f"{store}/").split("/")
        used.setdefault("/".join((store, *below[:_DEPTH])), place)
    return used


def _wheels(context: Context) -> str:
    return f"{_folder(context, WHEELS)}/wheels"


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
