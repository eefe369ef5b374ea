"""Wheels of all that is wanted, fetched or built, in a folder."""

import os
from pathlib import Path

from pysetup.interchange.environment import Environment
from pysetup.late import shutil, tempfile
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.provision import Choice, found_wheels
from pysetup.workflows.resolving.requested import Wanted


def make_wheels(
    wanted: Wanted,
    folder: Path,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
) -> tuple[Path, ...]:
    """Put wheels of all that is ``wanted``, and what it requires, into ``folder``.

    Nothing counts as installed. All of them appear, or none. Raises as ``install``.
    """
    whole = replace(
        wanted, asked=tuple(replace(one, editable=False) for one in wanted.asked)
    )
    with found_wheels(
        whole,
        environment=environment,
        context=context,
        building=building,
        choice=replace(choice, reinstall=True),
        open_store=_no_store,
    ) as wheels:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".wheels-", dir=folder) as place:
            made = []
            for wheel in wheels:
                copy = Path(place, wheel.path.name)
                shutil.copyfile(wheel.path, copy)
                made.append(copy)
            for copy in made:
                os.replace(copy, folder / copy.name)
    return tuple(folder / copy.name for copy in made)


def _no_store(_: Context) -> None:
    """Open no store: what is copied whole need not be unpacked."""
