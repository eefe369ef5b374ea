"""Tell why a version is not the one that is chosen: who forbids it, what would help.

Each argument is NAME, for its newest version, or NAME==VERSION, or any requirement. It
is asked of what is installed in an environment, or with --project of what a project
requires, or with -r and --with of requirements.
"""

import argparse
from pathlib import Path

from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_index_options,
    add_lock_options,
    add_resolver_options,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.plan_lines import change_lines
from pysetup.cli.shown import described
from pysetup.interchange.environment import Environment
from pysetup.late import tempfile
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.events import PlannedChanges
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.managing.project_file import find_project
from pysetup.workflows.provision import Workshop
from pysetup.workflows.resolving.requested import Wanted, read_wanted
from pysetup.workflows.resolving.why_not import WhyNot
from pysetup.workflows.why_not import (
    Ask,
    of_environment,
    of_project,
    of_requirements,
)


def options(parser: Parser) -> None:
    """Add the options of ``why-not``."""
    parser.add_argument("names", nargs="+", metavar="NAME[==VERSION]")
    parser.add_argument(
        "--project", metavar="DIR", help="of what this project requires"
    )
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="of what this file asks for",
    )
    parser.add_argument(
        "--with",
        dest="others",
        action="append",
        default=[],
        metavar="REQ",
        help="of this requirement",
    )
    add_environment_options(parser)
    add_resolver_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Solve with it and without it, and compare."""
    wanted = read_wanted(
        arguments.others,
        context=context,
        files=arguments.files,
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
    )
    context = with_options(context, wanted.options)
    environment = chosen_environment(arguments, context)
    questions = [parse_requirement(name) for name in arguments.names]
    with (
        building(
            context,
            isolation=arguments.isolation,
            settings=config_settings(arguments.config_settings),
            python=environment.executable,
            lock=arguments.build_lock,
        ) as how,
        tempfile.TemporaryDirectory(prefix="pysetup-why-not-") as folder,
    ):
        workshop = Workshop(Path(folder), context=context, building=how)
        ask = _ask(arguments, wanted, environment, workshop)
        found = [ask(question) for question in questions]
    return Outcome(
        [one.to_json() for one in found],
        "\n".join(map(_text, found)),
        environment=described(environment),
    )


def _ask(
    arguments: argparse.Namespace,
    wanted: Wanted,
    environment: Environment,
    workshop: Workshop,
) -> Ask:
    named = bool(arguments.files or arguments.others)
    if arguments.project is not None and named:
        raise BadArgumentsError("why-not", "--project goes without -r and --with")
    if arguments.project is not None:
        project = find_project(arguments.project, workshop.context)
        return of_project(project, wanted, environment, workshop)
    if named:
        return of_requirements(wanted.asked, wanted, environment, workshop)
    return of_environment(wanted, environment, workshop)


def _text(one: WhyNot) -> str:
    if one.is_chosen:
        lines = [f"{one.asked}: {one.chosen} is chosen already"]
    elif one.possible:
        lines = [f"{one.asked}: nothing forbids it; it would bring"]
        lines += [f"  {line}" for line in change_lines(_planned(one))]
        lines.append(f"  help: pysetup install '{one.asked}'")
    else:
        lines = [f"{one.asked} cannot be chosen"]
        lines += [
            f"  because   {line.lstrip()}" if number == 0 else f"        {line}"
            for number, line in enumerate(one.lines)
        ]
        if one.chosen is not None:
            lines.append(f"  so it is  {normalize_name(one.asked.name)} {one.chosen}")
        lines += [f"  help: {hint}" for hint in one.hints]
    return "\n".join([*lines, ""])


def _planned(one: WhyNot) -> PlannedChanges:
    return PlannedChanges(
        install=tuple((name, new) for name, old, new in one.changes if not old),
        upgrade=tuple((n, old, new) for n, old, new in one.changes if old and new),
        remove=tuple((name, old) for name, old, new in one.changes if not new),
    )
