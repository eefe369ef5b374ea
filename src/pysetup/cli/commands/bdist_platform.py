"""Make a package of a system (rpm, deb, ...) from a project, an archive, or a name.

The source is a project folder, an sdist, a wheel, a built tree, or the name of a
project in an index. What is decided depends on the target, never on this machine.
"""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.commands.bdist_wheel import add_outdir_option, output_of
from pysetup.cli.options import add_front_end_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.shown import shown
from pysetup.platforms.interface import BINARY, SOURCE
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.platform.distribute import (
    Distributed,
    distribute,
    options_of,
)
from pysetup.workflows.platform.packaging import Request


def options(parser: Parser) -> None:
    """Add the options of ``bdist_<format>``."""
    format_ = parser.command.removeprefix("bdist_")
    parser.set_defaults(format=format_)
    parser.add_argument(
        "source", nargs="?", default=".", metavar="DIR|SDIST|WHEEL|TREE|NAME"
    )
    add_outdir_option(parser)
    parser.add_argument(
        "--target",
        default="",
        metavar="TARGET|FILE",
        help="the system it is for:  pysetup bdist --list-targets",
    )
    parser.add_argument(
        "--source",
        dest="level",
        action="store_const",
        const=SOURCE,
        default=BINARY,
        help="make what the system builds the project from: recipe, source package",
    )
    known = options_of(format_)
    parser.add_argument(
        "-O",
        "--option",
        dest="format_options",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="an option of the format; may be repeated"
        + ("".join(f"; {name}: {text}" for name, text in known) if known else ""),
    )
    parser.add_argument(
        "--unmapped",
        choices=("fail", "omit"),
        default="fail",
        help="what to do about requirements whose name there is not known",
    )
    parser.add_argument(
        "--show-map",
        action="store_true",
        help="show how each requirement was mapped, and how that is known",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="decide everything, and write nothing"
    )
    add_front_end_options(parser)


def _pair(text: str) -> tuple[str, str]:
    name, sep, value = text.partition("=")
    if not sep or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Make the package."""
    source = context.path(arguments.source).resolve()
    request = Request(
        source=arguments.source,
        level=arguments.level,
        target=arguments.target,
        options=tuple(arguments.format_options),
        unmapped=arguments.unmapped,
        dry_run=arguments.dry_run,
    )
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=arguments.python,
        lock=arguments.build_lock,
    ) as how:
        made = distribute(
            arguments.format,
            request,
            into=output_of(source, arguments.outdir, context),
            context=context,
            building=how,
        )
    return Outcome(made.to_json(), _text(made, arguments, context))


def _text(made: Distributed, arguments: argparse.Namespace, context: Context) -> str:
    lines = [shown(file.location, context) for file in made.files]
    if arguments.show_map or arguments.dry_run:
        for plan in made.plans:
            lines += [
                f"{one.requirement}  ->  {', '.join(one.relations) or 'nothing'}"
                f"  ({one.evidence or 'unknown'})"
                for one in plan.mapping
            ]
    if arguments.dry_run:
        for plan in made.plans:
            lines += [f"{file.mode:04o} {file.path}" for file in plan.files]
        lines.append("Nothing was written (--dry-run).")
    return "\n".join([*lines, ""])
