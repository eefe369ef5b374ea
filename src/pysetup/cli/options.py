"""Options that several commands share, with pip's spellings where pip has them."""

import argparse
import os
from pathlib import Path

from pysetup.cli.command import Parser
from pysetup.interchange.environment import Environment
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import (
    NoEnvironmentError,
    create_environment,
    find_environment,
)


def add_environment_options(parser: Parser) -> None:
    """Add the options that choose an environment."""
    group = parser.add_argument_group("target")
    group.add_argument(
        "--python",
        metavar="PY",
        help="interpreter, version or environment folder (PYSETUP_PYTHON)",
    )
    group.add_argument("--env", metavar="DIR", help="environment folder")


def chosen_environment(
    arguments: argparse.Namespace, context: Context, *, create: bool = False
) -> Environment:
    """Return the environment that the options name or the surroundings suggest.

    Where there is none, ``create`` makes ``.venv``; otherwise the Python on PATH is
    taken. Which one it is, is told whenever it is not the active one. Raises as
    ``find_environment``.
    """
    named = arguments.env or arguments.python or context.environ.get("PYSETUP_PYTHON")
    if arguments.env:
        folder = context.path(arguments.env)
        if not folder.is_dir():
            raise NoEnvironmentError(folder)
        named = str(folder)
    try:
        environment = find_environment(
            context, python=named or None, allow_base=not create
        )
    except NoEnvironmentError:
        if not create or named:
            raise
        environment = create_environment(Path(".venv"), context)
        context.tell(f"created {environment.prefix} (Python {environment.version})")
    active = context.environ.get("VIRTUAL_ENV", "")
    if not named and os.path.realpath(active) != os.path.realpath(environment.prefix):
        context.tell(f"using {environment.prefix} (Python {environment.version})")
    return environment


def add_index_options(parser: Parser) -> None:
    """Add the options that say where distributions come from."""
    group = parser.add_argument_group("index")
    group.add_argument(
        "-i", "--index-url", metavar="URL", help="the index (PYSETUP_INDEX_URL)"
    )
    group.add_argument(
        "--extra-index-url",
        dest="extra_index_urls",
        action="append",
        metavar="URL",
        help="another index; it owns the names it has",
    )
    group.add_argument(
        "-f",
        "--find-links",
        dest="find_links",
        action="append",
        metavar="DIR",
        help="folder, file or page of archives",
    )
    group.add_argument(
        "--no-index",
        action="store_const",
        const=True,
        help="use --find-links alone",
    )
    group.add_argument(
        "--trusted-host",
        dest="trusted_hosts",
        action="append",
        metavar="HOST",
        help="allow plain http to this host",
    )
    group.add_argument("--cert", metavar="FILE", help="certificates to trust")
    group.add_argument("--proxy", metavar="URL", help="proxy to go through")
    group.add_argument("--timeout", type=float, metavar="SECONDS", help="per answer")
    group.add_argument("--retries", type=int, metavar="N", help="tries after a failure")


def add_resolver_options(parser: Parser) -> None:
    """Add the options that steer which versions are chosen."""
    group = parser.add_argument_group("resolver")
    group.add_argument(
        "--pre",
        action="store_const",
        const=True,
        help="accept pre-releases everywhere",
    )
    group.add_argument(
        "-c",
        "--constraint",
        dest="constraint_files",
        action="append",
        default=[],
        metavar="FILE",
        help="limit versions without asking for them",
    )
    group.add_argument(
        "--only-binary", action="append", metavar="NAMES", help="never build these"
    )
    group.add_argument(
        "--no-binary", action="append", metavar="NAMES", help="always build these"
    )
    group.add_argument(
        "--resolution",
        choices=("highest", "lowest", "lowest-direct"),
        default="highest",
        help="which of the fitting versions to prefer",
    )
    group.add_argument(
        "--exclude-newer", metavar="DATE", help="ignore files uploaded after this"
    )


def add_build_options(parser: Parser) -> None:
    """Add the options of building from source."""
    group = parser.add_argument_group("build")
    group.add_argument(
        "--no-isolation",
        "--no-build-isolation",
        dest="isolation",
        action="store_false",
        help="build with what the environment has",
    )
    group.add_argument(
        "-C",
        "--config-setting",
        "--config-settings",
        dest="config_settings",
        action="append",
        default=[],
        type=_setting,
        metavar="KEY=VALUE",
        help="pass to the build back end",
    )


def _setting(text: str) -> tuple[str, str]:
    key, sep, value = text.partition("=")
    if not sep or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def config_settings(pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Join repeated keys into lists, as PEP 517 front ends do."""
    settings: dict[str, str | list[str]] = {}
    for key, value in pairs:
        before = settings.get(key)
        if before is None:
            settings[key] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            settings[key] = [before, value]
    return settings
