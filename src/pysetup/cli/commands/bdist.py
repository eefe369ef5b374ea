"""List the binary formats, and the targets that packages can be made for."""

import argparse

from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.platforms.schemas import SCHEMAS, schema_text
from pysetup.platforms.target import read_target, shipped_targets
from pysetup.standards.jsontext import to_json_text
from pysetup.workflows.context import Context
from pysetup.workflows.platform.listing import list_formats


def options(parser: Parser) -> None:
    """Add the options of ``bdist``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--list-formats",
        action="store_true",
        help="list the formats, what they make, and the programs that they lack here",
    )
    group.add_argument(
        "--list-targets",
        action="store_true",
        help="list the systems that packages can be made for",
    )
    group.add_argument(
        "--show-target",
        metavar="TARGET|FILE",
        help="show all that is known of a target, as JSON to start your own from",
    )
    group.add_argument(
        "--schema",
        choices=SCHEMAS,
        help="print the JSON Schema of a target, or of a plan",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List the formats or the targets."""
    if arguments.list_targets:
        targets = [read_target(name) for name in shipped_targets()]
        rows = [(target.name, target.title) for target in targets]
        return Outcome(
            [{"name": name, "title": title} for name, title in rows], _table(rows)
        )
    if arguments.show_target:
        target = read_target(arguments.show_target, folder=context.directory)
        return Outcome(target.to_json(), to_json_text(target.to_json()))
    if arguments.schema:
        text = schema_text(arguments.schema)
        return Outcome({"text": text}, text)
    if not arguments.list_formats:
        reason = "say --list-formats, --list-targets, --schema, or bdist_<format>"
        raise BadArgumentsError("bdist", reason)
    formats = list_formats(context)
    text = _table([(one.name, one.caption) for one in formats])
    return Outcome([one.to_json() for one in formats], text)


def _table(rows: list[tuple[str, str]]) -> str:
    width = max((len(name) for name, _ in rows), default=0) + 2
    return "".join(f"{name:<{width}}{text}\n" for name, text in rows)
