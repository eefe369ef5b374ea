"""A warm install into a fresh environment, and an uninstall, as ratios to uv's.

Each folder holds the wheels of one set, and all of them are installed with --no-deps.
Caches are warm, the environments are made beforehand, runs are interleaved; medians of
wall and CPU seconds.  Usage: install_speed.py [-n RUNS] [--work DIR] FOLDER...
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYSETUP = str(Path(sys.executable).parent / "pysetup")
LINE = "{:<12} {:<32} {:>9.0f} {:>9.0f} {:>11.2f} {:>11.2f}"


def spent(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of one run of ``command``."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environ)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command} failed")
    return wall, usage.ru_utime + usage.ru_stime


def cases(
    uv: str, folder: Path, work: Path
) -> dict[str, tuple[list[str], dict[str, str], list[str]]]:
    """Return what is run: name -> (install, variables, uninstall)."""
    wheels = sorted(folder.glob("*.whl"))
    names = [path.name.split("-")[0].replace("_", "-") for path in wheels]
    where = ["--no-deps", "--no-index", "--find-links", str(folder)]
    env, site = str(work / "env"), str(work / "env" / "bin" / "python")
    clean = {"PATH": os.environ["PATH"], "HOME": str(work)}
    ours = {**clean, "PYSETUP_CACHE_DIR": str(work / "pysetup-cache")}
    theirs = {**clean, "UV_CACHE_DIR": str(work / "uv-cache"), "UV_OFFLINE": "1"}
    add, drop = [PYSETUP, "install", "-q"], [PYSETUP, "uninstall", "-q"]
    uv_add = [uv, "pip", "install", "-q", "--python", site]
    uv_drop = [uv, "pip", "uninstall", "-q", "--python", site]
    made = {}
    for mode in ("hardlink", "copy"):
        link = ["--link-mode", mode]
        made[f"uv {mode}"] = (
            [*uv_add, *link, *where, *names],
            theirs,
            [*uv_drop, *names],
        )
        for compiled in ("--compile", "--no-compile"):
            made[f"pysetup {mode} {compiled[2:]}"] = (
                [*add, *link, compiled, "--env", env, *where, *names],
                ours,
                [*drop, "--env", env, *names],
            )
    return made


def measure(uv: str, folder: Path, work: Path, runs: int) -> None:
    rows: dict[str, dict[str, list[tuple[float, float]]]] = {
        "install": {},
        "remove": {},
    }
    empty = work / "empty"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", empty], check=True)
    for turn in range(-1, runs):
        for name, (install, environ, remove) in cases(uv, folder, work).items():
            shutil.rmtree(work / "env", ignore_errors=True)
            shutil.copytree(empty, work / "env", symlinks=True)
            for what, command in (("install", install), ("remove", remove)):
                figures = spent(command, environ)
                if turn >= 0:  # the first turn fills the caches
                    rows[what].setdefault(name, []).append(figures)
    for what, found in rows.items():
        base = found["uv hardlink"]
        for name, figures in found.items():
            wall, cpu = (
                statistics.median(column) for column in zip(*figures, strict=True)
            )
            pairs = list(zip(figures, base, strict=True))
            ratios = [statistics.median(a[i] / b[i] for a, b in pairs) for i in (0, 1)]
            title = f"{what} {name}" if what == "remove" else name
            print(LINE.format(folder.name, title, wall * 1000, cpu * 1000, *ratios))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-n", "--runs", type=int, default=7)
    parser.add_argument("--work", type=Path, help="disk to measure on")
    parser.add_argument("--uv", default=shutil.which("uv"), help="uv's program")
    arguments = parser.parse_args()
    if not arguments.uv:
        sys.exit("uv is not on PATH")
    heads = ("set", "case", "wall ms", "cpu ms", "wall ratio", "cpu ratio")
    print("{:<12} {:<32} {:>9} {:>9} {:>11} {:>11}".format(*heads))
    for folder in arguments.folders:
        with tempfile.TemporaryDirectory(dir=arguments.work) as work:
            measure(arguments.uv, folder.resolve(), Path(work), arguments.runs)


if __name__ == "__main__":
    main()
