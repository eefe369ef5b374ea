"""Tell why something is installed: who asked for it, and what leads to it."""

import argparse

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.workflows.context import Context
from pysetup.workflows.graph import Step, Why, why


def options(parser: Parser) -> None:
    """Add the options of ``why``."""
    parser.add_argument("names", nargs="+", metavar="NAME")
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Walk from what was asked for to each of the names."""
    environment = chosen_environment(arguments, context)
    found = why(arguments.names, environment=environment, context=context)
    return Outcome(
        [one.to_json() for one in found],
        "\n".join(map(_text, found)),
        environment=described(environment),
    )


def _text(one: Why) -> str:
    lines = [f"{one.name} {one.version}".strip()]
    if one.asked:
        lines.append(f"  asked for: {one.asked}")
    for chain in one.chains:
        lines += _chain(chain)
    if one.more:
        lines.append("  and in other ways")
    if not one.asked and not one.chains:
        lines.append("  nobody asked for it, and nothing needs it:  pysetup autoremove")
    return "\n".join([*lines, ""])


def _chain(chain: tuple[Step, ...]) -> list[str]:
    lines = [f"  {chain[0].parent}"]
    for number, step in enumerate(chain, start=1):
        edge = step.edge
        told = f"{'  ' * number}  needs {edge.requirement}"
        if edge.conditions:
            told += f"  [{edge.conditions}]"
        if step.place:
            told += f"  ({step.place})"
        lines.append(f"{told}: {step.child}")
        if edge.state == "conflict":
            lines[-1] += "  ! does not fit"
    return lines
