"""Build locks: the very files a project is built with, as ``pylock.toml`` holds them.

PEP 751 leaves ``[tool]`` to tools: below ``[tool.pysetup.build]`` each kind of Python
on each platform has a table of its own, so that several stand side by side.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Self, TypeVar

from pysetup.errors import PysetupError, UsageError
from pysetup.interchange.environment import Environment
from pysetup.late import late_pattern, tomllib
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.metadata.formats.toml_edits import Put, Take, edited
from pysetup.metadata.formats.toml_writer import Inline, to_toml_text
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.paths import path_fault
from pysetup.values import dataclass

PYLOCK = "pylock.toml"
_TABLE = ("tool", "pysetup", "build")
_NEW = {"lock-version": "1.0", "created-by": "pysetup", "packages": []}
_UNSAFE = late_pattern(r"[^a-z0-9_.]+")

T = TypeVar("T")


class InvalidBuildLockError(UsageError):
    """``[tool.pysetup.build]`` in a ``pylock.toml`` is not what ``build-lock`` writes.

    Each table below it has ``requires``, ``sets`` and ``files``; every file has name,
    version, filename and a SHA-256, and every set names files of its table.
    """

    code = "PS2760"

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(
            f"{source}: {key} {reason}",
            facts={"file": source, "key": key},
            hints=("remove that table and run  pysetup build-lock  again",),
        )


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of a build lock.

    ``name`` is normalised; ``size`` is in bytes; ``url`` is where it came from, without
    credentials; ``path`` is that of a file in the project, relative to the lock. Both
    are empty for a file of a folder or index that only this machine has.
    """

    name: str
    version: str
    filename: str
    hash: Hash
    size: int
    url: str = ""
    path: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, which is also that of the TOML file."""
        places = {"url": self.url, "path": self.path}
        return {
            "name": self.name,
            "version": self.version,
            "filename": self.filename,
            **{key: text for key, text in places.items() if text},
            "size": self.size,
            "hashes": {self.hash.algorithm: self.hash.hexdigest},
        }


@dataclass(frozen=True, slots=True)
class LockedSet:
    """One set of build requirements, sorted, and the names of the files for it."""

    requires: tuple[str, ...]
    files: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form, which is also that of the TOML file."""
        return {"requires": list(self.requires), "files": list(self.files)}


@dataclass(frozen=True, slots=True)
class BuildLock:
    """All that a project is built with by one kind of Python on one platform.

    ``target`` names both; ``requires`` is what ``[build-system]`` said; ``sets`` are
    what its hooks asked for, and what is needed to build what has no wheel.
    """

    target: str
    requires: tuple[str, ...]
    sets: tuple[LockedSet, ...]
    files: tuple[LockedFile, ...]

    def files_for(self, requirements: Sequence[str]) -> tuple[LockedFile, ...] | None:
        """Return the files for a set of requirements, None if it is not locked."""
        wanted = tuple(sorted(set(requirements)))
        for one in self.sets:
            if one.requires == wanted:
                return tuple(file for file in self.files if file.filename in one.files)
        return None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"target": self.target, **self.values()}

    def values(self) -> dict[str, JSON]:
        """Return the keys of its table."""
        return {
            "requires": list(self.requires),
            "sets": [one.to_json() for one in self.sets],
            "files": [one.to_json() for one in self.files],
        }

    @classmethod
    def make(
        cls,
        target: str,
        requires: Sequence[str],
        sets: Mapping[tuple[str, ...], Sequence[LockedFile]],
    ) -> Self:
        """Return the lock for what was resolved for each set, in its one order."""
        files = {file.filename: file for chosen in sets.values() for file in chosen}
        return cls(
            target,
            tuple(requires),
            tuple(
                LockedSet(key, tuple(sorted(file.filename for file in sets[key])))
                for key in sorted(sets)
            ),
            tuple(files[name] for name in sorted(files)),
        )


