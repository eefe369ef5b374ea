"""Show the chain of digests of one document, from source to environment.

The subject is an installed name, a wheel or an sdist; the sdist of a wheel may stand
beside it. Exit code 5 if a stop changed
what the one before it does not declare dynamic.
"""

import argparse

from pysetup.cli.chains import chain_outcome
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.trace import trace


def options(parser: Parser) -> None:
    """Add the options of ``trace``."""
    parser.add_argument("subject", metavar="NAME|FILE")
    parser.add_argument("--source", metavar="DIR", help="its project folder")
    parser.add_argument(
        "--sdist",
        metavar="FILE",
        help="its sdist (else the one beside the wheel, else that of the index)",
    )
    add_environment_options(parser)
    add_build_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Show the chain."""
    is_file = context.path(arguments.subject).is_file()
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
    ) as how:
        chain = trace(
            arguments.subject,
            context=context,
            building=how,
            environment=None if is_file else chosen_environment(arguments, context),
            source=context.path(arguments.source).resolve()
            if arguments.source
            else None,
            sdist=context.path(arguments.sdist) if arguments.sdist else None,
        )
    return chain_outcome(chain)
