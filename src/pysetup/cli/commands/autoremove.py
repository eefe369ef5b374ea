"""Remove what nobody asked for and nothing needs any more.

What was asked for is told by REQUESTED, with its extras. What another tool installed
that tells no reasons (the operating system's, conda, an old installer) always stays.
"""

import argparse

from pysetup.cli.changes import change_text
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.orphans import remove_orphans


def options(parser: Parser) -> None:
    """Add the options of ``autoremove``."""
    parser.add_argument(
        "-y", "--yes", action="store_true", help="accepted for apt's sake: nothing asks"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    parser.add_argument("--break-system-packages", action="store_true")
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Remove them in one transaction."""
    environment = chosen_environment(arguments, context)
    report = remove_orphans(
        environment=environment,
        context=context,
        dry_run=arguments.dry_run,
        break_system_packages=arguments.break_system_packages,
    )
    return Outcome(
        report.to_json(), change_text(report), environment=described(environment)
    )
