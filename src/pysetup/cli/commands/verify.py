"""Compare installed files with RECORD: every byte is read."""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.phases.install.database import InstalledDatabase
from pysetup.standards.names import normalize_name
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import (
    find_installed,
    read_environment,
    verify_files,
)
from pysetup.workflows.installing.start_up_code import find_start_up_code


def options(parser: Parser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="all, if none is given"
    )
    add_environment_options(parser)
    parser.add_argument(
        "--hooks",
        action="store_true",
        help="list the code that runs at every start of Python, and whose it is",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Name each file that is missing or changed; exit code 1 if there is one."""
    environment = chosen_environment(arguments, context)
    find_installed(arguments.names, environment=environment, context=context)
    database = read_environment(environment, context)
    if arguments.hooks:
        return _hooks(arguments.names, database, environment)
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


def _hooks(
    names: list[str], database: InstalledDatabase, environment: Environment
) -> Outcome:
    """List the start-up code; of the named distributions alone, if any are named."""
    wanted = set(map(normalize_name, names))
    found = [
        one
        for one in find_start_up_code(database, environment)
        if not wanted or wanted & set(map(normalize_name, one.owners))
    ]
    text = "".join(
        f"{', '.join(one.owners) or 'nobody'}: {one.path}"
        f"{f':{one.number}' if one.number else ''}: {one.text}\n"
        for one in found
    )
    return Outcome(
        {"hooks": [one.to_json() for one in found]},
        text or "No code runs at the start of Python.\n",
        environment=described(environment),
    )
