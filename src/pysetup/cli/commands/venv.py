"""Create an environment, without pip and without starting an interpreter twice."""

import argparse
from pathlib import Path

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import create_environment


def options(parser: Parser) -> None:
    """Add the sub-commands of ``venv``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create an environment")
    create.add_argument("folder", nargs="?", default=".venv", metavar="DIR")
    create.add_argument("--python", metavar="PY", help="for this interpreter")
    create.add_argument("--prompt", help="name shown by shells that activate it")
    create.add_argument(
        "--clear", action="store_true", help="replace an environment that is there"
    )
    create.add_argument(
        "--system-site-packages",
        action="store_true",
        help="let it see the packages of the Python it is made of",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Create the environment and say which Python it has."""
    environment = create_environment(
        Path(arguments.folder),
        context,
        python=arguments.python,
        prompt=arguments.prompt,
        clear=arguments.clear,
        system_site_packages=arguments.system_site_packages,
    )
    text = f"{environment.prefix} (Python {environment.version})\n"
    return Outcome(environment.to_json(), text, environment=described(environment))
