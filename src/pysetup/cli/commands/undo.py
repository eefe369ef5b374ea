"""Take back what pysetup changed in an environment: one transaction, like any other.

Without ID the last entry of the history that is not undone is taken back; after an
undo that is the undo itself. With ID that entry and all later ones are.
"""

import argparse

from pysetup.cli.changes import change_text
from pysetup.cli.commands.history import add_target_options
from pysetup.cli.environments import chosen_place
from pysetup.cli.options import add_change_options, add_index_options
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.install import Options
from pysetup.workflows.installing.undo import UndoReport, undo


def options(parser: Parser) -> None:
    """Add the options of ``undo``."""
    parser.add_argument("number", nargs="?", type=_number, metavar="ID")
    parser.add_argument(
        "--force",
        action="store_true",
        help="leave out what other tools changed since, or what is gone",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    parser.add_argument("--break-system-packages", action="store_true")
    add_target_options(parser)
    add_change_options(parser)
    add_index_options(parser)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an entry")
    return int(text)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Go back."""
    environment = chosen_place(arguments, context)
    report = undo(
        arguments.number,
        environment=environment,
        context=context,
        options=Options(
            dry_run=arguments.dry_run,
            force=arguments.force,
            break_system_packages=arguments.break_system_packages,
        ),
    )
    return Outcome(report.to_json(), _text(report), environment=described(environment))


def _text(report: UndoReport) -> str:
    verb = "would take" if report.changes.dry_run else "took"
    lines = [
        f"{verb} back {entry.number}: {' '.join(entry.command)}\n"
        for entry in reversed(report.entries)
    ]
    return "".join(lines) + change_text(report.changes)
