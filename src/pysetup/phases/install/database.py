"""The installed database: what stands in the site folders, told by its own files."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import TypeVar

from pysetup.errors import PysetupError
from pysetup.interchange.dist_info import split_dist_info
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.phases.install.environment_index import (
    INDEX,
    EnvironmentIndex,
    kept_entry_points,
    looks_of,
)
from pysetup.phases.install.file_lists import (
    InstalledFile,
    MissingRecordError,
    list_files,
)
from pysetup.phases.install.reading import (
    DIRECT_URL,
    INSTALLER,
    PROVENANCE,
    REQUESTED,
    read_distribution,
)
from pysetup.phases.install.site_entries import SiteEntry, list_site
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

__all__ = [
    "DIRECT_URL",
    "INSTALLER",
    "PROVENANCE",
    "REQUESTED",
    "DamagedDistribution",
    "InstalledDatabase",
    "InstalledFile",
    "MissingRecordError",
    "read_distribution",
]

# What a damaged entry without a readable version is told as.
_NO_VERSION = "0+unknown"
# How often it is looked again where something was taken out meanwhile.
_AGAIN = 5

_Found = TypeVar("_Found")


class _TakenOutError(Exception):
    """An entry that was listed is not there any more; ``error`` is what that made."""

    def __init__(self, error: PysetupError) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, slots=True)
class DamagedDistribution:
    """A folder of the database that cannot be read, and why."""

    info_dir: str
    error: PysetupError


class InstalledDatabase:
    """The distributions in ``paths``; what stands in an earlier folder wins.

    A view of the moment: folders are listed once, files are read when asked for. Who
    reads does not wait for who changes: where an entry has gone since it was listed,
    everything is listed anew. ``state_folder`` is where the environment's index is
    kept, if it is.
    """

    def __init__(self, paths: Sequence[str], *, state_folder: str = "") -> None:
        self.paths = tuple(dict.fromkeys(os.path.realpath(path) for path in paths))
        self._state_folder = state_folder
        self._read: dict[str, InstalledDistribution | DamagedDistribution] = {}

    def distributions(self) -> tuple[InstalledDistribution, ...]:
        """Return what is installed and can be read, by name."""
        return self._as_it_stands(self._distributions)

    def _distributions(self) -> tuple[InstalledDistribution, ...]:
        found: dict[str, InstalledDistribution] = {}
        for candidate in self._candidates:
            entry = self._load(candidate)
            if isinstance(entry, InstalledDistribution):
                found.setdefault(entry.metadata.normalized_name, entry)
        return tuple(found[name] for name in sorted(found))

    def damaged(self) -> tuple[DamagedDistribution, ...]:
        """Return what stands there but cannot be read."""
        return self._as_it_stands(self._damaged)

    def _damaged(self) -> tuple[DamagedDistribution, ...]:
        loaded = (self._load(candidate) for candidate in self._candidates)
        return tuple(
            entry for entry in loaded if isinstance(entry, DamagedDistribution)
        )

    def find(self, name: str) -> InstalledDistribution | None:
        """Return the distribution ``name`` in any spelling, or None.

        Raises what is wrong with it if it is damaged.
        """
        return self._as_it_stands(partial(self._find, name))

    def _find(self, name: str) -> InstalledDistribution | None:
        for candidate in self._called(name):
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
        return self._as_it_stands(partial(self._copies, name, within))

    def _copies(
        self, name: str, within: Sequence[str]
    ) -> tuple[InstalledDistribution, ...]:
        found: list[InstalledDistribution] = []
        for candidate in self._called(name):
            if os.path.dirname(candidate.path) not in within:
                continue
            entry = self._load(candidate)
            if isinstance(entry, DamagedDistribution):
                entry = _known_by_name(candidate)
            found.append(entry)
        return tuple(found)

    def files(self, distribution: InstalledDistribution) -> tuple[InstalledFile, ...]:
        """Return the files of ``distribution``.

        Raises ``MissingRecordError`` or ``InvalidRecordError``.
        """
        return list_files(distribution.metadata.name, distribution.info_dir)

    def owners(self, path: str) -> tuple[str, ...]:
        """Return the names of the distributions that list ``path`` (absolute)."""
        return self.index.owners(path)

    def entry_point_rows(self) -> list[list[str]]:
        """Return all entry points: distribution, version, group, name, reference.

        From the index that is kept, as long as nothing came to the site folders or
        went; the index is kept for next time otherwise.
        """
        path = os.path.join(self._state_folder, INDEX)
        kept = kept_entry_points(self.paths, path) if self._state_folder else None
        if kept is not None:
            return kept
        self.index.keep()
        return [
            [one.name, one.version, *row]
            for one in self.index.distributions
            for row in one.entry_points
        ]

    @cached_property
    def index(self) -> EnvironmentIndex:
        """Files, modules, commands and entry points, by what stands there now."""
        return EnvironmentIndex(
            self.paths,
            self._candidates,
            looks=self._listing[0],
            state_folder=self._state_folder,
        )

    def keep_costly_index(self) -> None:
        """Keep the index if it was needed, and much had to be read for it."""
        if "index" in self.__dict__ and self.index.was_costly:
            self.index.keep()

    @property
    def _candidates(self) -> tuple[SiteEntry, ...]:
        return self._listing[1]

    @cached_property
    def _listing(self) -> tuple[str, tuple[SiteEntry, ...]]:
        """How the folders looked, and only then what is in them.

        What comes in between makes the index seem too old, and never too new.
        """
        looks = looks_of(self.paths)
        return looks, tuple(found for path in self.paths for found in list_site(path))

    def _called(self, name: str) -> Iterator[SiteEntry]:
        wanted = normalize_name(name)
        return (found for found in self._candidates if found.name == wanted)

    def _load(self, found: SiteEntry) -> InstalledDistribution | DamagedDistribution:
        entry = self._read.get(found.path)
        if entry is None:
            try:
                entry = read_distribution(found.path)
            except PysetupError as error:
                if not os.path.lexists(found.path):
                    raise _TakenOutError(error) from None
                entry = DamagedDistribution(found.path, error)
            self._read[found.path] = entry
        return entry

    def _as_it_stands(self, look: Callable[[], _Found]) -> _Found:
        """Return what ``look`` finds, once nothing is taken out while it looks."""
        turn = 0
        while True:
            try:
                return look()
            except _TakenOutError as gone:
                turn += 1
                if turn == _AGAIN:
                    raise gone.error from None
            self._read.clear()
            for known in ("_listing", "index"):
                self.__dict__.pop(known, None)


def _known_by_name(entry: SiteEntry) -> InstalledDistribution:
    split = split_dist_info(os.path.basename(entry.path))
    version = str(split[1]) if split else _NO_VERSION
    known = {"name": entry.name, "version": version}
    metadata = Metadata.from_dict(known, source=entry.path)
    return InstalledDistribution(metadata, entry.path)
