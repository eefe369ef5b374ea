"""Install real wheels with pip and with pysetup; compare the two trees file by file.

The wheels come from folders. Of each project the newest that runs here is taken, those
with rare traits first: headers, data files, scripts, start-up files, .data/purelib,
namespaces, old generators and tags, odd names.  Two environments are made, one filled
by pip, one by pysetup.  Then:

* the trees are the same: names, contents, what may be run (bytecode, the tools' own
  records and the text of launchers aside);
* each row of each RECORD of ours is true, and RECORD lists all that is there;
* pip and uv list the same in both, and their checks say the same;
* a third of the projects each is uninstalled by pysetup, pip and uv, from both: nothing
  is left, or with pip and uv no more than of what pip installed itself.

Prints a row for each wheel and a summary; exits non-zero when something differs.

Usage: same_wheels.py [--count N] [--most MIB] [--work DIR] FOLDER ...
"""

import argparse
import base64
import csv
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

OWN = ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "provenance_url.json")
BIN = Path(sys.executable).parent


@dataclass
class Row:
    """One wheel: what is special about it, and what was found."""

    path: Path
    project: str
    version: Version
    traits: set[str]
    files: int = 0
    by: str = ""
    faults: list[str] = field(default_factory=list)


def traits_of(path: Path) -> set[str]:
    """Return what makes a wheel worth a look."""
    found = set()
    name = path.name
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        info = next(n for n in names if n.endswith(".dist-info/WHEEL")).split("/")[0]
        about = archive.read(f"{info}/WHEEL").decode()
        points = f"{info}/entry_points.txt"
        entries = archive.read(points).decode() if points in names else ""
        modes = [entry.external_attr >> 16 for entry in archive.infolist()]
    for kind in ("purelib", "platlib", "scripts", "data", "headers"):
        if any(f".data/{kind}/" in n for n in names):
            found.add(kind)
    found |= {
        word
        for word, true in {
            "compiled": any(n.endswith(".so") for n in names),
            "console": "[console_scripts]" in entries,
            "gui": "[gui_scripts]" in entries,
            "pth": any(n.endswith(".pth") for n in names),
            "abi3": "-abi3-" in name,
            "py2.py3": "-py2.py3-" in name,
            "build tag": name.count("-") > 4,  # noqa: PLR2004 - the parts of a plain name
            "capitals": name.split("-")[0] != name.split("-")[0].lower(),
            "dots": "." in name.split("-")[0],
            "licences": any(f"{info}/licenses/" in n for n in names),
            "executables": any(mode & 0o111 and mode & 0o100000 for mode in modes),
            "folders": any(n.endswith("/") for n in names),
            "signed": f"{info}/RECORD.jws" in names,
            "namespace": _has_namespace(names, info),
            "not ASCII": not all(n.isascii() for n in names),
            "spaces": any(" " in n for n in names),
            "bytecode": any(n.endswith(".pyc") for n in names),
        }.items()
        if true
    }
    generator = about.partition("Generator:")[2].split()[:2]
    return found | {"by " + " ".join(generator).split(".")[0]}


def _has_namespace(names: list[str], info: str) -> bool:
    tops = {n.split("/")[0] for n in names if "/" in n and not n.startswith(info[:-10])}
    modules = {
        n.split("/")[0]
        for n in names
        if n.endswith("/__init__.py") and n.count("/") == 1
    }
    return bool(tops - modules)


def choose(folders: Iterable[Path], count: int, most: int) -> list[Row]:
    """Return ``count`` wheels of at most ``most`` bytes, those with rare traits."""
    fitting = set(sys_tags())
    newest: dict[str, Row] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.whl")):
            name, version, _, tags = parse_wheel_filename(path.name)
            unwanted = name in ("pip", "pysetup") or path.stat().st_size > most
            if unwanted or not tags & fitting:
                continue
            if name not in newest or newest[name].version < version:
                newest[name] = Row(path, str(name), version, set())
    for row in newest.values():
        row.traits = traits_of(row.path)
    seen = Counter(trait for row in newest.values() for trait in row.traits)
    rarity = sorted(
        newest.values(), key=lambda row: min((seen[t] for t in row.traits), default=999)
    )
    chosen: list[Row] = []
    taken: set[str] = set()
    for row in rarity:
        with zipfile.ZipFile(row.path) as archive:
            names = {name for name in archive.namelist() if name[-1] != "/"}
        # pysetup refuses two that bring different files for one place.
        if len(chosen) < count and taken.isdisjoint(names):
            chosen.append(row)
            taken |= names
    return sorted(chosen, key=lambda row: row.project)


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False
    )


