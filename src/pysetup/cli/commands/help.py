"""Help on a command: the same text as its ``--help``."""

import argparse

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser, UnknownCommandError, make_parser
from pysetup.cli.table import help_text, is_command
from pysetup.workflows.context import Context


def options(parser: Parser) -> None:
    """Add the options of ``help``."""
    parser.add_argument("command", nargs="?", metavar="COMMAND")


def run(arguments: argparse.Namespace, _context: Context) -> Outcome:
    """Show the map of commands, or the help of one."""
    if not arguments.command:
        text = help_text()
    elif is_command(arguments.command):
        text = make_parser(arguments.command).format_help()
    else:
        raise UnknownCommandError(arguments.command)
    return Outcome({"text": text}, text)
