"""Compare installed files with RECORD: every byte is read."""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import (
    find_installed,
    read_environment,
    verify_files,
)


def options(parser: Parser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="all, if none is given"
    )
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Name each file that is missing or changed; exit code 1 if there is one."""
    environment = chosen_environment(arguments, context)
    find_installed(arguments.names, environment=environment, context=context)
    database = read_environment(environment, context)
    damaged, unknown = verify_files(database, arguments.names)
    text = "".join(f"{one.name}: {one.state}: {one.path}\n" for one in damaged)
    whole = not damaged and not unknown
    return Outcome(
        {"damaged": [one.to_json() for one in damaged]},
        text or ("" if unknown else "Every file is as its RECORD says.\n"),
        exit_code=0 if whole else 1,
        environment=described(environment),
        errors=unknown,
    )
