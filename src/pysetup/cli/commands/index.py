"""Serve an index of your own, manage its users; ask the configured ones."""

import argparse
import sys

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_index_options,
    add_refresh_options,
    add_resolver_options,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.pip_options import add_pip_install_options, add_pip_options
from pysetup.cli.targets import add_target_options, chosen_target
from pysetup.server.serve import add_token, add_user, serve
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.index_versions import IndexVersions, index_versions

_DATA = "pysetup-index"


def options(parser: Parser) -> None:
    """Add the sub-commands of ``index``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    server = actions.add_parser(
        "serve", help="serve the index over HTTP until interrupted"
    )
    _add_data(server)
    server.add_argument("--host", default="127.0.0.1", help="default: loopback alone")
    server.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    server.add_argument(
        "--server",
        choices=("threads", "uvicorn"),
        default="threads",
        help="uvicorn needs the extra pysetup[server]",
    )
    server.add_argument(
        "--insecure-http",
        action="store_true",
        help="listen beyond loopback without TLS: passwords can be read on the way",
    )
    users = actions.add_parser("user", help="manage users")
    steps = users.add_subparsers(dest="step", required=True, metavar="ACTION")
    add = steps.add_parser("add", help="add a user, or give a new password")
    add.add_argument("name", metavar="NAME")
    add.add_argument(
        "--password-stdin",
        action="store_true",
        required=True,
        help="read the password from standard input",
    )
    _add_data(add)
    versions = actions.add_parser(
        "versions", help="which versions of a project the indexes have"
    )
    add_versions_options(versions)
    tokens = actions.add_parser("token", help="manage tokens, for use by programs")
    steps = tokens.add_subparsers(dest="step", required=True, metavar="ACTION")
    new = steps.add_parser(
        "add", help="make a token for a user, and print it this once"
    )
    new.add_argument("name", metavar="USER")
    _add_data(new)


def add_versions_options(parser: Parser) -> None:
    """Add the options of ``index versions``."""
    parser.add_argument("project", nargs="?", metavar="PROJECT")
    add_environment_options(parser)
    add_target_options(parser)
    add_resolver_options(parser)
    add_refresh_options(parser)
    add_index_options(parser)
    add_pip_install_options(parser)
    add_pip_options(parser)


def found_versions(arguments: argparse.Namespace, context: Context) -> IndexVersions:
    """Return what the indexes have; raises as ``index_versions``."""
    if not arguments.project:
        raise BadArgumentsError("index versions", "name one project")
    environment = chosen_environment(arguments, context)
    place = replace(
        chosen_target(arguments).environment(environment),
        any_python=arguments.any_python,
    )
    return index_versions(arguments.project, place, context)


def versions_text(found: IndexVersions) -> str:
    """Return the versions as pip tells them."""
    lines = [
        f"{found.name} ({found.latest})",
        f"Available versions: {', '.join(map(str, found.versions))}",
    ]
    if found.installed is not None:
        newest = found.installed == found.latest
        lines.append(f"  INSTALLED: {found.installed}{' (latest)' if newest else ''}")
        lines += [] if newest else [f"  LATEST:    {found.latest}"]
    return "".join(f"{line}\n" for line in lines)


def _add_data(parser: Parser) -> None:
    parser.add_argument(
        "--data", default=_DATA, metavar="DIR", help=f"default: {_DATA} here"
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Serve, add a user, or make a token."""
    if arguments.action == "versions":
        found = found_versions(arguments, context)
        return Outcome(found.to_json(), versions_text(found))
    data = context.path(arguments.data)
    if arguments.action == "serve":
        serve(
            data,
            arguments.host,
            arguments.port,
            context=context,
            server=arguments.server,
            insecure_http=arguments.insecure_http,
        )
        return Outcome({"data": str(data)})
    if arguments.action == "token":
        token = add_token(data, arguments.name)
        return Outcome({"name": arguments.name, "token": token}, f"{token}\n")
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise BadArgumentsError("index user add", "standard input has no password")
    add_user(data, arguments.name, password)
    return Outcome({"name": arguments.name}, f"user {arguments.name} can publish\n")
