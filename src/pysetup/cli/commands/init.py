"""Begin a project: a new one, or a pyproject.toml for the one that stands there.

A project of setup.py, setup.cfg, Poetry or Flit keeps its build back end; its old
files stay where they are. Nothing is overwritten.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.shown import shown
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.init import (
    Begun,
    guess_project,
    holds_project,
    plan_adopted,
    plan_new,
    write_begun,
)
from pysetup.workflows.isolating.how_to_build import building

_FORMATS = {
    "poetry": "",
    "flit": "",
    "setup.py": "setup.py",
    "setup.cfg": "setup.cfg",
}


def options(parser: Parser) -> None:
    """Add the options of ``init``."""
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR")
    parser.add_argument("--name", metavar="NAME", help="by default that of the folder")
    parser.add_argument("--version", metavar="VERSION", help="by default 0.1.0")
    parser.add_argument("--summary", metavar="TEXT", help="what it is, in one line")
    parser.add_argument(
        "--license", metavar="SPDX", help="an expression such as MIT or Apache-2.0"
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--lib", action="store_true", help="a package (default)")
    kind.add_argument(
        "--app", action="store_true", help="a package with a command of its name"
    )
    parser.add_argument(
        "--from",
        dest="format",
        choices=tuple(_FORMATS),
        help="which files of an old project count, where it has several",
    )
    parser.add_argument(
        "--backend",
        choices=("pysetup",),
        help="let pysetup build an old project from now on",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be written"
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Plan the files, and write them."""
    root = context.path(arguments.folder)
    old = bool(arguments.backend or arguments.format) or holds_project(root)
    if old:
        with building(context) as how:
            begun = _adopted(root, arguments, (context, how))
    else:
        begun = _new(root, arguments, context)
    if not arguments.dry_run:
        write_begun(begun)
    return Outcome(begun.to_json(), _text(begun, arguments, context))


def _adopted(
    root: Path, arguments: argparse.Namespace, asking: tuple[Context, Building]
) -> Begun:
    given = {
        key: text
        for key, text in (("name", arguments.name), ("version", arguments.version))
        if text
    }
    return plan_adopted(
        root,
        native=arguments.backend == "pysetup",
        given=given,
        asking=asking,
        format_=_FORMATS.get(arguments.format or "", ""),
    )


def _new(root: Path, arguments: argparse.Namespace, context: Context) -> Begun:
    guessed = guess_project(root, context)
    said: dict[str, Any] = {
        key: getattr(arguments, key)
        for key in ("name", "version", "summary", "license")
        if getattr(arguments, key) is not None
    }
    new = replace(guessed, **said, command=arguments.app)
    if not (arguments.yes or arguments.json) and sys.stdin.isatty():
        for key in ("name", "version", "summary", "license", "requires_python"):
            if key not in said:
                said[key] = _answer(key, str(getattr(new, key)))
        new = replace(new, **said)
    return plan_new(root, new)


def _answer(key: str, default: str) -> str:
    """Ask on standard error, so that standard output stays data."""
    shown_default = f" [{default}]" if default else ""
    sys.stderr.write(f"{key.replace('_', '-')}{shown_default}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or default


def _text(begun: Begun, arguments: argparse.Namespace, context: Context) -> str:
    mark = "~" if begun.adoption is not None else "+"
    lines = [f"{mark} {shown(begun.root / path, context)}" for path in begun.files]
    lines += [f"  {shown(begun.root / path, context)} stays" for path in begun.kept]
    if begun.adoption is not None:
        lines += [f"note: {loss}" for loss in begun.adoption.losses]
        lines += [
            f"note: {key} stays with the build back end"
            for key in begun.adoption.computed
        ]
        lines += [
            f"note: {path} is not needed any more" for path in begun.adoption.superseded
        ]
    if arguments.dry_run:
        lines.append("Nothing was written (--dry-run).")
    return "".join(f"{line}\n" for line in lines)
