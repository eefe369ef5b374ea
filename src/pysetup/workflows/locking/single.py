"""Resolving what is locked for one environment: its rows, with their markers."""

from collections.abc import Mapping, Sequence

from pysetup.index.model import File
from pysetup.interchange.pylock.model import LockedPackage, LockFile
from pysetup.standards.versions import Version
from pysetup.values import replace
from pysetup.workflows.events import stage
from pysetup.workflows.locking.needs import find_needs, part_marker
from pysetup.workflows.locking.rows import FilesOf, RowMaker
from pysetup.workflows.locking.source_builds import SourceBuilds, former_row
from pysetup.workflows.locking.sources import Sources, open_sources
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.resolving.candidates import Selector
from pysetup.workflows.resolving.resolve import (
    Pin,
    Resolution,
    file_rules,
    resolve_requirements,
)

Rows = tuple[LockedPackage, ...]


def resolve_single(
    task: LockTask,
    *,
    preferred: Mapping[str, Version],
    commits: Mapping[str, str],
    old: LockFile | None,
) -> tuple[Rows, tuple[str, ...]]:
    """Return the rows of a lock for the task's environment, and notes.

    All parts are resolved together, so that any of them can be installed beside the
    others; ``preferred`` versions stay where they fit, and repositories at those of
    ``commits``; what sources are built with stays as in ``old``. Raises what resolving
    and fetching raise.
    """
    context, environment = task.context, task.environment
    with open_sources(task, commits=commits) as sources:
        options = sources.options(preferred)
        with stage(context.observer, "resolve") as running:
            resolution = resolve_requirements(
                list(sources.named.values()),
                environment=environment,
                context=context,
                index=sources.client,
                build_metadata=sources.build_metadata,
                options=options,
            )
            running.count = len(resolution.pins)
        selector = Selector(environment, file_rules(context, options))
        maker = sources.maker(_usable_files(sources, selector))
        rows = _rows(resolution, sources, maker)
        rows, notes = with_build_locks(rows, sources, old)
        return rows, (*resolution.notes, *notes)


def with_build_locks(
    rows: Rows, sources: Sources, old: LockFile | None
) -> tuple[Rows, tuple[str, ...]]:
    """Return ``rows`` with what their sources are built with, and notes."""
    if not sources.task.choice.builds:
        return rows, ()
    builds = SourceBuilds(task=sources.task, workshop=sources.workshop)
    made, notes = [], []
    for row in rows:
        known = None if old is None else former_row(row, old.rows_of(row.name))
        tool, note = builds.locked(row, known)
        made.append(row if tool is row.tool else replace(row, tool=tool))
        notes += [note] if note else []
    return tuple(made), tuple(notes)


def _usable_files(sources: Sources, selector: Selector) -> FilesOf:
    """Return what gives all files of a pin that the environment can use.

    Of files whose digest nobody tells there is only the one that is needed.
    """

    def files(pin: Pin) -> Sequence[File]:
        listed = sources.client.files(pin.name, pin.version)
        usable = [
            file
            for file in selector.usable(listed, pin.name)
            if file.hashes or file == pin.file
        ]
        if pin.file is not None and pin.file not in usable:
            usable.append(pin.file)
        return usable

    return files


def _rows(resolution: Resolution, sources: Sources, maker: RowMaker) -> Rows:
    task = sources.task
    needs = find_needs(
        sources.roots(),
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
