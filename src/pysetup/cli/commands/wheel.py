"""Make wheels of requirements, and of what they require, in a folder.

Each argument is a requirement, a wheel, an sdist, a project folder or a URL; nothing
counts as installed.
"""

import argparse

from pysetup.cli.choices import chosen_versions
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_group_options,
    add_index_options,
    add_lock_options,
    add_refresh_options,
    add_resolver_options,
    add_script_option,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.pip_options import add_pip_install_options, add_pip_options
from pysetup.cli.shown import shown
from pysetup.standards.jsontext import JSON
from pysetup.values import replace
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.resolving.requested import read_wanted
from pysetup.workflows.wheels_into import make_wheels


def options(parser: Parser) -> None:
    """Add the options of ``wheel``."""
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT|FILE|DIR|URL")
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="also what this file asks for",
    )
    parser.add_argument(
        "-e",
        "--editable",
        dest="editables",
        action="append",
        default=[],
        metavar="DIR",
        help="a project folder; its wheel is one like any other",
    )
    parser.add_argument(
        "-w",
        "--wheel-dir",
        dest="folder",
        default=".",
        metavar="DIR",
        help="into this folder (default: here)",
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
        "--require-hashes", action="store_true", help="refuse what has no --hash"
    )
    parser.add_argument(
        "--no-verify",
        action="store_true",
        help="no effect: wheels are always looked at",
    )
    add_environment_options(parser)
    add_group_options(parser)
    add_script_option(parser)
    add_resolver_options(parser)
    add_refresh_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)
    add_pip_install_options(parser)
    add_pip_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Resolve, fetch, build and copy."""
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
        raise BadArgumentsError("wheel", "nothing was asked for")
    context = with_options(context, wanted.options)
    environment = replace(
        chosen_environment(arguments, context), any_python=arguments.any_python
    )
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
        lock=arguments.build_lock,
    ) as how:
        made = make_wheels(
            wanted,
            context.path(arguments.folder),
            environment=environment,
            context=context,
            building=how,
            choice=chosen_versions(
                arguments, "wheel", require_hashes=arguments.require_hashes
            ),
        )
    result: list[JSON] = [str(path) for path in made]
    return Outcome(result, "".join(f"{shown(path, context)}\n" for path in made))
