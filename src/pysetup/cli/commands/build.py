"""Build a project: its sdist and wheel, or the tree in wheel layout.

The source is a project folder or an sdist. A wheel is built from the sdist, so that
what is shipped is what is built.
"""

import argparse
from pathlib import Path

from pysetup.cli.options import (
    add_front_end_options,
    add_timings_option,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import shown
from pysetup.cli.wheels import add_wheel_options, wheel_changes
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.source import SourceArchive
from pysetup.values import replace
from pysetup.workflows.building.archives import build_tree
from pysetup.workflows.building.build import disk_faults_told, make_sdist
from pysetup.workflows.building.how import Building, Route
from pysetup.workflows.building.packing import make_wheel
from pysetup.workflows.building.scratch import appearing_together
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building


def options(parser: Parser) -> None:
    """Add the options of ``build``."""
    parser.add_argument("source", nargs="?", default=".", metavar="DIR|SDIST")
    parser.add_argument("--sdist", action="store_true", help="make the sdist alone")
    parser.add_argument("--wheel", action="store_true", help="make the wheel alone")
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="build the wheel from the folder as it stands, not from its sdist",
    )
    parser.add_argument(
        "--tree",
        action="store_true",
        help="leave the built tree in wheel layout, which bdist_wheel packs",
    )
    parser.add_argument(
        "-o",
        "--outdir",
        metavar="DIR",
        help="where results go (default: dist in the project, or beside the sdist)",
    )
    add_timings_option(parser)
    add_wheel_options(parser)
    add_front_end_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Build what was asked for; without a choice, sdist and wheel."""
    if arguments.tree and (arguments.sdist or arguments.wheel):
        raise BadArgumentsError("build", "--tree goes with neither --sdist nor --wheel")
    source = context.path(arguments.source).resolve()
    beside = source / "dist" if source.is_dir() else source.parent
    into = context.path(arguments.outdir) if arguments.outdir else beside
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=arguments.python,
        lock=arguments.build_lock,
    ) as usual:
        route: Route = "tree" if arguments.in_place else "sdist"
        how = replace(usual.for_source(source), route=route)
        if arguments.tree:
            built = build_tree(source, into=into, context=context, building=how)
            return Outcome(built.to_json(), f"{shown(built.root, context)}\n")
        with disk_faults_told(), appearing_together(into) as folder:
            made = _archives(source, folder, arguments, context, how)
        # The sdist of a failed wheel is not left, and a new one hides no old one.
        found = [replace(one, location=into / one.location.name) for one in made]
    text = "".join(f"{shown(archive.location, context)}\n" for archive in found)
    return Outcome([archive.to_json() for archive in found], text)


def _archives(
    source: Path,
    into: Path,
    arguments: argparse.Namespace,
    context: Context,
    how: Building,
) -> list[SourceArchive | BinaryArchive]:
    """Make the sdist, the wheel, or both, in the folder ``into``."""
    made: list[SourceArchive | BinaryArchive] = []
    given: Path | SourceArchive = source
    everything = not (arguments.sdist or arguments.wheel)
    if source.is_dir() and (arguments.sdist or everything):
        sdist = make_sdist(source, into=into, context=context, building=how)
        made.append(sdist)
        given = source if arguments.in_place else sdist
    if arguments.wheel or everything:
        made.append(
            make_wheel(
                given,
                into=into,
                context=context,
                building=how,
                changes=wheel_changes(arguments),
            )
        )
    return made
