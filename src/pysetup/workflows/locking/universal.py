"""Resolving what is locked for all environments at once: its rows, with markers."""

from collections.abc import Mapping, Sequence

from pysetup.index.model import File
from pysetup.index.urls import last_segment
from pysetup.interchange.pylock.model import LockFile
from pysetup.standards.requirements import Requirement
from pysetup.standards.vcs_urls import is_vcs_url, parse_vcs_url
from pysetup.standards.versions import Version, parse_version
from pysetup.values import replace
from pysetup.workflows.events import stage
from pysetup.workflows.locking.inputs import BASE_PART
from pysetup.workflows.locking.needs import DEFAULT_GROUP
from pysetup.workflows.locking.single import Rows
from pysetup.workflows.locking.sources import Sources, open_sources
from pysetup.workflows.locking.task import LockTask
from pysetup.workflows.resolving.resolve import Pin
from pysetup.workflows.resolving.universal import UniversalOptions, resolve_universal
from pysetup.workflows.resolving.universal_pins import UniversalPin

# What a package says of one version, and where that counts.
Preferred = Mapping[str, Sequence[tuple[Version, str]]]


def resolve_everywhere(
    task: LockTask, *, preferred: Preferred, commits: Mapping[str, str]
) -> tuple[Rows, tuple[str, ...]]:
    """Return the rows of a lock for all environments, and notes.

    Those are all platforms and the Pythons of ``task.requires_python``. ``preferred``
    versions stay where they fit, and repositories at those of ``commits``. Raises what
    resolving and fetching raise.
    """
    context = task.context
    with open_sources(task, commits=commits) as sources:
        base, options = _question(task, sources, preferred)
        with stage(context.observer, "resolve") as running:
            resolution = resolve_universal(
                base,
                context=context,
                options=options,
                index=sources.client,
                build_metadata=sources.build_metadata,
            )
            running.count = len(resolution.pins)
        pins = {(pin.name, pin.version): pin for pin in resolution.pins}
        maker = sources.maker(lambda pin: pins[(pin.name, pin.version)].files)
        names = [pin.name for pin in resolution.pins]
        rows = tuple(
            replace(
                maker.row(_plain(pin)),
                marker=pin.marker or "",
                # The whole lock has been resolved for certain Pythons.
                requires_python="",
                dependencies=_dependencies(pin, names),
            )
            for pin in sorted(resolution.pins, key=lambda it: (it.name, it.version))
        )
        return rows, resolution.notes


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


def _question(
    task: LockTask, sources: Sources, preferred: Preferred
) -> tuple[list[Requirement], UniversalOptions]:
    roots = sources.roots()
    local = {one for part in task.inputs.parts.values() for one in part if one.is_local}
    named = [
        sources.named[one] for one in task.inputs.parts[BASE_PART] if one not in local
    ]
    extras = {part.name: each for part, each in roots.items() if part.kind == "extra"}
    groups = {part.name: each for part, each in roots.items() if part.kind == "group"}
    if groups:
        # So that a group can be had alone, the base is one, too.
        groups = {DEFAULT_GROUP: named, **groups}
        named = []
    options = UniversalOptions(
        requires_python=task.requires_python,
        extras=extras,
        groups=groups,
        preferred=preferred,
        choice=sources.options({}),
    )
    return named, options


def _plain(pin: UniversalPin) -> Pin:
    """Return a pin as the maker of rows takes it."""
    file = pin.files[0] if pin.files else None
    vcs = parse_vcs_url(pin.direct_url) if is_vcs_url(pin.direct_url) else None
    if pin.direct_url and vcs is None and pin.location is None and file is None:
        file = File(last_segment(pin.direct_url), pin.direct_url)
    return Pin(
        name=pin.name,
        version=pin.version,
        metadata=pin.metadata,
        file=file,
        location=pin.location,
        direct_url=pin.direct_url,
        vcs=vcs,
    )


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
