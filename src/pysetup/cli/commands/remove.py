"""Take requirements out of a project: of its file, its lock and its environment.

What is installed and needed for nothing else is uninstalled with them.
"""

import argparse

from pysetup.cli.dependencies import (
    add_dependency_options,
    change_outcome,
    chosen_section,
    means_of,
)
from pysetup.cli.options import (
    add_index_options,
    add_refresh_options,
    add_resolver_options,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.context import Context
from pysetup.workflows.managing.change import remove_requirements
from pysetup.workflows.managing.project_file import find_project


def options(parser: Parser) -> None:
    """Add the options of ``remove``."""
    parser.add_argument("names", nargs="+", metavar="NAME")
    add_dependency_options(parser)
    add_resolver_options(parser)
    add_refresh_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Change the file, and let lock and environment follow."""
    project = find_project(arguments.project, context)
    # Extras and versions may stand with a name, as they do in the file.
    names = [parse_requirement(name).name for name in arguments.names]
    with means_of(arguments, "remove", context) as means:
        done = remove_requirements(
            project, names, chosen_section(arguments), means=means
        )
    return change_outcome(done, context)
