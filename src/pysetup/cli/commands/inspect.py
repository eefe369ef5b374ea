"""Print what is installed, in full, as the report of pip's ``inspect`` (version 1).

With ``--json`` the report is the result of the envelope.
"""

import argparse
import json

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.filters import add_folder_options, chosen_filters
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.pip_options import add_pip_options
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.report import inspect_report, wheel_tags
from pysetup.workflows.installing.selection import looked_at


def options(parser: Parser) -> None:
    """Add the options of ``inspect``."""
    add_environment_options(parser)
    add_folder_options(parser)
    parser.add_argument(
        "--tags",
        action="store_true",
        help="also the tags of wheels that fit, for  download --target-of",
    )
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Print the report."""
    environment = chosen_environment(arguments, context)
    place = looked_at(environment, chosen_filters(arguments), context)
    database = read_environment(place, context)
    report = inspect_report(database, environment)
    if arguments.tags:
        report |= wheel_tags(environment)
    text = json.dumps(report, indent=2, default=dict) + "\n"
    return Outcome(report, text, environment=described(environment))
