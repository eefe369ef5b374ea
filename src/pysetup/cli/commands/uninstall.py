"""Remove distributions: all that were named, or none."""

import argparse

from pysetup.cli.changes import change_text
from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_change_options
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.install import uninstall


def options(parser: Parser) -> None:
    """Add the options of ``uninstall``."""
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument(
        "-y", "--yes", action="store_true", help="accepted for pip's sake: nothing asks"
    )
    parser.add_argument(
        "--force", action="store_true", help="also what another tool installed"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    parser.add_argument("--break-system-packages", action="store_true")
    add_environment_options(parser)
    add_change_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Remove them in one transaction."""
    environment = chosen_environment(arguments, context)
    report = uninstall(
        arguments.names,
        environment=environment,
        context=context,
        dry_run=arguments.dry_run,
        force=arguments.force,
        break_system_packages=arguments.break_system_packages,
    )
    return Outcome(
        report.to_json(), change_text(report), environment=described(environment)
    )
