"""Going back by one link, in an environment that is kept in generations."""

import os
from collections.abc import Sequence

from pysetup.edges.signals import SignalGate
from pysetup.interchange.environment import Environment
from pysetup.phases.install.apply import Means
from pysetup.phases.install.generations import anchored
from pysetup.phases.install.history import Change, Entry, Reversal, State
from pysetup.phases.install.history_states import installed_state
from pysetup.phases.install.transaction import TransactionPlan
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import require_changeable
from pysetup.workflows.installing.generations import (
    generation_before,
    show_again,
    tidy_generations,
)
from pysetup.workflows.installing.history import note_entry, read_history
from pysetup.workflows.installing.install import (
    InstallReport,
    Options,
    open_database,
)
from pysetup.workflows.installing.state_folder import held_state_folder


def show_before(
    entries: Sequence[Entry],
    wanted: Sequence[Reversal],
    environment: Environment,
    context: Context,
    options: Options,
) -> InstallReport | None:
    """Show the generation from before ``entries`` again, and say what that changes.

    None where the link alone cannot do it; nothing has happened then.
    """
    number = entries[0].number
    history = read_history(environment)
    if list(history.since(number)) != list(entries):
        return None
    if generation_before(history, number, environment, context) is None:
        return None
    report = _report(wanted, environment, dry_run=options.dry_run)
    if options.dry_run:
        return report
    require_changeable(environment, break_system_packages=options.break_system_packages)
    files = options.files
    with (
        SignalGate() as gate,
        held_state_folder(
            environment, context, files=files, timeout=context.settings.lock_timeout
        ) as root,
    ):
        history = read_history(environment)
        found = generation_before(history, number, environment, context)
        if found is None or list(history.since(number)) != list(entries):
            return None
        shown, older = found
        environment = anchored(environment)
        note = note_entry(
            [
                Change(one.name, _now(one.name, environment), one.wanted)
                for one in wanted
            ],
            context,
            root=root,
            files=files,
            undoes=tuple(entry.number for entry in entries),
            generation=(shown.number, older),
        )
        means = Means(
            root=root,
            name=f"{context.now():%Y%m%dT%H%M%SZ}-{os.getpid()}",
            wheels={},
            files=files,
            compile_modules=None,
            commit_begins=gate.close,
            state=note.state if context.command else {},
        )
        show_again(shown, older, means)
        tidy_generations(environment, context, means)
    return report


def _now(name: str, environment: Environment) -> State | None:
    found = open_database(environment).find(name)
    if found is None:
        return None
    return installed_state(found.info_dir, str(found.metadata.version))


def _report(
    wanted: Sequence[Reversal], environment: Environment, *, dry_run: bool
) -> InstallReport:
    pairs = [(one.name, one.left, one.wanted) for one in wanted]
    return InstallReport(
        environment=environment.prefix,
        installed=tuple((n, new.version) for n, old, new in pairs if new and not old),
        upgraded=tuple(
            (name, old.version, new.version) for name, old, new in pairs if new and old
        ),
        removed=tuple((n, old.version) for n, old, new in pairs if old and not new),
        kept=(),
        shared=(),
        start_up_files=(),
        plan=TransactionPlan((), (), frozenset()),
        dry_run=dry_run,
    )
