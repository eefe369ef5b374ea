"""From what is asked for to what is installed: resolve, fetch, build, install."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack

from pysetup.index.model import File
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.late import tempfile
from pysetup.phases.install.database import InstalledDatabase
from pysetup.resolve.provider import Strategy
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    is_exact,
)
from pysetup.store.wheels import WheelStore
from pysetup.values import dataclass, replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.cache_folders import cache_in_use, open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.events import PlannedChanges, changes_to, stage
from pysetup.workflows.fetching.promises import HashRequiredError
from pysetup.workflows.foreign import LookAtPins, report_of_pins
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import (
    InstallReport,
    Look,
    WheelToInstall,
    install_wheels,
    open_database,
)
from pysetup.workflows.installing.install_report import nothing_changed
from pysetup.workflows.installing.unpacking import Unpacking
from pysetup.workflows.memory import TRUSTED
from pysetup.workflows.resolving.only_deps import without_named
from pysetup.workflows.resolving.requested import Asked, Wanted, fitting
from pysetup.workflows.resolving.resolve import (
    Pin,
    Resolution,
    ResolveOptions,
    UpgradeStrategy,
    resolve_requirements,
)
from pysetup.workflows.workshop import Workshop, archive_origin, requirement_of

__all__ = [
    "Choice",
    "InstallFlags",
    "Workshop",
    "archive_origin",
    "install",
    "requirement_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How versions are chosen; the names are those of the command line's options.

    ``foreign``: for another machine than the one that the environment is on, so that
    nothing there counts as installed, and nothing is built. ``upgrade_only`` are the
    normalised names that are upgraded, whoever asked for them. ``sources`` is the
    folder that editable repositories are cloned to, if not the usual one.
    """

    deps: bool = True
    upgrade: bool = False
    upgrade_strategy: UpgradeStrategy = "only-if-needed"
    reinstall: bool = False
    strategy: Strategy = "highest"
    exclude_newer: datetime | None = None
    require_hashes: bool = False
    only_deps: bool = False
    foreign: bool = False
    upgrade_only: frozenset[str] = frozenset()
    sources: Path | None = None


_DEFAULTS = Choice()


def _do_not_look(_: Sequence[Pin]) -> None:
    """Look at nothing."""


class InstallFlags(TypedDict, total=False):
    """The options of ``install_wheels`` that a command may set."""

    dry_run: bool
    compile: bool
    overwrite: bool
    break_system_packages: bool
    remove: Sequence[str]
    look: Look


def install(
    wanted: Wanted,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice = _DEFAULTS,
    look_at_pins: LookAtPins = _do_not_look,
    **flags: Unpack[InstallFlags],
) -> InstallReport:
    """Install all that is ``wanted`` and what it requires, or nothing.

    ``look_at_pins`` gets the pins of a dry run for another machine, for which no wheels
    are fetched. Raises ``PysetupError``; the environment is then as it was.
    """
    if choice.foreign and flags.get("dry_run"):
        with _found_pins(
            wanted,
            environment=environment,
            context=context,
            building=building,
            choice=choice,
        ) as pins:
            return report_of_pins(pins, environment, look=look_at_pins)
    with found_wheels(
        wanted,
        environment=environment,
        context=context,
        building=building,
        choice=choice,
        read=_open_database if flags.get("dry_run") else read_environment,
    ) as wheels:
        if context.settings.prefer_system and not (wheels or flags.get("remove")):
            # The system has it all, and may well be what must not be changed.
            return nothing_changed(environment, dry_run=flags.get("dry_run", False))
        return install_wheels(wheels, environment=environment, context=context, **flags)


@contextmanager
def found_wheels(  # noqa: PLR0913 - what its callers leave as it is
    wanted: Wanted,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
    read: Callable[[Environment, Context], InstalledDatabase] = read_environment,
    open_store: Callable[[Context], WheelStore | None] = open_wheel_store,
) -> Iterator[tuple[WheelToInstall, ...]]:
    """Give the wheels that ``install`` would install; raises as it does.

    ``read`` looks at what is installed already; ``open_store`` opens what wheels are
    unpacked into as they come.
    """
    wanted = fitting(wanted, environment)
    with _workshop(context, building) as workshop:
        workshop.own_settings = _own_settings(wanted)
        if read is read_environment:
            root = (
                Path(environment.prefix) if environment.virtual else context.directory
            )
            workshop.sources = choice.sources or root / "src"
        local = {one: workshop.local(one) for one in wanted.asked if one.is_local}
        database = read(environment, context)
        installed = _installed(database, environment)
        system = _of_system(installed, environment, context)
        counted = [] if choice.reinstall else installed
        resolution = _resolved(
            wanted,
            environment=environment,
            workshop=workshop,
            choice=choice,
            options=ResolveOptions(
                local=tuple(candidate for candidate, _ in local.values()),
                installed={
                    **{one.metadata.normalized_name: one for one in counted},
                    **({} if choice.foreign else system),
                },
                kept=frozenset(system),
                foreign=choice.foreign,
            ),
        )
        _tell_system(resolution, system, environment, context)
        _remember(wanted, resolution, choice, context)
        chosen = _chosen(resolution, choice)
        pins = [pin for pin in chosen if not pin.installed]
        context.observer.plan(_planned(pins, database, environment))
        origins = {candidate.path: origin for candidate, origin in local.values()}
        store = open_store(context) if pins else None
        yield _wheels(pins, origins, workshop, wanted, choice, store)


