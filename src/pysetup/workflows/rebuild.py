"""Building an archive again from its source, as it was built, and comparing the two."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pysetup.edges.interpreter import InterpreterFailedError
from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.index.model import File
from pysetup.interchange.archive_entries import list_archive, read_contents
from pysetup.interchange.build_lock import target_of
from pysetup.interchange.comparison import ArchiveComparison, compare_archives
from pysetup.interchange.environment import Environment
from pysetup.interchange.members import FILE
from pysetup.interchange.recorded_build import (
    RecordedBuild,
    recorded_build,
    wheel_path,
)
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.late import tempfile
from pysetup.phases.develop.project import read_draft
from pysetup.standards.filenames import (
    is_sdist_of,
    parse_wheel_filename,
)
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.tags import best_rank, tag_ranks
from pysetup.values import dataclass, field, replace
from pysetup.workflows.building.build import (
    build_wheel,
    disk_faults_told,
    make_sdist,
)
from pysetup.workflows.building.project import Building, open_backend
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.installing.environment import UnknownPythonError
from pysetup.workflows.isolating.build_constraints import read_build_constraints
from pysetup.workflows.isolating.how_to_build import building
from pysetup.workflows.isolating.isolation import Supply, build_environment
from pysetup.workflows.isolating.locked_builds import locked_supply
from pysetup.workflows.isolating.supplied_builds import supplied_building
from pysetup.workflows.resolving.requested import Wanted


class NoSourceError(UsageError):
    """There is nothing that an archive could be rebuilt from.

    A wheel is rebuilt from its sdist: the one that ``--from`` names, the one that
    stands beside it, or that of the index. An sdist is rebuilt from the folder of its
    project, which only you can name: ``--from DIR``.
    """

    code = "PS2763"

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(
            f"{filename} cannot be rebuilt: {reason}",
            facts={"file": filename},
            hints=("name its source:  --from SDIST|DIR",),
        )


class OtherPlatformError(EnvironmentRefusedError):
    """A wheel is for another Python or another platform than can be had here.

    What is compiled must be compiled there, too. Rebuild it on a machine of its kind,
    or name the right interpreter with ``--python``.
    """

    code = "PS7760"

    def __init__(self, filename: str, wanted: str, found: str) -> None:
        super().__init__(
            f"{filename} is for {wanted}, which is not here",
            facts={"file": filename, "wanted": wanted, "found": found},
            hints=("rebuild it where it fits, or name the interpreter with --python",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the user says of a build where the archive cannot tell, or would err.

    ``python`` is an interpreter; without ``isolation`` it is used as it is;
    ``settings`` are PEP 517's config settings.
    """

    python: str | None = None
    isolation: bool = True
    settings: Mapping[str, JSON] = field(default_factory=dict)


_RECORDED = Means()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """An archive that was built again: from which source, how, and what came out.

    ``locked`` is the target of the build lock that was used, else empty; ``pins`` are
    the constraints that held instead; ``recorded`` is what the archive told.
    """

    original: Path
    source: str
    made: Path
    python: str
    locked: str
    pins: tuple[str, ...]
    isolated: bool
    recorded: RecordedBuild

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "original": str(self.original),
            "source": self.source,
            "made": str(self.made),
            "python": self.python,
            "locked": self.locked or None,
            "pins": list(self.pins),
            "isolated": self.isolated,
            "recorded": self.recorded.to_json(),
        }


@disk_faults_told()
def compare_files(one: Path, other: Path) -> ArchiveComparison:
    """Compare two archives, ``other`` being the later one.

    Raises ``NotComparableError``, and what is wrong with one of them.
    """
    return compare_archives(
        list_archive(one),
        list_archive(other),
        read_one=partial(read_contents, one),
        read_other=partial(read_contents, other),
    )


@disk_faults_told()
def rebuild(
    original: Path,
    *,
    into: Path,
    context: Context,
    source: Path | None = None,
    means: Means = _RECORDED,
) -> Rebuilt:
    """Build ``original`` again into the folder ``into``, as it was built.

    The requirements are those of the build lock in the source; without one the back
    end is the version that the wheel names. ``source`` is an sdist or a folder, and is
    searched for when it is None; ``means`` may say otherwise how it is built.
    Raises ``NoSourceError``, ``OtherPlatformError``, ``UnknownPythonError``, what is
    wrong with an archive, and what the build raises.
    """
    listing = list_archive(original)
    name = wheel_path(listing)
    wheel_text = None if name is None else read_contents(original, {name})[name]
    recorded = recorded_build(listing, wheel_text)
    source = source or _find_source(original, context)
    if not source.exists():
        raise NoSourceError(original.name, f"there is no {source}")
    wanted = means.python or recorded.python or None
    environment = _environment(original, wanted, means.python, context)
    context = _at_its_time(context, recorded.epoch)
    into.mkdir(parents=True, exist_ok=True)
    locked = None
    if means.isolation:
        locked = locked_supply(
            source, lambda: target_of(environment), context=context, use="use"
        )
    if means.isolation:
        supply = locked or _pinned(recorded, context)
        way = supplied_building(context, supply, python=wanted, settings=means.settings)
    else:
        way = building(
            context,
            isolation=False,
            settings=means.settings,
            python=wanted,
            lock="ignore",
        )
    with way as how:
        made = _build(
            source,
            original,
            into=into,
            context=context,
            building=how,
            by_pysetup=recorded.by_pysetup,
        )
    return Rebuilt(
        original=original,
        source=str(source),
        made=made,
        python=environment.version,
        locked=target_of(environment) if locked else "",
        pins=recorded.constraints if means.isolation and not locked else (),
        isolated=means.isolation,
        recorded=recorded,
    )


