"""Make sdist and wheel of real projects twice; show which come out byte for byte alike.

Each project is built in two folders with all else different that must not matter: the
path (one with a space), umask, locale, time zone, order of creation and dates of the
files.  ``unset`` is without SOURCE_DATE_EPOCH, ``set`` with one.  Beside each answer of
pysetup stands that of ``python -m build``.  Below a row: the members that differ.

Exits non-zero if pysetup fails where ``build`` does not, or if the sdist or the wheel
of a project differs that pysetup itself builds.

Usage: same_twice.py [--jobs N] [NAME | NAME==VERSION | SDIST | FOLDER ...]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from archive_differences import Files, sdist_files, wheel_files
from corpus import backend_of, fetch_sdist, read_pins, unpack

NAMES = ["docopt", "pluggy", "click", "attrs", "rich", "fastapi", "stevedore"]
NAMES += ["dnspython", "trove-classifiers", "MarkupSafe", "argon2-cffi-bindings"]
NAMES += [str(Path(__file__).parents[1] / "examples" / "greet")]
_OWN = "pysetup.backend"
_BUILD = [sys.executable, "-m", "build", "-o"]
_PYSETUP = [sys.executable, "-m", "pysetup", "build", "-q", "-o"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What must not matter."""

    folder: str
    umask: int
    mtime: int
    environ: dict[str, str]


ONE = Surroundings("one", 0o022, 1_600_000_000, {"LC_ALL": "C", "TZ": "UTC"})
OTHER = Surroundings(
    "the other one", 0o077, 1_650_000_000, {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}
)
BOTH = (ONE, OTHER)
EPOCHS = ("", "1700000000")
KINDS = ("sdist", "wheel")


def copy_into(source: Path, place: Path, *, mtime: int) -> None:
    """Copy the tree ``source``, its files in reverse order, all with one date."""
    paths = sorted(source.rglob("*"), reverse=mtime > ONE.mtime)
    for path in paths:
        target = place / path.relative_to(source)
        if path.is_dir() and not path.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target, follow_symlinks=False)
        if not target.is_symlink():
            os.utime(target, (mtime, mtime))
            target.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def make(
    command: list[str], source: Path, work: Path, around: Surroundings, epoch: str
) -> dict[str, Path]:
    """Build ``source`` below ``work``; return what was made by its file name."""
    place = work / around.folder
    shutil.rmtree(place, ignore_errors=True)
    copy_into(source, place / source.name, mtime=around.mtime)
    for name in ("out", "tmp"):
        (place / name).mkdir()
    environ = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    environ |= {**around.environ, "TMPDIR": str(place / "tmp")}
    if epoch:
        environ["SOURCE_DATE_EPOCH"] = epoch
    subprocess.run(
        [*command, place / "out", place / source.name],
        env=environ,
        umask=around.umask,
        capture_output=True,
        check=True,
    )
    return {path.name: path for path in (place / "out").iterdir()}


def differing(one: dict[str, Path], other: dict[str, Path]) -> dict[str, list[str]]:
    """Return the archives that are not the same, with the members that differ."""
    found: dict[str, list[str]] = {}
    for name in sorted(one.keys() | other.keys()):
        kind = "wheel" if name.endswith(".whl") else "sdist"
        if name not in one or name not in other:
            found[kind] = ["its name"]
        elif one[name].read_bytes() != other[name].read_bytes():
            read = wheel_files if kind == "wheel" else sdist_files
            found[kind] = _members(read, one[name], other[name])
    return found


def _members(read: Callable[[Path], Files], one: Path, other: Path) -> list[str]:
    left, right = read(one), read(other)
    paths = sorted(left.keys() | right.keys())
    changed = [path for path in paths if left.get(path) != right.get(path)]
    return [p for p in changed if not p.endswith("/RECORD")] or ["order, dates, modes"]


def ask(
    command: list[str], source: Path, work: Path, *, epoch: str
) -> tuple[list[str], list[str]]:
    """Return "yes" or "no" for sdist and wheel, and what differs."""
    try:
        one, other = (make(command, source, work, around, epoch) for around in BOTH)
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode(errors="replace").splitlines()[-6:]
        return ["fails", "fails"], told
    found = differing(one, other)
    answers = ["no" if kind in found else "yes" for kind in KINDS]
    when = "set" if epoch else "unset"
    return answers, [
        f"{when}: {kind}: {', '.join(members[:4])}" for kind, members in found.items()
    ]


def try_one(text: str) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory(prefix="twice-") as folder:
        work = Path(folder)
        source = Path(text).resolve()
        if not source.is_dir():
            source = unpack(fetch_sdist(text, work), work / "source")
        backend = backend_of(source)
        answers: list[str] = []
        told: list[str] = []
        for epoch in EPOCHS:
            found, differences = ask(_PYSETUP, source, work, epoch=epoch)
            answers, told = answers + found, told + differences
        # What pysetup builds needs pysetup in the index; that is not asked here.
        is_own = backend.startswith(_OWN)
        for epoch in () if is_own else EPOCHS:
            answers += ask(_BUILD, source, work, epoch=epoch)[0]
    columns = "  ".join(f"{answer:<5}" for answer in answers)
    line = f"{source.name:<30} {backend:<30} {columns}"
    bad = ("fails" in answers[:4] and "fails" not in answers[4:]) or (
        is_own and "no" in answers
    )
    return bad, "\n".join([line, *(f"    {text}" for text in told)])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    pins = {pin.partition("==")[0].lower(): pin for pin in read_pins()}
    wanted = [pins.get(name.lower(), name) for name in arguments.names or NAMES]
    print(f"{'':61} {'pysetup':28}{'build':28}")
    print(f"{'':61} {'unset':14}{'set':14}{'unset':14}{'set':14}")
    print(f"{'project':<30} {'back end':<30} {'sdist  wheel  ' * 4}")
    bad = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for fault, text in pool.map(try_one, wanted):
            print(text, flush=True)
            bad += fault
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
