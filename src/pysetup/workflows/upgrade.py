"""Upgrading what is installed: some of it or all, and everything still fits."""

from collections.abc import Mapping, Sequence
from os.path import basename

from pysetup.errors import UsageError
from pysetup.interchange.dependency_graph import PROBLEMS
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.reasons import requested_extras
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.values import replace
from pysetup.workflows.building.how import Building
from pysetup.workflows.context import Context
from pysetup.workflows.graph import environment_graph
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import (
    InstallReport,
    WheelToInstall,
    install_wheels,
)
from pysetup.workflows.outdated import find_outdated, in_environment
from pysetup.workflows.provision import Choice, InstallFlags, found_wheels
from pysetup.workflows.resolving.requested import Asked, Wanted


class NotUpgradableError(UsageError):
    """What should be upgraded did not come from an index, or stands elsewhere.

    A project that is developed here changes with its folder; what came from a file or
    a URL is replaced by installing another one; what belongs to the system is upgraded
    by the system.
    """

    code = "PS2875"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} is not upgraded: {reason}",
            facts={"name": name, "reason": reason},
            hints=("replace it:  pysetup install NAME, FILE or URL",),
        )


def upgrade(  # noqa: PLR0913 - what every change of an environment is given
    names: Sequence[str] | None,
    wanted: Wanted,
    *,
    environment: Environment,
    context: Context,
    building: Building,
    choice: Choice,
    flags: InstallFlags,
) -> InstallReport:
    """Upgrade ``names``, or with None all that came from an index, in one transaction.

    All that is installed must still fit each other afterwards; what is not named stays
    as it is where it can. ``wanted`` has constraints and overrides. Raises
    ``NotInstalledError``, ``NotUpgradableError``, and as ``install``.
    """
    installed = {
        one.metadata.normalized_name: one
        for one in read_environment(environment, context).distributions()
    }
    chosen = _chosen(names, installed, environment)
    asked = asked_by_environment(chosen, installed, environment, context)
    with found_wheels(
        replace(
            wanted,
            asked=tuple(asked),
            constraints=(*wanted.constraints, *fixed_versions(installed, environment)),
        ),
        environment=environment,
        context=context,
        building=building,
        choice=replace(choice, upgrade_only=frozenset(chosen)),
    ) as wheels:
        report = install_wheels(
            [_as_before(wheel, installed) for wheel in wheels],
            environment=environment,
            context=context,
            **flags,
        )
    _tell_held(chosen, names, report, environment, context)
    return report


def _chosen(
    names: Sequence[str] | None,
    installed: Mapping[str, InstalledDistribution],
    environment: Environment,
) -> tuple[str, ...]:
    if names is None:
        return tuple(
            k for k, one in installed.items() if not _why_fixed(one, environment)
        )
    chosen = []
    for name in names:
        one = installed.get(normalize_name(name))
        if one is None:
            raise NotInstalledError(name, environment.prefix)
        if reason := _why_fixed(one, environment):
            raise NotUpgradableError(one.metadata.name, reason)
        chosen.append(one.metadata.normalized_name)
    return tuple(dict.fromkeys(chosen))


def _why_fixed(one: InstalledDistribution, environment: Environment) -> str:
    """Return why the indexes have nothing to say of it; empty if they have."""
    if one.editable:
        return f"it is developed in {one.location}"
    if one.direct_url is not None:
        return f"it came from {one.direct_url.get('url')}"
    if not in_environment(one, environment):
        return f"it stands in {one.info_dir.rpartition('/')[0]}"
    return ""


def fixed_versions(
    installed: Mapping[str, InstalledDistribution], environment: Environment
) -> list[Requirement]:
    """Return constraints that keep what no index has: its version is the only one."""
    return [
        parse_requirement(f"{key}=={one.metadata.version}")
        for key, one in installed.items()
        if one.editable or one.direct_url is not None
        if in_environment(one, environment)
    ]


def asked_by_environment(
    chosen: Sequence[str],
    installed: Mapping[str, InstalledDistribution],
    environment: Environment,
    context: Context,
) -> list[Asked]:
    """Return what is upgraded, and all that it must fit: what nothing else leads to.

    That something does not fit already is told, since it will be mended as well.
    """
    graph = environment_graph(environment, context)
    for edge in graph.edges:
        if edge.state in PROBLEMS:
            told = "does not fit" if edge.state == "conflict" else "is missing"
            context.tell(
                f"note: {graph.nodes[edge.parent]} needs {edge.requirement}, "
                f"which {told}; this is mended, too"
            )
    names = dict.fromkeys((*chosen, *graph.roots()))
    requested = (key for key, one in installed.items() if one.requested)
    asked = []
    for key in dict.fromkeys((*names, *requested)):
        one = installed.get(key)
        if one is None or not (key in chosen or in_environment(one, environment)):
            continue
        extras = ",".join(requested_extras(one.info_dir) or ())
        text = f"{one.metadata.name}[{extras}]" if extras else one.metadata.name
        asked.append(Asked("what is installed", requirement=parse_requirement(text)))
    return asked


def _as_before(
    wheel: WheelToInstall, installed: Mapping[str, InstalledDistribution]
) -> WheelToInstall:
    """Let an upgrade say of a distribution what was said: whether it was asked for."""
    name = parse_wheel_filename(basename(wheel.path)).name
    before = installed.get(normalize_name(name))
    if before is None:
        return replace(wheel, requested=False, extras=frozenset())
    return replace(wheel, requested=before.requested)


def _tell_held(
    chosen: Sequence[str],
    names: Sequence[str] | None,
    report: InstallReport,
    environment: Environment,
    context: Context,
) -> None:
    """Say of what was named, and is not the newest, who does not allow that."""
    if names is None:
        return
    moved = {normalize_name(name) for name, _, _ in report.upgraded}
    stayed = [key for key in chosen if key not in moved]
    if not stayed:
        return
    installed = read_environment(environment, context).distributions()
    within = [one for one in installed if one.metadata.normalized_name in stayed]
    for row in find_outdated(environment, context, within=within):
        held = "; ".join(row.held_by) or "other requirements do not allow it"
        context.tell(f"note: {row.name} {row.latest} is newer, but {held}")
