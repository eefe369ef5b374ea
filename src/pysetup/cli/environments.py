"""The options that choose an environment, and the environment that they mean."""

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
