"""Remove distributions: all that were named, or none."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack

from pysetup.cli.changes import changes_outcome, paths_outcome
from pysetup.cli.environments import (
    add_environment_options,
    add_place_options,
    chosen_place,
)
from pysetup.cli.options import add_change_options, add_timings_option
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.pip_options import (
    add_break_option,
    add_pip_options,
    add_root_user_option,
)
from pysetup.standards.names import normalize_name
from pysetup.workflows.context import Context
from pysetup.workflows.dry_run import nothing_left
from pysetup.workflows.installing.install import uninstall
from pysetup.workflows.installing.orphans import with_orphans
from pysetup.workflows.resolving.requested import read_wanted


def options(parser: Parser) -> None:
    """Add the options of ``uninstall``."""
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="also the projects that this file names",
    )
    parser.add_argument(
        "-y", "--yes", action="store_true", help="accepted for pip's sake: nothing asks"
    )
    parser.add_argument(
        "--orphans", action="store_true", help="also what nothing needs then"
    )
    parser.add_argument(
        "--force", action="store_true", help="also what another tool installed"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    add_break_option(parser)
    add_timings_option(parser)
    add_environment_options(parser)
    add_place_options(parser)
    add_change_options(parser)
    add_root_user_option(parser)
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Remove them in one transaction."""
    with ExitStack() as stack:
        if arguments.dry_run:
            context = stack.enter_context(nothing_left(context))
        names: Sequence[str] = asked_names(arguments, context)
        environment = chosen_place(arguments, context)
        if arguments.orphans:
            names = with_orphans(names, environment=environment, context=context)
        report = uninstall(
            names,
            environment=environment,
            context=context,
            dry_run=arguments.dry_run,
            force=arguments.force,
            break_system_packages=arguments.break_system_packages,
        )
    if arguments.dry_run and arguments.verbose:
        return paths_outcome(report, environment, compiled=False)
    return changes_outcome(report, environment)


def asked_names(arguments: argparse.Namespace, context: Context) -> list[str]:
    """Return what to remove: the names given, and those in the files.

    Raises ``BadArgumentsError`` where nothing is named.
    """
    names: dict[str, str] = {normalize_name(name): name for name in arguments.names}
    for one in read_wanted((), context=context, files=arguments.files).asked:
        if one.requirement is not None:
            names.setdefault(normalize_name(one.requirement.name), one.requirement.name)
    if not names:
        raise BadArgumentsError("uninstall", "nothing was named")
    return list(names.values())
