"""Install distributions, with what they require, in one transaction.

Each argument is a requirement, a wheel, an sdist, a project folder or a URL.
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack

from pysetup.cli.changes import changes_outcome, paths_outcome
from pysetup.cli.choices import chosen_versions
from pysetup.cli.environments import (
    add_environment_options,
    add_place_options,
    chosen_place,
)
from pysetup.cli.options import (
    add_build_options,
    add_change_options,
    add_group_options,
    add_index_options,
    add_lock_options,
    add_refresh_options,
    add_resolver_options,
    add_script_option,
    add_start_up_options,
    add_system_option,
    add_timings_option,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.pip_options import (
    add_break_option,
    add_pip_install_options,
    add_pip_options,
    add_root_user_option,
)
from pysetup.cli.questions import add_yes_option, with_questions
from pysetup.cli.reports import Report, add_report_option
from pysetup.cli.shown import described
from pysetup.cli.targets import add_target_options, chosen_target
from pysetup.interchange.environment import Environment
from pysetup.interchange.pylock.model import is_lock_name
from pysetup.values import replace
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.dry_run import nothing_left
from pysetup.workflows.installing.install import InstallReport
from pysetup.workflows.installing.state_folder import forget_state
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.provision import install
from pysetup.workflows.resolving.requested import Wanted, read_wanted
from pysetup.workflows.settings import LINK_MODES


def options(parser: Parser) -> None:
    """Add the options of ``install``."""
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT|FILE|DIR|URL")
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="install what this file asks for",
    )
    parser.add_argument(
        "-e",
        "--editable",
        dest="editables",
        action="append",
        default=[],
        metavar="DIR|URL",
        help="develop: make this project, or a clone, importable where it stands",
    )
    parser.add_argument(
        "--src",
        metavar="DIR",
        help="clone editable repositories to this folder (default: src in the"
        " environment, else here)",
    )
    add_environment_options(parser)
    add_place_options(parser)
    add_group_options(parser)
    add_script_option(parser)
    add_resolver_options(parser)
    add_system_option(parser)
    add_refresh_options(parser)
    add_target_options(parser)
    parser.add_argument(
        "-U", "--upgrade", action="store_true", help="the newest of what is named"
    )
    parser.add_argument(
        "--upgrade-strategy",
        choices=("only-if-needed", "eager"),
        default="only-if-needed",
        help="with -U: eager upgrades what they require, too",
    )
    parser.add_argument(
        "--no-deps",
        "--no-dependencies",
        action="store_true",
        help="nothing but what is named",
    )
    parser.add_argument(
        "--only-deps",
        action="store_true",
        help="what is needed by what is named, alone",
    )
    parser.add_argument(
        "--force-reinstall", action="store_true", help="also what is there already"
    )
    parser.add_argument(
        "-I",
        "--ignore-installed",
        action="store_true",
        help="choose as if nothing were installed; what is there is replaced",
    )
    parser.add_argument(
        "--require-hashes",
        action="store_true",
        default=None,
        help="refuse what no --hash is given for (default: if one is given at all)",
    )
    parser.add_argument(
        "--no-require-hashes",
        dest="require_hashes",
        action="store_false",
        help="check the digests that are given, and ask for no others",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    add_report_option(parser)
    add_timings_option(parser)
    parser.add_argument(
        "--no-compile", dest="compile", action="store_false", help="no bytecode"
    )
    parser.add_argument(
        "--compile", dest="compile", action="store_true", help="bytecode (default)"
    )
    parser.add_argument(
        "--link-mode",
        choices=LINK_MODES,
        help="how files come from the cache (PYSETUP_LINK_MODE; default auto)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files that stand in the way"
    )
    for option, reason in (
        ("--no-warn-script-location", "folders of scripts are not warned of"),
        ("--no-warn-conflicts", "pysetup check  tells what does not fit"),
    ):
        parser.add_argument(option, action="store_true", help=f"no effect: {reason}")
    add_break_option(parser)
    add_root_user_option(parser)
    add_start_up_options(parser)
    add_yes_option(parser)
    add_change_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)
    add_pip_install_options(parser)
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Resolve, fetch, verify and install."""
    with ExitStack() as stack:
        report = Report("install", arguments, context, stack)
        if arguments.dry_run:
            context = stack.enter_context(nothing_left(context))
        return _outcome(arguments, context, report)


