"""The options that choose parts of a lock: extras and dependency groups."""

import argparse

from pysetup.cli.parser import Parser
from pysetup.interchange.pylock.selecting import Parts


def add_part_options(parser: Parser) -> None:
    """Add the options that say which parts of a lock are wanted."""
    group = parser.add_argument_group("parts of the lock")
    group.add_argument(
        "--extra",
        dest="extras",
        action="append",
        default=[],
        metavar="NAME",
        help="this extra, too",
    )
    group.add_argument("--all-extras", action="store_true", help="all its extras")
    group.add_argument(
        "--group",
        dest="groups",
        action="append",
        default=[],
        metavar="NAME",
        help="this dependency group, too",
    )
    group.add_argument("--all-groups", action="store_true", help="all its groups")
    group.add_argument(
        "--no-default-groups",
        dest="default_groups",
        action="store_false",
        help="only the groups that are named, not what is needed by default",
    )


def chosen_parts(arguments: argparse.Namespace) -> Parts:
    """Return what ``add_part_options`` says."""
    return Parts(
        extras=_names(arguments.extras),
        groups=_names(arguments.groups),
        default_groups=arguments.default_groups,
        all_extras=arguments.all_extras,
        all_groups=arguments.all_groups,
    )


def _names(texts: list[str]) -> tuple[str, ...]:
    return tuple(
        name.strip() for text in texts for name in text.split(",") if name.strip()
    )
