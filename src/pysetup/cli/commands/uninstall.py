"""Remove distributions: all that were named, or none."""

import argparse
from contextlib import ExitStack

from pysetup.cli.changes import changes_outcome, paths_outcome
from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_change_options, add_timings_option
from pysetup.cli.output import Outcome
from pysetup.workflows.context import Context
from pysetup.workflows.dry_run import nothing_left
from pysetup.workflows.installing.install import uninstall
from pysetup.workflows.installing.orphans import with_orphans


def options(parser: Parser) -> None:
    """Add the options of ``uninstall``."""
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument(
        "-y", "--yes", action="store_true", help="accepted for pip's sake: nothing asks"
    )
    parser.add_argument(
        "--orphans", action="store_true", help="also what nothing needs then"
    )
    parser.add_argument(
        "--force", action="store_true", help="also what another tool installed"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    parser.add_argument("--break-system-packages", action="store_true")
    add_timings_option(parser)
    add_environment_options(parser)
    add_change_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Remove them in one transaction."""
    with ExitStack() as stack:
        if arguments.dry_run:
            context = stack.enter_context(nothing_left(context))
        environment = chosen_environment(arguments, context)
        names = arguments.names
        if arguments.orphans:
            names = with_orphans(names, environment=environment, context=context)
        report = uninstall(
            names,
            environment=environment,
            context=context,
            dry_run=arguments.dry_run,
            force=arguments.force,
            break_system_packages=arguments.break_system_packages,
        )
    if arguments.dry_run and arguments.verbose:
        return paths_outcome(report, environment, compiled=False)
    return changes_outcome(report, environment)
