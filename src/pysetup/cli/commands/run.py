"""Run a command of an environment; the exit code is the command's own.

A command is a console script, a Python file, python itself, or a program on PATH.
Without an environment, one is created as .venv here.
"""

import argparse

from pysetup.cli.command import BadArgumentsError, Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.workflows.context import Context
from pysetup.workflows.run import run_command
from pysetup.workflows.stale import tell_stale


def options(parser: Parser) -> None:
    """Add the options of ``run``; what follows the command is its own."""
    add_environment_options(parser)
    parser.add_argument("words", nargs="*", metavar="COMMAND [ARGS]")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Become the command; does not return when it could be started."""
    if not arguments.words:
        raise BadArgumentsError("run", "name a command")
    name, *rest = arguments.words
    environment = chosen_environment(arguments, context, create=True)
    tell_stale(environment, context)
    run_command(name, rest, environment=environment, context=context)
