"""Lock what a project or some requirements need: every file with its digest.

The lock is a pylock.toml (PEP 751). Versions of the lock that stands there stay where
they fit; --upgrade moves all of them, or those that it names. Without --project and
without requirements the project in this folder is locked, with all its extras and
dependency groups unless some are named.
"""

import argparse
from pathlib import Path

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_index_options,
    add_refresh_options,
    add_resolver_options,
    config_settings,
)
from pysetup.cli.output import Outcome, printable
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.shown import described, shown
from pysetup.cli.targets import add_target_options, chosen_target
from pysetup.interchange.pylock.differences import LockChanges
from pysetup.interchange.pylock.model import PYLOCK
from pysetup.standards.requirements import parse_marker
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.locking.declared import read_declared
from pysetup.workflows.locking.inputs import LockInputs, inputs_of_wanted
from pysetup.workflows.locking.keeping import note_next
from pysetup.workflows.locking.lock import LockReport, check_lock, make_lock
from pysetup.workflows.locking.lock_file import is_universal
from pysetup.workflows.locking.task import LockChoice, LockTask, Upgrades
from pysetup.workflows.resolving.requested import Wanted, read_wanted
from pysetup.workflows.resolving.universal_scope import UniversalScope

STDOUT = "-"
_ALL = ""


