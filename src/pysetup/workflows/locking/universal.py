"""Resolving what is locked for all environments at once: its rows, with markers."""

from collections.abc import Mapping, Sequence

from pysetup.interchange.pylock.model import LockFile
from pysetup.resolve.terms import Asked as Wish
from pysetup.standards.versions import Version, parse_version
from pysetup.values import replace
from pysetup.workflows.events import stage
from pysetup.workflows.locking.inputs import BASE_PART
from pysetup.workflows.locking.needs import DEFAULT_GROUP
from pysetup.workflows.locking.single import Rows, with_build_locks
from pysetup.workflows.locking.sources import Sources, open_sources
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.resolving.requested import Asked
from pysetup.workflows.resolving.resolve import LocalCandidate, asked_locally
from pysetup.workflows.resolving.universal import UniversalOptions, resolve_universal
from pysetup.workflows.resolving.universal_pins import UniversalPin

# What a package says of one version, and where that counts.
Preferred = Mapping[str, Sequence[tuple[Version, str]]]


def resolve_everywhere(
    task: LockTask,
    *,
    preferred: Preferred,
    commits: Mapping[str, str],
    old: LockFile | None,
) -> tuple[Rows, tuple[str, ...]]:
    """Return the rows of a lock for all environments, and notes.

    Those are all platforms and the Pythons of ``task.requires_python``. ``preferred``
    versions stay where they fit, and repositories at those of ``commits``; what sources
    are built with here stays as in ``old``. Raises what resolving and fetching raise.
    """
    context = task.context
    with open_sources(task, commits=commits) as sources:
        with stage(context.observer, "resolve") as running:
            resolution = resolve_universal(
                [],
                context=context,
                options=_options(task, sources, preferred),
                index=sources.client,
                build_metadata=sources.build_metadata,
            )
            running.count = len(resolution.pins)
        pins = {(pin.name, pin.version): pin for pin in resolution.pins}
        maker = sources.maker(lambda pin: pins[(pin.name, pin.version)].files)
        names = [pin.name for pin in resolution.pins]
        rows = tuple(
            replace(
                maker.row(pin.pin),
                marker=pin.marker or "",
                # The whole lock has been resolved for certain Pythons.
                requires_python="",
                dependencies=_dependencies(pin, names),
            )
            for pin in sorted(resolution.pins, key=lambda it: (it.name, it.version))
        )
        rows, notes = with_build_locks(rows, sources, old)
        return rows, (*resolution.notes, *notes)


def versions_everywhere(old: LockFile | None, names: set[str]) -> Preferred:
    """Return the versions of a lock and where each counts, but for those of ``names``.

    Those are the packages that may be upgraded.
    """
    found: dict[str, list[tuple[Version, str]]] = {}
    for row in () if old is None else old.packages:
        if row.version and row.direct is None and row.name not in names:
            pinned = (parse_version(row.version), row.marker)
            found.setdefault(row.name, []).append(pinned)
    return found


def _options(
    task: LockTask, sources: Sources, preferred: Preferred
) -> UniversalOptions:
    inputs, scope = task.inputs, task.choice.scope
    local = dict(sources.local.values())
    wishes = {
        part: [_wish(one, sources, local) for one in asked]
        for part, asked in inputs.parts.items()
    }
    choice = sources.options({})
    return UniversalOptions(
        asked=tuple(wishes.get(BASE_PART, ())),
        requires_python=task.requires_python,
        environments=scope.environments,
        required_environments=scope.required_environments,
        conflicts=scope.conflicts,
        # So that a group can be had alone, the base is one, too.
        base=DEFAULT_GROUP if inputs.groups else "",
        extras={part.name: it for part, it in wishes.items() if part.kind == "extra"},
        groups={part.name: it for part, it in wishes.items() if part.kind == "group"},
        local=choice.local,
        preferred=preferred,
        choice=replace(choice, local=()),
    )


def _wish(one: Asked, sources: Sources, local: Mapping[Asked, LocalCandidate]) -> Wish:
    if one in local:
        return asked_locally(local[one])
    return Wish(sources.named[one], one.source)


def _dependencies(
    pin: UniversalPin, names: Sequence[str]
) -> tuple[Mapping[str, object], ...]:
    """Return what a pin requires; versions only where there are several."""
    found = {
        (edge.name, str(edge.version) if names.count(edge.name) > 1 else "")
        for edge in pin.requires
        if edge.name != pin.name
    }
    return tuple(
        {"name": name, **({"version": version} if version else {})}
        for name, version in sorted(found)
    )
