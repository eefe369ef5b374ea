"""Making and checking build locks: all that building a project asks for, as files."""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import OutOfDateError, UsageError
from pysetup.index.model import File
from pysetup.index.urls import without_credentials
from pysetup.interchange.build_lock import (
    PYLOCK,
    BuildLock,
    LockedFile,
    read_build_locks,
    target_of,
    with_build_lock,
)
from pysetup.interchange.environment import Environment
from pysetup.late import tempfile
from pysetup.metadata.formats.pyproject import ProjectDraft
from pysetup.phases.build.backend import HookMissingError
from pysetup.phases.develop.project import read_draft
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import Version, parse_version
from pysetup.store.sealed import write_whole
from pysetup.values import dataclass, field
from pysetup.workflows.building.build import disk_faults_told
from pysetup.workflows.building.native import build_requirements
from pysetup.workflows.building.project import Building, open_backend
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import AcquiredFile, acquire
from pysetup.workflows.isolating.build_constraints import read_build_constraints
from pysetup.workflows.isolating.isolation import build_environment
from pysetup.workflows.isolating.locked_builds import (
    LockedSupply,
    NoBuildLockError,
    UnreadableLockError,
    exactly,
    read_lock_file,
    sealed,
)
from pysetup.workflows.isolating.supplied_builds import supplied_building
from pysetup.workflows.resolving.requested import Wanted
from pysetup.workflows.resolving.resolve import (
    Pin,
    ResolveOptions,
    resolve_requirements,
)
from pysetup.workflows.workshop import Workshop

_OPERATIONS = ("sdist", "wheel", "editable")
_REQUIRES = "build-system.requires"


class StaleBuildLockError(OutOfDateError):
    """A build lock and its project no longer agree.

    The build requirements in ``pyproject.toml`` have changed since the lock was made,
    or the back end asks for something else. Make the lock anew.
    """

    code = "PS8762"

    def __init__(self, source: str, reasons: Sequence[str]) -> None:
        super().__init__(
            f"the build lock of {source} is out of date: {reasons[0]}",
            facts={"project": source, "reasons": list(reasons)},
            hints=("make it anew:  pysetup build-lock",),
        )
        self.reasons = tuple(reasons)


