"""What an environment holds, to the byte, and what an interpreter sees of it."""

import base64
import csv
import hashlib
import json
import os
import stat
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE_FOLDER = ".pysetup"
HOOK = "+pysetup-recover.pth"
# What may last in the state folder; all else there is litter.
LASTING = {"lock", "history.json", "index.json", "owned", "shared"}
# Files of a .dist-info folder that tell of the installation, not of the content.
BOOKKEEPING = {
    *("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "provenance_url.json"),
    *("uv_cache.json", "uv_build.json"),
}

_SEEN = """
import importlib, importlib.metadata, json, pkgutil, sys
answer = {}
for name in sys.argv[1:]:
    versions, count, problems = set(), 0, []
    def look(module):
        global found
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if module != name or error.name != name:
                problems.append(f"{module}: {error}")
            return
        except Exception as error:
            problems.append(f"{module}: {type(error).__name__}: {error}")
            return
        versions.add(getattr(found, "VERSION", "namespace"))
        return found
    top = look(name)
    if top is not None:
        inner = pkgutil.walk_packages(top.__path__, name + ".", onerror=problems.append)
        for module in inner:
            count += look(module.name) is not None
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        version = None
    answer[name] = [version, sorted(versions), count, sorted(map(str, problems))]
print(json.dumps(answer, sort_keys=True))
"""


@dataclass(frozen=True)
class Snapshot:
    """Paths of an environment, relative, each with what stands there."""

    entries: Mapping[str, str]
    orphans: tuple[str, ...]

    def compared(self, other: "Snapshot") -> list[str]:
        """Return how ``self`` differs from ``other``, one line for each path."""
        mine, theirs = self.entries, other.entries
        added = [f"added {path}" for path in mine.keys() - theirs.keys()]
        gone = [f"gone {path}" for path in theirs.keys() - mine.keys()]
        both = mine.keys() & theirs.keys()
        changed = [f"other {path}" for path in both if mine[path] != theirs[path]]
        return sorted([*added, *gone, *changed])


def snapshot(root: Path) -> Snapshot:
    """Read the environment ``root``, without bytecode and without pysetup's own state.

    Bytecode without its module is told apart.
    """
    entries: dict[str, str] = {}
    orphans: list[str] = []
    for folder, folders, files in os.walk(root):
        above = Path(folder)
        if STATE_FOLDER in folders:
            folders.remove(STATE_FOLDER)
        if "__pycache__" in folders:
            folders.remove("__pycache__")
            orphans += _orphans(above)
        for name in folders:
            path = above / name
            kind = f"link {path.readlink()}" if path.is_symlink() else "folder"
            entries[str(path.relative_to(root))] = f"{kind} {_mode(path)}"
        for name in files:
            if not name.startswith(".pysetup-tx-") and name != HOOK:
                path = above / name
                entries[str(path.relative_to(root))] = _file(path)
    return Snapshot(entries, tuple(orphans))


def _orphans(folder: Path) -> Iterator[str]:
    for path in (folder / "__pycache__").iterdir():
        if not (folder / f"{path.name.partition('.')[0]}.py").exists():
            yield str(path)


def _mode(path: Path) -> str:
    # Files that are shared with a store are read-only, copies may be written by their
    # owner: either is right.
    return oct(stat.S_IMODE(path.lstat().st_mode) & ~stat.S_IWUSR)


def _file(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    content = path.read_bytes()
    if path.name == "RECORD":  # the order of its lines means nothing
        content = b"".join(sorted(content.splitlines(keepends=True)))
    return f"{_mode(path)} {hashlib.sha256(content).hexdigest()}"


def litter(root: Path) -> tuple[str, ...]:
    """Return what a transaction left lying about, of pysetup, pip and uv."""
    found = []
    for folder, folders, files in os.walk(root):
        if os.path.basename(folder) == STATE_FOLDER:
            found += [
                os.path.join(folder, name)
                for name in (*folders, *files)
                if name not in LASTING
            ]
            folders.clear()
            continue
        for name in (*folders, *files):
            if name.startswith((".pysetup-tx-", "~", ".tmp")) or name == HOOK:
                found.append(os.path.join(folder, name))
    return tuple(sorted(os.path.relpath(path, root) for path in found))


def waits_for_recovery(root: Path) -> bool:
    """Tell whether a journal stands: any start of Python is to finish the change."""
    places = (root, *root.glob("lib/python*/site-packages"))
    return any((place / STATE_FOLDER / "journal.json").exists() for place in places)


def seen(root: Path, names: Collection[str]) -> dict[str, Any] | str:
    """Start the environment's Python and return what it sees of the projects.

    For each: the version of its metadata, the versions of all modules together, the
    count of modules, and what cannot be imported. A text says why there is none.
    """
    done = subprocess.run(
        [root / "bin" / "python", "-B", "-c", _SEEN, *names],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=root,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    if done.returncode or done.stderr:
        return f"python exits with {done.returncode}: {done.stderr[-600:]}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


_COMPILED = """
import importlib.util, marshal, os, sys
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        if not name.endswith(".pyc"):
            continue
        path = os.path.join(folder, name)
        source = importlib.util.source_from_cache(path)
        try:
            facts = os.stat(source)
        except OSError:
            continue
        content = open(path, "rb").read()
        if content[:4] != importlib.util.MAGIC_NUMBER or content[4:16] != b"".join(
            (number & 0xFFFFFFFF).to_bytes(4, "little")
            for number in (0, int(facts.st_mtime), facts.st_size)
        ):
            continue  # Python does not use it
        text = open(source, "rb").read()
        if marshal.loads(content[16:]) != compile(text, path, "exec"):
            print(path)
"""


def wrong_bytecode(root: Path) -> str:
    """Return the bytecode that Python would use though it is not its module's."""
    done = subprocess.run(
        [root / "bin" / "python", "-I", "-c", _COMPILED, root],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    ending = f"python exits with {done.returncode}" if done.returncode else ""
    return f"{done.stdout}{done.stderr}{ending}"


def unproved(root: Path) -> list[str]:
    """Return what no RECORD of the environment explains, or explains differently."""
    found = []
    owned = set()
    for info in root.glob("lib/python*/site-packages/*.dist-info"):
        for path, digest, _ in csv.reader((info / "RECORD").read_text().splitlines()):
            place = Path(os.path.normpath(info.parent / path))
            owned.add(place)
            if not place.exists():
                found.append(f"missing {place}")
            elif digest:
                content = hashlib.sha256(place.read_bytes()).digest()
                if base64.urlsafe_b64encode(content).decode().rstrip("=") != digest[7:]:
                    found.append(f"other {place}")
    for place in (
        *root.glob("lib/python*/site-packages/**/*"),
        *root.glob("share/**/*"),
    ):
        inside = place.parent.name == "__pycache__" or STATE_FOLDER in place.parts
        if place.is_file() and place not in owned and not inside:
            found.append(f"unowned {place}")
    return found


@dataclass(frozen=True)
class Known:
    """A state that an environment may be in: what it holds and what Python sees."""

    name: str
    files: Snapshot
    seen: dict[str, Any] | str


def classify(found: Snapshot, known: Collection[Known]) -> tuple[str, str]:
    """Return the state of ``found`` and how it differs from the nearest known one.

    The states are those of ``known`` exact to the byte, UNTIDY (content whole,
    bookkeeping missing or litter beside) or BROKEN.
    """
    differences = {state.name: found.compared(state.files) for state in known}
    for name, lines in differences.items():
        if not lines:
            return name, ""
    name, lines = min(differences.items(), key=lambda item: len(item[1]))
    for candidate, found_lines in differences.items():
        if all(map(_is_untidy, found_lines)):
            return "UNTIDY", f"{candidate}: {_few(found_lines)}"
    return "BROKEN", f"nearest {name}: {_few(lines)}"


def _is_untidy(line: str) -> bool:
    what, _, path = line.partition(" ")
    folder, _, name = path.rpartition("/")
    if folder.endswith(".dist-info") and name in BOOKKEEPING:
        return True
    return what == "added" and any(
        part.startswith(("~", ".tmp", ".pysetup")) for part in path.split("/")
    )


def _few(lines: list[str]) -> str:
    shown = "; ".join(lines[:4])
    return shown if len(lines) <= 4 else f"{shown}; and {len(lines) - 4} more"
