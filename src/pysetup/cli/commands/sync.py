"""Make an environment equal to a lock: nothing resolved, everything verified.

What the lock does not hold is removed, but for pip, setuptools, wheel, uv and pysetup
with what they require, and the project beside the lock where that is being developed.
"""

import argparse
from contextlib import ExitStack

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.lock_parts import add_part_options, chosen_parts
from pysetup.cli.locks import synced
from pysetup.cli.options import (
    add_build_options,
    add_change_options,
    add_index_options,
    add_lock_options,
    add_start_up_options,
    add_timings_option,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.questions import add_yes_option
from pysetup.cli.reports import Report, add_report_option
from pysetup.interchange.pylock.model import PYLOCK
from pysetup.workflows.context import Context
from pysetup.workflows.dry_run import nothing_left
from pysetup.workflows.locking.sync import SyncChoice, open_lock
from pysetup.workflows.settings import LINK_MODES


def options(parser: Parser) -> None:
    """Add the options of ``sync``."""
    parser.add_argument("locks", nargs="*", default=[PYLOCK], metavar="pylock.toml")
    add_part_options(parser)
    parser.add_argument(
        "--inexact", action="store_true", help="remove nothing that is not in the lock"
    )
    parser.add_argument(
        "--reinstall",
        "--force-reinstall",
        action="store_true",
        help="also what is there already",
    )
    add_environment_options(parser)
    parser.add_argument(
        "--only-binary", action="append", metavar="NAMES", help="never build these"
    )
    parser.add_argument(
        "--no-binary", action="append", metavar="NAMES", help="always build these"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    add_report_option(parser)
    add_timings_option(parser)
    parser.add_argument(
        "--no-compile", dest="compile", action="store_false", help="no bytecode"
    )
    parser.add_argument(
        "--link-mode",
        choices=LINK_MODES,
        help="how files come from the cache (PYSETUP_LINK_MODE; default auto)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files that stand in the way"
    )
    parser.add_argument(
        "--break-system-packages",
        action="store_true",
        help="change a Python that the operating system manages",
    )
    add_start_up_options(parser)
    add_yes_option(parser)
    add_change_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Choose from the lock, fetch, verify, and change what differs."""
    if len(arguments.locks) > 1:
        raise BadArgumentsError("sync", "an environment is equal to one lock only")
    with ExitStack() as stack:
        report = Report("sync", arguments, context, stack)
        if arguments.dry_run:
            context = stack.enter_context(nothing_left(context))
        opened = [open_lock(context.path(name), context) for name in arguments.locks]
        environment = chosen_environment(
            arguments, context, create=not arguments.dry_run
        )
        choice = SyncChoice(
            parts=chosen_parts(arguments),
            exact=not arguments.inexact,
            reinstall=arguments.reinstall,
            build_lock=arguments.build_lock,
        )
        return synced(opened, environment, choice, arguments, context, report)
