"""Carrying out a transaction, and finishing one that was interrupted.

Whatever happens, the environment ends as it was or as it was to be.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pysetup.errors import EnvironmentRefusedError, PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.bytecode import CompileModules, Module
from pysetup.phases.install.filesystem import FRESH_SUFFIX, FileSystem
from pysetup.phases.install.journal import JOURNAL, Journal, journal_path
from pysetup.phases.install.linking import Linker, LinkMode
from pysetup.phases.install.moves import EnvironmentChangedError, prunable
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.stage import (
    STAGE_PREFIX,
    STAGE_PREFIXES,
    NoSpaceError,
    Stage,
    check_space,
    modules_of,
    stage_bytecode,
    stage_files,
    stage_record,
    stages_elsewhere,
)
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.hashes import Hash

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_PERMISSION = (errno.EROFS, errno.EACCES, errno.EPERM)


class NotWritableError(EnvironmentRefusedError):
    """A folder of the environment cannot be written by this user.

    Its permissions, an immutable flag or a read-only file system forbid it. The
    environment is as it was.
    """

    code = "PS7309"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"cannot write in {path}: {reason}",
            facts={"path": path},
            hints=(
                "use an environment of your own:  pysetup venv create",
                "or run as the owner of this one",
            ),
        )
        self.path, self.reason = path, reason


class ChangeFailedError(EnvironmentRefusedError):
    """The system refused a step in the middle of a change, which was taken back.

    The environment is as it was before the command.
    """

    code = "PS7312"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the change failed and was taken back: {path}: {reason}",
            facts={"path": path},
            hints=("remove the cause and run the command again",),
        )
        self.path, self.reason = path, reason


class UnfinishedChangeError(EnvironmentRefusedError):
    """A change failed half-way, and could not be taken back either.

    The disk may be full or failing. Everything that is needed to finish is kept: the
    next pysetup command in this environment goes on from here.
    """

    code = "PS7314"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the change could neither be finished nor taken back: {path}: {reason}",
            facts={"path": path},
            hints=("remove the cause, then run any pysetup command here",),
        )
        self.path, self.reason = path, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What carrying out a transaction takes.

    ``root`` is the environment's state folder, which the caller has locked; ``name``
    names the transaction; ``wheels`` are the wheels by file name; without
    ``compile_modules`` no bytecode is made; ``commit_begins`` is called once, right
    before the first change can be seen; ``link_mode`` says how stored files come in,
    and ``note`` takes one line for who wants to know all.
    """

    root: str
    name: str
    wheels: Mapping[str, WheelSource]
    files: FileSystem
    compile_modules: CompileModules | None
    commit_begins: Callable[[], None]
    link_mode: LinkMode = "auto"
    note: Callable[[str], None] = lambda _: None


def apply(plan: TransactionPlan, environment: Environment, means: Means) -> None:
    """Change the environment as ``plan`` says, whole or not at all.

    Raises ``EnvironmentRefusedError`` or ``IntegrityError``; the environment is then
    as it was, except after ``UnfinishedChangeError``.
    """
    root, files = means.root, means.files
    compiled = means.compile_modules is not None
    try:
        linked = [one.wheel for one in plan.installs if _will_be_linked(one, means)]
        check_space(plan, root, files=files, compiled=compiled, linked=linked)
        _check_writable(plan, files)
        linker = Linker(means.link_mode, files, means.note)
        stage = Stage(root, means.name, files=files, linker=linker)
        _stage_everything(stage, plan, environment, means)
        _check_unchanged(plan, files)
        means.commit_begins()
        _commit(stage, plan, environment, means)
    except BaseException as error:
        with contextlib.suppress(OSError, PysetupError):
            if files.look(journal_path(root)) is None:
                _discard_stages(root, files)
        if isinstance(error, OSError):
            raise _refusal(error, environment.prefix) from error
        raise
    with contextlib.suppress(OSError):
        _discard_stages(root, files)


def recover(root: str, *, files: FileSystem) -> str:
    """Finish what an interrupted command left in the locked state folder ``root``.

    Returns ``finished``, ``undone``, ``discarded`` or nothing. Raises
    ``UnreadableJournalError``, ``UnfinishedChangeError`` or ``NotWritableError``.
    """
    path = journal_path(root)
    outcome = ""
    try:
        if files.look(path) is not None:
            journal = Journal.parse(files.read(path), source=path)
            outcome = "undone" if journal.undo else "finished"
            try:
                _finish(journal, root=root, files=files)
            except OSError:
                outcome = "undone"
            with contextlib.suppress(OSError):
                for folder in journal.stages:
                    _remove_stage(folder, files)
    except OSError as error:
        raise _refusal(error, root) from error
    # What cannot be removed is litter, but in nobody's way.
    with contextlib.suppress(OSError):
        if _discard_stages(root, files):
            outcome = outcome or "discarded"
    return outcome


def _stage_everything(
    stage: Stage, plan: TransactionPlan, environment: Environment, means: Means
) -> None:
    for install in plan.installs:
        stage_files(stage, install, means.wheels[install.wheel])
    bytecode = _stage_bytecode(stage, plan, environment, means)
    for install in plan.installs:
        stage_record(stage, install, bytecode.get(install.wheel, ()))
    stage.make_slots(plan.gone)
    for folder in stage.folders:
        means.files.flush(folder)


