"""Show the chain of digests of one document, from source to environment.

The subject is an installed name, a wheel or an sdist. Exit code 5 if a stop changed
what the one before it does not declare dynamic.
"""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import add_build_options, add_index_options, config_settings
from pysetup.cli.output import Outcome
from pysetup.workflows.context import Context
from pysetup.workflows.isolation import building
from pysetup.workflows.trace import Stop, Trace, trace

_BROKEN = 5


def options(parser: Parser) -> None:
    """Add the options of ``trace``."""
    parser.add_argument("subject", metavar="NAME|FILE")
    parser.add_argument("--source", metavar="DIR", help="its project folder")
    parser.add_argument(
        "--sdist", metavar="FILE", help="its sdist (else the index is asked)"
    )
    add_environment_options(parser)
    add_build_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Show the chain."""
    is_file = context.path(arguments.subject).is_file()
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
    ) as how:
        chain = trace(
            arguments.subject,
            context=context,
            building=how,
            environment=None if is_file else chosen_environment(arguments, context),
            source=context.path(arguments.source).resolve()
            if arguments.source
            else None,
            sdist=context.path(arguments.sdist) if arguments.sdist else None,
        )
    return Outcome(
        chain.to_json(), chain_text(chain), exit_code=0 if chain.holds else _BROKEN
    )


def chain_text(chain: Trace) -> str:
    """Return a chain as people read it, one stop under the other."""
    lines = [f"{chain.name} {chain.version}"]
    for number, stop in enumerate(chain.stops):
        lines.append(f"  {stop.phase:<12} {stop.place}")
        derived = " (derived: it has no pydist.json)" if stop.derived else ""
        lines.append(f"  {'':<12} document {stop.digest}{derived}")
        if stop.file:
            lines.append(f"  {'':<12} file     {stop.file}")
        if number:
            lines.append(f"  {'':<12} {_verdict(stop)}")
    lines.append(
        "One document, unchanged but for what it declares dynamic."
        if chain.holds
        else "The chain is broken: see above what changed without being declared."
    )
    return "\n".join(lines) + "\n"


def _verdict(stop: Stop) -> str:
    if not stop.changed:
        return "= the same document"
    undeclared = [key for key in stop.changed if key not in stop.filled]
    if undeclared:
        return f"! changed: {', '.join(undeclared)}"
    return f"~ filled: {', '.join(stop.filled)} (declared dynamic)"
