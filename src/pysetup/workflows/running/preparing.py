"""Resolving, fetching, building and installing what a script or ``--with`` needs."""

from collections.abc import Callable
from pathlib import Path

from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import environment_of
from pysetup.workflows.isolating.build_cache import EnvironmentCache, Made
from pysetup.workflows.isolating.cached_environments import (
    Contents,
    environment_of_wheels,
)
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.provision import Choice, found_wheels
from pysetup.workflows.running.needs import Needs


def make_environment(
    needs: Needs,
    *,
    cache: EnvironmentCache,
    elsewhere: Callable[[], Path],
    context: Context,
) -> Made:
    """Return an environment that has what is needed, new or from the cache.

    What the environment below has, and what fits, is not installed once more.
    ``elsewhere`` gives a folder where the cache takes none.
    """
    over = needs.over
    base = over or replace(
        environment_of(needs.python, context), paths=(), externally_managed=None
    )
    with (
        building(context, python=needs.python) as how,
        found_wheels(
            needs.wanted,
            environment=base,
            context=context,
            building=how,
            choice=Choice(reinstall=over is None, exclude_newer=needs.exclude_newer),
        ) as wheels,
    ):
        contents = Contents(needs.python, wheels, over.paths if over else ())
        return environment_of_wheels(
            contents, cache=cache, elsewhere=elsewhere, context=context
        )