def target_of(environment: Environment) -> str:
    """Return the name of an environment's kind of Python and its platform.

    ``cpython-3.12-linux-x86_64``; a free-threaded Python has a ``t`` behind its
    version. Patch releases and versions of the C library share a lock.
    """
    markers = environment.markers
    abi = environment.tags[0].split("-")[1] if environment.tags else ""
    parts = (
        markers.get("implementation_name", ""),
        markers.get("python_version", "") + ("t" if abi.endswith("t") else ""),
        markers.get("sys_platform", ""),
        markers.get("platform_machine", ""),
    )
    return "-".join(_UNSAFE.sub("_", part.lower()) for part in parts)


def read_build_locks(content: bytes, *, source: str = PYLOCK) -> dict[str, BuildLock]:
    """Return the build locks in a ``pylock.toml`` by target; none is no fault.

    Raises ``InvalidTomlError`` or ``InvalidBuildLockError``.
    """
    here: object = TomlText.parse(content, source=source).values
    for key in _TABLE:
        here = here.get(key, {}) if isinstance(here, Mapping) else {}
    if not isinstance(here, Mapping):
        raise InvalidBuildLockError(source, ".".join(_TABLE), "must be a table")
    return {
        target: _Reader(source, f"{'.'.join(_TABLE)}.{target}").lock(target, table)
        for target, table in here.items()
    }


def row_build_locks(
    tool: Mapping[str, object], *, source: str, package: str
) -> dict[str, BuildLock]:
    """Return the build locks of one locked package, by target; none is no fault.

    ``tool`` is that table of its row. Raises ``InvalidBuildLockError``.
    """
    own = tool.get("pysetup")
    tables = own.get("build", {}) if isinstance(own, Mapping) else {}
    place = f"packages ({package}): tool.pysetup.build"
    if not isinstance(tables, Mapping):
        raise InvalidBuildLockError(source, place, "must be a table")
    return {
        target: _Reader(source, f"{place}.{target}").lock(target, table)
        for target, table in tables.items()
    }


def with_row_build_lock(
    tool: Mapping[str, object], lock: BuildLock
) -> dict[str, object]:
    """Return the ``tool`` table of a locked package with ``lock`` in it."""
    own = tool.get("pysetup")
    others = dict(own) if isinstance(own, Mapping) else {}
    tables = others.get("build")
    before = dict(tables) if isinstance(tables, Mapping) else {}
    ordered = dict(sorted({**before, lock.target: lock.values()}.items()))
    return {**tool, "pysetup": {**others, "build": ordered}}


def with_build_lock(
    content: bytes | None, lock: BuildLock, *, source: str = PYLOCK
) -> bytes:
    """Return a ``pylock.toml`` with ``lock``; the rest of ``content`` stays as it is.

    Without ``content`` the file is a new one that locks no packages. Raises
    ``InvalidTomlError`` or ``UneditableTomlError``.
    """
    table = _plain_table(lock)
    if content is None:
        content = to_toml_text(_NEW).encode()
    values = TomlText.parse(content, source=source).values
    before = _below(values, (*_TABLE, lock.target))
    if before == lock.values():
        return content
    if before is None:
        appended = _appended(content, lock.target, table)
        if appended is not None:
            return appended
    known = before if isinstance(before, Mapping) else {}
    path = (*_TABLE, lock.target)
    edits: list[Put | Take] = [
        Put((*path, key), value)
        for key, value in table.items()
        if known.get(key) != lock.values()[key]
    ]
    edits += [Take((*path, key)) for key in known if key not in table]
    return edited(content, edits, source=source)


def carry_build_lock(root: Path, sdist: Path) -> None:
    """Copy the build lock of the project ``root`` into its unpacked ``sdist``.

    Back ends do not know that it belongs to the sources: without it nobody rebuilds.
    """
    source, place = root / PYLOCK, sdist / PYLOCK
    if place.exists() or not source.is_file():
        return
    content = source.read_bytes()
    try:
        has_lock = bool(read_build_locks(content))
    except UsageError:
        return  # whoever uses it says what is wrong with it
    if has_lock:
        place.write_bytes(content)


