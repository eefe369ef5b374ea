"""The installed database: what stands in the site folders, told by its own files."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pysetup.errors import EnvironmentRefusedError, PysetupError
from pysetup.interchange.dist_info import (
    RECORD,
    SUFFIX,
    MissingMetadataError,
    read_document,
    split_dist_info,
)
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.standards.names import normalize_name
from pysetup.standards.record import InvalidRecordError, parse_record

EGG_SUFFIX = ".egg-info"
INSTALLER, REQUESTED, DIRECT_URL = "INSTALLER", "REQUESTED", "direct_url.json"
PROVENANCE = "provenance_url.json"
_OLD_METADATA, _OLD_RECORD = "PKG-INFO", "installed-files.txt"


class MissingRecordError(EnvironmentRefusedError):
    """An installed distribution has no RECORD, so nobody knows which files are its own.

    Either it belongs to the operating system's package manager, which takes RECORD
    away on purpose, or a tool damaged it. pysetup does not touch it.
    """

    code = "PS7302"

    def __init__(self, name: str, info_dir: str) -> None:
        super().__init__(
            f"{name} has no list of its files, and is left alone",
            facts={"distribution": name, "folder": info_dir},
            hints=(
                "remove it with the tool that installed it",
                f"or remove {info_dir} by hand and install it anew",
            ),
        )
        self.name, self.info_dir = name, info_dir


@dataclass(frozen=True, slots=True)
class DamagedDistribution:
    """A folder of the database that cannot be read, and why."""

    info_dir: str
    error: PysetupError


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """One file that RECORD lists: absolute path, promised digest and size in bytes.

    Bytecode and RECORD itself have neither.
    """

    path: str
    hash: Hash | None
    size: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    info_dir: str


class InstalledDatabase:
    """The distributions in ``paths``; what stands in an earlier folder wins.

    A view of the moment: folders are listed once, files are read when asked for.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(dict.fromkeys(os.path.realpath(path) for path in paths))
        self._read: dict[str, InstalledDistribution | DamagedDistribution] = {}

    def distributions(self) -> tuple[InstalledDistribution, ...]:
        """Return what is installed and can be read, by name."""
        found: dict[str, InstalledDistribution] = {}
        for candidate in self._candidates:
            entry = self._load(candidate)
            if isinstance(entry, InstalledDistribution):
                found.setdefault(entry.metadata.normalized_name, entry)
        return tuple(found[name] for name in sorted(found))

    def damaged(self) -> tuple[DamagedDistribution, ...]:
        """Return what stands there but cannot be read."""
        loaded = (self._load(candidate) for candidate in self._candidates)
        return tuple(
            entry for entry in loaded if isinstance(entry, DamagedDistribution)
        )

    def find(self, name: str) -> InstalledDistribution | None:
        """Return the distribution ``name`` in any spelling, or None.

        Raises what is wrong with it if it is damaged.
        """
        wanted = normalize_name(name)
        for candidate in self._candidates:
            if candidate.name == wanted:
                entry = self._load(candidate)
                if isinstance(entry, DamagedDistribution):
                    raise entry.error
                return entry
        return None

    def copies(
        self, name: str, *, within: Sequence[str]
    ) -> tuple[InstalledDistribution, ...]:
        """Return every copy of ``name`` in the folders ``within``, to be replaced.

        More than one is a fault of the tool that installed it. A damaged copy is
        known by the name of its folder alone, which is enough to remove it.
        """
        wanted = normalize_name(name)
        found: list[InstalledDistribution] = []
        for candidate in self._candidates:
            if candidate.name != wanted:
                continue
            if os.path.dirname(candidate.info_dir) not in within:
                continue
            entry = self._load(candidate)
            if isinstance(entry, InstalledDistribution):
                found.append(entry)
            elif split := split_dist_info(os.path.basename(candidate.info_dir)):
                known = {"name": split[0], "version": str(split[1])}
                metadata = Metadata.from_dict(known, source=candidate.info_dir)
                found.append(InstalledDistribution(metadata, candidate.info_dir))
        return tuple(found)

    def files(self, distribution: InstalledDistribution) -> tuple[InstalledFile, ...]:
        """Return the files of ``distribution``.

        Raises ``MissingRecordError`` or ``InvalidRecordError``.
        """
        info_dir = distribution.info_dir
        if not info_dir.endswith(SUFFIX):
            return self._old_files(distribution)
        content = _read_file(os.path.join(info_dir, RECORD))
        if content is None:
            raise MissingRecordError(distribution.metadata.name, info_dir)
        site = os.path.dirname(info_dir)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidRecordError(info_dir, "is not UTF-8 text") from None
        return tuple(
            InstalledFile(_join(site, entry.path), entry.hash, entry.size)
            for entry in parse_record(text, source=info_dir)
        )

    def owners(self, path: str) -> tuple[str, ...]:
        """Return the names of the distributions that list ``path`` (absolute)."""
        return self._owners.get(path, ())

    @cached_property
    def _owners(self) -> Mapping[str, tuple[str, ...]]:
        owners: dict[str, tuple[str, ...]] = {}
        for distribution in self.distributions():
            try:
                paths = self._paths(distribution)
            except (PysetupError, ValueError, csv.Error):
                continue  # who lists nothing readable owns nothing that can be told
            for path in paths:
                owners[path] = (*owners.get(path, ()), distribution.metadata.name)
        return owners

    def _paths(self, distribution: InstalledDistribution) -> list[str]:
        """Return the paths that ``files`` returns, without decoding the digests."""
        info_dir = distribution.info_dir
        if not info_dir.endswith(SUFFIX):
            return [file.path for file in self.files(distribution)]
        content = _read_file(os.path.join(info_dir, RECORD)) or b""
        rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        site = os.path.dirname(info_dir)
        return [_join(site, row[0]) for row in rows if row]

    @cached_property
    def _candidates(self) -> tuple[_Found, ...]:
        return tuple(found for path in self.paths for found in _list_folder(path))

    def _load(self, found: _Found) -> InstalledDistribution | DamagedDistribution:
        entry = self._read.get(found.info_dir)
        if entry is None:
            try:
                entry = read_distribution(found.info_dir)
            except PysetupError as error:
                entry = DamagedDistribution(found.info_dir, error)
            self._read[found.info_dir] = entry
        return entry

    def _old_files(
        self, distribution: InstalledDistribution
    ) -> tuple[InstalledFile, ...]:
        """Return what an .egg-info folder lists; paths are relative to itself."""
        info_dir = distribution.info_dir
        content = _read_file(os.path.join(info_dir, _OLD_RECORD))
        if content is None:
            raise MissingRecordError(distribution.metadata.name, info_dir)
        lines = content.decode("utf-8", "surrogateescape").splitlines()
        return tuple(
            InstalledFile(_join(info_dir, line), None, None) for line in lines if line
        )


