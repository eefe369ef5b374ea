"""Development: what is installed where it stands, and whether it still fits."""

import os
import shlex
from pathlib import Path

from pysetup.errors import AnswerError, EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.meaning import same_meaning
from pysetup.phases.develop.freshness import changed_entry_points
from pysetup.phases.develop.project import ProjectFolder
from pysetup.phases.develop.stated import read_stated
from pysetup.values import replace
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import (
    EnvironmentExistsError,
    NoEnvironmentError,
    create_environment,
    find_environment,
)
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import InstallReport, uninstall
from pysetup.workflows.provision import Choice, install
from pysetup.workflows.resolving.requested import Wanted
from pysetup.workflows.stale import read_editable_record

# What a file says of itself, or what may be there in the wheel alone.
_NOT_COMPARED = ("metadata_version", "dynamic", "license_file")


class NotDevelopedError(AnswerError):
    """The project is not installed for development in this environment.

    ``--refresh`` and ``--undo`` are for what ``pysetup develop`` or ``install -e`` has
    installed from this very folder. ``pysetup list --editable`` shows what that is.
    """

    code = "PS1800"

    def __init__(self, root: Path, prefix: str) -> None:
        super().__init__(
            f"{root} is not installed for development in {prefix}",
            facts={"project": str(root), "environment": prefix},
            hints=(
                f"install it:  pysetup develop {shlex.quote(str(root))}",
                "pysetup list --editable  shows what is",
            ),
        )


class NoPlaceForEnvironmentError(EnvironmentRefusedError):
    """There is no environment, and none can be made in the project's folder.

    ``pysetup develop`` makes ``.venv`` in the project if no environment is active and
    none stands there or above. The folder may belong to somebody else, or its disk
    may be full. Make an environment elsewhere, and name it.
    """

    code = "PS7800"

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(
            f"no environment is active, and none can be made in {root}: {reason}",
            facts={"project": str(root), "reason": reason},
            hints=(
                "pysetup venv create DIR  in a folder of yours",
                f"then  pysetup develop --env DIR {shlex.quote(str(root))}",
            ),
        )


def project_environment(root: Path, context: Context) -> Environment:
    """Return the environment to develop the project in ``root`` in.

    As ``nearest_environment``; where there is none, ``.venv`` is made in the project,
    which is told. Raises ``NoPlaceForEnvironmentError``.
    """
    try:
        return nearest_environment(root, context)
    except NoEnvironmentError:
        pass
    try:
        environment = create_environment(root / ".venv", context)
    except EnvironmentExistsError as error:
        reason = error.message.rpartition(": ")[2]
        raise NoPlaceForEnvironmentError(root, reason) from None
    context.tell(f"created {environment.prefix} (Python {environment.version})")
    return environment


def nearest_environment(root: Path, context: Context) -> Environment:
    """Return the active environment, else the nearest ``.venv`` in or above ``root``.

    It is told, unless it is the active one. Raises ``NoEnvironmentError``.
    """
    environment = find_environment(replace(context, directory=root))
    active = context.environ.get("VIRTUAL_ENV", "")
    if os.path.realpath(active) != os.path.realpath(environment.prefix):
        context.tell(f"using {environment.prefix} (Python {environment.version})")
    return environment


def find_editable(
    root: Path, *, environment: Environment, context: Context
) -> InstalledDistribution:
    """Return what is installed for development from ``root``.

    Raises ``NotDevelopedError``.
    """
    wanted = os.path.realpath(root)
    for found in read_environment(environment, context).distributions():
        if found.editable and os.path.realpath(found.location) == wanted:
            return found
    raise NotDevelopedError(root, environment.prefix)


def undo(
    root: Path, *, environment: Environment, context: Context, dry_run: bool = False
) -> InstallReport:
    """Uninstall what is installed for development from ``root``.

    Raises ``NotDevelopedError`` and as ``uninstall``.
    """
    found = find_editable(root, environment=environment, context=context)
    return uninstall(
        [found.metadata.name],
        environment=environment,
        context=context,
        dry_run=dry_run,
    )


def refresh(
    wanted: Wanted,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
    dry_run: bool = False,
) -> InstallReport | None:
    """Install the one project of ``wanted`` anew if its metadata changed; else None.

    It stays a path or a link tree, as it was; a link tree is always made anew. Raises
    ``NotDevelopedError`` and as ``install``.
    """
    (root,) = [one.path for one in wanted.asked if one.path is not None]
    found = find_editable(root, environment=environment, context=context)
    record = read_editable_record(found.info_dir)
    if record is None or record.mode != "links":
        tree = read_project(root, context=context, building=building)
        if record is not None and not document_changes(found.metadata, tree.metadata):
            return None
        name = tree.metadata.normalized_name
    else:
        building = replace(building, editable="links")
        name = str(read_stated(ProjectFolder(root)).mapping.get("name") or "")
    renamed = name and name != found.metadata.normalized_name
    return install(
        wanted,
        environment=environment,
        context=context,
        building=building,
        choice=choice,
        remove=[found.metadata.name] if renamed else [],
        dry_run=dry_run,
    )


def document_changes(installed: Metadata, now: Metadata) -> tuple[str, ...]:
    """Return the keys in which what is installed differs from the project's document.

    What only its back end says, and only in a wheel, is not compared.
    """
    stated = now.section("build").get("dynamic")
    late = {*_NOT_COMPARED, *map(str, stated if isinstance(stated, list) else ())}
    changes = [
        key
        for key in BY_KEY
        if key not in late and not same_meaning(key, installed.get(key), now.get(key))
    ]
    return (*changes, *changed_entry_points(installed, now.to_dict()))
