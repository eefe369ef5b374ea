"""Options of the commands that write wheels, and the changes that they ask for."""

import argparse
from collections.abc import Sequence

from pysetup.cli.parser import Parser
from pysetup.interchange.layout import WHEEL_VERSIONS
from pysetup.workflows.building.packing import (
    Change,
    as_wheel_version,
    list_components,
)


def add_wheel_options(parser: Parser) -> None:
    """Add the options of what a wheel holds beside what was built."""
    group = parser.add_argument_group("wheel")
    group.add_argument(
        "--wheel-version",
        choices=WHEEL_VERSIONS,
        help="1.1 adds WHEEL.json (PEP 819, draft of 2025-12; default: as built)",
    )
    group.add_argument(
        "--sbom",
        action="store_true",
        help="list vendored libraries in .dist-info/sboms (PEP 770)",
    )


def wheel_changes(arguments: argparse.Namespace) -> Sequence[Change]:
    """Return the changes that the options ask for."""
    changes: list[Change] = []
    if arguments.sbom:
        changes.append(list_components)
    if arguments.wheel_version:
        changes.append(as_wheel_version(arguments.wheel_version))
    return changes
