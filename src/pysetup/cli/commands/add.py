"""Add requirements to a project: to its file, its lock and its environment.

Where no version is asked for, the newest that fits is chosen and becomes the lower
bound. What is required already is changed where it stands. Comments and order stay.
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
    add_system_option,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.standards.names import normalize_name
from pysetup.values import replace
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.managing.bounds import BOUNDS
from pysetup.workflows.managing.change import add_requirements
from pysetup.workflows.managing.index_pin import parse_index, pinned_context
from pysetup.workflows.managing.project_file import find_project
from pysetup.workflows.resolving.requested import read_wanted
from pysetup.workflows.solving import as_requirement


def options(parser: Parser) -> None:
    """Add the options of ``add``."""
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT")
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="add what this file asks for",
    )
    parser.add_argument(
        "-e",
        "--editable",
        dest="editables",
        action="append",
        default=[],
        metavar="DIR",
        help="add the project in this folder, importable where it stands",
    )
    parser.add_argument(
        "--bounds",
        choices=BOUNDS,
        default="lower",
        help="what to write where no version is asked for: >=, a range up to the next"
        " major release, ==, or nothing (default lower)",
    )
    parser.add_argument(
        "--index",
        metavar="[NAME=]URL",
        help="take them from this index and no other, and let the project say so",
    )
    add_dependency_options(parser)
    add_resolver_options(parser)
    add_system_option(parser)
    add_refresh_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Change the file, and let lock and environment follow."""
    project = find_project(arguments.project, context)
    wanted = read_wanted(
        arguments.requirements,
        context=context,
        files=arguments.files,
        editables=arguments.editables,
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
    )
    if not wanted.asked:
        raise BadArgumentsError("add", "nothing was named")
    context = with_options(context, wanted.options)
    pin = None
    if arguments.index is not None:
        names = [as_requirement(one).name for one in wanted.asked if not one.is_local]
        pin = parse_index(arguments.index, map(normalize_name, names), context)
        context = pinned_context(context, pin)
    with means_of(arguments, "add", context) as means:
        done = add_requirements(
            project,
            wanted,
            chosen_section(arguments),
            bounds=arguments.bounds,
            means=replace(means, pin=pin),
        )
    return change_outcome(done, context)
