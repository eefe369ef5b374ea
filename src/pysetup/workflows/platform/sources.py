"""What is packaged: a project, an sdist, a wheel, a tree, or a name in an index."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.built import BuiltTree
from pysetup.phases.develop.project import ProjectUnreadableError
from pysetup.platforms.names.tables import known_projects
from pysetup.platforms.target import PlatformTarget
from pysetup.resolve.failure import ProjectNotFoundError
from pysetup.standards.filenames import ARCHIVE_ENDINGS
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import marker_holds, parse_requirement
from pysetup.values import dataclass, replace
from pysetup.workflows.building.archives import NothingToPackError
from pysetup.workflows.building.build import make_sdist
from pysetup.workflows.building.how import Building
from pysetup.workflows.building.packing import opened_tree
from pysetup.workflows.building.scratch import scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.download import DownloadTarget, download
from pysetup.workflows.download_folder import foreign_environment
from pysetup.workflows.provision import Choice
from pysetup.workflows.resolving.requested import read_wanted

WHEEL_ENDING = ".whl"
# What makes a folder a project that a back end can build (PEP 517, 518).
_PROJECT_FILES = ("pyproject.toml", "setup.py")


class NoSourceError(UsageError):
    """A source package cannot be made of what has been built already.

    A recipe builds the project from its sdist. Give the project's folder, its sdist,
    or its name in an index.
    """

    code = "PS2945"

    def __init__(self, source: Path) -> None:
        super().__init__(
            f"{source} is built already: no source package can be made of it",
            facts={"path": str(source)},
            hints=("give the project's folder, its sdist, or its name in an index",),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A source to package: its built tree, and the sdist if one was asked for."""

    built: BuiltTree
    sdist: Path | None


@contextmanager
def opened_source(
    source: str,
    target: PlatformTarget,
    *,
    context: Context,
    building: Building,
    with_sdist: bool,
) -> Iterator[Opened]:
    """Give what ``source`` names, built; what was made for it is gone at the end.

    ``source`` is a path, or a requirement: of an index, or ``NAME @ URL``. Raises
    ``NothingToPackError``, ``NoSourceError``, and as the resolver and builds do.
    """
    with scratch_folder("pysetup-platform-") as folder:
        path = located(
            source, target, context=context, building=building, as_sdist=with_sdist
        )
        building = building.for_source(path)
        if is_project(path) and not os.access(path, os.W_OK):
            path = writable_copy(path, folder / "source")
        if not with_sdist:
            with opened_tree(path, context, building) as built:
                yield Opened(built, None)
            return
        if is_project(path):
            made = make_sdist(path, into=folder, context=context, building=building)
            sdist = made.location
        elif path.is_file() and not path.name.endswith(WHEEL_ENDING):
            sdist = path
        else:
            raise NoSourceError(path)
        with opened_tree(sdist, context, building) as built:
            yield Opened(built, sdist)


def is_project(path: Path) -> bool:
    """Tell whether ``path`` is a folder that a back end can build."""
    return any((path / name).is_file() for name in _PROJECT_FILES)


def writable_copy(root: Path, folder: Path) -> Path:
    """Return a copy of the project ``root`` in ``folder``, which back ends may change.

    Most of them write into the project that they build. Raises
    ``ProjectUnreadableError``.
    """
    copy = folder / root.name
    try:
        shutil.copytree(root, copy, symlinks=True)
    except shutil.Error as error:
        source, _, reason = error.args[0][0]
        raise ProjectUnreadableError(root, f"{source}: {reason}") from None
    for place in (copy, *copy.rglob("*")):
        if not place.is_symlink():
            place.chmod(place.stat().st_mode | stat.S_IWUSR)
    return copy


def located(
    source: str,
    target: PlatformTarget,
    *,
    context: Context,
    building: Building,
    as_sdist: bool = False,
) -> Path:
    """Return the path that ``source`` is, or of the file that an index has for it.

    Raises ``NothingToPackError`` and as the resolver does.
    """
    path = context.path(source).resolve()
    if path.exists():
        return path
    named = "://" not in source
    if named and ("/" in source or source.endswith((WHEEL_ENDING, *ARCHIVE_ENDINGS))):
        raise NothingToPackError(path, "there is no such file or folder")
    if not named and "@" not in source.partition("://")[0]:
        reason = "a URL stands behind the name of its project:  NAME @ URL"
        raise NothingToPackError(Path(source.rpartition("/")[2]), reason)
    requirement = parse_requirement(source)
    if not marker_holds(requirement.marker, target.markers, extras=frozenset()):
        reason = f"its marker does not hold on {target.name}"
        raise NothingToPackError(Path(source), reason)
    name = requirement.name
    if as_sdist:
        settings = replace(context.settings, no_binary=(name,))
        context = replace(context, settings=settings)
    try:
        files = download(
            read_wanted([source], context=context),
            [place_of(target)],
            context=context,
            building=building,
            choice=Choice(deps=False),
        )
    except ProjectNotFoundError as error:
        error.hints = (*_guesses(name, path), *error.hints)
        raise
    return files[0].acquired.path


def _guesses(name: str, path: Path) -> Iterator[str]:
    """Yield what may have been meant by a name that no index has."""
    near = get_close_matches(normalize_name(name), known_projects(), n=2, cutoff=0.8)
    if near:
        yield f"did you mean  {'  or  '.join(near)} ?"
    yield f"if a folder or a file was meant: there is no {path}"


def place_of(target: PlatformTarget) -> DownloadTarget:
    """Return ``target`` as a place to resolve and download for.

    Sources are built here: what they become is refused later if it does not fit.
    """
    environment = foreign_environment(target.full_python, target.markers, target.tags)
    return DownloadTarget(target.name, environment, is_here=True)