def options(parser: Parser) -> None:
    """Add the options of ``lock``."""
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT|FILE|DIR|URL")
    parser.add_argument(
        "-r",
        "--requirements",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="lock what this file asks for",
    )
    parser.add_argument(
        "-e",
        "--editable",
        dest="editables",
        action="append",
        default=[],
        metavar="DIR",
        help="lock this project as one that is developed",
    )
    parser.add_argument(
        "--from",
        dest="foreign",
        metavar="FILE",
        help="take what this lock pins: requirements.txt, Pipfile.lock, poetry.lock, "
        "uv.lock, pdm.lock",
    )
    parser.add_argument("--project", metavar="DIR", help="lock what this project needs")
    _add_part_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="pylock.toml or pylock.NAME.toml; - is stdout (default pylock.toml)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit code 8 if the lock is out of date",
    )
    parser.add_argument(
        "-U",
        "--upgrade",
        dest="upgrades",
        action="append",
        nargs="?",
        const=_ALL,
        default=[],
        metavar="NAME",
        help="the newest of everything, or of this package",
    )
    parser.add_argument(
        "-P",
        "--upgrade-package",
        dest="upgrades",
        action="append",
        metavar="NAME",
        help="the newest of this package",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    _add_universal_options(parser)
    parser.add_argument(
        "--no-build-lock",
        dest="builds",
        action="store_false",
        help="do not lock what sources without a wheel are built with",
    )
    add_environment_options(parser)
    add_target_options(parser)
    add_resolver_options(parser)
    add_refresh_options(parser)
    add_build_options(parser)
    add_index_options(parser)


def _add_part_options(parser: Parser) -> None:
    group = parser.add_argument_group("parts of the project")
    group.add_argument(
        "--extra",
        dest="extras",
        action="append",
        default=[],
        metavar="NAME",
        help="lock this extra, and no others that are not named",
    )
    group.add_argument("--all-extras", action="store_true", help="lock all extras")
    group.add_argument(
        "--group",
        dest="groups",
        action="append",
        default=[],
        metavar="[PATH:]GROUP",
        help="lock this dependency group, and no others that are not named",
    )
    group.add_argument("--all-groups", action="store_true", help="lock all groups")


def _add_universal_options(parser: Parser) -> None:
    group = parser.add_argument_group("all environments")
    group.add_argument(
        "--universal",
        action=argparse.BooleanOptionalAction,
        help="lock for all platforms, and all Pythons of the project; a lock stays "
        "what it was (default: for the environment)",
    )
    group.add_argument(
        "--environment",
        dest="environments",
        action="append",
        default=[],
        metavar="MARKER",
        help="with --universal: only where this holds (repeat for more)",
    )
    group.add_argument(
        "--required-environment",
        dest="required_environments",
        action="append",
        default=[],
        metavar="MARKER",
        help="with --universal: what is needed where this holds must have a file",
    )


def _scope(
    arguments: argparse.Namespace, root: Path | None, *, universal: bool
) -> UniversalScope:
    """Return which environments a universal lock is for."""
    environments = _markers(arguments.environments)
    required = _markers(arguments.required_environments)
    if not universal:
        if environments or required:
            reason = "which environments count is said of a lock with  --universal"
            raise BadArgumentsError("lock", reason)
        return UniversalScope()
    declared = read_declared(root)
    return UniversalScope(
        environments=environments or declared.environments,
        required_environments=required or declared.required_environments,
        conflicts=declared.conflicts,
    )


def _markers(texts: list[str]) -> tuple[str, ...]:
    return tuple(str(parse_marker(text)) for text in texts)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Make the lock, or check it."""
    if arguments.foreign is not None:
        return _imported(arguments, context)
    upgrades = _upgrades(arguments)
    is_plain = arguments.project is None and bool(
        arguments.requirements or arguments.files or arguments.editables
    )
    wanted = read_wanted(
        arguments.requirements,
        context=context,
        files=arguments.files,
        editables=arguments.editables,
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
        groups=[name for name in arguments.groups if ":" in name or is_plain],
    )
    context = with_options(context, wanted.options)
    root = None if is_plain else context.path(arguments.project or ".")
    if is_plain and (arguments.extras or arguments.all_extras or arguments.all_groups):
        raise BadArgumentsError(
            "lock", "extras and all groups are those of a project: add  --project DIR"
        )
    path = _path(arguments, root, context)
    target = chosen_target(arguments)
    universal = arguments.universal
    if universal is None:
        universal = not target.is_foreign and is_universal(path)
    elif universal and (target.platform or target.platforms or target.abis):
        reason = "--universal is for all platforms, so that none can be named"
        raise BadArgumentsError("lock", reason)
    environment = target.environment(chosen_environment(arguments, context))
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
    ) as how:
        task = LockTask(
            inputs=_inputs(arguments, wanted, root, path, context, how),
            path=path,
            environment=environment,
            context=context,
            building=how,
            choice=LockChoice(
                strategy=arguments.resolution,
                foreign=target.is_foreign and not universal,
                universal=universal,
                scope=_scope(arguments, root, universal=universal),
                builds=arguments.builds,
                upgrades=upgrades,
            ),
        )
        if arguments.check:
            report = check_lock(task)
        else:
            report = make_lock(task, dry_run=arguments.dry_run)
    told = _outcome(report, arguments, context)
    return replace(told, environment=described(environment))


def _imported(arguments: argparse.Namespace, context: Context) -> Outcome:
    beside = (
        *(arguments.requirements, arguments.files, arguments.editables),
        *(arguments.project, arguments.check, arguments.upgrades),
        *(arguments.extras, arguments.groups, arguments.universal),
    )
    if any(beside):
        raise BadArgumentsError("lock", "--from takes the lock as it is: give it alone")
    # Loaded here: few locks are made of another tool's.
    from pysetup.workflows.locking.import_lock import import_lock

    report = import_lock(
        context.path(arguments.foreign),
        _path(arguments, None, context),
        context=context,
        dry_run=arguments.dry_run,
    )
    return _outcome(report, arguments, context)


def _outcome(
    report: LockReport, arguments: argparse.Namespace, context: Context
) -> Outcome:
    for note in report.notes:
        context.tell(f"note: {note}")
    if report.path is None:
        return Outcome(report.to_json(), report.text)
    if report.written:
        stands = replace(report, changed=False, written=False, changes=LockChanges())
        note_next(context.memory, printable(_told(stands, arguments, context)))
    return Outcome(report.to_json(), _told(report, arguments, context))


def _upgrades(arguments: argparse.Namespace) -> Upgrades:
    names = tuple(
        name.strip()
        for text in arguments.upgrades
        for name in text.split(",")
        if name.strip()
    )
    upgrades = Upgrades(_ALL in arguments.upgrades, names)
    if arguments.check and upgrades:
        raise BadArgumentsError("lock", "--check goes without --upgrade")
    return upgrades


def _path(
    arguments: argparse.Namespace, root: Path | None, context: Context
) -> Path | None:
    """Return where the lock stands; None for standard output."""
    if arguments.output == STDOUT:
        if arguments.check or arguments.json:
            raise BadArgumentsError(
                "lock", "--output - goes without --check and --json"
            )
        return None
    if arguments.output is None:
        return context.path(PYLOCK) if root is None else root / PYLOCK
    return context.path(arguments.output)


def _inputs(
    arguments: argparse.Namespace,
    wanted: Wanted,
    root: Path | None,
    path: Path | None,
    context: Context,
    how: Building,
) -> LockInputs:
    folder = (path.parent if path is not None else context.directory).absolute()
    if root is None:
        return inputs_of_wanted(wanted, folder=folder)
    # Loaded here: for requirements alone no project is read.
    from pysetup.workflows.locking.project_inputs import (
        PartsAsked,
        inputs_of_project,
    )

    asked = PartsAsked(
        extras=tuple(arguments.extras),
        groups=tuple(name for name in arguments.groups if ":" not in name),
        all_extras=arguments.all_extras,
        all_groups=arguments.all_groups,
    )
    return inputs_of_project(
        root, folder=folder, asked=asked, more=wanted, context=context, building=how
    )


def _told(report: LockReport, arguments: argparse.Namespace, context: Context) -> str:
    assert report.path is not None, "a lock that is printed tells nothing else"
    path, count = shown(report.path, context), len(report.lock.packages)
    packages = f"{count} package{'' if count == 1 else 's'}"
    if arguments.check:
        return f"{path} holds: {packages}.\n"
    lines = list(report.changes.lines())
    if not report.changed:
        lines.append(f"{path} is as it was: {packages}.")
    elif report.written:
        lines.append(f"wrote {path}: {packages}.")
    else:
        lines.append(f"would write {path}: {packages} (--dry-run).")
    return "".join(f"{line}\n" for line in lines)
