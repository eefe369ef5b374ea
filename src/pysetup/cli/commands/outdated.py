"""List what is installed and has a newer version, and who holds it back.

"fitting" is the newest version that everything installed allows.
"""

import argparse

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_index_options
from pysetup.cli.output import Outcome, columns
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.outdated import Outdated, find_outdated


def options(parser: Parser) -> None:
    """Add the options of ``outdated``."""
    parser.add_argument(
        "--exit-code", action="store_true", help="exit 1 if anything is outdated"
    )
    parser.add_argument(
        "--pre", action="store_const", const=True, help="count pre-releases, too"
    )
    add_environment_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Ask the indexes, and compare."""
    environment = chosen_environment(arguments, context)
    rows = find_outdated(environment, context)
    return Outcome(
        [row.to_json() for row in rows],
        _text(rows),
        exit_code=1 if rows and arguments.exit_code else 0,
        environment=described(environment),
    )


def _text(rows: tuple[Outdated, ...]) -> str:
    if not rows:
        return "Everything is the newest.\n"
    head = ("Package", "Installed", "Fitting", "Latest", "Held by")
    return columns(
        [
            head,
            *(
                (row.name, row.version, row.fitting, row.latest, "; ".join(row.held_by))
                for row in rows
            ),
        ]
    )
