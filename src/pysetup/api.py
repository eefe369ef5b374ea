"""The phases and services as plain functions, for other programs.

Each function does what the command of that name does, takes paths and texts, returns
a value with a JSON form, and raises ``PysetupError``. Nothing is printed: pass
``tell`` to ``open_context`` to hear what a command would say.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pysetup.errors import PysetupError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.interchange.pylock.model import LockFile
from pysetup.interchange.pylock.selecting import Parts
from pysetup.interchange.source import SourceArchive
from pysetup.metadata.document import Metadata
from pysetup.workflows import check as check_workflow
from pysetup.workflows import provision as provision_workflow
from pysetup.workflows import publish as publish_workflow
from pysetup.workflows import trace as trace_workflow
from pysetup.workflows.building import archives, packing
from pysetup.workflows.building import build as building_workflow
from pysetup.workflows.building.check import CheckReport
from pysetup.workflows.context import Context, make_context
from pysetup.workflows.describing import convert as convert_workflow
from pysetup.workflows.describing import sources
from pysetup.workflows.describing.convert import Converted
from pysetup.workflows.installing import environment as environment_workflow
from pysetup.workflows.installing import install as install_workflow
from pysetup.workflows.installing import queries, which_dist
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import InstallReport
from pysetup.workflows.installing.queries import InstalledEntryPoint
from pysetup.workflows.installing.which_dist import Owned
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.locking import lock as locking_workflow
from pysetup.workflows.locking import sync as sync_workflow
from pysetup.workflows.locking.inputs import inputs_of_wanted
from pysetup.workflows.locking.lock import LockReport
from pysetup.workflows.locking.task import LockChoice, LockTask
from pysetup.workflows.platform.distribute import Distributed, distribute
from pysetup.workflows.platform.request import Request
from pysetup.workflows.publish import PublishReport
from pysetup.workflows.resolving.requested import read_wanted
from pysetup.workflows.running import run as run_workflow
from pysetup.workflows.trace import Trace

__all__ = [
    "BinaryArchive",
    "BuiltTree",
    "CheckReport",
    "Context",
    "Converted",
    "Distributed",
    "Environment",
    "InstallReport",
    "InstalledDistribution",
    "InstalledEntryPoint",
    "LockFile",
    "LockReport",
    "Metadata",
    "Owned",
    "PublishReport",
    "PysetupError",
    "SourceArchive",
    "Trace",
    "build_tree",
    "check",
    "convert_metadata",
    "create_environment",
    "find_entry_points",
    "find_environment",
    "find_files",
    "find_owners",
    "find_resources",
    "install",
    "list_installed",
    "lock",
    "make_package",
    "make_sdist",
    "make_wheel",
    "open_context",
    "plan_run",
    "publish",
    "read_lock",
    "read_metadata",
    "sync",
    "trace",
    "uninstall",
]


def open_context(
    *,
    settings: Mapping[str, object] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Context:
    """Return the surroundings of this process, as all other functions want them.

    ``settings`` win over variables and configuration files; their keys are those of
    ``pysetup.workflows.settings.Settings`` (``index_url``, ``cache_dir``, ...), and
    ``directory`` is where relative paths start from. ``tell`` hears what happens, a
    line at a time.
    """
    return make_context(
        options=dict(settings or {}), tell=tell, command=("pysetup.api",)
    )


def read_metadata(source: str | Path, *, context: Context) -> Metadata:
    """Return the document of a project folder, an archive or a file of metadata."""
    with building(context) as how:
        reading = sources.Reading(context=context, building=how)
        return sources.read_source(str(source), reading).metadata


def convert_metadata(
    source: str | Path, *, to: str, context: Context, from_: str | None = None
) -> Converted:
    """Return the metadata of any source in the format ``to``, and what gets lost.

    ``from_`` is the format of ``source`` where its name and content do not tell it.
    """
    with building(context) as how:
        reading = sources.Reading(context=context, building=how)
        return convert_workflow.convert(str(source), reading, to=to, from_=from_)


def make_sdist(
    root: str | Path, *, into: str | Path, context: Context
) -> SourceArchive:
    """Source distribution: pack the project in the folder ``root``."""
    with building(context) as how:
        return building_workflow.make_sdist(
            context.path(root),
            into=context.path(into),
            context=context,
            building=how.for_source(context.path(root)),
        )


def build_tree(
    source: str | Path, *, into: str | Path, context: Context, isolation: bool = True
) -> BuiltTree:
    """Build: turn a project folder or an sdist into a folder in wheel layout."""
    with building(context, isolation=isolation) as how:
        return archives.build_tree(
            context.path(source),
            into=context.path(into),
            context=context,
            building=how.for_source(context.path(source)),
        )


def make_wheel(
    source: str | Path | SourceArchive,
    *,
    into: str | Path,
    context: Context,
    isolation: bool = True,
) -> BinaryArchive:
    """Binary distribution: the wheel of a project, an sdist, a wheel, a built tree.

    What ``make_sdist`` has just returned is not read anew.
    """
    given = source if isinstance(source, SourceArchive) else context.path(source)
    place = given.location if isinstance(given, SourceArchive) else given
    with building(context, isolation=isolation) as how:
        return packing.make_wheel(
            given,
            into=context.path(into),
            context=context,
            building=how.for_source(place),
        )


def make_package(  # noqa: PLR0913 - the words of a command, one by one
    source: str | Path,
    format_: str,
    *,
    into: str | Path,
    context: Context,
    target: str = "",
    level: str = "binary",
    options: Mapping[str, str] | None = None,
) -> Distributed:
    """Platform packages: make the ``format_`` (deb, rpm, ...) of what ``source`` names.

    ``source`` is a project, an sdist, a wheel, a built tree, or a name in an index;
    ``target`` the system it is for, by default the format's usual one; ``level`` is
    ``binary`` or ``source``; ``options`` are those of the format.
    """
    request = Request(
        source=str(source),
        level=level,
        target=target,
        options=tuple((options or {}).items()),
    )
    with building(context) as how:
        return distribute(
            format_, request, into=context.path(into), context=context, building=how
        )


def check(
    path: str | Path, *, context: Context, isolation: bool = True
) -> tuple[CheckReport, ...]:
    """Return what is wrong or odd in an sdist, a wheel, a built tree or a project.

    A project is built for it, in a folder that is gone afterwards.
    """
    with building(context, isolation=isolation) as how:
        reading = sources.Reading(context=context, building=how)
        return check_workflow.check_path(context.path(path), reading)


def create_environment(path: str | Path, *, context: Context) -> Environment:
    """Create a virtual environment, without pip, for the running Python."""
    return environment_workflow.create_environment(context.path(path), context)


def find_environment(
    python: str | Path | None = None, *, context: Context
) -> Environment:
    """Return the environment that an interpreter or a folder stands for.

    Without one: the active environment, or the nearest ``.venv``.
    """
    named = None if python is None else str(python)
    return environment_workflow.find_environment(context, python=named)


def install(
    requirements: Sequence[str],
    *,
    environment: Environment,
    context: Context,
    editables: Sequence[str] = (),
) -> InstallReport:
    """Installation: put requirements, files or folders into ``environment``.

    ``editables`` are project folders to install for development.
    """
    wanted = read_wanted(requirements, context=context, editables=editables)
    with building(context, python=environment.executable) as how:
        return provision_workflow.install(
            wanted, environment=environment, context=context, building=how
        )


def lock(
    requirements: Sequence[str],
    *,
    path: str | Path,
    environment: Environment,
    context: Context,
    universal: bool = False,
) -> LockReport:
    """Lock ``requirements`` in the ``pylock.toml`` at ``path``, for ``environment``.

    Or ``universal``, for all platforms, and this Python and later ones. Versions of a
    lock that stands there stay where they fit.
    """
    place = context.path(path)
    wanted = read_wanted(requirements, context=context)
    with building(context, python=environment.executable) as how:
        task = LockTask(
            inputs=inputs_of_wanted(wanted, folder=place.parent),
            path=place,
            environment=environment,
            context=context,
            building=how,
            choice=LockChoice(universal=universal),
        )
        return locking_workflow.make_lock(task)


def read_lock(path: str | Path, *, context: Context) -> LockFile:
    """Return the value of a ``pylock.toml`` (PEP 751), whichever tool wrote it."""
    return sync_workflow.open_lock(context.path(path), context).lock


def sync(
    path: str | Path,
    *,
    environment: Environment,
    context: Context,
    extras: Sequence[str] = (),
    groups: Sequence[str] = (),
    exact: bool = True,
) -> InstallReport:
    """Installation: make ``environment`` what the lock at ``path`` says.

    With ``exact`` everything else is removed, as the command does.
    """
    parts = Parts(extras=tuple(extras), groups=tuple(groups))
    with building(context, python=environment.executable) as how:
        return sync_workflow.sync(
            [sync_workflow.open_lock(context.path(path), context)],
            environment=environment,
            context=context,
            building=how,
            choice=sync_workflow.SyncChoice(parts=parts, exact=exact),
        )


def uninstall(
    names: Sequence[str], *, environment: Environment, context: Context
) -> InstallReport:
    """Installation, undone: remove ``names``, all of them or none."""
    return install_workflow.uninstall(names, environment=environment, context=context)


def list_installed(
    environment: Environment, *, context: Context
) -> tuple[InstalledDistribution, ...]:
    """Return what is installed in ``environment``, by name."""
    return read_environment(environment, context).distributions()


def find_entry_points(
    environment: Environment,
    *,
    context: Context,
    group: str | None = None,
    name: str | None = None,
) -> tuple[InstalledEntryPoint, ...]:
    """Return the entry points of ``environment``, of a group, of a name.

    Nothing is imported until ``load()`` is called on one.
    """
    database = read_environment(environment, context)
    return queries.find_entry_points(database, group=group, name=name)


def find_files(
    distribution: str, *, environment: Environment, context: Context
) -> tuple[str, ...]:
    """Return the absolute paths of all files of an installed distribution."""
    database = read_environment(environment, context)
    return queries.find_files(database, distribution, environment=environment)


def find_resources(
    distribution: str, *, environment: Environment, context: Context, below: str = ""
) -> tuple[str, ...]:
    """Return the data files of a distribution, of the package ``below`` if it is given.

    Modules, bytecode and what the database keeps of it are not among them.
    """
    database = read_environment(environment, context)
    return queries.find_resources(
        database, distribution, environment=environment, below=below
    )


def find_owners(
    word: str | Path, *, environment: Environment, context: Context
) -> tuple[Owned, ...]:
    """Return whose a path, a module or a command is; raises if it is nobody's."""
    database = read_environment(environment, context)
    found = which_dist.find_owners(
        str(word),
        database=database,
        environment=environment,
        directory=context.directory,
    )
    database.index.keep()
    return found


def plan_run(
    command: str,
    arguments: Sequence[str] = (),
    *,
    environment: Environment,
    context: Context,
) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the words and variables that start a command there (execution).

    Relative words are relative to the context's folder.
    """
    plan = run_workflow.plan_command(
        command, arguments, environment=environment, context=context
    )
    return plan.words, plan.environ


def publish(
    files: Sequence[str | Path],
    *,
    context: Context,
    index_url: str | None = None,
    username: str | None = None,
    password: str | None = None,
) -> PublishReport:
    """Upload archives to an index, PyPI by default, and see that it serves them."""
    return publish_workflow.publish(
        [context.path(file) for file in files],
        context=context,
        repository_url=index_url,
        username=username,
        password=password,
    )


def trace(
    subject: str,
    *,
    context: Context,
    environment: Environment | None = None,
    source: str | Path | None = None,
    sdist: str | Path | None = None,
) -> Trace:
    """Follow one document over its phases: of an installed name, or of an archive."""
    with building(context) as how:
        return trace_workflow.trace(
            subject,
            context=context,
            building=how,
            environment=environment,
            source=None if source is None else context.path(source),
            sdist=None if sdist is None else context.path(sdist),
        )
