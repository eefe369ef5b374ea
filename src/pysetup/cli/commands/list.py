"""List what is installed in an environment."""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome, columns
from pysetup.cli.shown import described
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.orphans import orphans
from pysetup.workflows.stale import tell_stale


def options(parser: Parser) -> None:
    """Add the options of ``list``."""
    add_environment_options(parser)
    parser.add_argument(
        "-e", "--editable", action="store_true", help="only develop installations"
    )
    parser.add_argument(
        "--orphans",
        action="store_true",
        help="only what nobody asked for and nothing needs",
    )
    parser.add_argument(
        "--format",
        choices=("columns", "freeze", "json"),
        default="columns",
        help="as pip's option of that name; --json is the envelope",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List the distributions."""
    environment = chosen_environment(arguments, context)
    tell_stale(environment, context)
    database = read_environment(environment, context)
    installed = database.distributions()
    if arguments.orphans:
        installed = orphans(environment, context)
    found = [one for one in installed if one.editable or not arguments.editable]
    result = [row(distribution) for distribution in found]
    if arguments.format == "freeze":
        text = "".join(f"{line['name']}=={line['version']}\n" for line in result)
    elif arguments.format == "json":
        import json

        text = json.dumps(result) + "\n"
    else:
        text = columns(
            [
                (str(line["name"]), str(line["version"]), _location(line))
                for line in result
            ]
        )
    return Outcome(
        list(result),
        text,
        warnings=tuple(
            {"code": damaged.error.code, "message": damaged.error.message}
            for damaged in database.damaged()
        ),
        environment=described(environment),
    )


def row(distribution: InstalledDistribution) -> dict[str, JSON]:
    """Return one line of the list, with pip's keys."""
    line: dict[str, JSON] = {
        "name": distribution.metadata.name,
        "version": str(distribution.metadata.version),
    }
    if distribution.editable:
        line["editable_project_location"] = distribution.location
    return line


def _location(line: dict[str, JSON]) -> str:
    return str(line.get("editable_project_location", ""))
