"""The commit: the journal gets its name, and what it says is done."""

import errno
import os
from collections.abc import Callable, Collection, Iterable, Mapping

from pysetup.interchange.environment import Environment
from pysetup.phases.install.durability import Durability
from pysetup.phases.install.filesystem import FRESH_SUFFIX, FileSystem
from pysetup.phases.install.generations import Generation
from pysetup.phases.install.journal import Journal, Keeping, Step, journal_path
from pysetup.phases.install.movable import check_moves
from pysetup.phases.install.moves import EnvironmentChangedError, prunable
from pysetup.phases.install.recovery import finish
from pysetup.phases.install.refusals import UnfinishedChangeError, told
from pysetup.phases.install.stage import Stage
from pysetup.phases.install.start_hook import (
    HOOK,
    SCRIPT,
    hook_line,
    hooked_sites,
    script,
)
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.hashes import Hash
from pysetup.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Beside:
    """What changes with an environment and is no part of the plan.

    ``state`` are files of the state folder by their places, ``keep`` says where what
    is taken out outlives the stage, ``generation`` is the one that shows, if there are
    any.
    """

    state: Collection[str] = ()
    keep: Mapping[str, str] = field(default_factory=dict)
    generation: Generation | None = None


_NOTHING = Beside()


def commit(  # noqa: PLR0913 - a change, how it is carried out, and what goes along
    stage: Stage,
    plan: TransactionPlan,
    environment: Environment,
    *,
    files: FileSystem,
    durability: Durability,
    begins: Callable[[], None],
    beside: Beside = _NOTHING,
) -> None:
    """Bring in what ``stage`` holds and take out what ``plan`` says, or neither.

    ``begins`` is called right before the journal gets its name, which is the point of
    no return. Raises ``EnvironmentChangedError``, ``NotWritableError``,
    ``UnfinishedChangeError`` or ``OSError``; after the last the environment is as it
    was.
    """
    if beside.generation is not None:
        _check_unchanged(plan, files)
        journal = beside.generation.journal(stage, [*beside.state], files)
        carry(journal, stage, files=files, durability=durability, begins=begins)
        return
    stale = _standing_bytecode(stage.places, files)
    stale.update(place for place in beside.state if files.look(place) is not None)
    lasting = _lasting_folders(environment)
    for whole_folders in (True, False):
        steps = stage.steps(
            plan, plan.gone | stale, lasting=lasting, whole_folders=whole_folders
        )
        check_moves(steps, files, unseen=stale)
        hooks = _stage_hooks(stage, steps, environment)
        journal = Journal(
            stage.folders,
            steps,
            prunable(steps, keep=lasting),
            hooks=tuple(hooks.values()),
            keep=tuple(
                Keeping(step.old, step.new, beside.keep[step.place])
                for step in steps
                if step.old and step.place in beside.keep
            ),
        )
        fresh = journal_path(stage.root) + FRESH_SUFFIX
        files.write(fresh, [journal.to_bytes()], executable=False)
        durability.staged(stage.folders)
        _check_unchanged(plan, files)
        begins()
        for staged, place in hooks.items():
            files.rename(staged, place)
        _name_journal(stage, files=files, durability=durability)
        try:
            finish(journal, root=stage.root, files=files, durability=durability)
        except OSError as error:
            # Layered file systems cannot move a folder of a lower layer, and Windows
            # none that a program runs from. File by file it can be done.
            alone = error.errno == errno.EXDEV or files.is_in_use(error)
            if not alone or not whole_folders:
                raise
        else:
            return


def carry(
    journal: Journal,
    stage: Stage,
    *,
    files: FileSystem,
    durability: Durability,
    begins: Callable[[], None],
) -> None:
    """Name ``journal`` and do what it says; the arguments are as for ``commit``.

    No reader sees its moves half done, so there are no start-up hooks.
    """
    fresh = journal_path(stage.root) + FRESH_SUFFIX
    files.write(fresh, [journal.to_bytes()], executable=False)
    durability.staged(stage.folders)
    begins()
    _name_journal(stage, files=files, durability=durability)
    finish(journal, root=stage.root, files=files, durability=durability)


def _name_journal(stage: Stage, *, files: FileSystem, durability: Durability) -> None:
    path = journal_path(stage.root)
    files.rename(path + FRESH_SUFFIX, path)
    try:
        durability.committed(stage.root, stage.folders)
    except OSError:
        try:
            files.unlink(path)
        except OSError as error:
            raise UnfinishedChangeError(*told(error, stage.root)) from error
        raise


def _stage_hooks(
    stage: Stage, steps: Iterable[Step], environment: Environment
) -> dict[str, str]:
    """Stage the start-up hooks; return where they wait -> where they are to stand."""
    sites = hooked_sites(environment, [step.place for step in steps])
    if not sites:
        return {}
    program = stage.add(SCRIPT, script())
    hooks = {}
    for site in sites:
        place = os.path.join(site, HOOK)
        line = hook_line(state=stage.root, script=program, hook=place)
        hooks[stage.add(HOOK, line, beside=place)] = place
    return hooks


def _check_unchanged(plan: TransactionPlan, files: FileSystem) -> None:
    """Refuse if another tool changed what the plan was made from."""
    for removal in plan.removals:
        if files.look(removal.proof_path) is None or removal.proof != Hash.of(
            files.read(removal.proof_path)
        ):
            raise EnvironmentChangedError(removal.info_dir)
    for one in plan.rewrites:
        standing = files.look(one.path) is not None
        if (Hash.of(files.read(one.path)) if standing else None) != one.before:
            raise EnvironmentChangedError(one.path)


def _standing_bytecode(places: Iterable[str], files: FileSystem) -> set[str]:
    """Return the places of new bytecode where some stands: Python made it meanwhile."""
    by_folder: dict[str, list[str]] = {}
    for place in places:
        if place.endswith(".pyc"):
            by_folder.setdefault(os.path.dirname(place), []).append(place)
    return {
        place
        for folder, inside in by_folder.items()
        if files.look(folder) is not None
        for place in inside
        if files.look(place) is not None
    }


def _lasting_folders(environment: Environment) -> tuple[str, ...]:
    """Return folders that stay even when nothing is left in them."""
    scheme = environment.scheme
    folders: Iterable[str] = (
        environment.prefix,
        scheme.purelib,
        scheme.platlib,
        scheme.data,
    )
    if not scheme.scripts.startswith(scheme.purelib + os.sep):
        folders = (*folders, scheme.scripts)
    # The venv module makes an empty folder, which no distribution brought.
    series = ".".join(environment.version.split(".")[:2])
    made = os.path.join(environment.prefix, "include", f"python{series}")
    if os.path.isdir(made):
        folders = (*folders, made)
    return tuple(dict.fromkeys(map(os.path.realpath, folders)))