@contextmanager
def _found_pins(
    wanted: Wanted,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
) -> Iterator[Sequence[Pin]]:
    """Give the pins alone, as for another machine; raises as ``found_wheels``."""
    wanted = fitting(wanted, environment)
    with _workshop(context, building) as workshop:
        workshop.own_settings = _own_settings(wanted)
        local = [workshop.local(one)[0] for one in wanted.asked if one.is_local]
        resolution = _resolved(
            wanted,
            environment=environment,
            workshop=workshop,
            choice=choice,
            options=ResolveOptions(local=tuple(local)),
        )
        yield _chosen(resolution, choice)


@contextmanager
def _workshop(context: Context, building: Building) -> Iterator["Workshop"]:
    with (
        cache_in_use(context),
        tempfile.TemporaryDirectory(
            prefix="pysetup-wheels-", ignore_cleanup_errors=True
        ) as folder,
    ):
        yield Workshop(Path(folder), context=context, building=building)


def _resolved(
    wanted: Wanted,
    *,
    environment: Environment,
    workshop: "Workshop",
    choice: Choice,
    options: ResolveOptions,
) -> Resolution:
    """Resolve what is ``wanted``; ``options`` are what else there is to choose from."""
    context = workshop.context
    requirements = [(requirement_of(one), one.source) for one in _named(wanted)]
    with stage(context.observer, "resolve") as running:
        resolution = resolve_requirements(
            [requirement for requirement, _ in requirements],
            environment=environment,
            context=context,
            build_metadata=None if choice.foreign else workshop.metadata,
            options=replace(
                options,
                constraints=wanted.constraints,
                overrides=wanted.overrides,
                sources={
                    **wanted.places,
                    **{str(each): source for each, source in requirements},
                },
                upgrade=choice.upgrade,
                upgrade_strategy=choice.upgrade_strategy,
                upgrade_only=choice.upgrade_only,
                no_deps=not choice.deps,
                strategy=choice.strategy,
                exclude_newer=choice.exclude_newer,
                hashes=wanted.hashes,
            ),
        )
        running.count = len(resolution.pins)
    for note in resolution.notes:
        context.tell(f"note: {note}")
    return resolution


def _named(wanted: Wanted) -> list[Asked]:
    return [one for one in wanted.asked if not one.is_local]


def _chosen(resolution: Resolution, choice: Choice) -> tuple[Pin, ...]:
    return without_named(resolution.pins) if choice.only_deps else resolution.pins


def _remember(
    wanted: Wanted, resolution: Resolution, choice: Choice, context: Context
) -> None:
    """Say how long the same question would be answered in the same way."""
    memory = context.memory
    if memory is None:
        return
    plain = all(one.requirement and not one.requirement.url for one in wanted.asked)
    if not plain or context.settings.refresh_packages:
        memory.spoil()
        return
    now = context.now().timestamp()
    exact = {
        normalize_name(one.requirement.name)
        for one in wanted.asked
        if one.requirement is not None and is_exact(one.requirement)
    }
    if context.settings.offline or exact.issuperset(p.name for p in resolution.pins):
        memory.expires = now + TRUSTED
    elif choice.exclude_newer is None and not context.settings.exclude_newer:
        memory.expires = resolution.fresh_until


def _open_database(environment: Environment, context: Context) -> InstalledDatabase:
    """Return the database as it stands; nothing is finished, nothing is written."""
    del context
    return open_database(environment)


def _installed(
    database: InstalledDatabase, environment: Environment
) -> list[InstalledDistribution]:
    """Return what counts as installed: also what the interpreter sees elsewhere."""
    found = {one.metadata.normalized_name: one for one in database.distributions()}
    if environment.seen:
        further = open_database(replace(environment, paths=environment.seen))
        for one in further.distributions():
            found.setdefault(one.metadata.normalized_name, one)
    return list(found.values())


def _of_system(
    installed: Sequence[InstalledDistribution],
    environment: Environment,
    context: Context,
) -> dict[str, InstalledDistribution]:
    """Return what another package manager owns, where that is preferred."""
    if not context.settings.prefer_system:
        return {}
    if context.memory is not None:
        context.memory.spoil()  # the system changes behind our back
    # Loaded here: it is preferred where somebody asks for it.
    from pysetup.workflows.installing.system_packages import system_distributions

    return system_distributions(installed, environment)


def _tell_system(
    resolution: Resolution,
    system: Mapping[str, InstalledDistribution],
    environment: Environment,
    context: Context,
) -> None:
    """Say what is taken from the system, and by which package it came."""
    used = [
        system[pin.name]
        for pin in resolution.pins
        if pin.installed and pin.name in system
    ]
    if not used:
        return
    from pysetup.workflows.installing.system_packages import packages_of

    for one in packages_of(used, environment, context):
        context.tell(f"from the system: {one}")


