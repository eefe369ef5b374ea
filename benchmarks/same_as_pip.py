"""Install real applications with pysetup and with pip; compare what lands on disk.

For each application: two fresh environments, one filled by pip and one by pysetup from
the index that pip is configured to use.  Compared are the pins and the files
(bytecode and the tools' own records aside); then pip checks and uninstalls what
pysetup installed.  Prints a table; exits non-zero when a row does not hold.

Usage: same_as_pip.py [--keep DIR] [NAME ...]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

APPLICATIONS = ["flask", "requests", "httpx", "rich", "black", "django"]
APPLICATIONS += ["boto3", "jinja2", "pytest", "fastapi"]
# What each tool writes for itself, and what Python makes.
OWN = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "provenance_url.json")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False
    )


def make_environment(path: Path) -> Path:
    run(sys.executable, "-m", "venv", "--without-pip", path)
    return path


def files(environment: Path) -> dict[str, bytes]:
    """Return path -> content of all that was installed."""
    found = {}
    for folder in ("lib", "bin", "share", "etc", "include"):
        for path in (environment / folder).rglob("*"):
            name = path.relative_to(environment).as_posix()
            if path.is_dir() or "__pycache__" in name or path.name in OWN:
                continue
            if "/.pysetup/" in name or path.is_symlink():
                continue
            found[name] = path.read_bytes()
    return found


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    told = [f"only pip: {name}" for name in sorted(set(one) - set(other))]
    told += [f"only pysetup: {name}" for name in sorted(set(other) - set(one))]
    told += [
        f"differs: {name}"
        for name in sorted(set(one) & set(other))
        if one[name] != other[name] and not name.startswith("bin/")
    ]
    return told


def pip(environment: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(
        *(sys.executable, "-m", "pip", "--python", environment / "bin" / "python"),
        *("--disable-pip-version-check", *words),
    )


def compare(name: str, work: Path) -> tuple[list[str], str]:
    """Return the faults of one application, and a line of figures."""
    left, right = make_environment(work / "pip"), make_environment(work / "pysetup")
    clean_left, clean_right = set(files(left)), set(files(right))
    start = time.monotonic()
    theirs = pip(left, "install", "-q", name)
    middle = time.monotonic()
    ours = run(sys.executable, "-m", "pysetup", "install", "--env", right, name)
    end = time.monotonic()
    if theirs.returncode or ours.returncode:
        return [
            f"pip exit {theirs.returncode}, ours {ours.returncode}: {ours.stderr}"
        ], ""
    one, other = files(left), files(right)
    faults = differences(one, other)
    check = pip(right, "check")
    if check.returncode:
        faults.append(f"pip check: {check.stdout.strip()}")
    listed = json.loads(pip(right, "list", "--format", "json").stdout)
    names = [row["name"] for row in listed]
    removed = pip(right, "uninstall", "-q", "-y", *names)
    if removed.returncode:
        faults.append(f"pip uninstall: {removed.stderr.strip()}")
    faults += [
        f"left behind: {rest}" for rest in sorted(set(files(right)) - clean_right)
    ]
    count = len(set(one) - clean_left)
    line = f"{len(names):>3} distributions {count:>6} files"
    line += f"  pip {middle - start:6.1f} s  pysetup {end - middle:6.1f} s"
    return faults, line


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=APPLICATIONS)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    bad = 0
    for name in arguments.names:
        work = Path(tempfile.mkdtemp(prefix="same-as-pip-"))
        faults, line = compare(name, work)
        print(f"{name:<12} {'FAIL' if faults else 'same':<5} {line}", flush=True)
        for fault in faults[:20]:
            print(f"    {fault}")
        bad += bool(faults)
        if not arguments.keep:
            shutil.rmtree(work)
    print(f"{len(arguments.names) - bad} of {len(arguments.names)} are the same")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
