"""What a lock is resolved from: indexes, the user's own sources, and a workshop."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pysetup.index.model import File
from pysetup.interchange.wheel_file import open_wheel
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.standards.versions import Version
from pysetup.values import dataclass
from pysetup.workflows.cache_folders import cache_in_use
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.locking.inputs import Part
from pysetup.workflows.locking.rows import FilesOf, RowMaker
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.resolving.requested import Asked
from pysetup.workflows.resolving.resolve import LocalCandidate, ResolveOptions
from pysetup.workflows.resolving.resolve_provider import BuildMetadata
from pysetup.workflows.workshop import Workshop, requirement_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where everything comes from while a lock is made.

    ``named`` are the requirements of what was asked for by name or URL, ``local`` the
    candidates of what stands on this machine, ``trees`` PEP 610's records of trees in
    repositories, by the wheel that was made of them.
    """

    task: LockTask
    client: IndexClient
    workshop: Workshop
    named: Mapping[Asked, Requirement]
    local: Mapping[Path, tuple[Asked, LocalCandidate]]
    trees: Mapping[Path, Mapping[str, JSON]]

    @property
    def build_metadata(self) -> BuildMetadata | None:
        """What builds metadata; nothing is built for another machine."""
        return None if self.task.choice.foreign else self._built_metadata

    def options(self, preferred: Mapping[str, Version]) -> ResolveOptions:
        """Return how to resolve; ``preferred`` versions stay where they fit."""
        inputs = self.task.inputs
        places = {str(each): one.source for one, each in self.named.items()}
        return ResolveOptions(
            constraints=inputs.constraints,
            overrides=inputs.overrides,
            sources={**inputs.limits, **places},
            local=tuple(candidate for _, candidate in self.local.values()),
            preferred=preferred,
            strategy=self.task.choice.strategy,
            hashes=inputs.hashes,
            foreign=self.task.choice.foreign,
        )

    def roots(self) -> dict[Part, list[Requirement]]:
        """Return what each part asks for, as requirements that name pins."""
        return {
            part: [self._root(one) for one in asked]
            for part, asked in self.task.inputs.parts.items()
        }

    def maker(self, files_of: FilesOf) -> RowMaker:
        """Return what makes rows, with the files that ``files_of`` returns."""
        return RowMaker(
            client=self.client,
            files_of=files_of,
            context=self.task.context,
            folder=self.task.inputs.folder,
            local={path: one for path, (one, _) in self.local.items()},
            trees=self.trees,
            workshop=self.workshop,
        )

    def _built_metadata(self, place: File | Path | VcsUrl) -> Metadata:
        if self.task.context.memory is not None:
            self.task.context.memory.spoil()  # a build may say something else next time
        return self.workshop.metadata(place)

    def _root(self, one: Asked) -> Requirement:
        if one in self.named:
            return self.named[one]
        (name,) = (
            candidate.metadata.name
            for each, candidate in self.local.values()
            if each == one
        )
        extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
        return parse_requirement(f"{name}{extras}")


@contextmanager
def open_sources(task: LockTask, *, commits: Mapping[str, str]) -> Iterator[Sources]:
    """Give the sources of a lock; ``commits`` are those of repositories that stay.

    Raises what reading or building the user's own sources raises.
    """
    with (
        cache_in_use(task.context),
        tempfile.TemporaryDirectory(
            prefix="pysetup-lock-", ignore_cleanup_errors=True
        ) as folder,
        IndexClient(task.context) as client,
    ):
        workshop = Workshop(
            Path(folder),
            context=task.context,
            building=task.building,
            commits=commits,
        )
        trees: dict[Path, Mapping[str, JSON]] = {}
        asked = task.inputs.asked
        local = {
            candidate.path: (one, candidate)
            for one in asked
            if one.is_local
            for candidate in (_local(one, workshop, task, trees),)
        }
        named = {one: requirement_of(one) for one in asked if not one.is_local}
        yield Sources(
            task=task,
            client=client,
            workshop=workshop,
            named=named,
            local=local,
            trees=trees,
        )
        if task.context.memory is not None:
            task.context.memory.expires = client.fresh_until


def _local(
    one: Asked,
    workshop: Workshop,
    task: LockTask,
    trees: dict[Path, Mapping[str, JSON]],
) -> LocalCandidate:
    """Return what the user has as a candidate; folders are only read.

    ``trees`` takes up what comes from a repository.
    """
    if one.vcs is not None:
        candidate, origin = workshop.local(one)
        trees[candidate.path] = origin
        return candidate
    path = one.path
    assert path is not None
    if path.is_dir():
        how = task.building.for_source(path)
        # Loaded here: few locks have a folder in them.
        from pysetup.workflows.building.project import read_project

        tree = read_project(path, context=task.context, building=how)
        return LocalCandidate(path, tree.metadata, one.extras, one.source)
    if path.name.endswith(".whl"):
        with open_wheel(path) as wheel:
            return LocalCandidate(path, wheel.metadata, one.extras, one.source)
    return LocalCandidate(path, workshop.metadata(path), one.extras, one.source)
