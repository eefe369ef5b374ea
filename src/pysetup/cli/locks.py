"""Installing from lock files, as several commands do it."""

import argparse
from collections.abc import Sequence

from pysetup.cli.changes import changes_outcome, paths_outcome
from pysetup.cli.options import config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.questions import with_questions
from pysetup.cli.reports import Report
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.locking.sync import OpenedLock, SyncChoice, sync


def synced(
    opened: Sequence[OpenedLock],
    environment: Environment,
    choice: SyncChoice,
    arguments: argparse.Namespace,
    context: Context,
    report: Report,
) -> Outcome:
    """Install from ``opened`` by the options that all commands of change share."""
    context = with_questions(context, arguments)
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
        lock=arguments.build_lock,
    ) as how:
        done = sync(
            opened,
            environment=environment,
            context=context,
            building=how,
            choice=choice,
            dry_run=arguments.dry_run,
            compile=arguments.compile,
            overwrite=arguments.overwrite,
            break_system_packages=arguments.break_system_packages,
            look=lambda wheels: report.write(wheels, environment),
        )
    report.show()
    if report.on_stdout:
        return Outcome(done.to_json(), report.text, environment=described(environment))
    if arguments.dry_run and arguments.verbose:
        return paths_outcome(done, environment, compiled=arguments.compile)
    return changes_outcome(done, environment)