def pip(environment: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    python = environment / "bin" / "python"
    plain = ("--python", python, "--disable-pip-version-check", "--no-input")
    return run(sys.executable, "-m", "pip", *plain, *words)


def standing(environment: Path) -> dict[str, str]:
    """Return path -> mode and digest of all but pysetup's own folder."""
    found = {}
    for path in environment.rglob("*"):
        name = path.relative_to(environment).as_posix()
        if ".pysetup" in path.parts:
            continue
        about = path.lstat()
        text = stat.filemode(about.st_mode)
        if path.is_symlink():
            text += os.readlink(path)
        elif path.is_file():
            text += hashlib.sha256(path.read_bytes()).hexdigest()
        found[name] = text
    return found


def compared(found: Mapping[str, str], launchers: set[str]) -> dict[str, str]:
    """Leave out what may differ."""
    return {
        name: what[0] + what[3] + ("" if name in launchers else what[10:])
        for name, what in found.items()
        if "__pycache__" not in name and Path(name).name not in OWN
    }


def record_of(environment: Path, row: Row) -> dict[str, str]:
    """Return path -> fault (or nothing) for each row of the RECORD of a project."""
    (site,) = environment.glob("lib/python*/site-packages")
    found = {}
    for info in site.glob("*.dist-info"):
        if canonicalize_name(info.name.split("-")[0]) != row.project:
            continue
        with (info / "RECORD").open(newline="", encoding="utf-8") as stream:
            for path, digest, size in csv.reader(stream):
                place = Path(os.path.normpath(site / path))
                name = place.relative_to(environment).as_posix()
                found[name] = _fault(place, digest, size)
    return found


def _fault(place: Path, digest: str, size: str) -> str:
    if not place.is_file():
        return "is missing"
    if not digest:
        return ""
    algorithm, _, text = digest.partition("=")
    raw = hashlib.new(algorithm, place.read_bytes()).digest()
    true = base64.urlsafe_b64encode(raw).decode().rstrip("=") == text
    return "" if true and place.stat().st_size == int(size) else "is not as listed"


def uninstall(environment: Path, tool: str, names: list[str]) -> str:
    if tool == "pysetup":
        done = run(
            sys.executable, "-m", "pysetup", "uninstall", "--env", environment, *names
        )
    elif tool == "pip":
        done = pip(environment, "uninstall", "-y", *names)
    else:
        done = run(BIN / "uv", "pip", "uninstall", "--python", environment, *names)
    return done.stderr if done.returncode else ""


def tools_agree(left: Path, right: Path) -> list[str]:
    """Compare what the tools say of both environments."""
    faults = []
    for words in (("list", "--format", "freeze"), ("check",)):
        one, other = (
            sorted(pip(env, *words).stdout.splitlines()) for env in (left, right)
        )
        faults += [f"pip {words[0]}: {line}" for line in sorted({*one} ^ {*other})]
    for words in (("list",), ("check",)):
        told = [
            run(BIN / "uv", "pip", *words, "--python", env) for env in (left, right)
        ]
        one, other = (sorted(done.stdout.splitlines()) for done in told)
        faults += [f"uv pip {words[0]}: {line}" for line in sorted({*one} ^ {*other})]
    return faults


def install(rows: list[Row], left: Path, right: Path) -> list[str]:
    paths = [row.path for row in rows]
    plain = ("--no-deps", "--no-index")
    theirs = pip(left, "install", "-q", "--no-compile", *plain, *paths)
    ours = run(
        sys.executable, "-m", "pysetup", "install", "--env", right, *plain, *paths
    )
    return [
        f"{tool} cannot install: {done.stderr[:2000]}"
        for tool, done in (("pip", theirs), ("pysetup", ours))
        if done.returncode
    ]


def judge(
    rows: list[Row], left: Path, right: Path, clean: Mapping[str, str]
) -> list[str]:
    """Find the faults of each row; return those that belong to none."""
    there = standing(right)
    launchers = {name for name in there if name.startswith("bin/")}
    one, other = compared(standing(left), launchers), compared(there, launchers)
    owners: dict[str, Row] = {}
    for row in rows:
        record = record_of(right, row)
        row.files = len(record)
        row.faults += [
            f"RECORD: {name} {fault}" for name, fault in record.items() if fault
        ]
        owners.update(dict.fromkeys(record, row))
    general = []
    for name in sorted(changes(one, other) - {"pyvenv.cfg"}):
        theirs, ours = (found.get(name, "no")[:20] for found in (one, other))
        fault = f"{name}: pip {theirs}, pysetup {ours}"
        (owners[name].faults if name in owners else general).append(fault)
    for name, what in there.items():
        if name not in owners and name not in clean and what[0] != "d":
            general.append(f"{name} is in no RECORD")
    return general


def changes(found: Mapping[str, str], clean: Mapping[str, str]) -> set[str]:
    """Return what is not as in the clean environment; .lock is uv's own."""
    names = {*found, *clean} - {".lock"}
    return {name for name in names if found.get(name) != clean.get(name)}


def take_out(rows: list[Row], tool: str, left: Path, right: Path) -> list[str]:
    """Uninstall ``rows`` from both: pip and uv take over ours, and we take over pip's.

    Where pip and uv leave an empty folder of pip's own, they may leave it of ours.
    """
    told = []
    for environment in (left, right):
        before = empty_folders(environment)
        fault = uninstall(environment, tool, [row.project for row in rows])
        told += [f"{tool} uninstall: {fault[:2000]}"] if fault else []
        if tool == "pysetup":
            left_empty = empty_folders(environment) - before
            told += [f"pysetup leaves the folder {name}" for name in sorted(left_empty)]
    for row in rows:
        row.by = tool
    return told


def empty_folders(environment: Path) -> set[str]:
    return {
        path.relative_to(environment).as_posix()
        for path in environment.rglob("*")
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir())
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--most", type=int, default=100, help="MiB of one wheel")
    parser.add_argument("--work", type=Path)
    parser.add_argument("folders", nargs="+", type=Path)
    given = parser.parse_args()
    rows = choose(given.folders, given.count, given.most << 20)
    work = Path(tempfile.mkdtemp(prefix="same-wheels-", dir=given.work))
    left, right = work / "pip", work / "pysetup"
    for environment in (left, right):
        run(sys.executable, "-m", "venv", "--without-pip", environment)
    clean_left, clean = standing(left), standing(right)
    general = install(rows, left, right)
    general += judge(rows, left, right, clean) + tools_agree(left, right)
    for number, tool in enumerate(("pysetup", "pip", "uv")):
        general += take_out(rows[number::3], tool, left, right)
    lost = changes(standing(right), clean) - changes(standing(left), clean_left)
    general += [f"left or lost: {name}" for name in sorted(lost)]
    for row in rows:
        traits = ", ".join(sorted(row.traits))
        state = "FAIL" if row.faults else "same"
        line = f"{state}  {row.files:>5} files  uninstalled by {row.by:<7}"
        print(f"{line}  {row.path.name}  [{traits}]")
        for fault in row.faults[:10]:
            print(f"        {fault}")
    for fault in general[:60]:
        print(f"FAIL  {fault}")
    same = sum(not row.faults for row in rows)
    print(f"{same} of {len(rows)} wheels are the same; {len(general)} other faults")
    shutil.rmtree(work)
    return 1 if general or same < len(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
