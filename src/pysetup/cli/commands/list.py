"""List what is installed in an environment."""

import argparse
import json
from collections.abc import Mapping, Sequence

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.filters import add_filter_options, chosen_filters
from pysetup.cli.options import add_index_options
from pysetup.cli.output import Outcome, columns
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.pip_options import add_pip_options
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.installing.orphans import orphans
from pysetup.workflows.installing.selection import looked_at, selected
from pysetup.workflows.stale import tell_stale

Row = Mapping[str, JSON]


def options(parser: Parser) -> None:
    """Add the options of ``list``."""
    add_environment_options(parser)
    add_filter_options(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "-o", "--outdated", action="store_true", help="only what has a newer version"
    )
    which.add_argument(
        "-u", "--uptodate", action="store_true", help="only what has none"
    )
    parser.add_argument(
        "-e", "--editable", action="store_true", help="only develop installations"
    )
    parser.add_argument(
        "--include-editable",
        dest="exclude_editable",
        action="store_false",
        help="develop installations, too (default)",
    )
    parser.add_argument(
        "--not-required",
        action="store_true",
        help="only what no other distribution requires",
    )
    parser.add_argument(
        "--orphans",
        action="store_true",
        help="only what nobody asked for and nothing needs",
    )
    parser.add_argument(
        "--pre",
        action="store_const",
        const=True,
        help="with --outdated: pre-releases are newer versions, too",
    )
    parser.add_argument(
        "--format",
        choices=("columns", "freeze", "json"),
        default="columns",
        help="as pip's option of that name; --json is the envelope",
    )
    add_index_options(parser)
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List the distributions."""
    result, warnings, environment = listed(arguments, context)
    if arguments.format == "freeze":
        text = freeze_text(result)
    elif arguments.format == "json":
        text = json.dumps(result) + "\n"
    else:
        text = columns([_cells(line) for line in result])
    return Outcome(
        list(result),
        text,
        warnings=tuple(warnings),
        environment=described(environment),
    )


def listed(
    arguments: argparse.Namespace, context: Context
) -> tuple[list[Row], Sequence[Mapping[str, JSON]], Environment]:
    """Return the lines of the list with pip's keys, warnings, and the environment.

    Raises ``BadArgumentsError`` and what is raised when indexes are asked.
    """
    if arguments.outdated and arguments.format == "freeze":
        raise BadArgumentsError("list", "--outdated does not go with --format=freeze")
    environment = chosen_environment(arguments, context)
    tell_stale(environment, context)
    filters = chosen_filters(arguments)
    database, found = selected(environment, filters, context)
    if arguments.orphans:
        names = {one.info_dir for one in orphans(environment, context)}
        found = tuple(one for one in found if one.info_dir in names)
    newer: dict[str, Row] = {}
    if arguments.outdated or arguments.uptodate:
        # Loaded here: most lists ask no index.
        from pysetup.workflows.outdated import find_outdated

        place = looked_at(environment, filters, context)
        outdated = find_outdated(place, context, within=found)
        newer = {one.name: one.to_json() for one in outdated}
    if arguments.outdated:
        result: list[Row] = list(newer.values())
    elif arguments.uptodate:
        result = [row(one) for one in found if one.metadata.name not in newer]
    else:
        result = [row(one) for one in found]
    warnings = [
        {"code": damaged.error.code, "message": damaged.error.message}
        for damaged in database.damaged()
    ]
    return result, warnings, environment


def row(distribution: InstalledDistribution) -> dict[str, JSON]:
    """Return one line of the list, with pip's keys."""
    line: dict[str, JSON] = {
        "name": distribution.metadata.name,
        "version": str(distribution.metadata.version),
    }
    if distribution.editable:
        line["editable_project_location"] = distribution.location
    return line


def freeze_text(result: Sequence[Row]) -> str:
    """Return the list in the form of requirements."""
    return "".join(f"{line['name']}=={line['version']}\n" for line in result)


def _cells(line: Row) -> tuple[str, ...]:
    keys = ("name", "version", "latest_version", "latest_filetype")
    cells = [str(line[key]) for key in keys if key in line]
    return (*cells, str(line.get("editable_project_location", "")))
