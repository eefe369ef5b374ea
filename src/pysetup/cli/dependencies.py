"""What ``add`` and ``remove`` share: their options, and how their outcome reads."""

import argparse
import contextlib
from collections.abc import Iterator
from functools import cache

from pysetup.cli.changes import change_text
from pysetup.cli.choices import chosen_versions
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_change_options,
    add_lock_options,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described, shown
from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.model import PYLOCK
from pysetup.metadata.formats.requirement_lists.lists import DEPENDENCIES, Section
from pysetup.standards.names import normalize_name, parse_name
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.dry_run import nothing_left
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.managing.change import Means, ProjectChange
from pysetup.workflows.managing.index_pin import pin_file
from pysetup.workflows.resolving.requested import read_wanted


def add_dependency_options(parser: Parser) -> None:
    """Add the options that say which list is changed, and what follows it."""
    parser.add_argument(
        "--project",
        metavar="DIR",
        help="the project (default: the nearest here or above)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--group", metavar="NAME", help="of this dependency group (PEP 735)"
    )
    which.add_argument(
        "--dev", dest="group", action="store_const", const="dev", help="--group dev"
    )
    which.add_argument(
        "--extra", "--optional", dest="extra", metavar="NAME", help="of this extra"
    )
    parser.add_argument(
        "--no-sync", dest="sync", action="store_false", help="leave environments alone"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    parser.set_defaults(no_deps=False)
    add_environment_options(parser)
    add_change_options(parser)
    add_build_options(parser)
    add_lock_options(parser)


def chosen_section(arguments: argparse.Namespace) -> Section:
    """Return the list that the options name; raises ``InvalidNameError``."""
    if arguments.group is not None:
        return Section("group", normalize_name(parse_name(arguments.group)))
    if arguments.extra is not None:
        return Section("extra", normalize_name(parse_name(arguments.extra)))
    return DEPENDENCIES


@contextlib.contextmanager
def means_of(
    arguments: argparse.Namespace, command: str, context: Context
) -> Iterator[Means]:
    """Give what the change may use."""

    def build(python: str) -> contextlib.AbstractContextManager[Building]:
        return building(
            context,
            isolation=arguments.isolation,
            settings=config_settings(arguments.config_settings),
            python=python,
            lock=arguments.build_lock,
        )

    @cache
    def named() -> Environment | None:
        if not (arguments.env or arguments.python):
            return None
        return chosen_environment(arguments, context)

    with contextlib.ExitStack() as stack:
        if arguments.dry_run:
            context = stack.enter_context(nothing_left(context))
        yield Means(
            context=context,
            named=named,
            building=build,
            choice=chosen_versions(arguments, command),
            limits=read_wanted(
                (),
                context=context,
                constraint_files=arguments.constraint_files,
                override_files=arguments.override_files,
            ),
            sync=arguments.sync,
            dry_run=arguments.dry_run,
        )


def change_outcome(done: ProjectChange, context: Context) -> Outcome:
    """Return the outcome that tells the lines of the file, then the environment."""
    name = shown(done.path, context)
    where = f" [{done.section}]" if done.section.name else ""
    lead = "".join(f"{name}{where}: {change}\n" for change in done.changes)
    if done.pin is not None:
        lead += f"{shown(pin_file(done.path.parent), context)}: + {done.pin}\n"
    if done.lock is not None and done.lock.written:
        name = shown(done.path.with_name(PYLOCK), context)
        lines = done.lock.changes.lines()
        lead += "".join(f"{name}: {line}\n" for line in lines)
    text, seen, environment = "", None, None
    if done.report is not None and done.environment is not None:
        text = change_text(done.report)
        seen = None if done.dry_run else done.report.changes
        environment = described(done.environment)
    elif done.dry_run:
        text = "Nothing was changed (--dry-run).\n"
    return Outcome(
        done.to_json(), text, lead=lead, environment=environment, changes=seen
    )
