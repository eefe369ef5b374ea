"""Reading a lock file: every field of PEP 751 checked, every fault with its line."""

import re
from collections.abc import Callable
from typing import TypeVar

from pysetup.errors import PysetupError
from pysetup.interchange.pylock.faults import (
    InvalidLockFilesError,
    UnknownLockVersionError,
)
from pysetup.interchange.pylock.fields import Faults, Fields
from pysetup.interchange.pylock.model import (
    PYLOCK,
    LockedPackage,
    LockFile,
)
from pysetup.interchange.pylock.parts import (
    read_archive,
    read_dependency,
    read_directory,
    read_file,
    read_identity,
    read_vcs,
)
from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_marker
from pysetup.standards.versions import Version, parse_specifiers, parse_version

_VERSION = late_pattern(r"(\d{1,4})\.(\d{1,4})", re.ASCII)
_HEXADECIMAL = late_pattern(r"[0-9a-fA-F]+")
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
    faults = reader.faults.found
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
        self.faults = Faults(toml)
        self.unknown: list[str] = []

    def check_version(self) -> None:
        value = self._toml.values.get("lock-version")
        match = _VERSION.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            reason = "is missing" if value is None else 'must be text such as "1.0"'
            raise self.faults.error(("lock-version",), reason)
        if match[1] != "1":
            # Where something stands takes a while to find out: for faults alone.
            line = self._toml.place(("lock-version",)).line
            raise UnknownLockVersionError(self._toml.source, line, match[0])

    def lock(self) -> LockFile:
        top = Fields(self.faults, self._toml.values, ())
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

    def _package(self, row: Fields) -> LockedPackage:
        version = row.text("version", parse_version)
        package = LockedPackage(
            name=row.name(),
            version=version,
            marker=row.text("marker", parse_marker),
            requires_python=row.text("requires-python", parse_specifiers),
            dependencies=tuple(
                read_dependency(one) for one in row.rows("dependencies")
            ),
            vcs=row.part("vcs", read_vcs),
            directory=row.part("directory", read_directory),
            archive=row.part("archive", read_archive),
            index=row.text("index"),
            sdist=row.part("sdist", read_file),
            wheels=tuple(read_file(one) for one in row.rows("wheels")),
            attestation_identities=tuple(
                read_identity(one) for one in row.rows("attestation-identities")
            ),
            tool=row.table("tool"),
            unknown=row.others(_PACKAGE),
        )
        self.unknown += [f"packages.{key} ({package.name})" for key in package.unknown]
        _check_sources(row, package)
        _check_filenames(row, package)
        return package


def _check_sources(row: Fields, package: LockedPackage) -> None:
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


def _check_filenames(row: Fields, package: LockedPackage) -> None:
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
