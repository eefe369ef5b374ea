"""The options that choose an environment, and the environment that they mean."""

import argparse
import os
from pathlib import Path

from pysetup.cli.parser import Parser
from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import (
    NoEnvironmentError,
    create_environment,
    find_environment,
)
from pysetup.workflows.installing.places import Place, placed_environment


class NoVirtualEnvironmentError(EnvironmentRefusedError):
    """A virtual environment is required, and this is none.

    ``--require-virtualenv``, or the setting of that name, refuses everything else.
    """

    code = "PS7319"

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"{prefix} is no virtual environment, and one is required",
            facts={"environment": prefix},
            hints=("create one and use it:  pysetup venv create",),
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


def add_place_options(parser: Parser) -> None:
    """Add the options that name another place than the environment itself."""
    group = parser.add_argument_group("another place")
    group.add_argument("-t", "--target", metavar="DIR", help="this plain folder")
    group.add_argument(
        "--user", action="store_true", help="the user's own folder (~/.local)"
    )
    group.add_argument(
        "--prefix", metavar="DIR", help="lib, bin and the like below this folder"
    )
    group.add_argument(
        "--root", metavar="DIR", help="as if this folder were / (for packagers)"
    )


def chosen_place(arguments: argparse.Namespace, context: Context) -> Environment:
    """Return the environment, or the other place, that the options mean.

    Raises as ``chosen_environment`` and ``placed_environment``.
    """
    place = Place(
        target=arguments.target,
        user=arguments.user,
        prefix=arguments.prefix,
        root=arguments.root,
    )
    if place.is_plain:
        return chosen_environment(arguments, context)
    named = arguments.env or arguments.python
    base = find_environment(context, python=named, allow_base=True)
    return placed_environment(base, place, context)


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
    if getattr(arguments, "require_virtualenv", False) and not environment.virtual:
        raise NoVirtualEnvironmentError(environment.prefix)
    active = context.environ.get("VIRTUAL_ENV", "")
    if not named and os.path.realpath(active) != os.path.realpath(environment.prefix):
        context.tell(f"using {environment.prefix} (Python {environment.version})")
    return environment
