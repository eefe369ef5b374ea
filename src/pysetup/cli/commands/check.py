"""Check that the requirements of what is installed hold."""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.options import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import check_requirements, read_environment


def options(parser: Parser) -> None:
    """Add the options of ``check``."""
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Name each requirement that does not hold; exit code 1 if there is one."""
    environment = chosen_environment(arguments, context)
    database = read_environment(environment, context)
    broken = check_requirements(database, environment)
    text = "".join(f"{one}\n" for one in broken) or "No broken requirements.\n"
    return Outcome(
        {"broken": [one.to_json() for one in broken]},
        text,
        exit_code=1 if broken else 0,
        environment=described(environment),
    )
