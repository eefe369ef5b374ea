"""Show an installed distribution: its document, who needs it, where it is from."""

import argparse
import os

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import described
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.reasons import Reason, find_reasons
from pysetup.standards.names import normalize_name
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import (
    find_installed,
    read_environment,
    required_by,
)
from pysetup.workflows.stale import tell_stale


def options(parser: Parser) -> None:
    """Add the options of ``show``."""
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("-f", "--files", action="store_true", help="list its files too")
    add_environment_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Show each named distribution."""
    environment = chosen_environment(arguments, context)
    tell_stale(environment, context)
    found = find_installed(arguments.names, environment=environment, context=context)
    database = read_environment(environment, context)
    users = required_by(database, environment)
    reasons = find_reasons(database.distributions(), environment.markers)
    results = []
    texts = []
    for distribution in found:
        name = distribution.metadata.normalized_name
        files = (
            [file.path for file in database.files(distribution)]
            if arguments.files
            else []
        )
        needed_by = users.get(name, ())
        reason = reasons[name]
        results.append(
            {
                **distribution.to_json(),
                "required_by": list(needed_by),
                "reason": reason.to_json(),
                **({"files": list(files)} if arguments.files else {}),
            }
        )
        lines = _lines(distribution, needed_by, reason)
        if arguments.files:
            site = os.path.dirname(distribution.info_dir)
            shown = sorted(os.path.relpath(path, site) for path in files)
            lines += ["Files:", *(f"  {path}" for path in shown)]
        texts.append("\n".join(lines) + "\n")
    return Outcome(
        list(results), "---\n".join(texts), environment=described(environment)
    )


def _lines(
    distribution: InstalledDistribution, users: tuple[str, ...], reason: Reason
) -> list[str]:
    """Return pip's lines for the same, in pip's order."""
    metadata = distribution.metadata
    requires = sorted({normalize_name(one.name) for one in metadata.requires_dist})
    rows = {
        "Name": metadata.name,
        "Version": str(metadata.version),
        "Summary": metadata.text("summary"),
        "Home-page": metadata.text("home_page"),
        "Author": metadata.text("author") or metadata.text("author_email"),
        "License": metadata.text("license_expression") or metadata.text("license"),
        "Location": distribution.info_dir.rpartition("/")[0],
        **(
            {"Editable project location": distribution.location}
            if distribution.editable
            else {}
        ),
        "Installer": distribution.installer,
        "Requested": "yes" if distribution.requested else "no",
        "Reason": str(reason),
        "Document": str(metadata.digest()),
        "Requires": ", ".join(requires),
        "Required-by": ", ".join(users),
    }
    return [f"{key}: {value}".rstrip() for key, value in rows.items()]
