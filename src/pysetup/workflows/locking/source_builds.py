"""What locked sources are built with: locked beside them, and used when they are built.

A lock that has only a source of a package would else be built with whatever the index
has that day.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.index.model import File
from pysetup.interchange.build_lock import (
    BuildLock,
    row_build_locks,
    target_of,
    with_row_build_lock,
)
from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.model import LockedArchive, LockedPackage
from pysetup.interchange.pylock.selecting import best_wheel
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.late import tempfile
from pysetup.standards.lock_markers import remaining_marker
from pysetup.standards.requirements import marker_holds, parse_marker
from pysetup.standards.tags import tag_ranks
from pysetup.standards.versions import Version, parse_version
from pysetup.values import dataclass
from pysetup.workflows.building.how import Building, LockUse
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.isolating.locked_builds import LockedSupply, NoBuildLockError
from pysetup.workflows.locking.needs import DEFAULT_GROUP
from pysetup.workflows.locking.repositories import vcs_url
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.workshop import Workshop

_WHEEL = ("wheel",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBuilds:
    """Locks what the sources of rows are built with, for the task's environment."""

    task: LockTask
    workshop: Workshop

    def locked(
        self, row: LockedPackage, old: LockedPackage | None
    ) -> tuple[Mapping[str, object], str]:
        """Return the ``tool`` table of ``row``, and a note or nothing.

        What is built already for another target stays. Versions of ``old`` stay where
        they fit. A source that cannot be asked is noted, and is no failure: a lock is
        of use without it.
        """
        tool = old.tool if old is not None and _is_same(row, old) else row.tool
        if not self._is_built(row):
            return tool, ""
        # Loaded here: most locks have a wheel of everything.
        from pysetup.workflows.build_lock import lock_of_source

        if self.task.context.memory is not None:
            self.task.context.memory.spoil()  # a back end may ask for more next time
        try:
            with tempfile.TemporaryDirectory(
                prefix="pysetup-source-", ignore_cleanup_errors=True
            ) as folder:
                lock = lock_of_source(
                    self._source(row, Path(folder)),
                    context=self.task.context,
                    environment=self.task.environment,
                    python=self.task.environment.executable,
                    preferred=_versions(old, target_of(self.task.environment)),
                    operations=_WHEEL,
                )
        except BuildError as error:
            return tool, (
                f"what {row.name} is built with could not be locked: {error.message}"
            )
        return (with_row_build_lock(tool, lock) if lock.sets else tool), ""

    def _is_built(self, row: LockedPackage) -> bool:
        """Tell whether the environment needs the row's source to be built.

        Folders have a lock of their own, since they change.
        """
        if self.task.choice.foreign or row.directory is not None:
            return False
        if not self._may_hold(row):
            return False
        if row.vcs is not None:
            return True
        if row.archive is not None:
            return not row.archive.filename.endswith(".whl")
        ranks = tag_ranks(self.task.environment.tags)
        return row.sdist is not None and best_wheel(row, ranks) is None

    def _may_hold(self, row: LockedPackage) -> bool:
        """Tell whether the environment gets the row with some of the parts."""
        inputs = self.task.inputs
        groups = (DEFAULT_GROUP, *inputs.groups)
        left = remaining_marker(row.marker, extras=inputs.extras, groups=groups)
        if left is None:
            return False
        return not left or marker_holds(
            parse_marker(left), self.task.environment.markers
        )

    def _source(self, row: LockedPackage, folder: Path) -> Path:
        if row.vcs is not None:
            return self.workshop.checkout(
                vcs_url(row.vcs, folder=self.task.inputs.folder)
            )
        archive = row.archive or row.sdist
        assert archive is not None, "what is built has a source"
        (acquired,) = acquire(
            [_file(archive, self.task.inputs.folder)], context=self.task.context
        )
        root = unpack_sdist(acquired.path, folder)
        return root / archive.subdirectory if archive.subdirectory else root


def former_row(
    row: LockedPackage, olds: Iterable[LockedPackage]
) -> LockedPackage | None:
    """Return the row of ``olds`` that ``row`` takes the place of, or None.

    A universal lock may have several of one project: that of the same source comes
    first.
    """
    return min(olds, key=lambda old: not _is_same(row, old), default=None)


def _is_same(row: LockedPackage, old: LockedPackage) -> bool:
    """Tell whether two rows are of the same source."""
    return (row.version, row.direct) == (old.version, old.direct)


def _file(archive: LockedArchive, folder: Path) -> File:
    url = archive.url
    if archive.path:
        url = (folder / archive.path).absolute().as_uri()
    hashes = archive.strong_hashes
    return File(archive.filename, url, hashes=hashes, size=archive.size)


def _versions(old: LockedPackage | None, target: str) -> dict[str, Version]:
    if old is None:
        return {}
    locks = row_build_locks(old.tool, source="the lock", package=old.name)
    files = locks[target].files if target in locks else ()
    return {file.name: parse_version(file.version) for file in files}


# Gives how the source of a row is built, None for as everything else is.
HowToBuild = Callable[[LockedPackage], Building | None]


@contextlib.contextmanager
def locked_building(
    environment: Environment,
    context: Context,
    *,
    source: str,
    use: LockUse,
) -> Iterator[HowToBuild]:
    """Give how sources of locked packages are built: with the files locked for them.

    ``source`` is the name of the lock; ``use`` says what becomes of such locks.
    Building raises ``UnlistedBuildError`` for what is not listed, and
    ``NoBuildLockError`` where a build lock is required.
    """
    target = target_of(environment)
    with contextlib.ExitStack() as stack:

        def how(package: LockedPackage) -> Building | None:
            if use == "ignore":
                return None
            locks = row_build_locks(package.tool, source=source, package=package.name)
            lock: BuildLock | None = locks.get(target)
            if lock is None:
                if use == "require":
                    place = Path(f"{source}: {package.name}")
                    raise NoBuildLockError(place, target, sorted(locks))
                return None
            # Loaded here: most locks have a wheel of everything.
            from pysetup.workflows.isolating.supplied_builds import supplied_building

            supply = LockedSupply(lock, name=package.name, folder=None, context=context)
            return stack.enter_context(
                supplied_building(context, supply, python=environment.executable)
            )

        yield how
