"""List what is installed as requirements that would install it again."""

import argparse

from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.interchange.installed import InstalledDistribution
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import read_environment


def options(parser: Parser) -> None:
    """Add the options of ``freeze``."""
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """List the requirements."""
    environment = chosen_environment(arguments, context)
    database = read_environment(environment, context)
    lines = [_line(distribution) for distribution in database.distributions()]
    lines.sort(key=str.casefold)
    text = "".join(f"{line}\n" for line in lines)
    return Outcome(list(lines), text, environment=described(environment))


def _line(distribution: InstalledDistribution) -> str:
    metadata = distribution.metadata
    if distribution.direct_url is None:
        return f"{metadata.name}=={metadata.version}"
    url = str(distribution.direct_url.get("url", ""))
    if distribution.editable:
        return f"-e {url.removeprefix('file://')}"
    return f"{metadata.name} @ {url}"
