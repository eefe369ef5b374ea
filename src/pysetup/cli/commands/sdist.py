"""Pack the source archive (sdist) of a project, reproducibly."""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.options import (
    add_build_options,
    add_index_options,
    config_settings,
)
from pysetup.cli.output import Outcome, columns
from pysetup.cli.shown import shown
from pysetup.workflows.building.archives import list_sources
from pysetup.workflows.building.build import make_sdist
from pysetup.workflows.context import Context
from pysetup.workflows.isolation import building


def options(parser: Parser) -> None:
    """Add the options of ``sdist``."""
    parser.add_argument("project", nargs="?", default=".", metavar="DIR")
    parser.add_argument(
        "-o",
        "--outdir",
        metavar="DIR",
        help="where the archive goes (default: dist in the project)",
    )
    parser.add_argument(
        "--list",
        action="store_true",
        help="show which files would go in or stay out, and why; write nothing",
    )
    add_build_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Write the sdist, or list its files."""
    root = context.path(arguments.project).resolve()
    into = context.path(arguments.outdir) if arguments.outdir else root / "dist"
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
    ) as how:
        if arguments.list:
            files = list_sources(root, context=context, building=how)
            rows = [("+" if f.selected else "-", f.path, f.reason) for f in files]
            return Outcome([file.to_json() for file in files], columns(rows))
        archive = make_sdist(root, into=into, context=context, building=how)
    return Outcome(archive.to_json(), f"{shown(archive.location, context)}\n")
