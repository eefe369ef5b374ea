"""The cache of build environments: found by what they hold, made once, never changed.

``answers`` say which environment a set of build requirements led to, and when;
``environments`` which folder holds exactly these files. An environment counts once its
entry stands there: what was broken off is only a folder that nobody knows.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pysetup.edges.files import lone_lock
from pysetup.late import hashlib, shutil, tempfile
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.values import dataclass

# Raised whenever environments of the same key would be made in another way.
LAYOUT = "v1"
# So long an index is not asked again for the same build requirements.
FRESH = timedelta(hours=1)
_UNUSED = timedelta(days=14)
_IN_USE = timedelta(days=1)
_AT_MOST = 24


@dataclass(frozen=True, slots=True)
class Remembered:
    """The interpreter of an environment that answered the same question before."""

    executable: Path
    asked: datetime
    fresh: bool


@dataclass(frozen=True, slots=True)
class Made:
    """The interpreter of an environment; ``key`` is None if it is not in the cache."""

    executable: Path
    key: str | None


class EnvironmentCache:
    """Build environments below ``root``; ``now`` is the time.

    Nothing here raises: what cannot be read is not there, what cannot be written is
    not kept. Safe to share between processes.
    """

    def __init__(self, root: Path, *, now: datetime) -> None:
        self._answers = root / LAYOUT / "answers"
        self._entries = root / LAYOUT / "environments"
        self._folders = root / LAYOUT / "folders"
        self._now = now

    def recall(self, question: str) -> Remembered | None:
        """Return the environment that ``question`` led to, if it is still whole."""
        answer = _read(self._answers / f"{question}.json")
        try:
            asked = datetime.fromisoformat(str(answer["asked"]))
            found = self.find(str(answer["environment"]))
            age = self._now - asked
        except (KeyError, ValueError, TypeError):
            return None
        if found is None:
            return None
        return Remembered(found, asked, fresh=timedelta(0) <= age < FRESH)

    def remember(self, question: str, key: str) -> None:
        """Keep that ``question`` led to the environment ``key``."""
        content: JSON = {"asked": self._now.isoformat(), "environment": key}
        with suppress(OSError):
            _write(self._answers / f"{question}.json", content)

    def find(self, key: str) -> Path | None:
        """Return the interpreter of the environment ``key``, if it is whole."""
        path = self._entries / f"{key}.json"
        entry = _read(path)
        folder = self._folders / os.path.basename(str(entry.get("folder", "")))
        executable = folder / "bin" / "python"
        try:
            if entry.get("state") != _state(folder) or not executable.exists():
                return None
        except OSError:
            return None
        # Its time stamp says when it was used last; a shared cache may not be ours.
        with suppress(OSError):
            os.utime(path, (self._now.timestamp(),) * 2)
        return executable

    def new_folder(self) -> Path | None:
        """Return an empty folder for an environment; None where none can be made."""
        try:
            self._folders.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix="env-", dir=self._folders))
        except OSError:
            return None

    def keep(self, key: str, folder: Path) -> None:
        """Make ``folder``, now complete, the environment ``key``; remove old ones."""
        with suppress(OSError):
            content: JSON = {"folder": folder.name, "state": _state(folder)}
            _write(self._entries / f"{key}.json", content)
            self._prune()

    def _prune(self) -> None:
        """Remove what was not used for long, and what nobody knows."""
        entries = sorted(self._aged(self._entries), reverse=True)
        known = set()
        for position, (used, path) in enumerate(entries):
            limit = _UNUSED if position < _AT_MOST else _IN_USE
            if self._now - used > limit:
                path.unlink()
            else:
                known.add(str(_read(path).get("folder")))
        for made, path in self._aged(self._folders):
            if path.name not in known and self._now - made > _IN_USE:
                _remove_unheld(path)
        for asked, path in self._aged(self._answers):
            if self._now - asked > _UNUSED:
                path.unlink()

    def _aged(self, folder: Path) -> Iterator[tuple[datetime, Path]]:
        """Yield what is in ``folder`` with the time of its last change."""
        with suppress(FileNotFoundError):
            for path in folder.iterdir():
                changed = path.stat().st_mtime
                yield datetime.fromtimestamp(changed, self._now.tzinfo), path


def lock_of(folder: Path) -> Path:
    """Return the file of the environment in ``folder`` that who runs in it locks."""
    return folder / "pyvenv.cfg"


def _remove_unheld(folder: Path) -> None:
    """Remove an environment, unless a program that runs in it holds its lock."""
    path = lock_of(folder)
    if not path.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        return
    with lone_lock(str(path), timeout=0, sleep=time.sleep) as alone:
        if alone:
            shutil.rmtree(folder, ignore_errors=True)


def environment_key(interpreter: str, wheels: Sequence[Path]) -> str:
    """Return what names the environment of ``interpreter`` that holds ``wheels``."""
    files = sorted((path.name, Hash.of_file(str(path)).hexdigest) for path in wheels)
    return digest_of([interpreter, [list(file) for file in files]])


def digest_of(value: JSON) -> str:
    """Return a name for ``value`` that no other value has."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def folder_state(folder: str) -> list[JSON]:
    """Return what changes when a file is put into ``folder``, or replaced there."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries]
    except OSError:
        return []
    return [[name, facts.st_size, facts.st_mtime_ns] for name, facts in sorted(found)]


def _state(folder: Path) -> str:
    """Return what changes when a file of an environment does.

    Bytecode is left out: Python itself adds it, and checks it against the source.
    """
    rows: list[JSON] = []
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    rows.append([entry.path, os.readlink(entry.path)])
                elif not entry.is_dir():
                    facts = entry.stat()
                    rows.append([entry.path, facts.st_size, facts.st_mtime_ns])
                elif entry.name != "__pycache__":
                    waiting.append(entry.path)
    return digest_of(sorted(rows, key=str))


def _read(path: Path) -> dict[str, JSON]:
    try:
        return dict(parse_json_object(path.read_bytes(), source=path.name))
    except (OSError, InvalidJsonError):
        return {}


def _write(path: Path, content: JSON) -> None:
    """Write a file that appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as stream:
        json.dump(content, stream)
    os.replace(stream.name, path)