def _pinned(recorded: RecordedBuild, context: Context) -> Supply:
    """Return what gives the requirements of today, with the back end of then."""
    limits = read_build_constraints(context)
    pinned = tuple(map(parse_requirement, recorded.constraints))
    limits = replace(limits, requirements=(*limits.requirements, *pinned))

    def supply(requirements: tuple[str, ...]) -> tuple[Wanted, Context]:
        return limits.wanted(requirements), context

    return supply


def _at_its_time(context: Context, epoch: int | None) -> Context:
    """Return ``context`` with the date of the original, unless the user has set one."""
    if epoch is None or context.settings.source_date_epoch is not None:
        return context
    return replace(
        context,
        environ={**context.environ, "SOURCE_DATE_EPOCH": str(epoch)},
        settings=replace(context.settings, source_date_epoch=epoch),
    )


def _environment(
    original: Path, wanted: str | None, named: str | None, context: Context
) -> Environment:
    """Return what builds; refuse one that ``original`` does not fit."""
    try:
        environment = build_environment(context, python=wanted)
    except (UnknownPythonError, InterpreterFailedError) as error:
        if named is not None:
            raise
        raise OtherPlatformError(
            original.name, f"Python {wanted}", error.message
        ) from None
    if original.name.endswith(".whl"):
        tags = parse_wheel_filename(original.name).tags
        if best_rank(tags, tag_ranks(environment.tags)) is None:
            listed = ", ".join(sorted(map(str, tags)))
            raise OtherPlatformError(original.name, listed, environment.executable)
    return environment


def _find_source(original: Path, context: Context) -> Path:
    if not original.name.endswith(".whl"):
        raise NoSourceError(original.name, "nothing says where its project is")
    wheel = parse_wheel_filename(original.name)
    for path in sorted(original.parent.iterdir()):
        its = is_sdist_of(path.name, name=wheel.name, version=wheel.version)
        if its and path.is_file():
            return path
    with IndexClient(context) as client:
        page = client.page(wheel.name)
    files = [
        file
        for file in (() if page is None else page.files)
        if is_sdist_of(file.filename, name=wheel.name, version=wheel.version)
    ]
    if not files:
        raise NoSourceError(original.name, "no sdist of it is beside it or on an index")
    return _fetch(min(files, key=lambda file: file.filename), context)


def _fetch(file: File, context: Context) -> Path:
    (acquired,) = acquire([file], context=context)
    return acquired.path


def _build(
    source: Path,
    original: Path,
    *,
    into: Path,
    context: Context,
    building: Building,
    by_pysetup: bool,
) -> Path:
    is_wheel = original.name.endswith(".whl")
    if not is_wheel and not source.is_dir():
        raise NoSourceError(original.name, f"{source.name} is no folder of a project")
    if by_pysetup and is_wheel:
        return build_wheel(
            source, into=into, context=context, building=building
        ).location
    if by_pysetup:
        return make_sdist(
            source, into=into, context=context, building=building
        ).location
    with _tree(source, context=context, building=building, pack=is_wheel) as root:
        return _raw(
            root,
            "wheel" if is_wheel else "sdist",
            into=into,
            context=context,
            building=building,
        )


@contextmanager
def _tree(
    source: Path, *, context: Context, building: Building, pack: bool
) -> Iterator[Path]:
    """Give the folder to build in; a wheel is always built from an sdist."""
    if not pack:
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="pysetup-source-") as folder:
        place = Path(folder)
        if source.is_dir():
            source = _raw(
                source, "sdist", into=place, context=context, building=building
            )
        root = unpack_sdist(source, place / "unpacked")
        # Some back ends give the files of a wheel the dates of their sources.
        for entry in list_archive(source).entries:
            if entry.kind == FILE:
                os.utime(root / entry.path, (entry.date, entry.date))
        yield root


def _raw(
    root: Path, operation: str, *, into: Path, context: Context, building: Building
) -> Path:
    """Return what the back end itself makes: pysetup adds nothing to it."""
    draft = read_draft(root)
    if draft.is_native:
        if operation == "wheel":
            made = build_wheel(root, into=into, context=context, building=building)
            return made.location
        return make_sdist(root, into=into, context=context, building=building).location
    name = str(draft.mapping.get("name") or root.name)
    backend = open_backend(
        root, draft.build, operation, name, context=context, building=building
    )
    make = backend.build_wheel if operation == "wheel" else backend.build_sdist
    return make(into)
