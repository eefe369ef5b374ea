"""Removing what nobody asked for and nothing needs."""

from collections.abc import Sequence

from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.reasons import find_orphans, refuse_without_requests
from pysetup.workflows.context import Context
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.installing.install import InstallReport, uninstall


def orphans(
    environment: Environment, context: Context
) -> tuple[InstalledDistribution, ...]:
    """Return what nobody asked for and nothing needs, by name.

    Raises ``NothingRequestedError``.
    """
    installed = read_environment(environment, context).distributions()
    refuse_without_requests(installed, prefix=environment.prefix)
    return find_orphans(installed, environment.markers)


def remove_orphans(
    *,
    environment: Environment,
    context: Context,
    dry_run: bool = False,
    break_system_packages: bool = False,
) -> InstallReport:
    """Uninstall all of them, in one transaction; raises ``PysetupError``."""
    found = _within(environment, orphans(environment, context))
    return uninstall(
        [one.metadata.name for one in found],
        environment=environment,
        context=context,
        dry_run=dry_run,
        break_system_packages=break_system_packages,
    )


def with_orphans(
    names: Sequence[str], *, environment: Environment, context: Context
) -> tuple[str, ...]:
    """Return ``names`` and what nothing needs any more once they are gone.

    What nothing needs now is not among them: ``autoremove`` is for that. Raises
    ``NothingRequestedError``.
    """
    installed = read_environment(environment, context).distributions()
    refuse_without_requests(installed, prefix=environment.prefix)
    markers = environment.markers
    before = {one.info_dir for one in find_orphans(installed, markers)}
    after = find_orphans(installed, markers, without=names)
    fresh = [one for one in after if one.info_dir not in before]
    found = (one.metadata.name for one in _within(environment, fresh))
    return tuple(dict.fromkeys((*names, *found)))


def _within(
    environment: Environment, found: Sequence[InstalledDistribution]
) -> list[InstalledDistribution]:
    """Return those that stand in the environment itself, not in one below it."""
    own = (environment.scheme.purelib, environment.scheme.platlib)
    return [one for one in found if one.info_dir.rpartition("/")[0] in own]
