"""Installing, upgrading and removing: one command is one transaction."""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from pysetup.edges.files import LocalFiles
from pysetup.edges.signals import SignalGate
from pysetup.interchange.environment import Environment
from pysetup.phases.install.apply import Means, apply
from pysetup.phases.install.durability import DurabilityMode
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.linking import LinkMode
from pysetup.phases.install.plan import InstallPlan
from pysetup.phases.install.refusals import NotWritableError
from pysetup.phases.install.remove import RemovalPlan
from pysetup.phases.install.room import NoSpaceError
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import require_changeable
from pysetup.workflows.installing.install_plan import (
    WheelToInstall,
    open_database,
    plan_change,
)
from pysetup.workflows.installing.sources import compiler_for, opened_sources
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


@dataclass(frozen=True, slots=True)
class InstallReport:
    """What one command changed, or with ``dry_run`` would change.

    ``installed`` and ``removed`` are (name, version), ``upgraded`` are (name, old
    versions, new version); ``kept`` are changed files that were left, ``shared`` files
    that other distributions still need, ``start_up_files`` new files that run code in
    every start of the interpreter; paths are absolute.
    """

    environment: str
    installed: tuple[tuple[str, str], ...]
    upgraded: tuple[tuple[str, str, str], ...]
    removed: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    shared: tuple[str, ...]
    start_up_files: tuple[str, ...]
    plan: TransactionPlan
    dry_run: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; of the plan, with ``dry_run`` only."""
        return {
            "environment": self.environment,
            "dry_run": self.dry_run,
            "installed": [_named(*item) for item in self.installed],
            "upgraded": [
                {**_named(name, new), "old_version": old}
                for name, old, new in self.upgraded
            ],
            "removed": [_named(*item) for item in self.removed],
            "kept": list(self.kept),
            "shared": list(self.shared),
            "start_up_files": list(self.start_up_files),
            **({"plan": self.plan.to_json()} if self.dry_run else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    dry_run: bool
    compile: bool
    overwrite: bool
    force: bool
    break_system_packages: bool
    files: FileSystem


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
) -> InstallReport:
    """Install ``wheels`` and uninstall ``remove``, all of it or nothing.

    Versions that are installed are replaced; an interrupted earlier command is
    finished first. ``overwrite`` replaces files of others, ``force`` also what a
    foreign package manager installed. Raises ``PysetupError``; the environment is then
    as it was.
    """
    options = _Options(
        dry_run=dry_run,
        compile=compile,
        overwrite=overwrite,
        force=force,
        break_system_packages=break_system_packages,
        files=files,
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
    options: _Options,
) -> InstallReport:
    require_changeable(environment, break_system_packages=options.break_system_packages)
    compile_modules = compiler_for(environment, context) if options.compile else None
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(
            opened_sources(
                wheels,
                environment=environment,
                context=context,
                compile_modules=None if options.dry_run else compile_modules,
            )
        )
        for wheel in opened:
            for warning in wheel.warnings:
                context.tell(warning)

        def decide() -> TransactionPlan:
            return plan_change(
                list(zip(wheels, opened, strict=True)),
                remove,
                environment,
                overwrite=options.overwrite,
                force=options.force,
            )

        if options.dry_run:
            return _report(decide(), environment, dry_run=True)
        gate = stack.enter_context(SignalGate())
        state = held_state_folder(
            environment,
            context,
            files=options.files,
            timeout=context.settings.lock_timeout,
            lasts=lambda: gate.is_closed,
        )
        root = stack.enter_context(state)
        plan = decide()
        _tell(plan, context)
        means = Means(
            root=root,
            name=f"{context.now():%Y%m%dT%H%M%SZ}-{os.getpid()}",
            wheels={wheel.filename.filename: wheel for wheel in opened},
            files=options.files,
            compile_modules=compile_modules,
            commit_begins=gate.close,
            link_mode=cast("LinkMode", context.settings.link_mode),
            durability=cast("DurabilityMode", context.settings.durability),
            note=context.show,
        )
        if plan.installs or plan.removals:
            apply(plan, environment, means)
    return _report(plan, environment, dry_run=False)


def _tell(plan: TransactionPlan, context: Context) -> None:
    for removal in plan.removals:
        for path in removal.kept:
            context.tell(f"kept {path}: it was changed after {removal.name} came")
    for install in plan.installs:
        for path in install.start_up_files:
            context.tell(f"{install.name} runs code at every start of Python: {path}")


def _report(
    plan: TransactionPlan, environment: Environment, *, dry_run: bool
) -> InstallReport:
    old: dict[str, list[RemovalPlan]] = {}
    for removal in plan.removals:
        old.setdefault(normalize_name(removal.name), []).append(removal)
    new: dict[str, InstallPlan] = {normalize_name(p.name): p for p in plan.installs}
    return InstallReport(
        environment=environment.prefix,
        installed=tuple(
            (plan.name, plan.version) for name, plan in new.items() if name not in old
        ),
        upgraded=tuple(
            (plan.name, ", ".join(item.version for item in old[name]), plan.version)
            for name, plan in new.items()
            if name in old
        ),
        removed=tuple(
            (item.name, item.version)
            for name, items in old.items()
            for item in items
            if name not in new
        ),
        kept=tuple(path for item in plan.removals for path in item.kept),
        shared=tuple(path for item in plan.removals for path in item.shared),
        start_up_files=tuple(
            path for item in plan.installs for path in item.start_up_files
        ),
        plan=plan,
        dry_run=dry_run,
    )


def _named(name: str, version: str) -> dict[str, JSON]:
    return {"name": name, "version": version}
