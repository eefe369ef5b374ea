"""The options that name another Python or platform, and what they mean."""

import argparse

from pysetup.cli.parser import Parser
from pysetup.interchange.target import Target


def add_target_options(parser: Parser) -> None:
    """Add the options that say for what else than this machine to choose files."""
    group = parser.add_argument_group("other machine")
    group.add_argument(
        "--python-version",
        metavar="X.Y",
        help="choose for this Python: 3.12, 3.12.4, 312, 3.13t",
    )
    group.add_argument(
        "--python-platform",
        metavar="NAME",
        help="choose for this platform: linux, macos, windows, x86_64-manylinux_2_28,"
        " aarch64-apple-darwin, ...",
    )
    group.add_argument(
        "--platform",
        dest="platforms",
        action="append",
        default=[],
        metavar="TAG",
        help="choose wheels of this platform tag: manylinux2014_x86_64, win_amd64",
    )
    group.add_argument(
        "--implementation",
        metavar="NAME",
        help="choose for this Python implementation: cp, pp, py (no compiled code)",
    )
    group.add_argument(
        "--abi",
        dest="abis",
        action="append",
        default=[],
        metavar="TAG",
        help="choose wheels of this ABI tag: cp312, abi3, none",
    )


def chosen_target(arguments: argparse.Namespace) -> Target:
    """Return what the options of ``add_target_options`` say."""
    return Target(
        python_version=arguments.python_version or "",
        platform=arguments.python_platform or "",
        platforms=tuple(arguments.platforms),
        implementation=arguments.implementation or "",
        abis=tuple(arguments.abis),
    )