def _plain_table(lock: BuildLock) -> dict[str, object]:
    """Return the table with its rows on one line each."""
    return {
        "requires": list(lock.requires),
        "sets": [Inline(one.to_json()) for one in lock.sets],
        "files": [
            Inline({**one.to_json(), "hashes": Inline(_hashes(one))})
            for one in lock.files
        ],
    }


def _hashes(file: LockedFile) -> dict[str, object]:
    return {file.hash.algorithm: file.hash.hexdigest}


def _below(values: object, path: tuple[str, ...]) -> object | None:
    for key in path:
        if not isinstance(values, Mapping) or key not in values:
            return None
        values = values[key]
    return values


def _appended(content: bytes, target: str, table: dict[str, object]) -> bytes | None:
    """Return ``content`` with a new table at its end, None if that is no TOML."""
    text = content.decode().rstrip()
    newline = "\r\n" if "\r\n" in text else "\n"
    nested: dict[str, object] = {target: table}
    for key in reversed(_TABLE):
        nested = {key: nested}
    added = to_toml_text(nested).replace("\n", newline)
    made = f"{text}{newline}{newline}{added}"
    try:
        tomllib.loads(made.removeprefix("\ufeff").replace("\r\n", "\n"))
    except ValueError:
        return None
    return made.encode()


class _Reader:
    """Reads one table; ``key`` is where it stands."""

    def __init__(self, source: str, key: str) -> None:
        self._source, self._key = source, key

    def lock(self, target: str, table: object) -> BuildLock:
        values = self._typed(table, dict, "", "a table")
        requires = self._texts(values.get("requires"), "requires")
        files = tuple(
            self._file(row, f"files.{index}")
            for index, row in enumerate(self._rows(values, "files"))
        )
        known = {file.filename for file in files}
        sets = []
        for index, row in enumerate(self._rows(values, "sets")):
            key = f"sets.{index}"
            one = self._typed(row, dict, key, "a table")
            names = self._texts(one.get("files"), f"{key}.files")
            if not known.issuperset(names):
                self._refuse(f"{key}.files", "names a file that is not listed")
            wanted = self._texts(one.get("requires"), f"{key}.requires")
            sets.append(LockedSet(tuple(sorted(wanted)), names))
        return BuildLock(target, requires, tuple(sets), files)

    def _file(self, row: object, key: str) -> LockedFile:
        values = self._typed(row, dict, key, "a table")
        name, version, filename = (
            self._typed(values.get(word), str, f"{key}.{word}", "a string")
            for word in ("name", "version", "filename")
        )
        if "/" in filename or path_fault(filename):
            self._refuse(f"{key}.filename", "is no file name")
        hashes = self._typed(values.get("hashes"), dict, f"{key}.hashes", "a table")
        digest = self._typed(
            hashes.get("sha256"), str, f"{key}.hashes.sha256", "a string"
        )
        size = self._typed(values.get("size"), int, f"{key}.size", "a number")
        url, path = (
            self._typed(values.get(word, ""), str, f"{key}.{word}", "a string")
            for word in ("url", "path")
        )
        try:
            promised = Hash.parse(f"sha256={digest}")
        except PysetupError as error:
            self._refuse(f"{key}.hashes.sha256", f"is no digest: {error.message}")
        if path and path_fault(path):
            self._refuse(f"{key}.path", "is no path inside of the project")
        return LockedFile(
            normalize_name(name), version, filename, promised, size, url, path
        )

    def _rows(self, values: Mapping[str, object], key: str) -> list[object]:
        return self._typed(values.get(key), list, key, "an array")

    def _texts(self, value: object, key: str) -> tuple[str, ...]:
        listed = self._typed(value, list, key, "an array of strings")
        if not all(isinstance(item, str) for item in listed):
            self._refuse(key, "must be an array of strings")
        return tuple(listed)

    def _typed(self, value: object, kind: type[T], key: str, what: str) -> T:
        if not isinstance(value, kind) or isinstance(value, bool):
            self._refuse(key, "is missing" if value is None else f"must be {what}")
        return value

    def _refuse(self, key: str, reason: str) -> NoReturn:
        place = f"{self._key}.{key}".rstrip(".")
        raise InvalidBuildLockError(self._source, place, reason)
