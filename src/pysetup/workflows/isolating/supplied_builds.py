"""Builds whose environments hold what is given, not what the indexes have now."""

import contextlib
from collections.abc import Iterator, Mapping

from pysetup.standards.jsontext import JSON
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.isolating.isolation import BuildEnvironments, Supply


@contextlib.contextmanager
def supplied_building(
    context: Context,
    supply: Supply,
    *,
    python: str | None = None,
    settings: Mapping[str, JSON] | None = None,
) -> Iterator[Building]:
    """Say how projects are built with what ``supply`` gives; as ``building``."""
    with (
        building(context, settings=settings, python=python, lock="ignore") as how,
        scratch_folder("pysetup-isolated-") as folder,
    ):
        made = BuildEnvironments(context, folder, python=python, supply=supply)
        yield replace(how, isolate=made)
