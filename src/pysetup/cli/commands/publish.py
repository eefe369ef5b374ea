"""Upload wheels and sdists to an index, and see that it serves what was sent."""

import argparse
import sys

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.workflows.context import Context
from pysetup.workflows.publish import publish


def options(parser: Parser) -> None:
    """Add the options of ``publish``."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "-i",
        "--index-url",
        "--repository-url",
        dest="repository_url",
        metavar="URL",
        help="the index, by its simple or its upload URL (default: PyPI)",
    )
    parser.add_argument("-u", "--username", metavar="NAME")
    parser.add_argument(
        "-p",
        "--password",
        metavar="TEXT",
        help="others can see it in the list of processes; see --password-stdin",
    )
    parser.add_argument(
        "--password-stdin", action="store_true", help="read it from standard input"
    )
    parser.add_argument(
        "--skip-existing", action="store_true", help="pass over names it has already"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check everything; send nothing"
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Check, upload, verify."""
    password = arguments.password or context.environ.get("PYSETUP_PUBLISH_PASSWORD")
    if arguments.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    report = publish(
        [context.path(name) for name in arguments.files],
        context=context,
        repository_url=arguments.repository_url,
        username=arguments.username or context.environ.get("PYSETUP_PUBLISH_USERNAME"),
        password=password,
        skip_existing=arguments.skip_existing,
        dry_run=arguments.dry_run,
    )
    lines = [
        f"{file.path.name}: {file.state}{', verified' if file.verified else ''}\n"
        for file in report.files
    ]
    return Outcome(report.to_json(), "".join(lines))
