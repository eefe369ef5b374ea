"""A lock file as a value: what PEP 751 gives a ``pylock.toml``, field by field."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from pysetup.late import late_pattern
from pysetup.standards.hashes import STRONG_ALGORITHMS, Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field

LOCK_VERSION = "1.0"
PYLOCK = "pylock.toml"
_NAMED = late_pattern(r"pylock\.([^.]+)\.toml")

# What TOML holds, and nobody may change any more.
Table = Mapping[str, object]


def is_lock_name(filename: str) -> bool:
    """Tell whether PEP 751 allows ``filename``: ``pylock.toml``, ``pylock.NAME.toml``.

    ``filename`` is the last part of a path.
    """
    return filename == PYLOCK or _NAMED.fullmatch(filename) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedVcs:
    """A package from version control; ``url`` or ``path`` says where it is."""

    type: str
    commit_id: str
    url: str = ""
    path: str = ""
    requested_revision: str = ""
    subdirectory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedDirectory:
    """A package from a folder; a relative ``path`` begins where the lock stands."""

    path: str
    editable: bool = False
    subdirectory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedArchive:
    """A file of a package: an sdist, a wheel, or what was named by its own URL.

    ``url`` or ``path`` says where it is, ``name`` its file name where that is told;
    ``size`` is in bytes; ``hashes`` are hexadecimal digests by algorithm.
    """

    url: str = ""
    path: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    upload_time: datetime | None = None
    name: str = ""
    subdirectory: str = ""

    @property
    def filename(self) -> str:
        """The name of the file, from where it is if it is not told (PEP 751)."""
        if self.name:
            return self.name
        if self.url:
            return unquote(urlsplit(self.url).path.rsplit("/", 1)[-1])
        return PurePosixPath(self.path).name

    @property
    def strong_hashes(self) -> tuple[Hash, ...]:
        """The digests that can prove identity, by the name of their algorithm."""
        return tuple(
            Hash(algorithm, digest)
            for algorithm, digest in sorted(self.hashes.items())
            if algorithm in STRONG_ALGORITHMS
        )


Source = LockedVcs | LockedDirectory | LockedArchive


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One ``[[packages]]`` row: a package, when it is wanted, and where it is from.

    ``name`` is normalised; ``version`` is empty for what changes, such as a folder;
    ``marker`` is empty for always. There is one of ``vcs``, ``directory`` and
    ``archive``, or an ``sdist`` or ``wheels`` or both. ``dependencies`` name other
    rows, for people and audits; they are never used to install. ``unknown`` are keys
    that PEP 751 did not know when this was written.
    """

    name: str
    version: str = ""
    marker: str = ""
    requires_python: str = ""
    dependencies: tuple[Table, ...] = ()
    vcs: LockedVcs | None = None
    directory: LockedDirectory | None = None
    archive: LockedArchive | None = None
    index: str = ""
    sdist: LockedArchive | None = None
    wheels: tuple[LockedArchive, ...] = ()
    attestation_identities: tuple[Table, ...] = ()
    tool: Table = field(default_factory=dict)
    unknown: Table = field(default_factory=dict)

    @property
    def direct(self) -> Source | None:
        """Where it is from, if that is not an index: the one source of its kind."""
        return self.vcs or self.directory or self.archive

    @property
    def files(self) -> tuple[LockedArchive, ...]:
        """All its files: the sdist, then the wheels, or the archive."""
        listed = (self.archive, self.sdist, *self.wheels)
        return tuple(file for file in listed if file is not None)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form: name, version, marker, and where it is from."""
        origin: JSON = self.index or None
        if self.vcs is not None:
            origin = f"{self.vcs.url or self.vcs.path}@{self.vcs.commit_id}"
        elif self.directory is not None:
            origin = self.directory.path
        elif self.archive is not None:
            origin = self.archive.url or self.archive.path
        return {
            "name": self.name,
            "version": self.version or None,
            "marker": self.marker or None,
            "origin": origin,
            "files": [file.filename for file in self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """A whole ``pylock.toml`` (PEP 751).

    ``environments`` are markers of which one must hold; ``default_groups`` are those
    that count when no group is named. ``tool`` is what tools keep for themselves,
    ``unknown`` are keys of a later minor version; both are carried unchanged.
    """

    packages: tuple[LockedPackage, ...]
    lock_version: str = LOCK_VERSION
    environments: tuple[str, ...] = ()
    requires_python: str = ""
    extras: tuple[str, ...] = ()
    dependency_groups: tuple[str, ...] = ()
    default_groups: tuple[str, ...] = ()
    created_by: str = "pysetup"
    tool: Table = field(default_factory=dict)
    unknown: Table = field(default_factory=dict)

    def rows_of(self, name: str) -> tuple[LockedPackage, ...]:
        """Return the rows of the package with that normalised name."""
        return tuple(row for row in self.packages if row.name == name)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; of packages, what ``LockedPackage.to_json`` tells."""
        return {
            "lock_version": self.lock_version,
            "environments": list(self.environments),
            "requires_python": self.requires_python or None,
            "extras": list(self.extras),
            "dependency_groups": list(self.dependency_groups),
            "default_groups": list(self.default_groups),
            "created_by": self.created_by,
            "packages": [package.to_json() for package in self.packages],
        }


def plain_json(value: object) -> JSON:
    """Return a TOML value as JSON; dates and times become texts."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    assert isinstance(value, Sequence), "TOML knows nothing else"
    return [plain_json(item) for item in value]
