"""Pack a wheel from a project folder, an sdist, a wheel or a built tree."""

import argparse
from pathlib import Path

from pysetup.cli.options import add_front_end_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import shown
from pysetup.cli.wheels import add_wheel_options, wheel_changes
from pysetup.workflows.building.packing import make_wheel
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building


def options(parser: Parser) -> None:
    """Add the options of ``bdist_wheel``."""
    parser.add_argument(
        "source", nargs="?", default=".", metavar="DIR|SDIST|WHEEL|TREE"
    )
    add_outdir_option(parser)
    add_wheel_options(parser)
    add_front_end_options(parser)


def add_outdir_option(parser: Parser) -> None:
    """Add the option that says where the archives go."""
    parser.add_argument(
        "-o",
        "--outdir",
        metavar="DIR",
        help="where the archive goes (default: dist in the project or here)",
    )


def output_of(source: Path, outdir: str | None, context: Context) -> Path:
    """Return the folder for what is made of ``source``."""
    if outdir:
        return context.path(outdir)
    if (source / "pyproject.toml").is_file():
        return source / "dist"
    return source.parent if source.is_file() else context.path("dist")


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Pack the wheel."""
    source = context.path(arguments.source).resolve()
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=arguments.python,
        lock=arguments.build_lock,
    ) as how:
        archive = make_wheel(
            source,
            into=output_of(source, arguments.outdir, context),
            context=context,
            building=how.for_source(source),
            changes=wheel_changes(arguments),
        )
    return Outcome(archive.to_json(), f"{shown(archive.location, context)}\n")
