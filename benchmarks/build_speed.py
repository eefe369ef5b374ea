"""CPU and wall time of sdist + wheel of a generated project, as ratios to peers.

Every tool builds the same modules with its own back end, in turns and in one run:
``pysetup build`` with ours, as a command and as calls of the library in a process that
runs already, ``python -m build --no-isolation`` with flit_core, and ``uv build`` with
uv_build. Printed are medians, and medians of the ratios of ours to each peer within a
round. Needs build, flit_core, uv and uv_build beside this interpreter.

Usage: build_speed.py [--modules N] [--rounds N]
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pysetup import api

OURS = ("pysetup build", "pysetup, in process")
GOALS = {"build -n, flit_core": 0.2, "uv build, uv_build": 2.0}
Figures = tuple[float, float]
Rows = list[Figures]
ARCHIVES = {".gz", ".whl"}
MODULE = '"""Module {n}."""\n' + "".join(
    f"\n\ndef function_{i}(x, y={i}):\n    return x * {{n}} + y\n" for i in range(60)
)


@dataclass(frozen=True, slots=True)
class Tool:
    """One way to build: its back end, and the command without the project."""

    requires: str
    backend: str
    command: tuple[str, ...]


def tools(programs: Path) -> dict[str, Tool]:
    """Return the tools, ours first."""
    return {
        "pysetup build": Tool(
            "pysetup", "pysetup.backend", (str(programs / "pysetup"), "-q", "build")
        ),
        "build -n, flit_core": Tool(
            "flit_core",
            "flit_core.buildapi",
            (str(programs / "python"), "-m", "build", "-n"),
        ),
        "uv build, uv_build": Tool(
            "uv_build",
            "uv_build",
            (str(programs / "uv"), "build", "-q", "--no-config", "--sdist", "--wheel"),
        ),
    }


def make_project(root: Path, tool: Tool, modules: int) -> None:
    """Write a pure project of ``modules`` modules."""
    package = root / "src" / "demo_package"
    for number in range(modules):
        folder = package / f"part{number // 25}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        text = MODULE.format(n=number)
        (folder / f"module{number}.py").write_text(text, encoding="utf-8")
    (package / "__init__.py").write_text('"""Demo."""\n', encoding="utf-8")
    (root / "README.md").write_text("demo\n" * 40, encoding="utf-8")
    (root / "LICENSE").write_text("MIT\n", encoding="utf-8")
    (root / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{tool.requires}"]\n'
        f'build-backend = "{tool.backend}"\n\n[project]\nname = "demo-package"\n'
        'version = "1.0"\ndescription = "A demo"\nreadme = "README.md"\n'
        'requires-python = ">=3.9"\n',
        encoding="utf-8",
    )


def timed(command: list[str], folder: Path) -> Figures:
    """Run ``command`` in ``folder``; return its CPU and wall seconds."""
    start = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if child.returncode != 0:
        sys.exit(f"{command} failed in {folder}")
    return usage.ru_utime + usage.ru_stime, wall


def in_process(folder: Path) -> Figures:
    """Build with the library; return its CPU and wall seconds."""
    context = api.open_context()
    cpu, wall = time.process_time(), time.perf_counter()
    sdist = api.make_sdist(folder, into=folder / "dist", context=context)
    api.make_wheel(sdist, into=folder / "dist", context=context)
    return time.process_time() - cpu, time.perf_counter() - wall


def measure(chosen: dict[str, Tool], place: Path, rounds: int) -> dict[str, Rows]:
    """Return the figures of every way in every round; the first warms the caches."""
    folders = {name: place / str(n) for n, name in enumerate(chosen)}
    spent: dict[str, Rows] = {OURS[0]: [], OURS[1]: []}
    for turn in range(rounds + 1):
        for name, tool in chosen.items():
            figures = {name: timed([*tool.command, "."], clean(folders[name]))}
            made = {path.suffix for path in (folders[name] / "dist").iterdir()}
            if not made >= ARCHIVES:
                sys.exit(f"{name} did not make an sdist and a wheel")
            if name in OURS:
                figures[OURS[1]] = in_process(clean(folders[name]))
            for way, row in figures.items() if turn else ():
                spent.setdefault(way, []).append(row)
    return spent


def clean(folder: Path) -> Path:
    """Return ``folder`` without what was built in it."""
    shutil.rmtree(folder / "dist", ignore_errors=True)
    return folder


def median_ratio(ours: Rows, theirs: Rows, which: int) -> float:
    """Return the median of the ratios within the rounds."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(our[which] / their[which] for our, their in pairs)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--modules", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    chosen = tools(Path(sys.executable).parent)
    with tempfile.TemporaryDirectory() as folder:
        for number, tool in enumerate(chosen.values()):
            make_project(Path(folder, str(number)), tool, arguments.modules)
        spent = measure(chosen, Path(folder), arguments.rounds)
    print(f"{arguments.modules} modules, medians of {arguments.rounds} rounds\n")
    print("| tool | CPU ms | wall ms |\n|---|---:|---:|")
    for name, rows in spent.items():
        cpu, wall = (statistics.median(row[i] for row in rows) * 1000 for i in (0, 1))
        print(f"| {name} | {cpu:.0f} | {wall:.0f} |")
    print("\n| ours | to | CPU | wall | goal, in process |\n|---|---|---:|---:|---:|")
    met = True
    for way in OURS:
        for peer, goal in GOALS.items():
            cpu = median_ratio(spent[way], spent[peer], 0)
            wall = median_ratio(spent[way], spent[peer], 1)
            met = met and (way == OURS[0] or cpu <= goal)
            print(f"| {way} | {peer} | {cpu:.2f} | {wall:.2f} | {goal} |")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
