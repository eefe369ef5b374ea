"""List what is installed as requirements that would install it again."""

import argparse
from collections.abc import Mapping

from pysetup.cli.command import Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.jsontext import JSON
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
    if distribution.editable:
        return f"-e {distribution.location}"
    if distribution.direct_url is None:
        return f"{metadata.name}=={metadata.version}"
    return f"{metadata.name} @ {_reference(distribution.direct_url)}"


def _reference(direct_url: Mapping[str, JSON]) -> str:
    """Return PEP 610's record as a direct reference with its digest."""
    url = str(direct_url.get("url", ""))
    vcs, archive = direct_url.get("vcs_info"), direct_url.get("archive_info")
    fragments = []
    if isinstance(vcs, Mapping):
        url = f"{vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"
    elif isinstance(archive, Mapping):
        hashes = archive.get("hashes")
        for algorithm, digest in hashes.items() if isinstance(hashes, Mapping) else ():
            fragments.append(f"{algorithm}={digest}")
            break
    if direct_url.get("subdirectory"):
        fragments.append(f"subdirectory={direct_url['subdirectory']}")
    return f"{url}#{'&'.join(fragments)}" if fragments else url