def _outcome(
    arguments: argparse.Namespace, context: Context, report: Report
) -> Outcome:
    if locks := _lock_files(arguments):
        return _from_locks(locks, arguments, context, report)
    wanted = read_wanted(
        arguments.requirements,
        context=context,
        files=arguments.files,
        editables=arguments.editables,
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
        groups=arguments.groups,
        scripts=arguments.scripts,
    )
    named = (wanted.asked, arguments.files, arguments.groups, arguments.scripts)
    if not any(named):
        raise BadArgumentsError("install", "nothing was asked for")
    context = with_questions(with_options(context, wanted.options), arguments)
    environment = _environment(arguments, context)
    done = _installed(wanted, environment, arguments, context, report)
    report.show()
    if arguments.root and not arguments.dry_run:
        forget_state(environment)  # it would be packed with the files
    if report.on_stdout:
        return Outcome(done.to_json(), report.text, environment=described(environment))
    if arguments.dry_run and arguments.verbose:
        return paths_outcome(done, environment, compiled=arguments.compile)
    return changes_outcome(done, environment)


def _lock_files(arguments: argparse.Namespace) -> list[str]:
    """Return the lock files among the requirements files of ``install``.

    A lock says all that is installed: nothing may be asked for beside it. Raises
    ``BadArgumentsError``.
    """
    named = [name for name in arguments.files if name.endswith(".toml")]
    found = [name for name in named if is_lock_name(name.rpartition("/")[2])]
    beside = (arguments.requirements, arguments.editables, arguments.groups)
    if found and (len(found) < len(arguments.files) or any(beside)):
        reason = "a lock is installed as it is: give -r pylock.toml alone"
        raise BadArgumentsError("install", reason)
    return found


def _from_locks(
    names: Sequence[str],
    arguments: argparse.Namespace,
    context: Context,
    report: Report,
) -> Outcome:
    # Loaded here: most installs are not from a lock.
    from pysetup.cli.locks import synced
    from pysetup.workflows.locking.sync import SyncChoice, open_lock

    opened = [open_lock(context.path(name), context) for name in names]
    reinstall = arguments.force_reinstall or arguments.ignore_installed
    choice = SyncChoice(
        exact=False, reinstall=reinstall, build_lock=arguments.build_lock
    )
    environment = _environment(arguments, context)
    return synced(opened, environment, choice, arguments, context, report)


def _environment(arguments: argparse.Namespace, context: Context) -> Environment:
    target = chosen_target(arguments)
    elsewhere = arguments.target or arguments.prefix or arguments.root
    if target.is_foreign and not elsewhere and not arguments.dry_run:
        raise BadArgumentsError(
            "install",
            "files for another machine go into a plain folder: add  --target DIR, or"
            " look with  --dry-run",
        )
    found = target.environment(chosen_place(arguments, context))
    return replace(found, any_python=arguments.any_python)


def _requires_hashes(arguments: argparse.Namespace, wanted: Wanted) -> bool:
    """Tell whether every file needs a digest; one that is given asks for all."""
    if arguments.require_hashes is not None:
        return bool(arguments.require_hashes)
    if wanted.options.get("no_require_hashes"):
        return False
    given = any(one.hashes for one in wanted.asked) or wanted.pinned
    return bool(given or wanted.options.get("require_hashes"))


def _installed(
    wanted: Wanted,
    environment: Environment,
    arguments: argparse.Namespace,
    context: Context,
    report: Report,
) -> InstallReport:
    foreign = chosen_target(arguments).is_foreign
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
        lock=arguments.build_lock,
    ) as how:
        return install(
            wanted,
            environment=environment,
            context=context,
            building=how,
            choice=replace(
                chosen_versions(
                    arguments,
                    "install",
                    upgrade=arguments.upgrade,
                    reinstall=arguments.force_reinstall or arguments.ignore_installed,
                    require_hashes=_requires_hashes(arguments, wanted),
                    foreign=foreign,
                ),
                sources=context.path(arguments.src) if arguments.src else None,
            ),
            look_at_pins=lambda pins: report.write_pins(pins, environment),
            dry_run=arguments.dry_run,
            # The bytecode would be that of this Python.
            compile=arguments.compile and not foreign,
            overwrite=arguments.overwrite,
            break_system_packages=arguments.break_system_packages,
            look=lambda wheels: report.write(wheels, environment),
        )
