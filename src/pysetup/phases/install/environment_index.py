"""The index of an environment: whose a file, a module, a command, an entry point is.

Derived from what every dist-info says, and kept in the state folder. Whatever stands
there is compared with the dist-info again, at the cost of a look at two or three files
each; so it is right after any other tool has been at work, and may be deleted.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from pysetup.errors import PysetupError
from pysetup.interchange.dist_info import ENTRY_POINTS, RECORD, SUFFIX
from pysetup.late import tempfile
from pysetup.phases.install.file_lists import listed_paths
from pysetup.phases.install.reading import read_distribution
from pysetup.phases.install.site_entries import SiteEntry
from pysetup.standards.jsontext import JSON
from pysetup.standards.sealed_json import SealedJson, to_sealed_json
from pysetup.values import dataclass

INDEX = "index.json"
_KIND = "pysetup-environment-index/1"
_SITES, _DISTRIBUTIONS, _FILES = "sites", "distributions", "files"
_ENTRY_POINTS = "entry_points"
# Two changes in one tick of the file system's clock leave one time. Who looked in
# between them would never know: only a time that has passed long ago is proof.
_SETTLED_NS = 2_000_000_000

# So many distributions are read in about the time that writing the index takes.
_WORTH_KEEPING = 50

# Folder relative to the site folder -> names in it.
Folders = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class IndexedDistribution:
    """What the index knows of one distribution.

    ``entry_points`` are (group, name, reference); ``project`` is the folder of a
    develop installation, else empty; ``stamp`` is how its files looked when it was
    read, empty if that cannot be told.
    """

    name: str
    version: str
    info_dir: str
    entry_points: tuple[tuple[str, str, str], ...]
    project: str
    stamp: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "stamp": self.stamp,
            "project": self.project,
            "entry_points": [list(row) for row in self.entry_points],
        }


class EnvironmentIndex:
    """Answers for the ``entries`` of the site folders ``sites``.

    A view of the moment. ``looks`` is how the site folders looked right before they
    were listed; ``state_folder`` is where the last index may have been kept.
    """

    def __init__(
        self,
        sites: Sequence[str],
        entries: Sequence[SiteEntry],
        *,
        looks: str,
        state_folder: str,
    ) -> None:
        self._sites = tuple(sites)
        self._entries = tuple(entries)
        self._looks = looks
        self._path = os.path.join(state_folder, INDEX) if state_folder else ""
        self._names: dict[int, frozenset[str]] = {}

    @cached_property
    def distributions(self) -> tuple[IndexedDistribution, ...]:
        """All that can be read, in the order of the folders; of one name the first."""
        found: dict[str, IndexedDistribution] = {}
        for entry in self._entries:
            if entry.name not in found:
                known = self._distribution(entry.path)
                if known is not None:
                    found[entry.name] = known
        return tuple(found.values())

    def owners(self, path: str) -> tuple[str, ...]:
        """Return the names of the distributions that list ``path`` (absolute)."""
        folder, _, name = path.rpartition(os.sep)
        return tuple(
            owner
            for owner, names in self._folders.get(folder, ())
            if name in self._as_set(names)
        )

    def inside(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield (owner, path) of all listed files in ``folder`` itself."""
        for owner, names in self._folders.get(folder, ()):
            for name in names:
                yield owner, os.path.join(folder, name)

    def owners_below(self, folder: str) -> tuple[str, ...]:
        """Return who lists anything at or below ``folder`` (absolute), by name."""
        below = folder + os.sep
        found = {
            owner
            for place, rows in self._folders.items()
            if place == folder or place.startswith(below)
            for owner, _ in rows
        }
        return tuple(sorted(found))

    def keep(self) -> bool:
        """Keep the index for next time; tell whether what is kept is right.

        Only where there is a state folder that can be written; never made for it.
        """
        if not self._path or not os.path.isdir(os.path.dirname(self._path)):
            return False
        looks = self._looks
        stamped = [one for one in self.distributions if one.stamp]
        if len(stamped) < len(self.distributions):
            looks = ""  # eggs have no RECORD to tell their age by
        if self._is_whole(stamped, looks):
            return True
        sections: dict[str, JSON] = {
            _SITES: list(self._sites),
            _ENTRY_POINTS: {
                "looks": looks,
                "rows": [
                    [one.name, one.version, *row]
                    for one in stamped
                    for row in one.entry_points
                ],
            },
            _DISTRIBUTIONS: {one.info_dir: one.to_json() for one in stamped},
            _FILES: {one.info_dir: _plain(self._files(one)) for one in stamped},
        }
        # Names that are no Unicode cannot be kept; a full disk keeps nothing.
        with suppress(OSError, ValueError):
            _write(self._path, to_sealed_json(sections, kind=_KIND))
            return True
        return False

    def _is_whole(self, stamped: Sequence[IndexedDistribution], looks: str) -> bool:
        """Tell whether what is kept says just this."""
        section = self._kept.section(_ENTRY_POINTS)
        if (
            not isinstance(section, dict)
            or section.get("looks") != looks
            or self._kept_rows.keys() != {one.info_dir for one in stamped}
            or not all(self._is_kept(one) for one in stamped)
        ):
            return False
        if looks and kept_entry_points(self._sites, self._path) is None:
            # It was kept soon after the last change, which is longer ago now.
            with suppress(OSError):
                os.utime(self._path)
        return True

    def _is_kept(self, one: IndexedDistribution) -> bool:
        row = self._kept_rows.get(one.info_dir)
        return (
            one.stamp != "" and isinstance(row, dict) and row.get("stamp") == one.stamp
        )

    def _as_set(self, names: Sequence[str]) -> frozenset[str]:
        found = self._names.get(id(names))
        if found is None:
            found = self._names[id(names)] = frozenset(names)
        return found

    @property
    def was_costly(self) -> bool:
        """Whether so much had to be read that keeping the index would be worth it."""
        known = self.__dict__.get("distributions", ())
        return sum(not self._is_kept(one) for one in known) > _WORTH_KEEPING

    @cached_property
    def _kept(self) -> SealedJson:
        found = SealedJson(self._path, kind=_KIND)
        if found.section(_SITES) != list(self._sites):
            return SealedJson("", kind=_KIND)  # the environment was moved
        return found

    @cached_property
    def _kept_rows(self) -> Mapping[str, JSON]:
        found = self._kept.section(_DISTRIBUTIONS)
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def _kept_files(self) -> Mapping[str, JSON]:
        found = self._kept.section(_FILES)
        return found if isinstance(found, Mapping) else {}

    def _distribution(self, path: str) -> IndexedDistribution | None:
        stamp = _stamp(path) if path.endswith(SUFFIX) else ""
        row = self._kept_rows.get(path)
        if stamp and isinstance(row, Mapping) and row.get("stamp") == stamp:
            known = _from_json(row, path)
            if known is not None:
                return known
        try:
            found = read_distribution(path)
            entries = found.metadata.entry_points
        except PysetupError:
            return None
        return IndexedDistribution(
            name=found.metadata.name,
            version=str(found.metadata.version),
            info_dir=path,
            entry_points=tuple((e.group, e.name, e.reference) for e in entries),
            project=found.location if found.editable else "",
            stamp=stamp,
        )

    def _files(self, one: IndexedDistribution) -> Folders:
        """Return the files of one distribution, by folder relative to its site."""
        known = self._kept_files.get(one.info_dir) if self._is_kept(one) else None
        return known if isinstance(known, dict) else _listed(one.info_dir)

    @cached_property
    def _folders(self) -> Mapping[str, list[tuple[str, Sequence[str]]]]:
        """Absolute folder -> (owner, names in it)."""
        folders: dict[str, list[tuple[str, Sequence[str]]]] = {}
        for one in self.distributions:
            site = os.path.dirname(one.info_dir)
            for folder, names in self._files(one).items():
                if folder and folder[0] not in "./":
                    place = f"{site}/{folder}"
                else:
                    place = os.path.normpath(os.path.join(site, folder))
                folders.setdefault(place, []).append((one.name, names))
        return folders


