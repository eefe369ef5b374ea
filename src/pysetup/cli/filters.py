"""The options that choose among what is installed, with pip's spelling."""

import argparse

from pysetup.cli.parser import Parser
from pysetup.workflows.installing.selection import Filters


def add_filter_options(parser: Parser) -> None:
    """Add the options of ``list`` and ``freeze`` that leave something out."""
    group = parser.add_argument_group("filter")
    _add_folders(group)
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="NAME",
        help="all but this distribution",
    )
    group.add_argument(
        "--exclude-editable", action="store_true", help="no develop installations"
    )


def add_folder_options(parser: Parser) -> None:
    """Add the options that say where to look alone."""
    _add_folders(parser.add_argument_group("filter"))


def _add_folders(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "-l",
        "--local",
        action="store_true",
        help="not what a virtual environment sees of its system",
    )
    # Not what PIP_USER and the setting of that name are about, which is installing.
    group.add_argument(
        "--user",
        dest="only_user",
        action="store_true",
        help="the user's folder alone",
    )
    group.add_argument(
        "--path",
        dest="paths",
        action="append",
        default=[],
        metavar="DIR",
        help="what is in this folder",
    )


def chosen_filters(arguments: argparse.Namespace) -> Filters:
    """Return what the options say."""
    return Filters(
        paths=tuple(arguments.paths),
        local=arguments.local,
        user=arguments.only_user,
        exclude=tuple(getattr(arguments, "exclude", ())),
        no_editable=getattr(arguments, "exclude_editable", False),
        only_editable=getattr(arguments, "editable", False),
        not_required=getattr(arguments, "not_required", False),
    )
