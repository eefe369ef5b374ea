"""Pack a binary archive from a project folder, an sdist, a wheel or a built tree."""

import argparse

from pysetup.cli.command import BadArgumentsError, Parser
from pysetup.cli.options import add_front_end_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.shown import shown
from pysetup.cli.wheels import add_wheel_options, wheel_changes
from pysetup.phases.bdist.formats import FORMATS
from pysetup.workflows.building.packing import make_binary
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building


def options(parser: Parser) -> None:
    """Add the options of ``bdist`` and of ``bdist_<format>``."""
    _, _, format_ = parser.command.partition("_")
    parser.set_defaults(format=format_)
    if not format_:
        parser.add_argument(
            "--list-formats", action="store_true", help="list the binary formats"
        )
        return
    parser.add_argument(
        "source", nargs="?", default=".", metavar="DIR|SDIST|WHEEL|TREE"
    )
    parser.add_argument(
        "-o",
        "--outdir",
        metavar="DIR",
        help="where the archive goes (default: dist in the project or here)",
    )
    if format_ == "wheel":
        add_wheel_options(parser)
    else:
        parser.set_defaults(wheel_version=None, sbom=False)
    add_front_end_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Pack the archive, or list the formats."""
    if not arguments.format:
        if not arguments.list_formats:
            raise BadArgumentsError("bdist", "say --list-formats, or bdist_<format>")
        return Outcome(list(FORMATS), "".join(f"{name}\n" for name in FORMATS))
    source = context.path(arguments.source).resolve()
    if arguments.outdir:
        into = context.path(arguments.outdir)
    elif (source / "pyproject.toml").is_file():
        into = source / "dist"
    else:
        into = source.parent if source.is_file() else context.path("dist")
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=arguments.python,
        lock=arguments.build_lock,
    ) as how:
        archive = make_binary(
            source,
            arguments.format,
            into=into,
            context=context,
            building=how.for_source(source),
            changes=wheel_changes(arguments),
        )
    return Outcome(archive.to_json(), f"{shown(archive.location, context)}\n")