def read_distribution(info_dir: str) -> InstalledDistribution:
    """Read one ``.dist-info`` or ``.egg-info``; raises what is wrong with it."""

    def read(name: str) -> bytes | None:
        if not info_dir.endswith(SUFFIX) and name == "METADATA":
            # distutils wrote one file, setuptools a folder with PKG-INFO in it.
            whole = _read_file(info_dir) if os.path.isfile(info_dir) else None
            return whole or _read_file(os.path.join(info_dir, _OLD_METADATA))
        return _read_file(os.path.join(info_dir, name))

    metadata = read_document(read, source=info_dir, compare=False)
    installer = (read(INSTALLER) or b"").decode("utf-8", "replace").strip()
    direct_url = read(DIRECT_URL)
    return InstalledDistribution(
        metadata=metadata,
        info_dir=info_dir,
        installer=installer.splitlines()[0] if installer else "",
        requested=read(REQUESTED) is not None,
        direct_url=_read_object(direct_url, f"{info_dir}/{DIRECT_URL}"),
        provenance=_read_object(read(PROVENANCE), f"{info_dir}/{PROVENANCE}"),
    )


def _read_object(content: bytes | None, source: str) -> Mapping[str, JSON] | None:
    return None if content is None else parse_json_object(content, source=source)


def _list_folder(path: str) -> Iterator[_Found]:
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return
    for name in names:
        info_dir = os.path.join(path, name)
        if name.endswith(SUFFIX):
            split = split_dist_info(name)
            if split is not None:
                yield _Found(split[0], info_dir)
        elif name.endswith(EGG_SUFFIX):
            stem = name.removesuffix(EGG_SUFFIX).partition("-")[0]
            yield _Found(normalize_name(stem), info_dir)


def _read_file(path: str) -> bytes | None:
    """Return the content of a file; None if there is none."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise MissingMetadataError(path, f"cannot be read: {reason}") from None


def _join(folder: str, relative: str) -> str:
    return os.path.normpath(os.path.join(folder, relative))
