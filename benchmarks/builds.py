"""Build real sdists with pysetup and with ``python -m build``; compare what comes out.

For each sdist of ``sdists.txt``: its wheel by ``python -m build --wheel``, its wheel by
``pysetup build --wheel``, each in an isolated environment filled from the index that
pip is configured to use.  Compared are name, tags, files, METADATA, entry points,
execute bits, content, and RECORD of ours; pysetup may add ``pydist.json`` and
``METADATA.json``, nothing else.  A file that differs is built once more by ``build`` in
another folder: one that then differs from itself is called ``unsteady`` and told, but
is no fault of pysetup.  With ``--sdist`` the sdists made of each are compared, too:
there modes are those of ADR 7, and old PKG-INFO may be written anew.  From our sdist a
wheel is then built, which must be the same once more.

Prints a table; exits non-zero when a row does not hold.  ``skipped`` are those that
``build`` itself cannot build on this machine.  ``--keep`` keeps all, with the logs.

Usage: builds.py [--jobs N] [--keep DIR] [--sdist] [--list FILE]
                 [NAME | NAME==VERSION | SDIST ...]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archive_differences import compare_sdists, compare_wheels
from corpus import LIST, backend_of, fetch_sdist, read_pins, unpack

_LIMIT = 900  # seconds for one build
_SHOWN = 12
_GOOD = ("same", "unsteady", "skipped")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one sdist."""

    project: str
    backend: str
    verdict: str
    seconds: tuple[float, float] = (0, 0)
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        theirs, ours = self.seconds
        line = f"{self.project:<34} {self.backend:<34} {self.verdict:<9}"
        line += f" build {theirs:6.1f} s  pysetup {ours:6.1f} s"
        more = len(self.details) - _SHOWN
        told = [*self.details[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        return "\n".join([line, *(f"    {detail}" for detail in told)])


@dataclass(frozen=True, slots=True)
class Made:
    """The archive that a command left in its folder, or why there is none."""

    path: Path | None
    seconds: float
    talk: str


def run(*words: str | Path, into: Path, scratch: Path) -> Made:
    into.mkdir()
    scratch.mkdir(exist_ok=True)
    start = time.monotonic()
    try:
        done = subprocess.run(
            [*map(str, words), "-o", str(into)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_LIMIT,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        talk, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired:
        talk, code = f"not done after {_LIMIT} s", 1
    into.with_suffix(".log").write_text(talk, encoding="utf-8")
    found = sorted(into.iterdir())
    made = found[0] if code == 0 and len(found) == 1 else None
    return Made(made, time.monotonic() - start, talk)


def by_build(what: str, root: Path, *, into: Path) -> Made:
    scratch = into.with_name("scratch")
    return run(*(sys.executable, "-m", "build", what, root), into=into, scratch=scratch)


def by_pysetup(command: list[str], source: Path, *, into: Path) -> Made:
    return run(
        *(sys.executable, "-m", "pysetup", *command, source),
        into=into,
        scratch=into.with_name("scratch"),
    )


def last_lines(talk: str, count: int = 6) -> tuple[str, ...]:
    return tuple(line for line in talk.splitlines() if line.strip())[-count:]


def compare(text: str, work: Path, *, sdist_too: bool) -> Row:
    """Build ``text`` both ways below the empty folder ``work``."""
    sdist = fetch_sdist(text, work)
    project = sdist.name.removesuffix(".tar.gz").removesuffix(".zip")
    root = unpack(sdist, work / "one")
    backend = backend_of(root)
    theirs = by_build("--wheel", root, into=work / "theirs")
    if theirs.path is None:
        reason = last_lines(theirs.talk, 3)
        return Row(project, backend, "skipped", (theirs.seconds, 0), reason)
    ours = by_pysetup(["build", "--wheel"], sdist, into=work / "ours")
    seconds = (theirs.seconds, ours.seconds)
    if ours.path is None:
        return Row(project, backend, "FAILED", seconds, last_lines(ours.talk, 14))
    faults = compare_wheels(theirs.path, ours.path)
    unsteady = unsteady_faults(theirs.path, sdist, work) if faults else []
    if sdist_too:
        faults += compare_sources(sdist, work, wheel=theirs.path)
    faults = [fault for fault in faults if fault not in unsteady]
    if faults:
        return Row(project, backend, "DIFFERENT", seconds, tuple(faults))
    verdict = "unsteady" if unsteady else "same"
    return Row(project, backend, verdict, seconds, tuple(unsteady))


def unsteady_faults(wheel: Path, sdist: Path, work: Path) -> list[str]:
    """Return in what ``build`` differs from itself when it builds in another folder."""
    root = unpack(sdist, work / "once-more")
    again = by_build("--wheel", root, into=work / "again")
    return compare_wheels(wheel, again.path) if again.path else []


def compare_sources(sdist: Path, work: Path, *, wheel: Path) -> list[str]:
    """Make the sdist of the unpacked sdist both ways; return what differs.

    From ours a wheel is built, too, which must be ``wheel``.
    """
    theirs = by_build("--sdist", unpack(sdist, work / "two"), into=work / "sdist")
    if theirs.path is None:
        return []
    root = unpack(sdist, work / "three")
    ours = by_pysetup(["sdist"], root, into=work / "own-sdist")
    if ours.path is None:
        return [f"sdist: {line}" for line in last_lines(ours.talk)]
    found = compare_sdists(theirs.path, ours.path)
    if found:
        root = unpack(sdist, work / "four")
        again = by_build("--sdist", root, into=work / "sdist-again")
        unsteady = compare_sdists(theirs.path, again.path) if again.path else []
        found = [one for one in found if one not in unsteady]
    again = by_pysetup(["build", "--wheel"], ours.path, into=work / "chain")
    if again.path is None:
        return [f"wheel of our sdist: {line}" for line in last_lines(again.talk)]
    return [f"sdist: {one}" for one in found] + compare_wheels(wheel, again.path)


def try_one(text: str, keep: Path | None, *, sdist_too: bool) -> Row:
    if keep:
        work = keep / text
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        return compare(text, work, sdist_too=sdist_too)
    with tempfile.TemporaryDirectory(prefix="builds-") as folder:
        return compare(text, Path(folder), sdist_too=sdist_too)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--sdist", action="store_true")
    parser.add_argument("--list", type=Path, default=LIST)
    arguments = parser.parse_args()
    keep = arguments.keep and arguments.keep.resolve()
    pins = read_pins(arguments.list)
    named = {pin.partition("==")[0]: pin for pin in pins}
    wanted = [named.get(name, name) for name in arguments.names] or pins
    one = partial(try_one, keep=keep, sdist_too=arguments.sdist)
    verdicts: Counter[str] = Counter()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for row in pool.map(one, wanted):
            print(row, flush=True)
            verdicts[row.verdict] += 1
    print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    return 0 if set(verdicts) <= set(_GOOD) else 1


if __name__ == "__main__":
    sys.exit(main())
