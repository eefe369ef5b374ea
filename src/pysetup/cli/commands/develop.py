"""Make a project importable where it stands (an editable installation).

Without an environment, one is created as .venv in the project.
"""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.options import (
    add_build_options,
    add_environment_options,
    add_index_options,
    add_resolver_options,
    chosen_environment,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.shown import change_text, described
from pysetup.workflows.context import Context
from pysetup.workflows.isolation import building
from pysetup.workflows.provision import Choice, install
from pysetup.workflows.resolving.requested import read_wanted


def options(parser: Parser) -> None:
    """Add the options of ``develop``."""
    parser.add_argument(
        "project", nargs="?", default=".", metavar="DIR", help="DIR[extra] for extras"
    )
    add_environment_options(parser)
    add_resolver_options(parser)
    parser.add_argument(
        "--no-deps", action="store_true", help="nothing but the project itself"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    add_build_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Install the project editable, with what it requires."""
    wanted = read_wanted(
        (),
        context=context,
        editables=[arguments.project],
        constraint_files=arguments.constraint_files,
    )
    environment = chosen_environment(arguments, context, create=True)
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
    ) as how:
        report = install(
            wanted,
            environment=environment,
            context=context,
            building=how,
            choice=Choice(deps=not arguments.no_deps, strategy=arguments.resolution),
            dry_run=arguments.dry_run,
        )
    return Outcome(
        report.to_json(), change_text(report), environment=described(environment)
    )
