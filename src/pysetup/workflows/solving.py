"""Requirements resolved for a place, with nothing installed: pins, and a workshop."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.index.model import File
from pysetup.index.urls import last_segment
from pysetup.interchange.environment import Environment
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.phases.develop.project import ProjectFolder
from pysetup.phases.develop.stated import read_stated
from pysetup.standards.filenames import parse_sdist_filename, parse_wheel_filename
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.values import dataclass, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.cache_folders import cache_in_use
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage
from pysetup.workflows.provision import Choice, Workshop
from pysetup.workflows.resolving.requested import Asked, Wanted
from pysetup.workflows.resolving.resolve import (
    Resolution,
    ResolveOptions,
    resolve_requirements,
)
from pysetup.workflows.resolving.resolve_provider import BuildMetadata

_PLAIN = ResolveOptions()


class NamelessSourceError(UsageError):
    """A file or folder was to be added whose project's name is not known unbuilt.

    A requirement needs a name. Write it in front of the place, as
    ``name @ file:///folder``.
    """

    code = "PS2872"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} does not state the name of its project",
            facts={"place": place},
            hints=(f"write it:  pysetup add 'NAME @ {place}'",),
        )


@dataclass(frozen=True, slots=True)
class Solved:
    """A resolution, and the workshop that has built what it had to look into.

    ``sources`` are the files and folders that the user named, by what was made of them.
    """

    resolution: Resolution
    workshop: Workshop
    sources: Mapping[Path, Path]


def as_requirement(one: Asked) -> Requirement:
    """Return a requirement for what was asked for: of a place, one with its URL.

    Raises ``NamelessSourceError``, ``InvalidFilenameError``, and what is wrong with the
    files of a folder.
    """
    if one.requirement is not None:
        return one.requirement
    if one.vcs is not None:
        if not one.vcs.egg:
            raise NamelessSourceError(one.vcs.public_text)
        return _named(one.vcs.egg, one, one.vcs.public_text)
    url = one.url
    if one.path is not None:
        url = Path(os.path.normpath(one.path)).as_uri()
    filename = last_segment(url)
    if one.path is not None and one.path.is_dir():
        name = str(read_stated(ProjectFolder(one.path)).mapping.get("name") or "")
    elif filename.endswith(".whl"):
        name = parse_wheel_filename(filename).name
    else:
        name = parse_sdist_filename(filename).name
    if not name:
        raise NamelessSourceError(url)
    return _named(name, one, url)


def learned_requirement(one: Asked, workshop: Workshop) -> Requirement:
    """Return what ``as_requirement`` does; a name that stands nowhere is built for.

    Raises as ``as_requirement`` and building do.
    """
    try:
        return as_requirement(one)
    except NamelessSourceError:
        candidate, _ = workshop.local(one)
        place = one.vcs.public_text if one.vcs else ""
        place = place or Path(os.path.normpath(one.path or "")).as_uri()
        return _named(candidate.metadata.name, one, place)


def _named(name: str, one: Asked, url: str) -> Requirement:
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return parse_requirement(f"{name}{extras} @ {url}")


def _by_filename(otherwise: BuildMetadata) -> BuildMetadata:
    """Return what knows of an index's source only what its name says.

    That will do where nobody asks what it requires, and nothing is built for it.
    """

    def learn(place: File | Path | VcsUrl) -> Metadata:
        if not isinstance(place, File):
            return otherwise(place)
        found = parse_sdist_filename(place.filename)
        stated = {"name": found.name, "version": str(found.version)}
        return Metadata.from_dict(stated, source=place.filename)

    return learn


@contextmanager
def solved(  # noqa: PLR0913 - the same five that everything here is given, and two
    wanted: Wanted,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
    options: ResolveOptions = _PLAIN,
    builds: bool = True,
    known: BuildMetadata | None = None,
) -> Iterator[Solved]:
    """Resolve all that is ``wanted`` for ``environment``.

    ``options`` are what there is to choose from beside the indexes; the rest of them
    follows from the other arguments. Without ``builds`` nothing is built to learn what
    it needs; ``known`` says it instead. Raises as ``resolve_requirements``, and what
    building raises.
    """
    with (
        cache_in_use(context),
        tempfile.TemporaryDirectory(
            prefix="pysetup-solving-", ignore_cleanup_errors=True
        ) as folder,
    ):
        workshop = Workshop(Path(folder), context=context, building=building)
        places = [one for one in wanted.asked if one.is_local]
        local = [workshop.local(one)[0] for one in places]
        named = [(as_requirement(o), o.source) for o in wanted.asked if not o.is_local]
        learn = (
            _by_filename(workshop.metadata) if not choice.deps else workshop.metadata
        )
        with stage(context.observer, "resolve") as running:
            resolution = resolve_requirements(
                [requirement for requirement, _ in named],
                environment=environment,
                context=context,
                build_metadata=learn if builds else known,
                options=replace(
                    options,
                    constraints=wanted.constraints,
                    overrides=wanted.overrides,
                    sources={
                        **wanted.places,
                        **{str(requirement): place for requirement, place in named},
                    },
                    local=tuple(local),
                    no_deps=not choice.deps,
                    strategy=choice.strategy,
                    exclude_newer=choice.exclude_newer,
                    hashes=wanted.hashes,
                ),
            )
            running.count = len(resolution.pins)
        for note in resolution.notes:
            context.tell(f"note: {note}")
        sources = {
            found.path: one.path
            for one, found in zip(places, local, strict=True)
            if one.path is not None
        }
        yield Solved(resolution, workshop, sources)
