"""Deciding what going back changes: wheels again, kept files again, the rest away."""

import os
from collections.abc import Callable, Collection, Sequence

from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.interchange.wheel_source import WheelSource
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.history import State
from pysetup.phases.install.history_kept import KeptSource, real_place
from pysetup.phases.install.plan import InstallPlan, PlannedFile, plan_install
from pysetup.phases.install.real_folders import RealFolders
from pysetup.phases.install.remove import plan_remove
from pysetup.phases.install.transaction import TransactionPlan, plan_transaction
from pysetup.standards.hashes import Hash
from pysetup.values import dataclass, replace
from pysetup.workflows.installing.install_plan import WheelToInstall, open_database


@dataclass(frozen=True, slots=True)
class Comeback:
    """A wheel that comes back as ``state`` was, with the user's changes in ``kept``."""

    wheel: WheelToInstall
    state: State
    kept: KeptSource | None


def plan_undo(
    wheels: Sequence[tuple[Comeback, WheelSource]],
    sources: Sequence[KeptSource],
    remove: Sequence[str],
    environment: Environment,
    *,
    force: bool = False,
) -> TransactionPlan:
    """Say what bringing back ``wheels`` and ``sources`` and taking out ``remove`` does.

    ``sources`` without a wheel come back whole. Raises what the plans raise.
    """
    prefix = os.path.realpath(environment.prefix)
    database = open_database(environment)
    resolve = RealFolders()
    installs = [
        _as_it_was(
            plan_install(
                source,
                environment,
                requested=back.wheel.requested,
                direct_url=back.wheel.direct_url,
                provenance=back.wheel.provenance,
                resolve=resolve,
            ),
            back,
            lambda place: real_place(place, prefix, resolve),
        )
        for back, source in wheels
    ]
    beside = {back.kept.key for back, _ in wheels if back.kept is not None}
    installs += [one.plan(prefix=prefix) for one in sources if one.key not in beside]
    names = [*(plan.name for plan in installs), *remove]
    replaced = {file.path for plan in installs for file in plan.files}
    removals = [
        plan_remove(
            found,
            database=database,
            environment=environment,
            replaced=replaced,
            force=force,
        )
        for found in _outgoing(database, names, environment)
    ]
    left = {
        real_place(place, prefix, resolve)
        for back, _ in wheels
        for place in back.state.left
    }
    site = _Site(database, left)
    return plan_transaction(installs, removals, environment=environment, site=site)


def _outgoing(
    database: InstalledDatabase, names: Sequence[str], environment: Environment
) -> list[InstalledDistribution]:
    own = (environment.scheme.purelib, environment.scheme.platlib)
    return list(
        {
            found.info_dir: found
            for name in names
            for found in database.copies(name, within=own)
        }.values()
    )


def _as_it_was(
    plan: InstallPlan, back: Comeback, real: Callable[[str], str]
) -> InstallPlan:
    """Return ``plan`` with the user's own content where files had been changed.

    RECORD promises what the wheel brought, as it did before.
    """
    own: dict[str, tuple[bytes, bool]] = {}
    if back.kept is not None:
        for file in back.kept.kept.files:
            content = back.kept.content(file)
            own[real(file.place)] = content, bool(file.mode & 0o100)
    for place in back.state.left:
        path = real(place)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as stream:
                own[path] = stream.read(), os.access(path, os.X_OK)
    files = tuple(_changed(file, own.get(file.path)) for file in plan.files)
    return replace(plan, files=files)


def _changed(file: PlannedFile, own: tuple[bytes, bool] | None) -> PlannedFile:
    if own is None:
        return file
    content, executable = own
    return replace(file, source=None, content=content, executable=executable)


@dataclass(frozen=True, slots=True)
class _Site:
    """The environment's files; those in ``left`` may be replaced by themselves."""

    database: InstalledDatabase
    left: Collection[str]

    def owners(self, path: str) -> tuple[str, ...]:
        return self.database.owners(path)

    def kind(self, path: str) -> str:
        if not os.path.lexists(path):
            return ""
        is_folder = os.path.isdir(path) and not os.path.islink(path)
        return "folder" if is_folder else "file"

    def has_content(self, path: str, expected: Hash) -> bool:
        if path in self.left and not self.database.owners(path):
            return True
        try:
            return Hash.of_file(path, expected.algorithm) == expected
        except OSError:
            return False
