"""Print the digests of archives, as requirements files take them."""

import argparse

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.pip_options import add_pip_options
from pysetup.standards.jsontext import JSON
from pysetup.workflows.context import Context
from pysetup.workflows.digests import digest_of

ALGORITHMS = ("sha256", "sha384", "sha512")


def options(parser: Parser) -> None:
    """Add the options of ``hash``."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "-a",
        "--algorithm",
        choices=ALGORITHMS,
        default="sha256",
        help="default: sha256",
    )
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Digest each file."""
    result: list[JSON] = []
    text = ""
    for name in arguments.files:
        found = digest_of(context.path(name), arguments.algorithm)
        result.append(
            {"file": name, "algorithm": found.algorithm, "digest": found.hexdigest}
        )
        text += f"{name}:\n--hash={found.algorithm}:{found.hexdigest}\n"
    return Outcome(result, text)
