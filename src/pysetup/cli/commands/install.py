"""Install distributions, with what they require, in one transaction.

Each argument is a requirement, a wheel, an sdist, a project folder or a URL.
"""

import argparse

from pysetup.cli.changes import change_text
from pysetup.cli.choices import chosen_versions
from pysetup.cli.command import BadArgumentsError, Parser
from pysetup.cli.environments import add_environment_options, chosen_environment
from pysetup.cli.options import (
    add_build_options,
    add_change_options,
    add_index_options,
    add_lock_options,
    add_resolver_options,
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.shown import described
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.installing.environment import find_environment
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.provision import install
from pysetup.workflows.resolving.requested import read_wanted
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
        metavar="DIR",
        help="develop: make this project importable where it stands",
    )
    add_environment_options(parser)
    parser.add_argument("-t", "--target", metavar="DIR", help="into this plain folder")
    add_resolver_options(parser)
    parser.add_argument(
        "-U", "--upgrade", action="store_true", help="the newest of what is named"
    )
    parser.add_argument(
        "--no-deps", action="store_true", help="nothing but what is named"
    )
    parser.add_argument(
        "--force-reinstall", action="store_true", help="also what is there already"
    )
    parser.add_argument(
        "--require-hashes", action="store_true", help="refuse files without a digest"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change; write nothing"
    )
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
    parser.add_argument(
        "--break-system-packages",
        action="store_true",
        help="change a Python that the operating system manages",
    )
    add_change_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Resolve, fetch, verify and install."""
    wanted = read_wanted(
        arguments.requirements,
        context=context,
        files=arguments.files,
        editables=arguments.editables,
        constraint_files=arguments.constraint_files,
    )
    if not wanted.asked and not arguments.files:
        raise BadArgumentsError("install", "nothing was asked for")
    context = with_options(context, wanted.options)
    if arguments.target:
        environment = find_environment(
            context,
            python=arguments.env or arguments.python,
            target=context.path(arguments.target),
        )
    else:
        environment = chosen_environment(arguments, context)
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
        lock=arguments.build_lock,
    ) as how:
        report = install(
            wanted,
            environment=environment,
            context=context,
            building=how,
            choice=chosen_versions(
                arguments,
                "install",
                upgrade=arguments.upgrade,
                reinstall=arguments.force_reinstall,
                require_hashes=arguments.require_hashes
                or bool(wanted.options.get("require_hashes")),
            ),
            dry_run=arguments.dry_run,
            compile=arguments.compile,
            overwrite=arguments.overwrite,
            break_system_packages=arguments.break_system_packages,
        )
    return Outcome(
        report.to_json(), change_text(report), environment=described(environment)
    )
