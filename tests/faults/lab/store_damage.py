"""Damage to the files of a cache, one at a time, and caches that cannot be used."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.faults.lab.state import litter, wrong_bytecode
from tests.faults.lab.workshop import Row, Workshop, remove

# Whatever these do, they do it as a failing disk or a careless hand would.
_Damage = Callable[[Path, random.Random], None]


def _flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    _rewrite(path, bytes(content))


def _flip_keeping_the_time(path: Path, chance: random.Random) -> None:
    facts = path.stat()
    _flip(path, chance)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _truncate(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    _rewrite(path, content[: chance.randrange(len(content))] if content else b"")


def _zeros(path: Path, _: random.Random) -> None:
    _rewrite(path, bytes(path.stat().st_size))


def _append(path: Path, _: random.Random) -> None:
    _rewrite(path, path.read_bytes() + b"\nVERSION = 'damaged'\n")


def _link(path: Path, _: random.Random) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _loop(path: Path, _: random.Random) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _replaced(path: Path, _: random.Random) -> None:
    content, mode = path.read_bytes(), path.stat().st_mode
    path.unlink()
    path.write_bytes(content[::-1])
    path.chmod(mode)


def _gone(path: Path, _: random.Random) -> None:
    path.unlink()


def _unreadable(path: Path, _: random.Random) -> None:
    path.chmod(0)


def _writable(path: Path, _: random.Random) -> None:
    path.chmod(0o777)


def _rewrite(path: Path, content: bytes) -> None:
    mode = path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(mode)


DAMAGES: dict[str, _Damage] = {
    "one bit flipped": _flip,
    "truncated": _truncate,
    "full of zeros": _zeros,
    "longer": _append,
    "a link to elsewhere": _link,
    "a link to itself": _loop,
    "a folder": _folder,
    "another file": _replaced,
    "gone": _gone,
    "unreadable": _unreadable,
    "writable by all": _writable,
}


# What no file's size and time tell, as a disk that fails: only reading finds it.
SILENT: dict[str, _Damage] = {"one bit flipped, the time kept": _flip_keeping_the_time}


def damaged(
    workshop: Workshop,
    *,
    trials: int,
    seed: int,
    damages: Mapping[str, _Damage] = DAMAGES,
    mend: Callable[[], object] = lambda: None,
) -> Iterator[Row]:
    """Damage one file of the warm cache, then run: new, or old and a clear error.

    ``mend`` is called between damage and run.
    """
    chance = random.Random(seed)
    shared = {path.lstat().st_ino for path in workshop.template.rglob("*")}
    names = sorted(damages)
    for number in range(trials):
        workshop.restore()
        kinds = _kinds(workshop.cache, shared)
        if not kinds:  # an installer that keeps nothing cannot keep damage
            return
        kind = sorted(kinds)[number % len(kinds)]
        path = chance.choice(kinds[kind])
        name = names[chance.randrange(len(names))]
        damages[name](path, chance)
        fault = f"{path.relative_to(workshop.cache)} is {name}"
        mend()
        row = _judged(workshop, fault)
        yield row
        # What a trial leaves of the damage, the next ones must not mind.
        if row.problems:
            workshop.forget()
            for _ in range(2):
                workshop.restore()
                workshop.run()


def _judged(workshop: Workshop, fault: str) -> Row:
    ended = workshop.run()
    problems = []
    if ended.code not in {0, *range(2, 8)} or "Traceback" in ended.said:
        problems.append(f"exit {ended.code}: {ended.said[-900:]}")
    state, why = workshop.state()
    if state != ("OLD" if ended.code else "NEW"):
        problems.append(f"exit {ended.code}, {state}: {why}")
    if wrong := wrong_bytecode(workshop.env):
        problems.append(f"wrong bytecode: {wrong[-600:]}")
    if lying := litter(workshop.env):
        problems.append(f"left lying about: {', '.join(lying[:5])}")
    return Row(
        workshop.scenario,
        fault,
        ended.code,
        state,
        state,
        state,
        ended.code,
        tuple(problems),
    )


def _kinds(cache: Path, shared: set[int]) -> dict[str, list[Path]]:
    """Return the files of a cache by kind: where they are, and how they are called.

    Files that the environment shares already are left out.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(cache.rglob("*")):
        facts = path.lstat()
        if not path.is_file() or path.is_symlink() or facts.st_ino in shared:
            continue
        parts = path.relative_to(cache).parts
        names = [part for part in parts[:-1] if not _is_digest(part)][:4]
        last = path.suffix or ("digest" if _is_digest(parts[-1]) else parts[-1])
        found.setdefault("/".join([*names, last]), []).append(path)
    return found


def _is_digest(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text.partition(".")[0])


def useless(workshop: Workshop) -> Iterator[Row]:
    """Run with a cache that cannot be used: the command must do without it."""
    for name, spoiled in _SPOILED.items():
        workshop.restore()
        with spoiled(workshop.cache):
            ended = workshop.run()
        yield workshop.judge(
            f"the cache is {name}", ended, codes=(0,), allowed=("NEW",), tidy=True
        )


@contextmanager
def _read_only(cache: Path) -> Iterator[None]:
    folders = [cache, *(path for path in cache.rglob("*") if path.is_dir())]
    modes = {path: path.stat().st_mode for path in folders if not path.is_symlink()}
    for path in modes:
        path.chmod(0o555)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@contextmanager
def _absent(cache: Path) -> Iterator[None]:
    remove(cache)
    yield
    cache.mkdir(exist_ok=True)


@contextmanager
def _file(cache: Path) -> Iterator[None]:
    remove(cache)
    cache.write_text("this is no folder", "utf-8")
    yield
    cache.unlink()
    cache.mkdir()


@contextmanager
def _nowhere(cache: Path) -> Iterator[None]:
    remove(cache)
    cache.symlink_to("missing/folder")
    yield
    remove(cache)
    remove(cache.parent / "missing")
    cache.mkdir()


_SPOILED = {
    "read-only": _read_only,
    "absent": _absent,
    "a file": _file,
    "a link to nowhere": _nowhere,
}
