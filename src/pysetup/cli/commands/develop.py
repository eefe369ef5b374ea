"""Make a project importable where it stands (an editable installation).

Without an environment, one is created as .venv in the project.
"""

import argparse
from pathlib import Path

from pysetup.cli.changes import changes_outcome
from pysetup.cli.choices import chosen_versions
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_index_options,
    add_lock_options,
    add_resolver_options,
    add_start_up_options,
    add_system_option,
    add_timings_option,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import Parser
from pysetup.cli.questions import add_yes_option, with_questions
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.standards.jsontext import JSON
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.develop import (
    nearest_environment,
    project_environment,
    refresh,
    undo,
)
from pysetup.workflows.installing.install import InstallReport
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.provision import install
from pysetup.workflows.resolving.requested import Wanted, read_wanted


def options(parser: Parser) -> None:
    """Add the options of ``develop``."""
    parser.add_argument(
        "project", nargs="?", default=".", metavar="DIR", help="DIR[extra] for extras"
    )
    add_environment_options(parser)
    add_resolver_options(parser)
    add_system_option(parser)
    parser.add_argument(
        "--no-deps", action="store_true", help="nothing but the project itself"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
    add_start_up_options(parser)
    add_yes_option(parser)
    add_timings_option(parser)
    add_build_options(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--strict",
        action="store_true",
        help="a link for each file of the wheel; nothing else can be imported",
    )
    what.add_argument(
        "--refresh",
        dest="refresh_project",
        action="store_true",
        help="install its metadata anew, if the tree says something else now",
    )
    what.add_argument("--undo", action="store_true", help="uninstall it again")
    add_lock_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Install the project editable, with what it requires."""
    context = with_questions(context, arguments)
    wanted = read_wanted(
        (),
        context=context,
        editables=[arguments.project],
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
    )
    (root,) = [one.path for one in wanted.asked if one.path is not None]
    environment = _environment(arguments, root, context)
    if arguments.undo:
        report = undo(
            root, environment=environment, context=context, dry_run=arguments.dry_run
        )
        return _outcome(report, environment)
    return _outcome(_installed(wanted, environment, arguments, context), environment)


def _installed(
    wanted: Wanted,
    environment: Environment,
    arguments: argparse.Namespace,
    context: Context,
) -> InstallReport | None:
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
        lock=arguments.build_lock,
    ) as how:
        chosen = replace(how, editable="links") if arguments.strict else how
        act = refresh if arguments.refresh_project else install
        return act(
            wanted,
            environment=environment,
            context=context,
            building=chosen,
            choice=chosen_versions(arguments, "develop"),
            dry_run=arguments.dry_run,
        )


def _environment(
    arguments: argparse.Namespace, root: Path, context: Context
) -> Environment:
    named = arguments.env or arguments.python or context.environ.get("PYSETUP_PYTHON")
    if named:
        return chosen_environment(arguments, context)
    if arguments.undo or arguments.refresh_project or arguments.dry_run:
        return nearest_environment(root, context)
    return project_environment(root, context)


def _outcome(report: InstallReport | None, environment: Environment) -> Outcome:
    if report is None:
        result: JSON = {"environment": environment.prefix, "changed": False}
        text = "Nothing changed: the installation says what the tree says.\n"
        return Outcome(result, text, environment=described(environment))
    return changes_outcome(report, environment)
