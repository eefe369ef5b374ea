"""What cannot be written, and what stands in the way: refused beforehand."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.lab.state import litter, snapshot
from tests.faults.lab.workshop import Row, Workshop

_SITE = "lib/python*/site-packages"


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way: how it is put there and removed, and what it names.

    ``path`` is below the environment, ``named`` what the message must hold; with
    ``insist`` the option that overwrites must get past it.
    """

    name: str
    path: str
    put: Callable[[Path], object]
    away: Callable[[Path], object]
    insist: bool = False
    for_changes: tuple[str, ...] = ("upgrade",)


def _immutable(path: Path) -> None:
    subprocess.run(["chattr", "+i", path], check=True, capture_output=True)


def _mutable(path: Path) -> None:
    # An installer may have moved it away.
    subprocess.run(["chattr", "-i", path], check=False, capture_output=True)


def _read_only(path: Path) -> None:
    path.chmod(0o555)


def _writable(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.chmod(0o755)


def _own_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("the user's own\n", "utf-8")


def _folder(path: Path) -> None:
    path.mkdir(parents=True)
    (path / "own.txt").write_text("the user's own\n", "utf-8")


def _dangling(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/nowhere/at/all")


def _outside(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/etc/hostname")


def _away(path: Path) -> None:
    path.unlink(missing_ok=True)


def _tree_away(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _obstacles() -> Iterator[Obstacle]:
    both = ("upgrade", "uninstall")
    for what, path in (
        ("module", f"{_SITE}/victim/__init__.py"),
        ("file of data", f"{_SITE}/victim/data/1.0-0.bin"),
        ("script", "bin/victim"),
        ("RECORD", f"{_SITE}/victim-1.0.dist-info/RECORD"),
        ("folder of the package", f"{_SITE}/victim/data"),
        ("package", f"{_SITE}/victim"),
        ("shared package", f"{_SITE}/lab_shared"),
        ("site-packages", _SITE),
        ("folder of scripts", "bin"),
    ):
        immutable = f"an immutable {what}"
        yield Obstacle(immutable, path, _immutable, _mutable, for_changes=both)
    for what, path in (
        ("site-packages", _SITE),
        ("shared package", f"{_SITE}/lab_shared"),
        ("folder of the package", f"{_SITE}/victim/data"),
        ("folder of scripts", "bin"),
    ):
        read_only = f"a read-only {what}"
        yield Obstacle(read_only, path, _read_only, _writable, for_changes=both)
    for what, path in (
        ("module of the namespace", f"{_SITE}/lab_shared/victim_2.py"),
        ("module of the package", f"{_SITE}/victim/only2/m1.py"),
        ("script", "bin/victim-2"),
        ("file of data", "share/victim/read-2.0.txt"),
    ):
        for kind, put, away, insist in (
            ("a file of the user", _own_file, _away, True),
            ("a folder of the user", _folder, _tree_away, False),
            ("a link to nowhere", _dangling, _away, True),
            ("a link to a file elsewhere", _outside, _away, True),
        ):
            in_the_way = f"{kind} where a {what} goes"
            yield Obstacle(in_the_way, path, put, away, insist=insist)
    for kind, put, away in (
        ("a file of the user", _own_file, _away),
        ("a folder of the user", _folder, _tree_away),
    ):
        last = f"{kind} in the way of the last of three"
        path = f"{_SITE}/gamma/m1.py"
        yield Obstacle(last, path, put, away, for_changes=("set",))


OBSTACLES = tuple(_obstacles())


def can_be_immutable(folder: Path) -> bool:
    """Tell whether this process may make a file in ``folder`` immutable."""
    path = folder / "probe"
    path.touch()
    try:
        _immutable(path)
        _mutable(path)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def blocked(workshop: Workshop, obstacle: Obstacle) -> Iterator[Row]:
    """Run into an obstacle, remove it and repeat; then get past it by insisting."""
    workshop.restore()
    path = _put(workshop, obstacle)
    before = snapshot(workshop.env)
    try:
        ended = workshop.run()
        problems = _harm(workshop, before)
    finally:
        obstacle.away(path)
    if ended.code not in workshop.installer.refused:
        problems.append(f"exit {ended.code}: {ended.said[-600:]}")
    if "Traceback" in ended.said:
        problems.append(f"a traceback: {ended.said[-900:]}")
    if path.name not in ended.said:
        problems.append(f"{path.name} is not named: {ended.said[-600:]}")
    _prune(path.parent, workshop.env)
    raw = "OLD" if not problems else workshop.state()[0]
    row = Row(
        *(workshop.scenario, obstacle.name, ended.code, raw, raw, "", 0),
        tuple(problems),
    )
    yield workshop.repeated(row)
    if obstacle.insist and workshop.installer.overwrite:
        yield _insisted(workshop, obstacle)


def _insisted(workshop: Workshop, obstacle: Obstacle) -> Row:
    workshop.restore()
    _put(workshop, obstacle)
    workshop.extra = (workshop.installer.overwrite,)
    try:
        ended = workshop.run()
    finally:
        workshop.extra = ()
    fault = f"{obstacle.name}, {workshop.installer.overwrite}"
    return workshop.judge(fault, ended, codes=(0,), allowed=("NEW",), tidy=True)


def _put(workshop: Workshop, obstacle: Obstacle) -> Path:
    head, _, tail = obstacle.path.partition("*")
    if tail:
        version = next(workshop.env.glob(f"{head}*")).name
        path = workshop.env / "lib" / version / tail.partition("/")[2]
    else:
        path = workshop.env / obstacle.path
    obstacle.put(path)
    return path


def _harm(workshop: Workshop, before: object) -> list[str]:
    after = snapshot(workshop.env)
    problems = [f"changed: {line}" for line in after.compared(before)][:5]  # type: ignore[arg-type]
    if lying := litter(workshop.env):
        problems.append(f"left lying about: {', '.join(lying[:5])}")
    return problems


def _prune(folder: Path, root: Path) -> None:
    """Remove folders that were made for the obstacle alone."""
    while folder != root and not (folder.exists() and os.listdir(folder)):
        with suppress(FileNotFoundError):
            folder.rmdir()
        folder = folder.parent
