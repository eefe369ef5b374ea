"""Deciding what one command changes, from wheels and what is installed."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pysetup.errors import PysetupError, UsageError
from pysetup.index.model import File
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.interchange.wheel_source import WheelSource
from pysetup.metadata.document import Metadata
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.plan import InstallPlan, plan_install
from pysetup.phases.install.real_folders import RealFolders
from pysetup.phases.install.reasons import requested_extras
from pysetup.phases.install.remove import NotInstalledError, plan_remove
from pysetup.phases.install.transaction import TransactionPlan, plan_transaction
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.store.stored_wheel import StoredWheel
from pysetup.values import dataclass, field
from pysetup.workflows.installing.state_folder import state_folder


@dataclass(frozen=True, slots=True)
class WheelToInstall:
    """A wheel on disk; whether the user named it; where it is from.

    ``direct_url`` is the record of PEP 610 (asked for by path or URL), ``provenance``
    that of PEP 710 (asked for by name). ``links`` go in beside its files: place in the
    site folder -> absolute target. ``hash`` is its SHA-256, where it is known and the
    wheel is worth keeping unpacked. ``extras`` are those that the user named, and
    ``yanked`` says that its authors took it back. ``promised`` are the metadata that it
    was chosen by, which its own must not contradict, and ``file`` is how an index lists
    it. ``stored`` is the wheel in the store, if it was put there a moment ago.
    """

    path: Path
    requested: bool = False
    direct_url: Mapping[str, JSON] | None = None
    provenance: Mapping[str, JSON] | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    hash: Hash | None = None
    extras: frozenset[str] = frozenset()
    yanked: bool = False
    promised: Metadata | None = None
    file: File | None = None
    stored: StoredWheel | None = None


class TwoVersionsError(UsageError):
    """One command names two wheels of one project; only one can be installed.

    Leave one of them out.
    """

    code = "PS2302"

    def __init__(self, name: str, first: str, second: str) -> None:
        super().__init__(
            f"{first} and {second} are both wheels of {name}",
            facts={"distribution": name, "files": [first, second]},
            hints=("leave one of them out",),
        )


def open_database(environment: Environment) -> InstalledDatabase:
    """Return what is installed in ``environment``."""
    folder = state_folder(environment)
    return InstalledDatabase(environment.paths, state_folder=folder)


def plan_change(  # noqa: PLR0913 - what goes in, and what it is decided by
    wheels: Sequence[tuple[WheelToInstall, WheelSource]],
    remove: Sequence[str],
    environment: Environment,
    *,
    overwrite: bool = False,
    force: bool = False,
    resolve: Callable[[str], str] | None = None,
    database: InstalledDatabase | None = None,
) -> TransactionPlan:
    """Say what installing ``wheels`` and uninstalling ``remove`` changes.

    ``wheels`` come with their open files; ``resolve`` follows links on the way to a
    folder; ``database`` is what is installed, if it has been opened. Raises
    ``NotInstalledError``, ``TwoVersionsError`` or what the plans raise.
    """
    database = database or open_database(environment)
    real_folders = resolve or RealFolders()
    installs = [
        plan_install(
            wheel,
            environment,
            requested=item.requested or _was_requested(database, wheel),
            extras=item.extras or _earlier_extras(database, wheel),
            direct_url=_without_credentials(item.direct_url),
            provenance=_without_credentials(item.provenance),
            links=item.links,
            resolve=real_folders,
        )
        for item, wheel in wheels
    ]
    _refuse_two_versions(installs)
    replaced = {file.path for plan in installs for file in plan.files}
    outgoing = _outgoing(
        database, [plan.name for plan in installs], remove, environment
    )
    removals = [
        plan_remove(
            found,
            database=database,
            environment=environment,
            replaced=replaced,
            force=force,
        )
        for found in outgoing
    ]
    return plan_transaction(
        installs,
        removals,
        environment=environment,
        site=_Site(database),
        overwrite=overwrite,
        folds_case=_folds_case(environment.scheme.purelib),
    )


def _outgoing(
    database: InstalledDatabase,
    replaced: Sequence[str],
    remove: Sequence[str],
    environment: Environment,
) -> tuple[InstalledDistribution, ...]:
    """Return what goes: older copies of ``replaced``, and what ``remove`` names."""
    own = (environment.scheme.purelib, environment.scheme.platlib)
    outgoing: dict[str, InstalledDistribution] = {}
    for name in (*replaced, *remove):
        copies = database.copies(name, within=own)
        if name in remove and not copies:
            raise NotInstalledError(name, environment.prefix)
        outgoing.update((found.info_dir, found) for found in copies)
    return tuple(outgoing.values())


def _refuse_two_versions(installs: Sequence[InstallPlan]) -> None:
    seen: dict[str, InstallPlan] = {}
    for plan in installs:
        other = seen.setdefault(normalize_name(plan.name), plan)
        if other is not plan:
            raise TwoVersionsError(plan.name, other.wheel, plan.wheel)


def _was_requested(database: InstalledDatabase, wheel: WheelSource) -> bool:
    """Tell whether an upgrade replaces what the user once asked for by name."""
    try:
        old = database.find(wheel.filename.name)
    except PysetupError:
        return False
    return old is not None and old.requested


def _earlier_extras(database: InstalledDatabase, wheel: WheelSource) -> Collection[str]:
    """Return the extras that the user once asked for with what an upgrade replaces."""
    try:
        old = database.find(wheel.filename.name)
    except PysetupError:
        return ()
    return () if old is None else requested_extras(old.info_dir) or ()


@dataclass(frozen=True, slots=True)
class _Site:
    """The environment's files, as planning asks for them."""

    database: InstalledDatabase
    absent: dict[str, bool] = field(default_factory=dict)

    def owners(self, path: str) -> tuple[str, ...]:
        return self.database.owners(path)

    def kind(self, path: str) -> str:
        if self._is_absent(path[: path.rfind(os.sep)]) or not os.path.lexists(path):
            return ""
        is_folder = os.path.isdir(path) and not os.path.islink(path)
        return "folder" if is_folder else "file"

    def _is_absent(self, folder: str) -> bool:
        """Tell whether a folder is missing: then nothing in it need be looked at."""
        if not folder:
            return False
        known = self.absent.get(folder)
        if known is None:
            above = self._is_absent(folder[: folder.rfind(os.sep)])
            known = self.absent[folder] = above or not os.path.lexists(folder)
        return known

    def has_content(self, path: str, expected: Hash) -> bool:
        try:
            return Hash.of_file(path, expected.algorithm) == expected
        except OSError:
            return False


def _folds_case(folder: str) -> bool:
    """Tell whether the file system takes upper and lower case for the same."""
    other = os.path.join(os.path.dirname(folder), os.path.basename(folder).upper())
    try:
        return other != folder and os.path.samefile(folder, other)
    except OSError:
        return False


def _without_credentials(
    direct_url: Mapping[str, JSON] | None,
) -> Mapping[str, JSON] | None:
    """Return PEP 610's record without user name and password, as it demands."""
    if direct_url is None:
        return None
    url = direct_url.get("url")
    if not isinstance(url, str):
        return direct_url
    parts = urlsplit(url)
    authority = parts.netloc
    user, sep, host = authority.rpartition("@")
    # "git" names no person, and ${...} is read when it is used (PEP 610).
    kept = user == "git" or (user and all(p.startswith("${") for p in user.split(":")))
    clean = authority if kept or not sep else host
    return {**direct_url, "url": urlunsplit(parts._replace(netloc=clean))}
