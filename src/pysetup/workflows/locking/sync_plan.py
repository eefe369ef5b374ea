"""What has to change so that an environment is what a lock says: decided, not done."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pysetup.interchange.installed import InstalledDistribution
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
)
from pysetup.interchange.pylock.selecting import Chosen
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import marker_holds
from pysetup.standards.versions import InvalidVersionError, parse_version
from pysetup.values import dataclass

# Tools that manage environments: an environment without them is hard to mend.
SEEDS = ("pip", "setuptools", "wheel", "uv", "pysetup")


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What is there already, what is installed, and what is removed, by name."""

    kept: tuple[str, ...]
    install: tuple[Chosen, ...]
    remove: tuple[str, ...]


def plan_sync(
    chosen: Sequence[Chosen],
    installed: Sequence[InstalledDistribution],
    *,
    folder: Path,
    exact: bool,
    markers: Mapping[str, str],
) -> SyncPlan:
    """Return how ``installed`` becomes ``chosen``, with nothing else if ``exact``.

    ``folder`` is where the lock stands: the project there may stay installed for
    development. Tools that manage environments stay, with what they require.
    """
    there = {found.metadata.normalized_name: found for found in installed}
    kept, install = [], []
    for one in chosen:
        found = there.get(one.package.name)
        if found is not None and is_same(one, found, folder=folder):
            kept.append(one.package.name)
        else:
            install.append(one)
    wanted = {one.package.name for one in chosen}
    extraneous = sorted(there.keys() - wanted) if exact else []
    spared = _spared(there, markers) if extraneous else set()
    return SyncPlan(
        tuple(kept),
        tuple(install),
        tuple(
            name
            for name in extraneous
            if name not in spared and not _is_project(there[name], folder)
        ),
    )


def is_same(one: Chosen, found: InstalledDistribution, *, folder: Path) -> bool:
    """Tell whether what is installed is what the lock says.

    Of a package from an index the version counts and, where it was noted, that it
    came from a file of the lock; of others the very place and its state.
    """
    package, source = one.package, one.source
    if package.version and not _is_version(found, package.version):
        return False
    origin = found.direct_url
    if isinstance(source, LockedDirectory):
        return source.editable and _is_editable_of(found, source, folder)
    if origin is None:
        return package.direct is None and _is_from_lock(found, package)
    if isinstance(source, LockedVcs):
        return _is_commit(origin, source)
    return package.archive is source and _is_archive(origin, source, folder)


def _is_version(found: InstalledDistribution, text: str) -> bool:
    try:
        return found.metadata.version == parse_version(text)
    except InvalidVersionError:
        return False


def _is_from_lock(found: InstalledDistribution, package: LockedPackage) -> bool:
    """Tell whether a noted origin (PEP 710) is a file of the lock; none is no fault."""
    noted = _hashes(found.provenance)
    if not noted:
        return True
    return any(_agree(noted, file.hashes) for file in package.files)


def _is_archive(
    origin: Mapping[str, JSON], source: LockedArchive, folder: Path
) -> bool:
    place = source.url or (folder / source.path).absolute().as_uri()
    noted = _hashes(origin)
    if (origin.get("subdirectory") or "") != source.subdirectory:
        return False
    return origin.get("url") == place and bool(noted) and _agree(noted, source.hashes)


def _is_commit(origin: Mapping[str, JSON], source: LockedVcs) -> bool:
    info = origin.get("vcs_info")
    if not isinstance(info, Mapping):
        return False
    return (
        info.get("commit_id") == source.commit_id
        and origin.get("url") == source.url
        and (origin.get("subdirectory") or "") == source.subdirectory
    )


def _is_editable_of(
    found: InstalledDistribution, source: LockedDirectory, folder: Path
) -> bool:
    wanted = (folder / source.path / source.subdirectory).resolve()
    return found.editable and Path(found.location).resolve() == wanted


def _hashes(origin: Mapping[str, JSON] | None) -> dict[str, str]:
    """Return the digests of PEP 610's and PEP 710's records."""
    info = (origin or {}).get("archive_info")
    hashes = info.get("hashes") if isinstance(info, Mapping) else None
    if not isinstance(hashes, Mapping):
        return {}
    return {str(name): str(digest) for name, digest in hashes.items()}


def _agree(noted: Mapping[str, str], locked: Mapping[str, str]) -> bool:
    """Tell whether two sets of digests have one in common, and none that differs."""
    common = noted.keys() & locked.keys()
    return bool(common) and all(noted[name] == locked[name] for name in common)


def _is_project(found: InstalledDistribution, folder: Path) -> bool:
    """Tell whether it is the project beside the lock, installed for development."""
    return found.editable and Path(found.location).resolve() == folder.resolve()


def _spared(
    there: Mapping[str, InstalledDistribution], markers: Mapping[str, str]
) -> set[str]:
    """Return the tools that stay, and what they require of what is installed."""
    spared: set[str] = set()
    waiting = [name for name in SEEDS if name in there]
    while waiting:
        name = waiting.pop()
        if name not in spared:
            spared.add(name)
            waiting += _required(there[name], there, markers)
    return spared


def _required(
    found: InstalledDistribution,
    there: Iterable[str],
    markers: Mapping[str, str],
) -> list[str]:
    names = {
        normalize_name(one.name)
        for one in found.metadata.requires_dist
        if marker_holds(one.marker, markers)
    }
    return sorted(names & set(there))
