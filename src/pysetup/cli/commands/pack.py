"""A folder in wheel layout becomes a wheel, or a wheel becomes such a folder."""

import argparse

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import shown
from pysetup.cli.wheels import add_wheel_options, wheel_changes
from pysetup.workflows.building.packing import pack_tree, unpack
from pysetup.workflows.context import Context


def options(parser: Parser) -> None:
    """Add the options of ``pack`` or of ``unpack``."""
    parser.set_defaults(action=parser.command)
    if parser.command == "pack":
        parser.add_argument("source", metavar="DIR", help="a folder in wheel layout")
        add_wheel_options(parser)
    else:
        parser.add_argument("source", metavar="WHEEL")
    what = "the wheel" if parser.command == "pack" else "the folder NAME-VERSION"
    parser.add_argument(
        "-o", "--outdir", metavar="DIR", default=".", help=f"where {what} goes"
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Pack or unpack; the same content gives the same bytes."""
    source, into = context.path(arguments.source), context.path(arguments.outdir)
    if arguments.action == "unpack":
        built = unpack(source, into=into)
        return Outcome(built.to_json(), f"{shown(built.root, context)}\n")
    changes = wheel_changes(arguments)
    archive = pack_tree(source.resolve(), into=into, context=context, changes=changes)
    return Outcome(archive.to_json(), f"{shown(archive.location, context)}\n")
