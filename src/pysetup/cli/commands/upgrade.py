"""Upgrade what is installed, in one transaction: some of it, or with --all all of it.

Everything must still fit each other afterwards; what is not named stays where it can.
"pysetup undo" takes the whole change back. Projects that are developed here, and what
came from a file or a URL, are left as they are.
"""

import argparse
from contextlib import ExitStack

from pysetup.cli.changes import changes_outcome
from pysetup.cli.choices import chosen_versions
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_change_options,
    add_index_options,
    add_lock_options,
    add_resolver_options,
    add_start_up_options,
    add_timings_option,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.questions import add_yes_option, with_questions
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.dry_run import nothing_left
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.resolving.requested import read_wanted
from pysetup.workflows.upgrade import upgrade


def options(parser: Parser) -> None:
    """Add the options of ``upgrade``."""
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "--all", action="store_true", help="all that came from an index"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    parser.add_argument(
        "--break-system-packages",
        action="store_true",
        help="change a Python that the operating system manages",
    )
    parser.set_defaults(no_deps=False)
    add_timings_option(parser)
    add_start_up_options(parser)
    add_yes_option(parser)
    add_environment_options(parser)
    add_change_options(parser)
    add_resolver_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Resolve, fetch, verify and replace."""
    if bool(arguments.names) == arguments.all:
        raise BadArgumentsError("upgrade", "give either names or --all")
    wanted = read_wanted(
        (),
        context=context,
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
    )
    with ExitStack() as stack:
        if arguments.dry_run:
            context = stack.enter_context(nothing_left(context))
        context = with_questions(with_options(context, wanted.options), arguments)
        environment = chosen_environment(arguments, context)
        how = stack.enter_context(
            building(
                context,
                isolation=arguments.isolation,
                settings=config_settings(arguments.config_settings),
                python=environment.executable,
                lock=arguments.build_lock,
            )
        )
        report = upgrade(
            None if arguments.all else arguments.names,
            wanted,
            environment=environment,
            context=context,
            building=how,
            choice=chosen_versions(arguments, "upgrade"),
            flags={
                "dry_run": arguments.dry_run,
                "break_system_packages": arguments.break_system_packages,
            },
        )
    return changes_outcome(report, environment)
