"""Installing, upgrading and removing: one command is one transaction."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from pysetup.edges.files import LocalFiles
from pysetup.edges.signals import SignalGate
from pysetup.interchange.environment import Environment
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.apply import Means, apply
from pysetup.phases.install.bytecode import CompileModules
from pysetup.phases.install.durability import DurabilityMode
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.generations import anchored, shown_generation
from pysetup.phases.install.handlers.tasks import needs_plugin
from pysetup.phases.install.linking import LinkMode
from pysetup.phases.install.refusals import NotWritableError
from pysetup.phases.install.room import NoSpaceError
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.installing.environment import (
    ExternallyManagedError,
    require_changeable,
)
from pysetup.workflows.installing.generations import (
    next_generation,
    settled,
    tidy_generations,
    wants_generations,
)
from pysetup.workflows.installing.history import (
    FORWARD,
    GoingBack,
    finish_note,
    note_change,
)
from pysetup.workflows.installing.install_plan import (
    WheelToInstall,
    open_database,
    plan_change,
)
from pysetup.workflows.installing.install_report import InstallReport, report_of
from pysetup.workflows.installing.keeping import Decision, keep_hook
from pysetup.workflows.installing.kept_plan import KeptPlan
from pysetup.workflows.installing.linked import (
    expand,
    install_linked,
    linked_places,
    real_folders,
)
from pysetup.workflows.installing.ownership import note_ownership
from pysetup.workflows.installing.sources import compiler_for, opened_sources
from pysetup.workflows.installing.start_up_policy import (
    refuse_denied,
    settle_start_up_code,
)
from pysetup.workflows.installing.state_folder import (
    finish_interrupted,
    held_state_folder,
)

__all__ = [
    "InstallReport",
    "WheelToInstall",
    "install_wheels",
    "open_database",
    "recover_environment",
    "uninstall",
]

_FILES = LocalFiles()

# A wheel with its files; and what looks at all of them before anything is changed.
Opened = tuple[WheelToInstall, WheelSource]
Look = Callable[[Sequence[Opened]], None]


def _do_not_look(_: Sequence[Opened]) -> None:
    """Look at nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a change is carried out: the options of ``install_wheels``."""

    dry_run: bool = False
    compile: bool = True
    overwrite: bool = False
    force: bool = False
    break_system_packages: bool = False
    files: FileSystem = _FILES
    look: Look = _do_not_look


def install_wheels(  # noqa: PLR0913 - the options of the command line
    wheels: Sequence[WheelToInstall],
    *,
    environment: Environment,
    context: Context,
    remove: Sequence[str] = (),
    dry_run: bool = False,
    compile: bool = True,  # noqa: A002 - the option is spelled so
    overwrite: bool = False,
    force: bool = False,
    break_system_packages: bool = False,
    files: FileSystem = _FILES,
    look: Look = _do_not_look,
) -> InstallReport:
    """Install ``wheels`` and uninstall ``remove``, all of it or nothing.

    Versions that are installed are replaced; an interrupted earlier command is
    finished first. ``overwrite`` replaces files of others, ``force`` also what a
    foreign package manager installed; ``look`` gets the wheels, with their files,
    before anything is changed. Raises ``PysetupError``; the environment is then as it
    was.
    """
    options = Options(
        dry_run=dry_run,
        compile=compile,
        overwrite=overwrite,
        force=force,
        break_system_packages=break_system_packages,
        files=files,
        look=look,
    )
    return _change(wheels, remove, environment, context, options)


def uninstall(
    names: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    force: bool = False,
    dry_run: bool = False,
    break_system_packages: bool = False,
) -> InstallReport:
    """Uninstall ``names``, all or none; raises ``PysetupError``."""
    return install_wheels(
        (),
        environment=environment,
        context=context,
        remove=names,
        force=force,
        dry_run=dry_run,
        break_system_packages=break_system_packages,
    )


def recover_environment(environment: Environment, context: Context) -> None:
    """Finish what an interrupted command left, if it left anything.

    Commands that only read call it before they read; nothing is written when there is
    nothing to finish. Who may not write is told so, and may read on.
    """
    try:
        finish_interrupted(environment, context, timeout=context.settings.lock_timeout)
    except (NotWritableError, NoSpaceError) as error:
        context.tell(f"an interrupted earlier command was not finished: {error}")


def _change(
    wheels: Sequence[WheelToInstall],
    remove: Sequence[str],
    environment: Environment,
    context: Context,
    options: Options,
) -> InstallReport:
    def decide(opened: Sequence[WheelSource], where: Environment) -> TransactionPlan:
        database = open_database(where)
        plan = plan_change(
            list(zip(wheels, opened, strict=True)),
            remove,
            where,
            overwrite=options.overwrite,
            force=options.force,
            resolve=real_folders(linked_places(where, context)),
            database=database,
        )
        if not options.dry_run:
            database.keep_costly_index()
        return plan

    return carry_out(wheels, decide, environment, context, options)


def carry_out(
    wheels: Sequence[WheelToInstall],
    decide: Callable[[Sequence[WheelSource], Environment], TransactionPlan],
    environment: Environment,
    context: Context,
    options: Options,
    *,
    back: GoingBack = FORWARD,
) -> InstallReport:
    """Do what ``decide`` says of the opened ``wheels``, once the environment is held.

    ``back`` is what the change takes back of earlier ones. Raises ``PysetupError``; the
    environment is then as it was.
    """
    _check_changeable(environment, context, options)
    compile_modules = compiler_for(environment, context) if options.compile else None
    with contextlib.ExitStack() as stack:
        compiling = None if options.dry_run else compile_modules
        opened = _opened(wheels, environment, context, compiling, stack)
        for wheel in opened:
            for warning in wheel.warnings:
                context.tell(warning)

        options.look(list(zip(wheels, opened, strict=True)))
        if options.dry_run:
            wants_generations(environment, context)
            plan = decide(opened, environment)
            refuse_denied(plan.installs, context)
            return report_of(plan, environment, dry_run=True)
        gate = stack.enter_context(SignalGate())
        state = held_state_folder(
            environment,
            context,
            files=options.files,
            timeout=context.settings.lock_timeout,
            lasts=lambda: gate.is_closed,
        )
        root = stack.enter_context(state)
        if context.memory is not None and not context.memory.question.world.stands():
            context.memory.spoil()  # another command was done before this one's turn
        expand(opened, environment, context)
        environment = anchored(environment)
        plan = decide(opened, environment)
        context.observer.plan(report_of(plan, environment, dry_run=False).changes)
        _tell(plan, context)
        means = Means(
            root=root,
            name=f"{context.now():%Y%m%dT%H%M%SZ}-{os.getpid()}",
            wheels={
                **{wheel.filename.filename: wheel for wheel in opened},
                **{source.key: source for source in back.sources},
            },
            files=options.files,
            compile_modules=compile_modules,
            commit_begins=gate.close,
            link_mode=cast("LinkMode", context.settings.link_mode),
            durability=cast("DurabilityMode", context.settings.durability),
            note=context.show,
        )
        found = {wheel.filename.filename: wheel for wheel in opened}
        kept: KeptPlan | None = None
        if plan.installs or plan.removals:
            with _acting(plan, context):
                plan, environment, kept = _apply_noted(
                    plan,
                    lambda where: decide(opened, where),
                    environment,
                    context,
                    means,
                    back,
                )
            keep_hook(context.settings.cache_dir)
        _remember(Decision(plan, found, environment, kept), context)
    return report_of(plan, environment, dry_run=False)


def _apply_noted(
    plan: TransactionPlan,
    decide: Callable[[Environment], TransactionPlan],
    environment: Environment,
    context: Context,
    means: Means,
    back: GoingBack,
) -> tuple[TransactionPlan, Environment, KeptPlan | None]:
    """Carry ``plan`` out with its entry in the history; return it as it was done.

    The plan is returned in the form that is kept as well, if it was carried out in
    that. Where the environment is begun in generations, or ended, it has to be decided
    anew.
    """
    settling = settled(environment, context, means)
    if settling != environment:
        environment = settling
        plan = decide(environment)
    generation, numbers = next_generation(environment, context)
    note = note_change(
        plan,
        environment,
        context,
        root=means.root,
        files=means.files,
        generation=numbers,
        back=back,
    )
    means = replace(means, state=note.state, keep=note.keep, generation=generation)
    kept: KeptPlan | None = None
    if means.link_mode == "symlink" and generation is None:
        kept = install_linked(
            plan, means.wheels, environment, context, state=note.state
        )
    if kept is not None:
        means.commit_begins()
    else:
        apply(plan, environment, means)
    finish_note(note, context, root=means.root, files=means.files, back=back)
    tidy_generations(environment, context, means)
    if back.sources:
        _doubt(plan)
    if kept is None and generation is None:
        known = replace(plan, installs=()) if back.sources else plan
        note_ownership(known, environment)
    return plan, environment, kept


def _doubt(plan: TransactionPlan) -> None:
    """Let an uninstall read every file, whatever its time says.

    What undo brings back from kept files may be as the user had changed it, long before
    this RECORD was written.
    """
    for install in plan.installs:
        with contextlib.suppress(OSError):
            os.utime(install.record_path, (0, 0))


def _remember(decision: Decision, context: Context) -> None:
    """Let the same command be answered from memory, if nothing else decided it."""
    memory = context.memory
    if memory is None or shown_generation(decision.environment) is not None:
        return
    if any(needs_plugin(wheel.metadata) for wheel in decision.sources.values()):
        memory.spoil()  # the plug-in may be another one tomorrow
    if context.settings.startup_hooks == "ask":
        memory.spoil()  # and so may be the answer
    memory.note(decision)


def _opened(
    wheels: Sequence[WheelToInstall],
    environment: Environment,
    context: Context,
    compile_modules: CompileModules | None,
    stack: contextlib.ExitStack,
) -> list[WheelSource]:
    if not wheels:
        return []
    with stage(context.observer, "prepare") as running:
        running.count = len(wheels)
        return stack.enter_context(
            opened_sources(
                wheels,
                environment=environment,
                context=context,
                compile_modules=compile_modules,
            )
        )


def _check_changeable(
    environment: Environment, context: Context, options: Options
) -> None:
    """Refuse an environment that must not be changed; a dry run only tells."""
    try:
        require_changeable(
            environment, break_system_packages=options.break_system_packages
        )
    except ExternallyManagedError as error:
        if not options.dry_run:
            raise
        context.tell(f"note: without --dry-run this is refused: {error.message}")


@contextlib.contextmanager
def _acting(plan: TransactionPlan, context: Context) -> Iterator[None]:
    name = "install" if plan.installs else "uninstall"
    with stage(context.observer, name) as running:
        running.count = len(plan.installs or plan.removals)
        yield


def _tell(plan: TransactionPlan, context: Context) -> None:
    for removal in plan.removals:
        for path in removal.kept:
            context.tell(f"kept {path}: it was changed after {removal.name} came")
    settle_start_up_code(plan.installs, context)
