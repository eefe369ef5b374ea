"""CPU and wall time of sdist + wheel of a generated project, as ratios to peers.

Every tool builds the same modules with its own back end, in turns and in one run:
``pysetup build`` with ours, ``python -m build --no-isolation`` with flit_core, and
``uv build`` with uv_build. Printed are medians, and medians of the ratios of ours to
each peer within a round. Needs build, flit_core, uv and uv_build beside this
interpreter.

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

GOALS = {"build -n, flit_core": 0.2, "uv build, uv_build": 2.0}
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


def timed(command: list[str], folder: Path) -> tuple[float, float]:
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


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--modules", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    chosen = tools(Path(sys.executable).parent)
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place, str(n)) for n, name in enumerate(chosen)}
        for name, folder in folders.items():
            make_project(folder, chosen[name], arguments.modules)
        for turn in range(arguments.rounds + 1):
            for name, folder in folders.items():
                shutil.rmtree(folder / "dist", ignore_errors=True)
                figures = timed([*chosen[name].command, "."], folder)
                if {path.suffix for path in (folder / "dist").iterdir()} < ARCHIVES:
                    sys.exit(f"{name} did not make an sdist and a wheel")
                if turn:  # the first round warms the caches of the disk
                    spent[name].append(figures)
    ours = spent["pysetup build"]
    met = True
    print(f"{arguments.modules} modules, medians of {arguments.rounds} rounds\n")
    print("| tool | CPU ms | wall ms | ours to it, CPU | ours to it, wall | goal |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, rows in spent.items():
        pairs = list(zip(ours, rows, strict=True))
        cpu, wall = (
            statistics.median(our[i] / their[i] for our, their in pairs) for i in (0, 1)
        )
        goal = GOALS.get(name)
        met = met and (goal is None or cpu <= goal)
        print(
            f"| {name} | {statistics.median(row[0] for row in rows) * 1000:.0f} "
            f"| {statistics.median(row[1] for row in rows) * 1000:.0f} "
            f"| {cpu:.2f} | {wall:.2f} | {goal or ''} |"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