def kept_entry_points(sites: Sequence[str], path: str) -> list[list[str]] | None:
    """Return the rows of entry points in the index at ``path``, if they are right.

    Each is distribution, version, group, name, reference. They are, if nothing has come
    to or gone from the site folders since: every installer makes a new dist-info, or
    renames one, and both are seen in the folder's time. What it takes for this is one
    look at each folder; a file that was edited where it stands is not seen.
    """
    kept = SealedJson(path, kind=_KIND)
    if kept.section(_SITES) != list(sites):
        return None
    section = kept.section(_ENTRY_POINTS)
    if not isinstance(section, dict):
        return None
    try:
        written = os.stat(path).st_mtime_ns
        newest = max(os.stat(site).st_mtime_ns for site in sites)
    except (OSError, ValueError):
        return None
    if section["looks"] != looks_of(sites) or newest + _SETTLED_NS > written:
        return None
    rows: list[list[str]] = section["rows"]
    return rows


def looks_of(sites: Sequence[str]) -> str:
    """Return how the site folders look."""
    parts = []
    for site in sites:
        with suppress(OSError):
            found = os.stat(site)
            parts.append(f"{found.st_mtime_ns}-{found.st_ino}")
    return " ".join(parts)


def _plain(folders: Folders) -> dict[str, JSON]:
    return {folder: list(names) for folder, names in folders.items()}


def _listed(path: str) -> Folders:
    below = os.path.dirname(path) + os.sep
    folders: dict[str, list[str]] = {}
    for place in listed_paths(path):
        folder, _, name = place.rpartition(os.sep)
        folder += os.sep
        relative = folder.removeprefix(below)
        if len(relative) > 1:
            relative = relative.rstrip(os.sep)
        folders.setdefault(relative, []).append(name)
    return folders


def _stamp(info_dir: str) -> str:
    """Return how RECORD, the folder and the entry points look; empty without RECORD.

    Every installer writes RECORD anew, or a new folder. The folder's own time tells of
    files that come and go, and entry points may have been edited where they stand.
    """
    try:
        record = os.stat(f"{info_dir}/{RECORD}")
        folder = os.stat(info_dir)
    except OSError:
        return ""
    stamp = (
        f"{record.st_mtime_ns}-{record.st_size}-{record.st_ino}-{folder.st_mtime_ns}"
    )
    with suppress(OSError):
        entries = os.stat(f"{info_dir}/{ENTRY_POINTS}")
        stamp += f"-{entries.st_mtime_ns}-{entries.st_size}"
    return stamp


def _from_json(row: Mapping[str, JSON], path: str) -> IndexedDistribution | None:
    """Read one row; None for what another pysetup wrote."""
    rows = row.get("entry_points")
    if not isinstance(rows, list):
        return None
    name, version, project, stamp = (
        str(row.get(key, "")) for key in ("name", "version", "project", "stamp")
    )
    return IndexedDistribution(
        name=name,
        version=version,
        info_dir=path,
        entry_points=tuple(tuple(one) for one in rows),
        project=project,
        stamp=stamp,
    )


def _write(path: str, content: bytes) -> None:
    """Replace the file in one step; it need not survive a loss of power."""
    handle, fresh = tempfile.mkstemp(prefix=".index-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(fresh, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(fresh)
        raise
