"""Download what would be installed, with what it requires, into a folder.

Each argument is a requirement, a wheel, an sdist, a project folder or a URL; nothing
counts as installed. With --with-deps the folder can be carried to a machine without a
network: it gets a manifest, metadata and index pages, and is proved to be enough.
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
    config_settings,
)
from pysetup.cli.output import Outcome
from pysetup.cli.parser import BadArgumentsError, Parser
from pysetup.cli.pip_options import add_pip_install_options, add_pip_options
from pysetup.cli.progress_lines import size
from pysetup.cli.shown import shown
from pysetup.interchange.environment import Environment
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.download import DownloadedFile, DownloadTarget, download
from pysetup.workflows.download_check import CheckedFolder, check_folder
from pysetup.workflows.download_folder import Placed, describe, place_files
from pysetup.workflows.download_targets import (
    HERE,
    described_target,
    named_targets,
)
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.resolving.requested import Wanted, read_wanted


def options(parser: Parser) -> None:
    """Add the options of ``download``."""
    parser.add_argument("requirements", nargs="*", metavar="REQUIREMENT|FILE|DIR|URL")
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="download what this file asks for",
    )
    add_group_options(parser)
    parser.add_argument(
        "-d",
        "--dest",
        "--destination-dir",
        "--destination-directory",
        dest="folder",
        default=".",
        metavar="DIR",
        help="into this folder (default: here)",
    )
    parser.add_argument(
        "--no-deps", action="store_true", help="nothing but what is named"
    )
    parser.add_argument(
        "--require-hashes", action="store_true", help="refuse files without a digest"
    )
    group = parser.add_argument_group("for a machine without a network")
    group.add_argument(
        "--with-deps",
        dest="describe",
        action="store_true",
        help="write manifest, metadata and index pages, too, and prove that the folder"
        " is enough",
    )
    group.add_argument(
        "--with-build-deps",
        dest="build_requirements",
        action="store_true",
        help="also what the sdists among them are built with",
    )
    group.add_argument(
        "--target-of",
        dest="target_files",
        action="append",
        default=[],
        metavar="FILE",
        help="for the machine where  pysetup inspect --tags  (or pip's) made this file;"
        " may be repeated",
    )
    group.add_argument(
        "--verify",
        action="store_true",
        help="download nothing; compare the folder with its manifest",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would come; write no files"
    )
    _add_target_options(parser)
    add_environment_options(parser)
    add_resolver_options(parser)
    add_refresh_options(parser)
    add_build_options(parser)
    add_lock_options(parser)
    add_index_options(parser)
    add_pip_install_options(parser)
    add_pip_options(parser)


def _add_target_options(parser: Parser) -> None:
    """Add what names other machines; each may be repeated, and all are combined."""
    group = parser.add_argument_group("other machines (each may be repeated)")
    group.add_argument(
        "--python-version",
        dest="python_versions",
        action="append",
        default=[],
        metavar="X.Y",
        help="for this Python: 3.12, 3.12.4, 312, 3.13t",
    )
    group.add_argument(
        "--python-platform",
        dest="python_platforms",
        action="append",
        default=[],
        metavar="NAME",
        help="for this platform: linux, macos, windows, aarch64-manylinux_2_28, ...",
    )
    group.add_argument(
        "--platform",
        dest="platforms",
        action="append",
        default=[],
        metavar="TAG",
        help="wheels of this platform tag; those of one machine count together",
    )
    group.add_argument(
        "--implementation",
        default="",
        metavar="NAME",
        help="for this Python implementation: cp, pp, py (no compiled code)",
    )
    group.add_argument(
        "--abi",
        dest="abis",
        action="append",
        default=[],
        metavar="TAG",
        help="wheels of this ABI tag: cp312, abi3, none",
    )


def _targets(
    arguments: argparse.Namespace, environment: Environment, context: Context
) -> tuple[DownloadTarget, ...]:
    """Return the machines that the options name; without them it is this one."""
    named = named_targets(
        arguments.python_versions,
        arguments.python_platforms,
        arguments.platforms,
        implementation=arguments.implementation,
        abis=arguments.abis,
        base=environment,
    )
    described = [
        described_target(context.path(name), environment)
        for name in arguments.target_files
    ]
    return (*named, *described) or (DownloadTarget(HERE, environment),)


def run(arguments: argparse.Namespace, context: Context) -> Outcome:
    """Resolve, fetch, verify and copy; or verify what was copied."""
    wanted = read_wanted(
        arguments.requirements,
        context=context,
        files=arguments.files,
        constraint_files=arguments.constraint_files,
        override_files=arguments.override_files,
        groups=arguments.groups,
    )
    if arguments.verify:
        return _verified(arguments, context, wanted)
    if not (wanted.asked or arguments.files or arguments.groups):
        raise BadArgumentsError("download", "nothing was asked for")
    context = with_options(context, wanted.options)
    environment = replace(
        chosen_environment(arguments, context), any_python=arguments.any_python
    )
    targets = _targets(arguments, environment, context)
    with building(
        context,
        isolation=arguments.isolation,
        settings=config_settings(arguments.config_settings),
        python=environment.executable,
        lock=arguments.build_lock,
    ) as how:
        files = download(
            wanted,
            targets,
            context=context,
            building=how,
            choice=chosen_versions(
                arguments,
                "download",
                require_hashes=arguments.require_hashes
                or bool(wanted.options.get("require_hashes")),
            ),
            build_requirements=arguments.build_requirements,
        )
        if arguments.dry_run:
            return _tried(files)
        folder = context.path(arguments.folder)
        placed = place_files(files, folder, context)
        checked = None
        if arguments.describe:
            placed = describe(placed, _texts(wanted), targets, context)
            checked = _checked(arguments, context, how)
    return _outcome(placed, checked, context)


def _checked(
    arguments: argparse.Namespace, context: Context, how: Building
) -> CheckedFolder | None:
    """Prove that the folder is enough; without dependencies it cannot be."""
    if arguments.no_deps:
        return None
    return check_folder(context.path(arguments.folder), context=context, building=how)


def _texts(wanted: Wanted) -> list[str]:
    return [
        str(one.requirement or one.url or (one.path and one.path.name))
        for one in wanted.asked
    ]


def _tried(files: tuple[DownloadedFile, ...]) -> Outcome:
    lines = [f"+ {one.filename}" for one in files]
    text = "\n".join([*lines, "Nothing was written (--dry-run).", ""])
    return Outcome({"files": [file.to_json() for file in files]}, text)


def _outcome(
    placed: Placed, checked: CheckedFolder | None, context: Context
) -> Outcome:
    lines = [
        f"{'=' if one.filename in placed.kept else '+'} {one.filename}"
        for one in placed.files
    ]
    total = sum(one.acquired.path.stat().st_size for one in placed.files)
    things = _count(len(placed.files))
    lines.append(f"{things}, {size(total)}, in {shown(placed.folder, context)}")
    if checked is not None:
        lines.append(_proof(checked))
    result = placed.to_json() | {"checked": checked.to_json() if checked else None}
    return Outcome(result, "\n".join([*lines, ""]))


def _verified(
    arguments: argparse.Namespace, context: Context, wanted: Wanted
) -> Outcome:
    if wanted.asked:
        raise BadArgumentsError("download", "--verify takes only the folder: -d DIR")
    with building(context) as how:
        checked = check_folder(
            context.path(arguments.folder), context=context, building=how
        )
    return Outcome(checked.to_json(), f"{_proof(checked)}\n")


def _proof(checked: CheckedFolder) -> str:
    names = ", ".join(checked.targets)
    things = _count(checked.files)
    return f"Verified {things}: enough to install from, for {names}"


def _count(files: int) -> str:
    return f"{files} file{'' if files == 1 else 's'}"
