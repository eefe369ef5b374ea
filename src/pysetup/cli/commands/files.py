"""Explain why files of a project are in its sdist and wheel, or are not."""

import argparse

from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.workflows.building.selection_report import ExplainedFile, explain_files
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building


def options(parser: Parser) -> None:
    """Add the sub-command of ``files``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    explain = actions.add_parser(
        "explain",
        help="say which rule took each file in or left it out",
        description="Say which rule took each file into the sdist or left it out, "
        "and where it stands in the wheel; a folder stands for the files below it.",
    )
    explain.add_argument("paths", nargs="+", metavar="PATH")
    explain.add_argument(
        "--project", default=".", metavar="DIR", help="default: the current folder"
    )
    add_build_options(explain)
    add_index_options(explain)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Explain the files; the parser knows no other action."""
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
    ) as how:
        found = explain_files(
            arguments.paths,
            root=context.path(arguments.project).resolve(),
            context=context,
            building=how,
        )
    return Outcome([one.to_json() for one in found], "".join(map(_text, found)))


def _text(one: ExplainedFile) -> str:
    source = one.source
    sign = "in" if source.selected else "out"
    wheel = ", ".join(one.wheel) or f"none: {one.wheel_reason}"
    return f"{source.path}\n  sdist  {sign}: {source.why}\n  wheel  {wheel}\n"
