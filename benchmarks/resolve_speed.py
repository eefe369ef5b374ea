"""Resolving, locking and first installs, as ratios to uv's and pip's in the same run.

Each requirements file is one set. All tools ask the same index, which is given by its
URL; runs are interleaved; medians of wall and CPU time, and of the ratios of each pair
to the first tool of the phase.

Phases:
  asked    pages and metadata are in the cache, the question is a new one each time
  warm     the same question again, no lock there
  relock   the same question again, with the lock that was made for it
  cold     nothing is in the cache
  install  nothing is in the cache: the pins of the set into a fresh environment, with
           --no-deps; pip and pysetup without bytecode, too, as uv makes none

Usage: resolve_speed.py --index URL [-n RUNS] [--work DIR] [--uv FILE] [--pip FILE]
       [--phases LIST] [--check] FILE...
With --check the pins of all tools are compared, too: they must be the same.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PYSETUP = str(Path(sys.executable).parent / "pysetup")
PHASES = ("asked", "warm", "relock", "cold", "install")
LINE = "| {:<10} | {:<8} | {:<19} | {:>8.1f} | {:>7.1f} | {:>10.2f} | {:>9.2f} |"
HEAD = "| set | phase | case | wall ms | cpu ms | wall ratio | cpu ratio |"


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Case:
    """One tool: what is run, and what is done before each run."""

    name: str
    command: list[str]
    environ: dict[str, str]
    before: Callable[[], None] = _nothing
    runs: int = 0
    caches: tuple[Path, ...] = field(default=())


@dataclass(frozen=True)
class Bench:
    """What all commands share."""

    work: Path
    index: str
    uv: str
    pip: str
    python: str

    @property
    def clean(self) -> dict[str, str]:
        """The environment variables of every tool."""
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.work)}
        return {**environ, "PIP_CONFIG_FILE": os.devnull}

    def uv_lock(self, wanted: Path, output: Path) -> list[str]:
        """Return uv's command that resolves ``wanted``."""
        command = [self.uv, "pip", "compile", "-q", "--no-config", "--python"]
        command += [self.python, "--cache-dir", str(self.work / "uv")]
        return [*command, "--default-index", self.index, str(wanted), "-o", str(output)]

    def lock(self, wanted: Path, output: Path) -> list[str]:
        """Return our command that locks ``wanted``."""
        command = [PYSETUP, "lock", "-q", "--python", self.python]
        command += ["--cache-dir", str(self.work / "pysetup")]
        return [
            *command,
            "--index-url",
            self.index,
            "-r",
            str(wanted),
            "-o",
            str(output),
        ]

    def pip_lock(self, wanted: Path) -> list[str]:
        """Return pip's command that resolves ``wanted`` and installs nothing."""
        command = [self.pip, "install", "-q", "--isolated", "--dry-run"]
        command += ["--disable-pip-version-check", "--ignore-installed"]
        command += ["--cache-dir", str(self.work / "pip"), "--index-url", self.index]
        return [*command, "-r", str(wanted)]


