"""CPU of ``pysetup --version`` and ``--help`` as a ratio to a bare interpreter.

Interleaved runs, medians of user + system seconds.  Usage: startup.py [RUNS]
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path


def cpu(command: list[str]) -> float:
    """Return the CPU seconds of one run of ``command``."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    script = str(Path(sys.executable).parent / "pysetup")
    bare = [sys.executable, "-I", "-c", "pass"]
    cases = {
        "pysetup --version": [script, "--version"],
        "pysetup --help": [script, "--help"],
        "python -m pysetup --version": [sys.executable, "-m", "pysetup", "--version"],
    }
    for command in (bare, *cases.values()):
        cpu(command)
    base: list[float] = []
    spent: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(runs):
        base.append(cpu(bare))
        for name, command in cases.items():
            spent[name].append(cpu(command))
    floor = statistics.median(base)
    print(f"python -I -c pass: {floor * 1000:.1f} ms CPU (median of {runs})")
    for name, seconds in spent.items():
        median = statistics.median(seconds)
        print(f"{name}: {median * 1000:.1f} ms CPU, ratio {median / floor:.2f}")


if __name__ == "__main__":
    main()
