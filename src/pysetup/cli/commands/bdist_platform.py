"""Make a package of a system (rpm, deb, ...) from a project, an archive, or a name.

The source is a project folder, an sdist, a wheel, a built tree, or the name of a
project in an index. What is decided depends on the target, never on this machine.
"""

import argparse

from pysetup.cli.commands.bdist_wheel import add_outdir_option, output_of
from pysetup.cli.options import add_front_end_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import shown
from pysetup.platforms.interface import BINARY, SOURCE
from pysetup.platforms.names.report import (
    UnmappedRequirementsError,
    mapping_text,
    unmapped,
)
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.platform.distribute import (
    Distributed,
    distribute,
    options_of,
)
from pysetup.workflows.platform.names import NameOptions
from pysetup.workflows.platform.request import Request


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
        "--with-deps",
        action="store_true",
        help="package what the target lacks of its requirements, too, and make a"
        " repository of the folder",
    )
    parser.add_argument(
        "--sbom",
        action="store_true",
        help="list vendored libraries in .dist-info/sboms (PEP 770)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="decide everything, and write nothing"
    )
    _add_name_options(parser)
    add_front_end_options(parser)


def _add_name_options(parser: Parser) -> None:
    group = parser.add_argument_group("names")
    group.add_argument(
        "--name", default="", help="what the package is called, if not as by custom"
    )
    group.add_argument(
        "--replaces",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="a package of the system whose place it takes; may be repeated",
    )
    group.add_argument(
        "--map-deps",
        dest="map_files",
        action="append",
        default=[],
        metavar="FILE",
        help="what the target calls requirements (JSON or TOML); may be repeated",
    )
    group.add_argument(
        "--package-lists",
        dest="places",
        action="append",
        default=[],
        metavar="FILE|DIR|URL",
        help="where the target's lists of packages are: Contents, repodata, ...",
    )
    group.add_argument(
        "--registry",
        dest="registries",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of mappings in the format of PEP 804 (draft)",
    )
    group.add_argument(
        "--show-map",
        action="store_true",
        help="show how each requirement was mapped, and how that is known",
    )


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
        names=NameOptions(
            map_files=tuple(arguments.map_files),
            places=tuple(arguments.places),
            registries=tuple(arguments.registries),
            name=arguments.name,
            replaces=tuple(arguments.replaces),
        ),
        with_deps=arguments.with_deps,
        sbom=arguments.sbom,
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
    missing = [name for plan in made.plans for name in unmapped(plan.mapping)]
    text = _text(made, arguments, context)
    if missing:  # only a dry run gets here
        fault = UnmappedRequirementsError(missing, made.plans[0].target)
        code = fault.exit_code
        return Outcome(made.to_json(), text, exit_code=code, errors=(fault,))
    return Outcome(made.to_json(), text)


def _text(made: Distributed, arguments: argparse.Namespace, context: Context) -> str:
    parts = [f"{shown(file.location, context)}\n" for file in made.files]
    parts += [f"{shown(path, context)}\n" for path in made.made.index]
    if arguments.dry_run:
        for plan in made.plans:
            parts.append(f"{plan.name} {plan.version} for {plan.target}\n")
            parts += [f"{file.mode:04o} {file.path}\n" for file in plan.files]
    if arguments.show_map:
        parts += [mapping_text(it.mapping, target=it.target) for it in made.plans]
    if arguments.dry_run:
        parts.append("Nothing was written (--dry-run).\n")
    return "".join(parts)