def _stage_bytecode(
    stage: Stage, plan: TransactionPlan, environment: Environment, means: Means
) -> dict[str, list[str]]:
    """Bring in or make bytecode; return its places by wheel."""
    sites = [os.path.realpath(path) for path in _sites(environment)]
    places: dict[str, list[str]] = {}
    modules: dict[str, list[Module]] = {}
    if means.compile_modules is None:
        return {}
    for install in plan.installs:
        wheel = means.wheels[install.wheel]
        if wheel.bytecode is None:
            modules[install.wheel] = modules_of(stage, install, sites)
        else:
            places[install.wheel] = stage_bytecode(
                stage, install, wheel.bytecode, folder=wheel.folder
            )
    everything = [module for found in modules.values() for module in found]
    if everything:
        means.compile_modules(everything, stage=stage.folder, files=means.files)
    for name, made in modules.items():
        places[name] = [place for one in made for place in stage.bytecode_of(one)]
    return places


def _will_be_linked(install: InstallPlan, means: Means) -> bool:
    """Tell whether the files of a stored wheel are expected to take no room."""
    if means.link_mode not in ("auto", "hardlink"):
        return False
    folder, device = means.wheels[install.wheel].folder, means.files.device
    return folder != "" and device(folder) == device(means.root)


def _check_writable(plan: TransactionPlan, files: FileSystem) -> None:
    """Refuse a folder that cannot be written, before anything is."""
    folders = {os.path.dirname(path) for path in plan.gone}
    for install in plan.installs:
        folders.update(file.path[: file.path.rfind(os.sep)] for file in install.files)
    probed: set[str] = set()
    for folder in sorted(folders):
        standing = folder
        # What is above a folder that was seen was seen as well.
        while standing not in probed and files.look(standing) is None:
            probed.add(standing)
            standing = os.path.dirname(standing)
        if standing not in probed and not files.writable(standing):
            raise NotWritableError(standing, "permission denied")
        probed.add(standing)
    for path in sorted(plan.gone):
        if files.look(path) is not None and not files.removable(path):
            raise NotWritableError(path, "it is marked as unchangeable")


def _check_unchanged(plan: TransactionPlan, files: FileSystem) -> None:
    """Refuse if another tool changed what the plan was made from."""
    for removal in plan.removals:
        if files.look(removal.proof_path) is None or removal.proof != Hash.of(
            files.read(removal.proof_path)
        ):
            raise EnvironmentChangedError(removal.info_dir)


def _commit(
    stage: Stage, plan: TransactionPlan, environment: Environment, means: Means
) -> None:
    """Write the journal, which is the point of no return, and do what it says."""
    files, path = means.files, journal_path(means.root)
    stale = _standing_bytecode(stage.places, files)
    lasting = _lasting_folders(environment)
    for whole_folders in (True, False):
        steps = stage.steps(
            plan, plan.gone | stale, lasting=lasting, whole_folders=whole_folders
        )
        journal = Journal(stage.folders, steps, prunable(steps, keep=lasting))
        try:
            files.write_durably(path, journal.to_bytes())
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                files.unlink(path)
            raise
        try:
            _finish(journal, root=means.root, files=files)
        except OSError as error:
            # Layered file systems cannot move a folder of a lower layer.
            if error.errno != errno.EXDEV or not whole_folders:
                raise
        else:
            return


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


def _finish(journal: Journal, *, root: str, files: FileSystem) -> None:
    """Do what the journal says, or undo it and raise the ``OSError`` that forced it.

    Raises ``UnfinishedChangeError`` if neither can be done.
    """
    failure: OSError | None = None
    try:
        journal.do(files)
        _flush(journal, files)
    except OSError as error:
        failure = error
    try:
        if failure is not None:
            if journal.undo:
                raise failure
            files.write_durably(journal_path(root), journal.undone().to_bytes())
            journal.undone().do(files)
            _flush(journal, files)
        files.unlink(journal_path(root))
    except OSError as error:
        raise UnfinishedChangeError(*_told(error, root)) from error
    if failure is not None:
        raise failure


def _flush(journal: Journal, files: FileSystem) -> None:
    """Make the moves survive a loss of power before the journal is forgotten."""
    for folder in journal.stages:
        files.flush(folder)


def _discard_stages(root: str, files: FileSystem) -> bool:
    """Remove every stage and every half-written journal; tell whether there was one."""
    found = False
    for name, _ in files.scan(root):
        path = os.path.join(root, name)
        if name.startswith(STAGE_PREFIX):
            for other in stages_elsewhere(path, files=files):
                _remove_stage(other, files)
            _remove_stage(path, files)
            found = True
        elif name == JOURNAL + FRESH_SUFFIX:
            files.unlink(path)
            found = True
    return found


def _remove_stage(folder: str, files: FileSystem) -> None:
    if os.path.basename(folder).startswith(STAGE_PREFIXES):
        files.remove_tree(folder)


def _sites(environment: Environment) -> Sequence[str]:
    return (environment.scheme.purelib, environment.scheme.platlib)


def _lasting_folders(environment: Environment) -> tuple[str, ...]:
    """Return folders that stay even when nothing is left in them."""
    scheme = environment.scheme
    folders: Iterable[str] = (environment.prefix, *_sites(environment), scheme.data)
    if not scheme.scripts.startswith(scheme.purelib + os.sep):
        folders = (*folders, scheme.scripts)
    # The venv module makes an empty folder, which no distribution brought.
    series = ".".join(environment.version.split(".")[:2])
    made = os.path.join(environment.prefix, "include", f"python{series}")
    if os.path.isdir(made):
        folders = (*folders, made)
    return tuple(dict.fromkeys(map(os.path.realpath, folders)))


def _refusal(error: OSError, place: str) -> EnvironmentRefusedError:
    path, reason = _told(error, place)
    if error.errno in _NO_SPACE:
        return NoSpaceError(path)
    if error.errno in _NO_PERMISSION:
        return NotWritableError(path, reason)
    return ChangeFailedError(path, reason)


def _told(error: OSError, place: str) -> tuple[str, str]:
    path = error.filename if isinstance(error.filename, str) else place
    return path, error.strerror or str(error)
