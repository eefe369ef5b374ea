"""Making an environment equal to a lock: choose, verify, build, one transaction.

Nothing is resolved. Every file has the size and the digests that the lock promises.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

from pysetup.errors import IntegrityError, NetworkError
from pysetup.index.model import File
from pysetup.index.urls import without_credentials
from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
    LockFile,
)
from pysetup.interchange.pylock.reading import read_lock
from pysetup.interchange.pylock.selecting import Chosen, Parts, choose
from pysetup.interchange.wheel_file import open_wheel
from pysetup.late import tempfile
from pysetup.standards.hashes import WEAK_ALGORITHMS, HashMismatchError
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import parse_version
from pysetup.values import dataclass, field, replace
from pysetup.workflows.building.how import Building, LockUse
from pysetup.workflows.cache_folders import cache_in_use
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import AcquiredFile, acquire
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import (
    InstallReport,
    WheelToInstall,
    install_wheels,
    open_database,
)
from pysetup.workflows.locking.lock_file import (
    NoLockError,
    check_lock_name,
    read_lock_bytes,
)
from pysetup.workflows.locking.repositories import vcs_url
from pysetup.workflows.locking.source_builds import HowToBuild, locked_building
from pysetup.workflows.locking.sync_plan import plan_sync
from pysetup.workflows.provision import InstallFlags, Workshop, archive_origin
from pysetup.workflows.resolving.candidates import Selector
from pysetup.workflows.resolving.requested import Asked
from pysetup.workflows.resolving.resolve import ResolveOptions, file_rules


class OtherPackageError(IntegrityError):
    """What a lock file's source gives is another package, or another version.

    A wheel that was built from the source has another name or version than the row
    of the lock says. Nothing was installed.
    """

    code = "PS5790"

    def __init__(self, package: LockedPackage, found: str) -> None:
        wanted = f"{package.name} {package.version}".strip()
        super().__init__(
            f"the source of {wanted} gives {found}",
            facts={"locked": wanted, "found": found},
            hints=("make the lock anew:  pysetup lock",),
        )


@dataclass(frozen=True, slots=True)
class OpenedLock:
    """A lock that was read, and where it stands."""

    path: Path
    lock: LockFile


def open_lock(path: Path, context: Context) -> OpenedLock:
    """Read a lock file; raises ``LockNameError``, ``NoLockError``, and as reading."""
    check_lock_name(path)
    content = read_lock_bytes(path)
    if content is None:
        raise NoLockError(path)
    return OpenedLock(path, read_lock(content, source=path.name, note=context.tell))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncChoice:
    """What of a lock is wanted; with ``exact`` everything else is removed.

    Tools that manage environments stay, and the project beside a lock where it is
    developed. ``reinstall`` also what is there already;
    ``build_lock`` says what becomes of what sources were locked to be built with.
    """

    parts: Parts = field(default_factory=Parts)
    exact: bool = True
    reinstall: bool = False
    build_lock: LockUse = "use"


def sync(
    locks: Sequence[OpenedLock],
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: SyncChoice,
    **flags: Unpack[InstallFlags],
) -> InstallReport:
    """Make ``environment`` what ``locks`` say, all of it or nothing.

    Raises ``PysetupError``; the environment is then as it was.
    """
    selector = Selector(environment, file_rules(context, ResolveOptions()))
    chosen = [
        (opened, one)
        for opened in locks
        for one in choose(
            opened.lock,
            environment,
            source=opened.path.name,
            parts=choice.parts,
            must_build=selector.must_build,
            must_not_build=selector.must_not_build,
        )
    ]
    reads = flags.get("dry_run")
    database = (
        open_database(environment) if reads else read_environment(environment, context)
    )
    own = {environment.scheme.purelib, environment.scheme.platlib}
    installed = [
        found
        for found in database.distributions()
        if str(Path(found.info_dir).parent) in own
    ]
    folder = locks[0].path.parent
    plan = plan_sync(
        [one for _, one in chosen],
        installed,
        folder=folder,
        exact=choice.exact,
        markers=environment.markers,
    )
    install = [each for each in chosen if choice.reinstall or each[1] in plan.install]
    _remember(chosen, context)
    with (
        locked_building(
            environment,
            context,
            source=folder.name if len(locks) > 1 else locks[0].path.name,
            use=choice.build_lock,
        ) as how,
        _wheels(install, context, building, how) as wheels,
    ):
        flags["remove"] = plan.remove
        return install_wheels(wheels, environment=environment, context=context, **flags)


def _remember(chosen: Sequence[tuple[OpenedLock, Chosen]], context: Context) -> None:
    """Let the same command be answered from memory where the lock alone decides.

    Wheels are what their digests say; what has to be built may come out differently.
    """
    if context.memory is None:
        return
    if all(
        isinstance(one.source, LockedArchive) and one.source.filename.endswith(".whl")
        for _, one in chosen
    ):
        context.memory.expires = math.inf
    else:
        context.memory.spoil()


@contextmanager
def _wheels(
    chosen: Sequence[tuple[OpenedLock, Chosen]],
    context: Context,
    building: Building,
    how: HowToBuild,
) -> Iterator[tuple[WheelToInstall, ...]]:
    """Give the wheels of what was chosen: fetched and verified, or built."""
    if not chosen:
        yield ()
        return
    with (
        cache_in_use(context),
        tempfile.TemporaryDirectory(
            prefix="pysetup-wheels-", ignore_cleanup_errors=True
        ) as folder,
    ):
        commits = {
            vcs_url(one.source, folder=opened.path.parent).public_text: (
                one.source.commit_id
            )
            for opened, one in chosen
            if isinstance(one.source, LockedVcs)
        }
        workshop = Workshop(
            Path(folder), context=context, building=building, commits=commits
        )
        fetched = _fetched(chosen, context)
        roots = _roots([opened.lock for opened, _ in chosen])
        yield tuple(
            replace(
                _wheel(opened, one, fetched, workshop, how),
                requested=one.package.name in roots,
            )
            for opened, one in chosen
        )


def _fetched(
    chosen: Sequence[tuple[OpenedLock, Chosen]], context: Context
) -> dict[str, AcquiredFile]:
    """Return the files by package, all of them verified (PEP 751)."""
    wanted = {
        one.package.name: (one.source, _file(opened, one.source))
        for opened, one in chosen
        if isinstance(one.source, LockedArchive)
    }
    files = {name: file for name, (_, file) in wanted.items()}
    try:
        acquired = acquire(list(files.values()), context=context)
    except NetworkError:
        found = _elsewhere(files, context)
        if found is None:
            raise
        acquired = acquire(found, context=context)
    for (locked, file), got in zip(wanted.values(), acquired, strict=True):
        size = got.path.stat().st_size
        if locked.size is not None and locked.size != size:
            raise HashMismatchError(
                file.filename, expected=f"{locked.size} bytes", found=f"{size} bytes"
            )
    return dict(zip(wanted, acquired, strict=True))


def _elsewhere(files: Mapping[str, File], context: Context) -> list[File] | None:
    """Return the same files by the URLs of the index that is configured now.

    The lock was made with another one, perhaps, that cannot be reached from here; its
    digests hold all the same. None if that changes no URL.
    """
    if context.settings.offline:
        return None
    found = []
    with IndexClient(context) as client:
        client.prefetch(files)
        for name, file in files.items():
            page = client.page(name)
            urls = [
                one.url
                for one in (page.files if page is not None else ())
                if one.filename == file.filename
            ]
            found.append(replace(file, url=urls[0]) if urls else file)
    return None if found == list(files.values()) else found


def _file(opened: OpenedLock, locked: LockedArchive) -> File:
    url = locked.url
    if locked.path:
        url = (opened.path.parent / locked.path).absolute().as_uri()
    return File(
        locked.filename,
        url,
        hashes=locked.strong_hashes,
        size=locked.size,
        weak=tuple(sorted(locked.hashes.keys() & {*WEAK_ALGORITHMS})),
    )


def _wheel(
    opened: OpenedLock,
    one: Chosen,
    fetched: dict[str, AcquiredFile],
    workshop: Workshop,
    how: HowToBuild,
) -> WheelToInstall:
    package, source = one.package, one.source
    if isinstance(source, LockedVcs):
        url = vcs_url(source, folder=opened.path.parent)
        wheel, origin = workshop.from_repository(url, building=how(package))
        _check_built(package, wheel)
        return WheelToInstall(wheel, direct_url=origin)
    if isinstance(source, LockedDirectory):
        return _from_directory(opened, package, source, workshop)
    file = fetched[package.name]
    path = file.path
    if not path.name.endswith(".whl"):
        if source.subdirectory:
            path = workshop.unpacked(path) / source.subdirectory
        path = workshop.wheel_of(path, building=how(package))
    wheel = path
    if wheel != file.path:
        _check_built(package, wheel)
    origin = archive_origin(without_credentials(file.url), file.hash)
    if source.subdirectory:
        origin["subdirectory"] = source.subdirectory
    return WheelToInstall(
        wheel,
        direct_url=origin if package.direct is not None else None,
        provenance=None if package.direct is not None else origin,
        # What was built here is not kept, so its files are not either.
        hash=file.hash if wheel == file.path else None,
    )


def _from_directory(
    opened: OpenedLock,
    package: LockedPackage,
    source: LockedDirectory,
    workshop: Workshop,
) -> WheelToInstall:
    path = (opened.path.parent / source.path / source.subdirectory).absolute()
    asked = Asked(opened.path.name, path=path, editable=source.editable)
    candidate, origin = workshop.local(asked)
    _check_built(package, candidate.path)
    return WheelToInstall(
        candidate.path,
        direct_url=origin,
        links=workshop.links.get(candidate.path, {}),
    )


def _check_built(package: LockedPackage, wheel: Path) -> None:
    with open_wheel(wheel) as opened:
        metadata = opened.metadata
    told = f"{metadata.name} {metadata.version}"
    if metadata.normalized_name != package.name:
        raise OtherPackageError(package, told)
    if package.version and metadata.version != parse_version(package.version):
        raise OtherPackageError(package, told)


def _roots(locks: Sequence[LockFile]) -> frozenset[str]:
    """Return the packages that no other of their lock requires: the user's own."""
    rows = [row for lock in locks for row in lock.packages]
    required = {
        normalize_name(str(one.get("name"))) for row in rows for one in row.dependencies
    }
    return frozenset(row.name for row in rows) - required
