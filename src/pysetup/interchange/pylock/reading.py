"""Reading a lock file: every field of PEP 751 checked, every fault with its line."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from pysetup.errors import PysetupError
from pysetup.interchange.pylock.faults import (
    InvalidLockFileError,
    InvalidLockFilesError,
    UnknownLockVersionError,
)
from pysetup.interchange.pylock.model import (
    PYLOCK,
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
    LockFile,
    Table,
)
from pysetup.metadata.formats.pyproject.toml_text import Path, TomlText
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.hashes import STRONG_ALGORITHMS, WEAK_ALGORITHMS, Hash
from pysetup.standards.names import is_name, normalize_name
from pysetup.standards.paths import path_fault
from pysetup.standards.requirements import parse_marker
from pysetup.standards.versions import Version, parse_specifiers, parse_version

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
_MOST_FAULTS = 20
_TOP = (
    *("lock-version", "environments", "requires-python", "extras"),
    *("dependency-groups", "default-groups", "created-by", "packages", "tool"),
)
_PACKAGE = (
    *("name", "version", "marker", "requires-python", "dependencies", "vcs"),
    *("directory", "archive", "index", "sdist", "wheels"),
    *("attestation-identities", "tool"),
)

T = TypeVar("T")


def read_lock(
    content: bytes,
    *,
    source: str = PYLOCK,
    note: Callable[[str], object] = str,
) -> LockFile:
    """Read a ``pylock.toml``; ``note`` is told of keys that nobody knows.

    Raises ``InvalidTomlError``, ``UnknownLockVersionError``, ``InvalidLockFileError``,
    or ``InvalidLockFilesError`` for several faults at once.
    """
    toml = TomlText.parse(content, source=source)
    reader = _Reader(toml)
    reader.check_version()
    lock = reader.lock()
    faults = reader.faults
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InvalidLockFilesError(source, faults[:_MOST_FAULTS])
    for key in reader.unknown:
        note(f"{source}: {key} is nothing that PEP 751 knows; it is left as it is")
    return lock


class _Reader:
    """Reads tables; a fault is noted, and a harmless value taken in its place."""

    def __init__(self, toml: TomlText) -> None:
        self._toml = toml
        self.faults: list[InvalidLockFileError] = []
        self.unknown: list[str] = []

    def check_version(self) -> None:
        value = self._toml.values.get("lock-version")
        line = self._toml.place(("lock-version",)).line
        match = _VERSION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            reason = "is missing" if value is None else 'must be text such as "1.0"'
            raise InvalidLockFileError(self._toml.source, line, "lock-version", reason)
        if match[1] != "1":
            raise UnknownLockVersionError(self._toml.source, line, match[0])

    def lock(self) -> LockFile:
        top = _Fields(self, self._toml.values, ())
        rows = top.rows("packages", required=True)
        lock = LockFile(
            lock_version=top.text("lock-version"),
            environments=top.texts("environments", parse_marker),
            requires_python=top.text("requires-python", parse_specifiers),
            extras=top.names("extras"),
            dependency_groups=top.texts("dependency-groups"),
            default_groups=top.texts("default-groups"),
            created_by=top.text("created-by", required=True),
            packages=tuple(self._package(row) for row in rows),
            tool=top.table("tool"),
            unknown=top.others(_TOP),
        )
        self.unknown += lock.unknown
        return lock

    def _package(self, row: "_Fields") -> LockedPackage:
        version = row.text("version", parse_version)
        package = LockedPackage(
            name=row.name(),
            version=version,
            marker=row.text("marker", parse_marker),
            requires_python=row.text("requires-python", parse_specifiers),
            dependencies=tuple(_dependency(one) for one in row.rows("dependencies")),
            vcs=row.part("vcs", _vcs),
            directory=row.part("directory", _directory),
            archive=row.part("archive", _archive),
            index=row.text("index"),
            sdist=row.part("sdist", _file),
            wheels=tuple(_file(one) for one in row.rows("wheels")),
            attestation_identities=tuple(
                _identity(one) for one in row.rows("attestation-identities")
            ),
            tool=row.table("tool"),
            unknown=row.others(_PACKAGE),
        )
        self.unknown += [f"packages.{key} ({package.name})" for key in package.unknown]
        _check_sources(row, package)
        _check_filenames(row, package)
        return package


class _Fields:
    """One table of the file, and where it stands."""

    def __init__(self, reader: _Reader, values: Table, path: Path) -> None:
        self._reader, self.values, self._path = reader, values, path

    def refuse(self, key: str | Path, reason: str) -> None:
        """Note a fault of ``key``, or of the whole table where that is empty."""
        below = (key,) if key and isinstance(key, str) else tuple(key)
        path = (*self._path, *below)
        toml = self._reader._toml  # noqa: SLF001 - two halves of one reader
        shown = ".".join(map(str, path)) or "the file"
        line = toml.place(path).line
        fault = InvalidLockFileError(toml.source, line, shown, reason)
        self._reader.faults.append(fault)

    def text(
        self,
        key: str,
        check: Callable[[str], object] = str,
        *,
        required: bool = False,
    ) -> str:
        value = self.values.get(key)
        if value is None:
            if required:
                self.refuse(key, "is missing")
            return ""
        if not isinstance(value, str):
            self.refuse(key, "must be text")
            return ""
        if not value:
            self.refuse(key, "is empty")
        else:
            self._checked(key, value, check)
        return value

    def _checked(
        self, key: str | Path, value: str, check: Callable[[str], object]
    ) -> None:
        try:
            check(value)
        except PysetupError as error:
            self.refuse(key, f"is wrong: {error.message}")

    def texts(self, key: str, check: Callable[[str], object] = str) -> tuple[str, ...]:
        found = []
        for index, value in enumerate(self._array(key)):
            if isinstance(value, str):
                self._checked((key, index), value, check)
                found.append(value)
            else:
                self.refuse(key, "must be an array of texts")
                break
        return tuple(found)

    def names(self, key: str) -> tuple[str, ...]:
        found = self.texts(key)
        for value in found:
            if not is_name(value) or normalize_name(value) != value:
                self.refuse(key, f"has {value[:60]!r}, which is no normalised name")
        return found

    def name(self) -> str:
        value = self.text("name", required=True)
        if value and (not is_name(value) or normalize_name(value) != value):
            self.refuse("name", f"{value[:60]!r} is no normalised name")
        return value

    def table(self, key: str) -> Table:
        value = self.values.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.refuse(key, "must be a table")
        return {}

    def part(self, key: str, read: Callable[["_Fields"], T]) -> T | None:
        if key not in self.values:
            return None
        return read(_Fields(self._reader, self.table(key), (*self._path, key)))

    def rows(self, key: str, *, required: bool = False) -> Iterator["_Fields"]:
        if required and key not in self.values:
            self.refuse(key, "is missing")
        for index, row in enumerate(self._array(key)):
            if isinstance(row, Mapping):
                yield _Fields(self._reader, row, (*self._path, key, index))
            else:
                self.refuse(key, "must be an array of tables")
                return

    def others(self, known: tuple[str, ...]) -> Table:
        return {key: value for key, value in self.values.items() if key not in known}

    def number(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.refuse(key, "must be a number of bytes")
        return None

    def time(self, key: str) -> datetime | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, datetime):
            # PEP 751 asks for UTC; a time without a zone is taken for that.
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        self.refuse(key, "must be a date and time of TOML")
        return None

    def _array(self, key: str) -> list[object]:
        value = self.values.get(key, [])
        if isinstance(value, list):
            return value
        self.refuse(key, "must be an array")
        return []


def _dependency(row: _Fields) -> Table:
    name = row.values.get("name")
    if not isinstance(name, str) or not is_name(name):
        row.refuse("name", "is missing" if name is None else "is no project name")
    return row.values


def _identity(row: _Fields) -> Table:
    row.text("kind", required=True)
    return row.values


def _vcs(table: _Fields) -> LockedVcs:
    url, path = _place(table)
    return LockedVcs(
        type=table.text("type", required=True),
        url=url,
        path=path,
        requested_revision=table.text("requested-revision"),
        commit_id=table.text("commit-id", required=True),
        subdirectory=_subdirectory(table),
    )


def _directory(table: _Fields) -> LockedDirectory:
    editable = table.values.get("editable", False)
    if not isinstance(editable, bool):
        table.refuse("editable", "must be true or false")
    return LockedDirectory(
        path=table.text("path", required=True),
        editable=editable is True,
        subdirectory=_subdirectory(table),
    )


def _archive(table: _Fields) -> LockedArchive:
    return _located(table, subdirectory=_subdirectory(table))


def _file(table: _Fields) -> LockedArchive:
    return _located(table, name=table.text("name"))


def _located(table: _Fields, **more: str) -> LockedArchive:
    url, path = _place(table)
    return LockedArchive(
        url=url,
        path=path,
        size=table.number("size"),
        upload_time=table.time("upload-time"),
        hashes=_hashes(table),
        **more,
    )


def _place(table: _Fields) -> tuple[str, str]:
    url, path = table.text("url"), table.text("path")
    if not (url or path):
        table.refuse("", "has neither url nor path")
    return url, path


def _subdirectory(table: _Fields) -> str:
    text = table.text("subdirectory")
    if text and (fault := path_fault(text)):
        table.refuse("subdirectory", f"cannot be used: {fault}")
    return text


def _hashes(table: _Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    for algorithm, digest in table.table("hashes").items():
        name = algorithm.lower()
        if not isinstance(digest, str) or not _HEXADECIMAL.fullmatch(digest):
            table.refuse("hashes", f"has a {algorithm} that is no hexadecimal digest")
        elif name in STRONG_ALGORITHMS:
            try:
                found[name] = Hash.parse(f"{name}:{digest}").hexdigest
            except PysetupError:
                table.refuse("hashes", f"has a {algorithm} of the wrong length")
        else:
            found[name] = digest.lower()
    if not table.values.get("hashes"):
        table.refuse("hashes", "is missing: nothing would prove the file")
    elif found and not set(found) & {*STRONG_ALGORITHMS, *WEAK_ALGORITHMS}:
        table.refuse("hashes", f"has only unknown algorithms: {', '.join(found)}")
    return found


def _check_sources(row: _Fields, package: LockedPackage) -> None:
    """Refuse sources that exclude each other, and none at all (PEP 751)."""
    given = [key for key in ("vcs", "directory", "archive") if key in row.values]
    if "sdist" in row.values or "wheels" in row.values:
        given.append("sdist or wheels")
    if not given:
        row.refuse("", f"({package.name}) says not where the package is from")
    elif len(given) > 1:
        told = " and ".join(given)
        row.refuse("", f"({package.name}) is from {told}; there must be one source")
    elif package.direct is None and not package.files:
        row.refuse("wheels", f"({package.name}) is empty")


def _check_filenames(row: _Fields, package: LockedPackage) -> None:
    """Refuse files of another project or version than the row says."""
    listed = [("sdist", package.sdist)] if package.sdist else []
    listed += [("wheels", wheel) for wheel in package.wheels]
    for key, file in listed:
        try:
            if key == "wheels":
                wheel = parse_wheel_filename(file.filename)
                name, version = wheel.name, wheel.version
            else:
                sdist = parse_sdist_filename(file.filename, name=package.name)
                name, version = sdist.name, sdist.version
        except PysetupError as error:
            row.refuse(key, f"({package.name}) is wrong: {error.message}")
            continue
        if normalize_name(name) != package.name:
            row.refuse(key, f"has {file.filename}, which is not of {package.name}")
        elif package.version and not _is(version, package.version):
            told = f"{package.name} {package.version}"
            row.refuse(key, f"has {file.filename}, which is not of {told}")


def _is(version: Version, text: str) -> bool:
    try:
        return version == parse_version(text)
    except PysetupError:
        return True  # told as a fault of its own
