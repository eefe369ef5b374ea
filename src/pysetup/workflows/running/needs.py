"""What a run needs of an environment, and what the answer to that depends on."""

import os
from contextlib import suppress
from datetime import datetime

from pysetup.edges.urls import file_path, is_file_url
from pysetup.interchange.environment import Environment
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.installing.known_interpreters import interpreter_identity
from pysetup.workflows.isolating.build_cache import digest_of, folder_state
from pysetup.workflows.resolving.requested import Wanted

_INFO = (".dist-info", ".egg-info", ".egg-link")


@dataclass(frozen=True, slots=True)
class Needs:
    """What an environment is for.

    ``python`` is its interpreter; ``wanted`` what it must hold, with the index options
    that files set; ``over`` is the environment that it is layered over. ``title`` is
    how the user named what needs it.
    """

    python: str
    wanted: Wanted
    title: str
    over: Environment | None = None
    exclude_newer: datetime | None = None


def question_of(needs: Needs, context: Context) -> str | None:
    """Return what the answer depends on; None for files, which may change."""
    identity = interpreter_identity(needs.python)
    wanted = needs.wanted
    if identity is None or any(
        one.requirement is None or one.requirement.url for one in wanted.asked
    ):
        return None
    settings = context.settings
    return digest_of(
        [
            *(identity, sorted(str(one.requirement) for one in wanted.asked)),
            sorted(map(str, wanted.constraints)),
            {name: sorted(map(str, found)) for name, found in wanted.hashes.items()},
            *(settings.index_url, list(settings.extra_index_urls)),
            *(settings.no_index, settings.pre, list(settings.find_links)),
            *(list(settings.only_binary), list(settings.no_binary)),
            [folder_state(_local(link, context)) for link in settings.find_links],
            None if needs.exclude_newer is None else needs.exclude_newer.isoformat(),
            None if needs.over is None else _installed(needs.over),
        ]
    )


def _installed(environment: Environment) -> list[JSON]:
    """Return what changes when something is installed into ``environment``."""
    rows: list[JSON] = [environment.prefix, list(environment.paths)]
    for folder in environment.paths:
        with suppress(OSError), os.scandir(folder) as entries:
            rows += sorted(
                f"{entry.path} {entry.stat().st_mtime_ns}"
                for entry in entries
                if entry.name.endswith(_INFO)
            )
    return rows


def _local(link: str, context: Context) -> str:
    return str(context.path(file_path(link) if is_file_url(link) else link))
