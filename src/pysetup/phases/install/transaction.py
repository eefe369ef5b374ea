"""Deciding one transaction: several installs and removals that do not clash."""

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.phases.install.easy_install import Rewrite, plan_rewrites
from pysetup.phases.install.plan import InstallPlan, PlannedFile
from pysetup.phases.install.remove import RemovalPlan, is_below, own_folders
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.script_names import is_protected_name
from pysetup.values import dataclass


class FileConflictError(EnvironmentRefusedError):
    """Two distributions bring different files for the same place.

    Installing one would break the other, and removing either would break the one
    that is left. Files with the same content may be shared.
    """

    code = "PS7304"

    def __init__(self, name: str, path: str, owners: tuple[str, ...]) -> None:
        others = ", ".join(owners)
        super().__init__(
            f"{name} brings {path}, which belongs to {others}",
            facts={"file": path, "distribution": name, "owners": list(owners)},
            hints=(
                f"decide between {name} and {others}",
                "override: --overwrite",
            ),
        )
        self.name, self.path, self.owners = name, path, owners


class UnownedFileError(EnvironmentRefusedError):
    """A distribution brings a file where one stands that no distribution owns.

    It may be your own work, or the remains of another tool; pysetup does not
    overwrite it unasked.
    """

    code = "PS7305"

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            f"{name} brings {path}, where a file stands that is not its own",
            facts={"file": path, "distribution": name},
            hints=(f"move {path} away", "override: --overwrite"),
        )
        self.name, self.path = name, path


class ProtectedFileError(EnvironmentRefusedError):
    """A distribution would replace a part of the environment itself, or leave it.

    The interpreter, pyvenv.cfg and the activation scripts are not for packages, and
    neither is any folder outside the environment, reached by a link or otherwise.
    """

    code = "PS7306"

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            f"{name} would write {path}, which is not for packages",
            facts={"file": path, "distribution": name},
            hints=("do not install it; tell its author",),
        )
        self.name, self.path = name, path


@dataclass(frozen=True, slots=True)
class TransactionPlan:
    """Everything one command changes in an environment.

    ``gone`` are the absolute paths of files that are removed or replaced;
    ``rewrites`` are files of several distributions that change, as far as they are
    there already among ``gone`` as well.
    """

    installs: tuple[InstallPlan, ...]
    removals: tuple[RemovalPlan, ...]
    gone: frozenset[str]
    rewrites: tuple[Rewrite, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "installs": [plan.to_json() for plan in self.installs],
            "removals": [plan.to_json() for plan in self.removals],
            "rewrites": [one.to_json() for one in self.rewrites],
        }


class Site(Protocol):
    """What the plan asks of the environment's files."""

    def owners(self, path: str) -> tuple[str, ...]:
        """Return the names of the distributions that own ``path``."""

    def kind(self, path: str) -> str:
        """Return ``folder``, ``file`` (also for a link) or nothing."""

    def has_content(self, path: str, expected: Hash) -> bool:
        """Tell whether the file at ``path`` has this digest."""


def plan_transaction(
    installs: Sequence[InstallPlan],
    removals: Sequence[RemovalPlan],
    *,
    environment: Environment,
    site: Site,
    overwrite: bool = False,
    folds_case: bool = False,
) -> TransactionPlan:
    """Join the plans of one command, or say why they cannot be carried out.

    ``overwrite`` lets files of others and of nobody be replaced; ``folds_case`` says
    that the file system takes ``a`` and ``A`` for one name. Raises
    ``FileConflictError``, ``UnownedFileError`` or ``ProtectedFileError``.
    """
    gone = {path for removal in removals for path in removal.files}
    removed = {removal.name for removal in removals}
    taken: dict[str, tuple[InstallPlan, PlannedFile]] = {}
    guard = _Guard(environment, folds_case=folds_case)
    for plan, file in _files(installs):
        if guard.forbids(file.path):
            raise ProtectedFileError(plan.name, file.path)
        key = _folded(file.path) if folds_case else file.path
        other = taken.setdefault(key, (plan, file))
        if other[1] is not file and not _same(other[1], file) and not overwrite:
            raise FileConflictError(plan.name, file.path, (other[0].name,))
        if file.path in gone or not (kind := site.kind(file.path)):
            continue
        if kind == "folder":
            raise UnownedFileError(plan.name, file.path)
        if not overwrite and not site.has_content(file.path, file.hash):
            owners = tuple(o for o in site.owners(file.path) if o not in removed)
            if owners:
                raise FileConflictError(plan.name, file.path, owners)
            raise UnownedFileError(plan.name, file.path)
        gone.add(file.path)
    _refuse_files_as_folders(installs, gone, taken, site)
    rewrites = plan_rewrites(
        line for removal in removals for line in removal.path_lines
    )
    gone.update(one.path for one in rewrites)
    return TransactionPlan(tuple(installs), tuple(removals), frozenset(gone), rewrites)


def _files(
    installs: Sequence[InstallPlan],
) -> Iterator[tuple[InstallPlan, PlannedFile]]:
    for plan in installs:
        for file in plan.files:
            yield plan, file


def _same(first: PlannedFile, second: PlannedFile) -> bool:
    return (first.path, first.hash) == (second.path, second.hash)


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


class _Guard:
    """Knows which places of an environment are not for packages."""

    def __init__(self, environment: Environment, *, folds_case: bool) -> None:
        self._fold: Callable[[str], str] = _folded if folds_case else str
        self._roots = own_folders(environment)
        self._below: dict[str, bool] = {}
        self._scripts = os.path.realpath(environment.scheme.scripts)
        folder, name = os.path.split(environment.executable)
        self._own = (
            self._fold(os.path.join(os.path.realpath(folder), name)),
            self._fold(f"{os.path.realpath(environment.prefix)}{os.sep}pyvenv.cfg"),
        )

    def forbids(self, path: str) -> bool:
        """Tell whether no package may write ``path``."""
        folder, _, name = path.rpartition(os.sep)
        if self._fold(folder) == self._fold(self._scripts) and is_protected_name(name):
            return True
        below = self._below.get(folder)
        if below is None:
            below = self._below[folder] = is_below(folder, self._roots)
        return self._fold(path) in self._own or not below


def _refuse_files_as_folders(
    installs: Sequence[InstallPlan],
    gone: set[str],
    taken: dict[str, tuple[InstallPlan, PlannedFile]],
    site: Site,
) -> None:
    """Refuse a path that leads through a file, one that stands or a planned one."""
    checked: set[str] = set()
    for plan, file in _files(installs):
        folder = file.path[: file.path.rfind(os.sep)] or os.sep
        while folder not in checked and folder != os.path.dirname(folder):
            checked.add(folder)
            if folder in taken:
                other = taken[folder][0].name
                raise FileConflictError(plan.name, folder, (other,))
            if site.kind(folder) == "file" and folder not in gone:
                owners = site.owners(folder)
                if owners:
                    raise FileConflictError(plan.name, folder, owners)
                raise UnownedFileError(plan.name, folder)
            folder = os.path.dirname(folder)
