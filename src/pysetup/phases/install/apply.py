"""Carrying out a transaction: checked, staged, committed, tidied up.

Whatever happens, the environment ends as it was or as it was to be.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import FileSource
from pysetup.phases.install.bytecode import CompileModules, Module
from pysetup.phases.install.commit import Beside, carry, commit
from pysetup.phases.install.durability import (
    Durability,
    DurabilityMode,
    durability,
)
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.generations import Generation
from pysetup.phases.install.journal import Journal, journal_path
from pysetup.phases.install.linking import Linker, LinkMode
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.recovery import discard, tidy_up
from pysetup.phases.install.refusals import (
    NotDurableError,
    NotWritableError,
    refusal,
    told,
)
from pysetup.phases.install.room import check_space
from pysetup.phases.install.stage import (
    STAGE_PREFIX,
    Stage,
    modules_of,
    stage_bytecode,
    stage_files,
    stage_record,
)
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What carrying out a transaction takes.

    ``root`` is the environment's state folder, which the caller has locked; ``name``
    names the transaction; ``wheels`` are the wheels by file name; without
    ``compile_modules`` no bytecode is made; ``commit_begins`` is called once, right
    before the first change can be seen; ``link_mode`` says how stored files come in,
    ``durability`` whether a loss of power is survived, and ``note`` takes one line for
    who wants to know all. ``state`` are files of the state folder that change together
    with the environment: path -> new content. ``keep`` is what outlives the transaction
    of what it removes: place -> where it goes, on the same file system. With
    ``generation`` the change makes the one that follows it.
    """

    root: str
    name: str
    wheels: Mapping[str, FileSource]
    files: FileSystem
    compile_modules: CompileModules | None
    commit_begins: Callable[[], None]
    link_mode: LinkMode = "auto"
    durability: DurabilityMode = "durable"
    note: Callable[[str], None] = lambda _: None
    state: Mapping[str, bytes] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    generation: Generation | None = None


def apply(plan: TransactionPlan, environment: Environment, means: Means) -> None:
    """Change the environment as ``plan`` says, whole or not at all.

    Raises ``EnvironmentRefusedError`` or ``IntegrityError``; the environment is then
    as it was, except after ``UnfinishedChangeError`` and ``NotDurableError``.
    """
    root, files = means.root, means.files
    compiled = means.compile_modules is not None
    waits = durability(means.durability, files)
    with _taken_back(environment.prefix, means, _sites(environment)):
        linked = [one.wheel for one in plan.installs if _will_be_linked(one, means)]
        check_space(plan, root, files=files, compiled=compiled, linked=linked)
        _check_writable(plan, files)
        linker = Linker(means.link_mode, files, means.note)
        stage = Stage(root, means.name, files=files, linker=linker)
        _stage_everything(stage, plan, environment, means)
        commit(
            stage,
            plan,
            environment,
            files=files,
            durability=waits,
            begins=means.commit_begins,
            beside=Beside(means.state, means.keep, means.generation),
        )
    _end(waits, stage)


def rearrange(make: Callable[[Stage], Journal], prefix: str, means: Means) -> None:
    """Do the moves that ``make`` stages and returns, all or none; raises as ``apply``.

    They are not those of a plan, but show the same distributions in another way.
    """
    files = means.files
    waits = durability(means.durability, files)
    with _taken_back(prefix, means, ()):
        linker = Linker(means.link_mode, files, means.note)
        stage = Stage(means.root, means.name, files=files, linker=linker)
        for place, content in means.state.items():
            stage.write(place, [content], executable=False)
        journal = make(stage)
        carry(journal, stage, files=files, durability=waits, begins=means.commit_begins)
    _end(waits, stage)


@contextlib.contextmanager
def _taken_back(prefix: str, means: Means, sites: Sequence[str]) -> Iterator[None]:
    """Leave no stage behind; turn what the system refuses into our errors."""
    root, files = means.root, means.files
    try:
        yield
    except BaseException as error:
        with contextlib.suppress(OSError, PysetupError):
            if files.look(journal_path(root)) is None:
                discard(root, files=files, sites=sites)
        if isinstance(error, OSError):
            raise refusal(error, prefix) from error
        raise
    stage = os.path.join(root, STAGE_PREFIX + means.name)
    tidy_up(root, (stage,), files=files, sites=sites)


def _end(waits: Durability, stage: Stage) -> None:
    try:
        waits.ended(stage.root, stage.folders)
    except OSError as error:
        raise NotDurableError(*told(error, stage.root)) from error


def _stage_everything(
    stage: Stage, plan: TransactionPlan, environment: Environment, means: Means
) -> None:
    for install in plan.installs:
        stage_files(stage, install, means.wheels[install.wheel])
    bytecode = _stage_bytecode(stage, plan, environment, means)
    for install in plan.installs:
        stage_record(stage, install, bytecode.get(install.wheel, ()))
    for one in plan.rewrites:
        if one.content is not None:
            stage.write(one.path, [one.content], executable=False)
    for place, content in means.state.items():
        stage.write(place, [content], executable=False)
    if means.generation is None:
        stage.make_slots(plan.gone)
    else:
        means.generation.keep(stage, means.keep, means.files)
        means.generation.complete(stage, plan, means.files)


def _stage_bytecode(
    stage: Stage, plan: TransactionPlan, environment: Environment, means: Means
) -> dict[str, list[str]]:
    """Bring in or make bytecode; return its places by wheel."""
    sites = _sites(environment)
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


def _sites(environment: Environment) -> tuple[str, ...]:
    scheme = environment.scheme
    return tuple(map(os.path.realpath, (scheme.purelib, scheme.platlib)))