class NotLockedError(UsageError):
    """``--upgrade-package`` names a project that the build lock does not hold.

    ``pysetup build-lock`` shows what it holds; ``--upgrade`` upgrades all of it.
    """

    code = "PS2762"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"the build lock holds no {name}",
            facts={"project": name, "locked": list(known)},
            hints=("check the name, or upgrade all:  --upgrade",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """A build lock, the file it stands in, and what has changed in it.

    ``added`` and ``removed`` are file names; ``changed`` says whether the file is
    another one now, ``written`` whether it was written.
    """

    path: Path
    lock: BuildLock
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: bool = False
    written: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "path": str(self.path),
            "lock": self.lock.to_json(),
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": self.changed,
            "written": self.written,
        }


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What may change although it still fits: everything, or these projects."""

    everything: bool = False
    names: tuple[str, ...] = field(default=())


_KEEP = Upgrade()


@disk_faults_told()
def lock_build(
    root: Path,
    *,
    context: Context,
    python: str | None = None,
    upgrade: Upgrade = _KEEP,
    dry_run: bool = False,
) -> LockReport:
    """Lock what building the project in ``root`` asks for, in its ``pylock.toml``.

    Versions of an older lock stay where they fit, but for those of ``upgrade``.
    Raises ``NotLockedError``, ``UnreadableLockError``, what is wrong with the project
    or the file, and what resolving, fetching and the back end raise.
    """
    environment = build_environment(context, python=python)
    content = read_lock_file(root)
    target = target_of(environment)
    old = {} if content is None else read_build_locks(content)
    lock = lock_of_source(
        root,
        context=context,
        environment=environment,
        python=python,
        preferred=_preferred(old.get(target), upgrade),
    )
    new = with_build_lock(content, lock)
    path = root / PYLOCK
    if new != content and not dry_run:
        _write(path, new)
    before = _filenames(old.get(target))
    after = _filenames(lock)
    return LockReport(
        path=path,
        lock=lock,
        added=tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
        changed=new != content,
        written=new != content and not dry_run,
    )


def lock_of_source(
    root: Path,
    *,
    context: Context,
    environment: Environment,
    python: str | None,
    preferred: Mapping[str, Version],
    operations: Sequence[str] = _OPERATIONS,
) -> BuildLock:
    """Return what building the source in ``root`` asks for, as files with digests.

    ``operations`` are those that its back end is asked about; ``preferred`` versions
    stay where they fit. Raises what is wrong with the source, and what resolving,
    fetching and the back end raise.
    """
    draft = read_draft(root)
    locking = _Locking(root, environment, context, preferred)
    with supplied_building(context, locking.supply, python=python) as locking.building:
        _ask_for_all(
            root,
            draft,
            context=context,
            building=locking.building,
            operations=operations,
        )
    stated = build_requirements(draft.build)
    return BuildLock.make(target_of(environment), stated, locking.sets)


def _write(path: Path, content: bytes) -> None:
    """Write the file whole or not at all; a link to it and its mode stay."""
    place = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644
        write_whole(place, content)
        place.chmod(mode)
    except OSError as error:
        raise UnreadableLockError(path, error.strerror or str(error)) from None


@disk_faults_told()
def check_build_lock(
    root: Path, *, context: Context, python: str | None = None
) -> LockReport:
    """Prove that the lock of ``root`` holds all that building it asks for.

    The back end is asked in an environment made of the locked files. Raises
    ``NoBuildLockError``, ``StaleBuildLockError``, and as ``lock_build``.
    """
    draft = read_draft(root)
    target = target_of(build_environment(context, python=python))
    content = read_lock_file(root)
    locks = {} if content is None else read_build_locks(content)
    if target not in locks:
        raise NoBuildLockError(root, target, sorted(locks))
    lock = locks[target]
    _compare_requires(root, lock, build_requirements(draft.build))
    supply = LockedSupply(lock, name=root.name, folder=root, context=context)
    with supplied_building(context, supply, python=python) as how:
        _ask_for_all(root, draft, context=context, building=how)
    unused = [one for one in lock.sets if one.requires not in supply.used]
    if unused:
        reasons = [f"nothing asks for {', '.join(one.requires)}" for one in unused]
        raise StaleBuildLockError(root.name, reasons)
    return LockReport(path=root / PYLOCK, lock=lock)


def _compare_requires(root: Path, lock: BuildLock, stated: Sequence[str]) -> None:
    reasons = [
        f"{text} was added to {_REQUIRES}"
        for text in stated
        if text not in lock.requires
    ]
    reasons += [
        f"{text} is gone from {_REQUIRES}"
        for text in lock.requires
        if text not in stated
    ]
    if reasons:
        raise StaleBuildLockError(root.name, reasons)


def _ask_for_all(
    root: Path,
    draft: ProjectDraft,
    *,
    context: Context,
    building: Building,
    operations: Sequence[str] = _OPERATIONS,
) -> None:
    """Have ``building`` make every environment that building the project needs."""
    if draft.is_native:
        stated = build_requirements(draft.build)
        if stated:
            building.isolate(stated)
        return
    name = str(draft.mapping.get("name") or root.name)
    for operation in operations:
        try:
            open_backend(
                root, draft.build, operation, name, context=context, building=building
            )
        except HookMissingError:
            continue  # a back end need not make editables


def _preferred(lock: BuildLock | None, upgrade: Upgrade) -> dict[str, Version]:
    known = () if lock is None else lock.files
    names = {normalize_name(name) for name in upgrade.names}
    held = sorted({file.name for file in known})
    for name in sorted(names.difference(held)):
        raise NotLockedError(name, held)
    if upgrade.everything:
        return {}
    # Two sets may hold two versions of one project: the newer one is tried first.
    ordered = sorted(known, key=lambda file: parse_version(file.version))
    return {
        file.name: parse_version(file.version)
        for file in ordered
        if file.name not in names
    }


def _filenames(lock: BuildLock | None) -> set[str]:
    return set() if lock is None else {file.filename for file in lock.files}


class _Locking:
    """Resolves each set of requirements once, notes its files, and builds with them.

    ``building`` is how the project is built meanwhile; ``sets`` what was noted.
    """

    building: Building

    def __init__(
        self,
        root: Path,
        environment: Environment,
        context: Context,
        preferred: Mapping[str, Version],
    ) -> None:
        self._root, self._environment = root, environment
        self._context, self._preferred = context, preferred
        self.sets: dict[tuple[str, ...], tuple[LockedFile, ...]] = {}

    def supply(self, requirements: tuple[str, ...]) -> tuple[Wanted, Context]:
        """Return the files that were resolved for ``requirements``, as a lock would."""
        limits = read_build_constraints(self._context)
        with tempfile.TemporaryDirectory(prefix="pysetup-lock-") as place:
            workshop = Workshop(
                Path(place), context=self._context, building=self.building
            )
            resolution = resolve_requirements(
                [parse_requirement(text) for text in requirements],
                environment=self._environment,
                context=self._context,
                build_metadata=workshop.metadata,
                options=ResolveOptions(
                    constraints=limits.requirements,
                    hashes=limits.hashes,
                    preferred=self._preferred,
                    sources=dict.fromkeys(requirements, _REQUIRES),
                ),
            )
        pins = resolution.pins
        acquired = acquire(
            [_place(pin) for pin in pins],
            context=self._context,
            hashes={
                pin.file.filename: limits.hashes.get(pin.name, ())
                for pin in pins
                if pin.file is not None
            },
        )
        files = tuple(
            self._locked(pin, one) for pin, one in zip(pins, acquired, strict=True)
        )
        self.sets[requirements] = files
        return exactly(files, [one.path for one in acquired]), sealed(self._context)

    def _locked(self, pin: Pin, acquired: AcquiredFile) -> LockedFile:
        url, path = without_credentials(acquired.url), ""
        if not url.startswith(("https:", "http:")):
            url = ""
            if acquired.path.is_relative_to(self._root):
                path = acquired.path.relative_to(self._root).as_posix()
        return LockedFile(
            pin.name,
            str(pin.version),
            acquired.path.name,
            acquired.hash,
            acquired.path.stat().st_size,
            url,
            path,
        )


def _place(pin: Pin) -> File | Path:
    place = pin.file or pin.location
    assert place is not None, "nothing is installed in an environment to come"
    return place
