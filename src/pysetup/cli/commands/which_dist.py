"""Say which distribution owns a file, a module or a command.

A word may be a path (absolute, or from here, from site-packages or from the
environment's folder), a module (``yaml.loader``) or a command (``black``).
"""

import argparse

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.errors import PysetupError
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.which_dist import NoOwnerError, Owned, find_owners


def options(parser: Parser) -> None:
    """Add the options of ``which-dist``."""
    parser.add_argument("words", nargs="+", metavar="PATH|MODULE|COMMAND")
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Name the owners of each word; exit code 1 if one has none."""
    environment = chosen_environment(arguments, context)
    database = read_environment(environment, context)
    results: list[JSON] = []
    lines: list[str] = []
    unknown: list[PysetupError] = []
    for word in arguments.words:
        try:
            found = find_owners(
                word,
                database=database,
                environment=environment,
                directory=context.directory,
            )
        except NoOwnerError as error:
            found = ()
            unknown.append(error)
        results.append({"asked": word, "found": [one.to_json() for one in found]})
        several = len(arguments.words) > 1
        lines += [f"{word}: {_line(one)}" if several else _line(one) for one in found]
    database.index.keep()
    return Outcome(
        results,
        "".join(f"{line}\n" for line in lines),
        exit_code=1 if unknown else 0,
        environment=described(environment),
        errors=tuple(unknown),
    )


def _line(one: Owned) -> str:
    return f"{', '.join(one.owners)}  ({one.kind} {one.path})"