def spent(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of one run of ``command``."""
    begin = time.perf_counter()
    child = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command} failed")
    return wall, usage.ru_utime + usage.ru_stime


def lock_cases(phase: str, wanted: Path, bench: Bench) -> list[Case]:
    """Return what is compared in a phase of resolving; the first is the yardstick."""
    theirs, ours = bench.work / "uv.txt", bench.work / "pylock.toml"
    asked = bench.work / "asked.txt"
    caches = [bench.work / name for name in ("uv", "pysetup", "pip")]
    turns = iter(range(10**6))

    def forget(*paths: Path) -> Callable[[], None]:
        def act() -> None:
            for path in paths:
                if path.is_dir():
                    shutil.rmtree(path)
                path.unlink(missing_ok=True)

        return act

    def another() -> None:
        forget(ours)()
        # A version that nobody has makes it another question with the same answer.
        first, *others = wanted.read_text().splitlines()
        asked.write_text("\n".join([f"{first}!=0.0.0.{next(turns)}", *others, ""]))

    clean = bench.clean
    names = {"relock": [(), (), ()], "warm": [(theirs,), (ours,), ()]}
    names["cold"] = [(theirs, caches[0]), (ours, caches[1]), (caches[2],)]
    uv_gone, our_gone, pip_gone = names.get(phase, [(theirs,), (), ()])
    source = asked if phase == "asked" else wanted
    before = another if phase == "asked" else forget(*our_gone)
    cases = [
        Case("uv", bench.uv_lock(wanted, theirs), clean, forget(*uv_gone)),
        Case("pysetup", bench.lock(source, ours), clean, before),
    ]
    if bench.pip and phase != "relock":
        pip = bench.pip_lock(wanted)
        cases.append(Case("pip", pip, clean, forget(*pip_gone), runs=3))
    return cases


def install_cases(wanted: Path, bench: Bench) -> list[Case]:
    """Return the first installs of the pins of ``wanted``, into fresh environments."""
    pins = bench.work / "pins.txt"
    spent(bench.uv_lock(wanted, bench.work / "uv.txt"), bench.clean)
    text = (bench.work / "uv.txt").read_text()
    pins.write_text("".join(f"{n}=={v}\n" for n, v in sorted(plain_pins(text).items())))
    env, python = bench.work / "env", bench.work / "env/bin/python"
    what = ["--no-deps", "-r", str(pins)]

    def fresh(cache: str) -> Callable[[], None]:
        def act() -> None:
            shutil.rmtree(bench.work / cache, ignore_errors=True)
            shutil.rmtree(env, ignore_errors=True)
            shutil.copytree(bench.work / "empty", env, symlinks=True)

        return act

    uv = [bench.uv, "pip", "install", "-q", "--no-config", "--python", str(python)]
    uv += ["--cache-dir", str(bench.work / "uv"), "--default-index", bench.index]
    ours = [PYSETUP, "install", "-q", "--python", str(python), "--index-url"]
    ours += [bench.index, "--cache-dir", str(bench.work / "pysetup")]
    cases = [
        Case("uv", [*uv, *what], bench.clean, fresh("uv")),
        Case("pysetup", [*ours, *what], bench.clean, fresh("pysetup")),
        Case(
            "pysetup no bytecode",
            [*ours, "--no-compile", *what],
            bench.clean,
            fresh("pysetup"),
        ),
    ]
    if bench.pip:
        pip = [bench.pip, "--python", str(python), "install", "-q", "--isolated"]
        pip += ["--disable-pip-version-check", "--index-url", bench.index]
        pip += ["--cache-dir", str(bench.work / "pip")]
        cases += [
            Case("pip", [*pip, *what], bench.clean, fresh("pip"), runs=3),
            Case(
                "pip no bytecode",
                [*pip, "--no-compile", *what],
                bench.clean,
                fresh("pip"),
                runs=3,
            ),
        ]
    return cases


def measure(found: list[Case], runs: int) -> dict[str, list[tuple[float, float]]]:
    """Run the cases in turn; the first two turns, which fill caches, do not count."""
    rows: dict[str, list[tuple[float, float]]] = {case.name: [] for case in found}
    for turn in range(-2, runs):
        for case in found:
            if case.runs and turn >= case.runs:
                continue
            case.before()
            figures = spent(case.command, case.environ)
            if turn >= 0:
                rows[case.name].append(figures)
    return rows


def show(title: str, phase: str, rows: dict[str, list[tuple[float, float]]]) -> None:
    """Print a line for each case."""
    base = next(iter(rows.values()))
    for name, figures in rows.items():
        wall, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        pairs = list(zip(figures, base, strict=False))
        ratios = [statistics.median(a[i] / b[i] for a, b in pairs) for i in (0, 1)]
        print(LINE.format(title, phase, name, wall * 1000, cpu * 1000, *ratios))


def plain_pins(text: str) -> dict[str, str]:
    """Return the pins of a requirements file as uv writes it."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def same_pins(wanted: Path, bench: Bench) -> bool:
    """Tell whether uv and pysetup choose the same; print what differs."""
    theirs, ours = bench.work / "uv.txt", bench.work / "pylock.toml"
    for path in (theirs, ours):
        path.unlink(missing_ok=True)
    spent(bench.uv_lock(wanted, theirs), bench.clean)
    spent(bench.lock(wanted, ours), bench.clean)
    packages = tomllib.loads(ours.read_text())["packages"]
    mine = {row["name"]: row["version"] for row in packages}
    other = plain_pins(theirs.read_text())
    for name in sorted({*mine, *other}):
        if mine.get(name) != other.get(name):
            pins = f"pysetup {mine.get(name)}, uv {other.get(name)}"
            print(f"{wanted.stem}: {name}: {pins}", file=sys.stderr)
    return mine == other


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--index", required=True, help="URL of the index")
    parser.add_argument("-n", "--runs", type=int, default=7)
    parser.add_argument("--work", type=Path, help="disk to measure on")
    parser.add_argument("--uv", default=shutil.which("uv"), help="uv's program")
    parser.add_argument("--pip", default="", help="pip's program; none is not run")
    parser.add_argument("--phases", default="warm,relock,asked,cold")
    parser.add_argument("--check", action="store_true", help="compare the pins, too")
    arguments = parser.parse_args()
    if not arguments.uv:
        sys.exit("uv is not on PATH")
    differ = 0
    print(HEAD, "|---|---|---|---:|---:|---:|---:|", sep="\n")
    for path in arguments.files:
        with tempfile.TemporaryDirectory(dir=arguments.work) as name:
            work = Path(name)
            (work / "pysetup").mkdir()
            made = [sys.executable, "-m", "venv", "--without-pip", str(work / "empty")]
            subprocess.run(made, check=True)
            bench = Bench(
                work, arguments.index, arguments.uv, arguments.pip, sys.executable
            )
            wanted = work / path.name
            shutil.copy(path, wanted)
            for phase in arguments.phases.split(","):
                if phase not in PHASES:
                    sys.exit(f"{phase} is none of {', '.join(PHASES)}")
                if phase == "install":
                    found = install_cases(wanted, bench)
                else:
                    found = lock_cases(phase, wanted, bench)
                show(path.stem, phase, measure(found, arguments.runs))
            if arguments.check and not same_pins(wanted, bench):
                differ += 1
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
