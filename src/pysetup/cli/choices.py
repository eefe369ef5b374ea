"""The options of choosing versions, as the workflow of installing takes them."""

import argparse

from pysetup.cli.parser import BadArgumentsError
from pysetup.workflows.provision import Choice
from pysetup.workflows.resolving.resolve import UpgradeStrategy


def chosen_versions(
    arguments: argparse.Namespace,
    command: str,
    *,
    upgrade: bool = False,
    reinstall: bool = False,
    require_hashes: bool = False,
    foreign: bool = False,
) -> Choice:
    """Return what ``add_resolver_options``, ``--no-deps`` and ``--only-deps`` say.

    Raises ``BadArgumentsError``.
    """
    upgrade_strategy: UpgradeStrategy = getattr(
        arguments, "upgrade_strategy", "only-if-needed"
    )
    only_deps = getattr(arguments, "only_deps", False)
    if only_deps and arguments.no_deps:
        raise BadArgumentsError(command, "--only-deps and --no-deps leave nothing")
    return Choice(
        deps=not arguments.no_deps,
        upgrade=upgrade,
        upgrade_strategy=upgrade_strategy,
        reinstall=reinstall,
        strategy=arguments.resolution,
        require_hashes=require_hashes,
        only_deps=only_deps,
        foreign=foreign,
    )
