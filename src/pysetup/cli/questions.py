"""Questions to the user: asked on a terminal, on standard error, or answered before."""

import argparse
import sys

from pysetup.cli.output import printable
from pysetup.cli.parser import Parser
from pysetup.values import replace
from pysetup.workflows.context import Context

_YES = ("y", "yes")


def add_yes_option(parser: Parser) -> None:
    """Add the option that answers every question."""
    parser.add_argument(
        "-y", "--yes", action="store_true", help="ask nothing, and agree to it"
    )


def with_questions(context: Context, arguments: argparse.Namespace) -> Context:
    """Return ``context`` with somebody to ask: the user, or ``--yes``."""
    if arguments.yes:
        return replace(context, agree=_agreed)
    if getattr(arguments, "no_input", False):
        return context
    if arguments.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return context
    return replace(context, agree=_ask)


def _agreed(_: str) -> bool:
    return True


def _ask(question: str) -> bool:
    sys.stderr.write(f"{printable(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in _YES
