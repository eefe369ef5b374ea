"""Pack the source archive (sdist) of a project, reproducibly.

With one of --list, --diff-vcs and --normalize another thing is done instead.
"""

import argparse

from pysetup.cli.options import (
    add_build_options,
    add_index_options,
    add_lock_options,
    config_settings,
)
from pysetup.cli.output import Outcome, columns
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import shown
from pysetup.phases.sdist.tracked import TrackingDifference
from pysetup.workflows.building.build import make_sdist
from pysetup.workflows.building.normalize import normalize_sdist
from pysetup.workflows.building.selection_report import (
    compare_with_version_control,
    list_files,
)
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building


def options(parser: Parser) -> None:
    """Add the options of ``sdist``."""
    parser.add_argument("project", nargs="?", metavar="DIR")
    parser.add_argument(
        "-o",
        "--outdir",
        metavar="DIR",
        help="where the archive goes (default: dist in the project)",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--list",
        action="store_true",
        help="show which files would go in or stay out, and why; write nothing",
    )
    instead.add_argument(
        "--diff-vcs",
        action="store_true",
        help="show where the sdist and the files that git or Mercurial tracks differ, "
        "and why; exit code 1 if no rule accounts for a difference; write nothing",
    )
    instead.add_argument(
        "--normalize",
        metavar="FILE",
        help="pack the sdist FILE of any tool anew, reproducibly and with the same "
        "content (default of --outdir: dist in the current folder)",
    )
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Write the sdist, list its files, compare them, or normalise one."""
    if arguments.normalize is not None:
        return _normalize(arguments, context)
    root = context.path(arguments.project or ".").resolve()
    into = context.path(arguments.outdir) if arguments.outdir else root / "dist"
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        lock=arguments.build_lock,
    ) as usual:
        how = usual.for_source(root)
        if arguments.list:
            files = list_files(root, context=context, building=how)
            rows = [("+" if f.selected else "-", f.path, f.why) for f in files]
            return Outcome([file.to_json() for file in files], columns(rows))
        if arguments.diff_vcs:
            found = compare_with_version_control(root, context=context, building=how)
            return _told(found)
        archive = make_sdist(root, into=into, context=context, building=how)
    return Outcome(archive.to_json(), f"{shown(archive.location, context)}\n")


def _normalize(arguments: argparse.Namespace, context: Context) -> Outcome:
    if arguments.project is not None:
        raise BadArgumentsError("sdist", "--normalize takes a FILE and no DIR")
    made = normalize_sdist(
        context.path(arguments.normalize),
        into=context.path(arguments.outdir or "dist"),
        context=context,
    )
    return Outcome(made.to_json(), f"{shown(made.location, context)}\n")


def _told(found: tuple[TrackingDifference, ...]) -> Outcome:
    """Show differences: ``!`` before those that no rule accounts for."""
    open_ = sum(not one.explained for one in found)
    rows = [
        (
            " " if one.explained else "!",
            "+" if one.packed else "-",
            one.path,
            one.state,
            one.reason,
        )
        for one in found
    ]
    return Outcome(
        {"differences": [one.to_json() for one in found], "unexplained": open_},
        columns(rows),
        exit_code=1 if open_ else 0,
    )
