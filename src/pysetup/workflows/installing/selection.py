"""Which of the installed distributions are meant: the filters of list and freeze."""

import os
from collections.abc import Sequence

from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.database import InstalledDatabase
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import read_environment, required_by
from pysetup.workflows.installing.places import (
    Place,
    UserSiteInvisibleError,
    placed_environment,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What pip's options of these names leave.

    ``paths`` are folders to look into instead of the environment's; ``local`` leaves
    out what a virtual environment sees of its system; ``user`` is the user's own folder
    alone; ``exclude`` are names.
    """

    paths: tuple[str, ...] = ()
    local: bool = False
    user: bool = False
    not_required: bool = False
    only_editable: bool = False
    no_editable: bool = False
    exclude: tuple[str, ...] = ()


def looked_at(
    environment: Environment, filters: Filters, context: Context
) -> Environment:
    """Return the environment with the folders that are looked into.

    An environment that does not see the user's folder has nothing there.
    """
    if filters.paths:
        paths = tuple(os.path.realpath(context.path(one)) for one in filters.paths)
        return replace(environment, paths=paths)
    if filters.user:
        try:
            return placed_environment(environment, Place(user=True), context)
        except UserSiteInvisibleError:
            return replace(environment, paths=())  # nothing of it is seen
    if filters.local and environment.virtual:
        root = os.path.realpath(environment.prefix) + os.sep
        own = tuple(one for one in environment.paths if one.startswith(root))
        return replace(environment, paths=own)
    return environment


def selected(
    environment: Environment, filters: Filters, context: Context
) -> tuple[InstalledDatabase, tuple[InstalledDistribution, ...]]:
    """Return the database that was looked at, and what of it the filters leave."""
    place = looked_at(environment, filters, context)
    database = read_environment(place, context)
    found: Sequence[InstalledDistribution] = database.distributions()
    if filters.not_required:
        users = required_by(database, place)
        found = [one for one in found if not users.get(one.metadata.normalized_name)]
    left_out = {normalize_name(name) for name in filters.exclude}
    return database, tuple(
        one
        for one in found
        if one.metadata.normalized_name not in left_out
        and (one.editable or not filters.only_editable)
        and not (one.editable and filters.no_editable)
    )