def _planned(
    pins: Sequence[Pin], database: InstalledDatabase, environment: Environment
) -> PlannedChanges:
    """Return the changes; what stands elsewhere is hidden, and not replaced."""
    own = (environment.scheme.purelib, environment.scheme.platlib)
    new = []
    for pin in pins:
        found = database.find(pin.name)
        is_replaced = found is not None and os.path.dirname(found.info_dir) in own
        old = str(found.metadata.version) if found and is_replaced else ""
        new.append((pin.metadata.name, str(pin.metadata.version), old))
    return changes_to(new, ())


def _wheels(
    pins: Sequence[Pin],
    origins: Mapping[Path, dict[str, JSON]],
    workshop: "Workshop",
    wanted: Wanted,
    choice: Choice,
    store: WheelStore | None,
) -> tuple[WheelToInstall, ...]:
    """Fetch and build what was chosen; unpack what comes into ``store``."""
    needed = [
        pin
        for pin in pins
        if pin.location not in origins and not pin.vcs and not _is_folder(pin)
    ]
    if choice.require_hashes:
        _refuse_repositories(pins, wanted)
        _refuse_unhashed(pins, origins, wanted)
    with Unpacking(workshop.context, store=store) as unpacking:
        acquired = workshop.acquire(
            [_place(pin) for pin in needed],
            hashes={
                pin.file.filename: wanted.hashes[pin.name]
                for pin in needed
                if pin.file is not None and pin.name in wanted.hashes
            },
            require_hashes=choice.require_hashes,
            ready=unpacking.begin,
        )
    found = dict(zip((pin.name for pin in needed), acquired, strict=True))
    extras = _asked_extras(wanted)
    wheels = []
    for pin in pins:
        if pin.location is not None and pin.location in origins:
            origin = origins[pin.location]
            wheels.append(
                WheelToInstall(
                    pin.location,
                    pin.requested,
                    origin,
                    links=workshop.links.get(pin.location, {}),
                    hash=workshop.hashes.get(pin.location),
                    extras=pin.extras,
                )
            )
            continue
        if pin.vcs is not None:
            wheel, origin = workshop.from_repository(pin.vcs)
            asked = extras.get(pin.name, frozenset())
            wheels.append(WheelToInstall(wheel, pin.requested, origin, extras=asked))
            continue
        if pin.location is not None and _is_folder(pin):
            wheel = workshop.wheel_of(pin.location)
            origin = {"url": pin.direct_url, "dir_info": {}}
            asked = extras.get(pin.name, frozenset())
            wheels.append(WheelToInstall(wheel, pin.requested, origin, extras=asked))
            continue
        file = found[pin.name]
        origin = archive_origin(file.url, file.hash)
        wheel = workshop.wheel_of(file.path)
        wheels.append(
            WheelToInstall(
                wheel,
                pin.requested,
                direct_url=origin if pin.direct_url else None,
                provenance=None if pin.direct_url else origin,
                # What was built here is not kept, so its files are not either.
                hash=file.hash if wheel == file.path else None,
                extras=extras.get(pin.name, frozenset()),
                yanked=pin.file is not None and pin.file.yanked is not None,
                promised=pin.metadata if wheel == file.path else None,
                file=pin.file,
                stored=unpacking.stored.get(file.hash),
            )
        )
    return tuple(wheels)


def _is_folder(pin: Pin) -> bool:
    """Tell whether a pin is a project folder that a requirement names by its URL."""
    return pin.location is not None and pin.location.is_dir()


def _refuse_repositories(pins: Sequence[Pin], wanted: Wanted) -> None:
    """Raise ``HashRequiredError``: a tree in a repository has no digest to check."""
    trees = [one.vcs for one in wanted.asked] + [pin.vcs for pin in pins]
    for vcs in trees:
        if vcs is not None:
            raise HashRequiredError(vcs.public_text)


def _refuse_unhashed(
    pins: Sequence[Pin], origins: Mapping[Path, object], wanted: Wanted
) -> None:
    """Refuse what nobody gave a digest for: an index may promise anything."""
    here = {one.path for one in wanted.asked if one.path and one.hashes}
    for pin in pins:
        if pin.location is not None and pin.location in origins:
            if not here:
                raise HashRequiredError(pin.location.name)
        elif pin.name not in wanted.hashes:
            raise HashRequiredError(f"{pin.name} {pin.version}")


def _asked_extras(wanted: Wanted) -> dict[str, frozenset[str]]:
    """Return the extras that the user named, by normalised project name."""
    found: dict[str, frozenset[str]] = {}
    for one in wanted.asked:
        if not one.is_local:
            requirement = requirement_of(one)
            name = normalize_name(requirement.name)
            found[name] = found.get(name, frozenset()) | requirement.extras
    return found


def _place(pin: Pin) -> File | Path:
    place = pin.file or pin.location
    assert place is not None, "a pin is a file, a path, or installed"
    return place


def _own_settings(wanted: Wanted) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the config settings that stand beside requirements, by project."""
    return {
        normalize_name(one.requirement.name): one.config_settings
        for one in wanted.asked
        if one.requirement is not None and one.config_settings
    }
