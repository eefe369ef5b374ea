"""Compare installed files with RECORD, every byte, and METADATA with the document.

With --repair what is missing or changed is put back from the archive it came from: the
store, the cache, or the recorded origin. With --convert .egg-info of old tools that has
a list of files becomes .dist-info; the files stay as they are.
"""

import argparse

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.phases.install.database import InstalledDatabase
from pysetup.standards.names import normalize_name
from pysetup.workflows.context import Context
from pysetup.workflows.installing.conversion import convert_to_dist_info
from pysetup.workflows.installing.inspect import (
    find_disagreements,
    find_installed,
    read_environment,
    verify_files,
)
from pysetup.workflows.installing.start_up_code import find_start_up_code
from pysetup.workflows.repair import repair


def options(parser: Parser) -> None:
    """Add the options of ``verify``."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="all, if none is given"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--repair", action="store_true", help="put back what is missing or changed"
    )
    action.add_argument(
        "--convert", action="store_true", help="turn .egg-info into .dist-info"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="with --repair or --convert: show what would change; write nothing",
    )
    add_environment_options(parser)
    parser.add_argument(
        "--hooks",
        action="store_true",
        help="list the code that runs at every start of Python, and whose it is",
    )


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Name each file that is missing or changed; exit code 1 if there is one."""
    environment = chosen_environment(arguments, context)
    if arguments.repair:
        return _repair(arguments, environment, context)
    if arguments.convert:
        return _convert(arguments, environment, context)
    if arguments.dry_run:
        raise BadArgumentsError("verify", "--dry-run goes with --repair or --convert")
    find_installed(arguments.names, environment=environment, context=context)
    database = read_environment(environment, context)
    if arguments.hooks:
        return _hooks(arguments.names, database, environment)
    damaged, unknown = verify_files(database, arguments.names)
    disagreements = find_disagreements(database, arguments.names)
    lines = [f"{one}\n" for one in (*damaged, *disagreements)]
    whole = not damaged and not unknown and not disagreements
    return Outcome(
        {
            "damaged": [one.to_json() for one in damaged],
            "disagreements": [one.to_json() for one in disagreements],
        },
        "".join(lines) or ("" if unknown else "Every file is as its RECORD says.\n"),
        exit_code=0 if whole else 1,
        environment=described(environment),
        errors=unknown,
    )


def _hooks(
    names: list[str], database: InstalledDatabase, environment: Environment
) -> Outcome:
    """List the start-up code; of the named distributions alone, if any are named."""
    wanted = set(map(normalize_name, names))
    found = [
        one
        for one in find_start_up_code(database, environment)
        if not wanted or wanted & set(map(normalize_name, one.owners))
    ]
    text = "".join(
        f"{', '.join(one.owners) or 'nobody'}: {one.path}"
        f"{f':{one.number}' if one.number else ''}: {one.text}\n"
        for one in found
    )
    return Outcome(
        {"hooks": [one.to_json() for one in found]},
        text or "No code runs at the start of Python.\n",
        environment=described(environment),
    )


def _repair(
    arguments: argparse.Namespace, environment: Environment, context: Context
) -> Outcome:
    report = repair(
        arguments.names,
        environment=environment,
        context=context,
        dry_run=arguments.dry_run,
    )
    word = "would restore" if arguments.dry_run else "restored"
    lines = [f"{word} {one}\n" for one in report.restored]
    nothing = "" if report.failed or report.report else "Nothing to repair.\n"
    return Outcome(
        report.to_json(),
        "".join(lines) or nothing,
        exit_code=1 if report.failed else 0,
        environment=described(environment),
        errors=report.failed,
    )


def _convert(
    arguments: argparse.Namespace, environment: Environment, context: Context
) -> Outcome:
    report = convert_to_dist_info(
        arguments.names,
        environment=environment,
        context=context,
        dry_run=arguments.dry_run,
    )
    word = "would convert" if arguments.dry_run else "converted"
    text = "".join(f"{word} {name} {version}\n" for name, version in report.converted)
    return Outcome(
        report.to_json(),
        text or "Nothing to convert.\n",
        environment=described(environment),
    )
