"""Resolving what is locked for one environment: its rows, with their markers."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.interchange.pylock.model import LockedPackage
from pysetup.interchange.wheel_file import open_wheel
from pysetup.standards.jsontext import JSON
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.standards.versions import Version
from pysetup.values import replace
from pysetup.workflows.building.project import read_project
from pysetup.workflows.cache_folders import cache_in_use
from pysetup.workflows.events import stage
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.locking.inputs import Part
from pysetup.workflows.locking.needs import find_needs, part_marker
from pysetup.workflows.locking.rows import RowMaker, usable_files
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.provision import Workshop, requirement_of
from pysetup.workflows.resolving.candidates import Selector
from pysetup.workflows.resolving.requested import Asked
from pysetup.workflows.resolving.resolve import (
    LocalCandidate,
    Resolution,
    ResolveOptions,
    file_rules,
    resolve_requirements,
)


def resolve_single(
    task: LockTask,
    *,
    preferred: Mapping[str, Version],
    commits: Mapping[str, str],
) -> tuple[tuple[LockedPackage, ...], tuple[str, ...]]:
    """Return the rows of a lock for the task's environment, and notes.

    All parts are resolved together, so that any of them can be installed beside the
    others; ``preferred`` versions stay where they fit, and repositories at those of
    ``commits``. Raises what resolving and fetching raise.
    """
    inputs, environment, context = task.inputs, task.environment, task.context
    with (
        cache_in_use(context),
        tempfile.TemporaryDirectory(
            prefix="pysetup-lock-", ignore_cleanup_errors=True
        ) as folder,
        IndexClient(context) as client,
    ):
        workshop = Workshop(
            Path(folder), context=context, building=task.building, commits=commits
        )
        trees: dict[Path, Mapping[str, JSON]] = {}
        local = {
            candidate.path: (one, candidate)
            for one in inputs.asked
            if one.is_local
            for candidate in (_local(one, workshop, task, trees),)
        }
        named = {one: requirement_of(one) for one in inputs.asked if not one.is_local}
        options = ResolveOptions(
            constraints=inputs.constraints,
            overrides=inputs.overrides,
            sources={
                **inputs.limits,
                **{str(named[one]): one.source for one in named},
            },
            local=tuple(candidate for _, candidate in local.values()),
            preferred=preferred,
            strategy=task.choice.strategy,
            hashes=inputs.hashes,
            foreign=task.choice.foreign,
        )
        with stage(context.observer, "resolve") as running:
            resolution = resolve_requirements(
                list(named.values()),
                environment=environment,
                context=context,
                index=client,
                build_metadata=None if task.choice.foreign else workshop.metadata,
                options=options,
            )
            running.count = len(resolution.pins)
        selector = Selector(environment, file_rules(context, options))
        maker = RowMaker(
            client=client,
            files_of=usable_files(client, selector),
            context=context,
            folder=inputs.folder,
            local={path: one for path, (one, _) in local.items()},
            trees=trees,
            workshop=workshop,
        )
        roots = {
            part: [_root(one, named, local) for one in asked]
            for part, asked in inputs.parts.items()
        }
        rows = _rows(resolution, roots, maker, task)
    return rows, resolution.notes


def _rows(
    resolution: Resolution,
    roots: Mapping[Part, Sequence[Requirement]],
    maker: RowMaker,
    task: LockTask,
) -> tuple[LockedPackage, ...]:
    needs = find_needs(
        roots,
        resolution.pins,
        task.environment.markers,
        overrides=task.inputs.overrides,
    )
    has_groups = bool(task.inputs.groups)
    return tuple(
        replace(
            maker.row(pin),
            marker=part_marker(needs[pin.name].parts, has_groups=has_groups),
            dependencies=tuple({"name": name} for name in needs[pin.name].requires),
        )
        for pin in sorted(resolution.pins, key=lambda pin: pin.name)
    )


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
        tree = read_project(path, context=task.context, building=how)
        return LocalCandidate(path, tree.metadata, one.extras, one.source)
    if path.name.endswith(".whl"):
        with open_wheel(path) as wheel:
            return LocalCandidate(path, wheel.metadata, one.extras, one.source)
    return LocalCandidate(path, workshop.metadata(path), one.extras, one.source)


def _root(
    one: Asked,
    named: Mapping[Asked, Requirement],
    local: Mapping[Path, tuple[Asked, LocalCandidate]],
) -> Requirement:
    """Return what was asked for as a requirement that names a pin."""
    if one in named:
        return named[one]
    (name,) = (
        candidate.metadata.name for each, candidate in local.values() if each == one
    )
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return parse_requirement(f"{name}{extras}")
