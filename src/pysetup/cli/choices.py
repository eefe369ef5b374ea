"""The options of choosing versions, as the workflow of installing takes them."""

import argparse
from datetime import UTC, datetime

from pysetup.cli.command import BadArgumentsError
from pysetup.workflows.provision import Choice


def chosen_versions(
    arguments: argparse.Namespace,
    command: str,
    *,
    upgrade: bool = False,
    reinstall: bool = False,
    require_hashes: bool = False,
) -> Choice:
    """Return what ``add_resolver_options`` and ``--no-deps`` say.

    Raises ``BadArgumentsError``.
    """
    return Choice(
        deps=not arguments.no_deps,
        upgrade=upgrade,
        reinstall=reinstall,
        strategy=arguments.resolution,
        exclude_newer=_date(arguments.exclude_newer, command),
        require_hashes=require_hashes,
    )


def _date(text: str | None, command: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadArgumentsError(
            command, f"--exclude-newer {text!r} is no date (2026-01-31)"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
