"""Lock what a project is built with, in its pylock.toml, with the digest of each file.

From then on build, bdist, sdist, develop and install use these very files for this
project, from the cache or the URL in the lock, and refuse anything else.
"""

import argparse

from pysetup.cli.options import add_index_options
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import shown
from pysetup.workflows.build_lock import (
    LockReport,
    Upgrade,
    check_build_lock,
    lock_build,
)
from pysetup.workflows.context import Context


def options(parser: Parser) -> None:
    """Add the options of ``build-lock``."""
    parser.add_argument("project", nargs="?", default=".", metavar="DIR")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit code 8 if the lock is out of date",
    )
    parser.add_argument(
        "-U",
        "--upgrade",
        action="store_true",
        help="the newest of everything, not what the lock has already",
    )
    parser.add_argument(
        "-P",
        "--upgrade-package",
        dest="upgrade_packages",
        action="append",
        default=[],
        metavar="NAME",
        help="the newest of this project",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    group = parser.add_argument_group("interpreter")
    group.add_argument("--python", metavar="PY", help="lock for this Python")
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Make the lock, or check it."""
    upgrade = Upgrade(arguments.upgrade, tuple(arguments.upgrade_packages))
    root = context.path(arguments.project).resolve()
    if not arguments.check:
        report = lock_build(
            root,
            context=context,
            python=arguments.python,
            upgrade=upgrade,
            dry_run=arguments.dry_run,
        )
        return Outcome(report.to_json(), lock_text(report, context))
    if upgrade != Upgrade():
        raise BadArgumentsError("build-lock", "--check goes without --upgrade")
    report = check_build_lock(root, context=context, python=arguments.python)
    text = f"{shown(report.path, context)} holds for {report.lock.target}.\n"
    return Outcome(report.to_json(), text)


def lock_text(report: LockReport, context: Context) -> str:
    """Return the files of a lock, those that came and went marked."""
    lines = [f"- {name}" for name in report.removed]
    lines += [
        f"{'+' if file.filename in report.added else '='} {file.filename}"
        for file in report.lock.files
    ]
    if not report.lock.files:
        lines.append("Building it takes nothing.")
    state = "would write" if report.changed else "unchanged:"
    state = "wrote" if report.written else state
    path = shown(report.path, context)
    return "".join(f"{line}\n" for line in [*lines, f"{state} {path}"])
