"""The lock of a project follows what its file says, and the environment the lock."""

from pathlib import Path

from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.model import PYLOCK, LockedArchive, LockFile
from pysetup.interchange.pylock.selecting import Parts, choose
from pysetup.metadata.formats.requirement_lists import Section
from pysetup.standards.hashes import WEAK_ALGORITHMS, Hash
from pysetup.standards.requirements import parse_requirement
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.locking.lock import LockReport, make_lock
from pysetup.workflows.locking.lock_file import is_universal
from pysetup.workflows.locking.project_inputs import PartsAsked, inputs_of_project
from pysetup.workflows.locking.sync import open_lock
from pysetup.workflows.locking.task import LockChoice, LockTask
from pysetup.workflows.provision import Choice
from pysetup.workflows.resolving.requested import Wanted, read_wanted


def lock_path(root: Path) -> Path:
    """Return where the lock of a project stands, if it has one."""
    return root / PYLOCK


def locked_anew(
    root: Path,
    section: Section,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
) -> LockReport:
    """Make the lock of the project in ``root`` say what its file says now.

    It stays a lock of the parts that it was of, and of ``section``; what still fits
    stays. Raises as locking does.
    """
    path = lock_path(root)
    old = open_lock(path, context).lock
    inputs = inputs_of_project(
        root,
        folder=root,
        asked=_parts(old, section, root, context, building),
        # Only what is configured limits a lock that others check, too.
        more=read_wanted((), context=context),
        context=context,
        building=building,
    )
    task = LockTask(
        inputs=inputs,
        path=path,
        environment=environment,
        context=context,
        building=building,
        choice=LockChoice(strategy=choice.strategy, universal=is_universal(path)),
    )
    return make_lock(task)


def _parts(
    old: LockFile, section: Section, root: Path, context: Context, building: Building
) -> PartsAsked:
    """Return the parts that were locked, as far as they are still there, and the new.

    A lock of everything stays one of everything.
    """
    every = inputs_of_project(
        root,
        folder=root,
        asked=PartsAsked(),
        more=Wanted(()),
        context=context,
        building=building,
    )
    extras = {*old.extras, *([section.name] if section.kind == "extra" else [])}
    groups = {
        *old.dependency_groups,
        *([section.name] if section.kind == "group" else []),
    }
    extras &= set(every.extras)
    groups &= set(every.groups)
    if extras == set(every.extras) and groups == set(every.groups):
        return PartsAsked()
    return PartsAsked(extras=tuple(sorted(extras)), groups=tuple(sorted(groups)))


def as_locked(
    wanted: Wanted,
    lock: LockFile,
    sections: tuple[Section, ...],
    environment: Environment,
) -> Wanted:
    """Return ``wanted`` limited to the versions and digests of ``lock``."""
    parts = Parts(
        extras=_names(lock.extras, "extra", sections),
        groups=_names(lock.dependency_groups, "group", sections),
    )
    constraints, pinned = [], {}
    for one in choose(lock, environment, source=PYLOCK, parts=parts):
        package = one.package
        if not package.version or not isinstance(one.source, LockedArchive):
            continue  # a folder or a repository says its version itself
        constraints.append(parse_requirement(f"{package.name}=={package.version}"))
        archives = [*package.wheels, *([package.sdist] if package.sdist else [])]
        digests = [
            Hash.parse(f"{algorithm}={digest}")
            for archive in archives
            for algorithm, digest in archive.hashes.items()
            if algorithm not in WEAK_ALGORITHMS
        ]
        if digests:
            pinned[package.name] = tuple(digests)
    limits = (*wanted.constraints, *constraints)
    return replace(wanted, constraints=limits, pinned={**wanted.pinned, **pinned})


def _names(
    known: tuple[str, ...], kind: str, sections: tuple[Section, ...]
) -> tuple[str, ...]:
    names = {section.name for section in sections if section.kind == kind}
    return tuple(name for name in known if name in names)
