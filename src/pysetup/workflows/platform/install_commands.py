"""The commands that install what is needed: a registry's, else those we know."""

import shlex
import shutil
from collections.abc import Sequence

from pysetup.platforms.names.package_managers import PackageManager
from pysetup.platforms.names.system_packages import INSTALL
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.platform.external import MappedExternal, packages_of
from pysetup.workflows.platform.mapping_files import read_managers
from pysetup.workflows.platform.names import NameOptions
from pysetup.workflows.platform.system_target import family_of


@dataclass(frozen=True, slots=True)
class Installer:
    """What installs packages on ``target``; ``manager`` is one of a registry."""

    target: PlatformTarget
    manager: PackageManager | None = None

    def commands(self, rows: Sequence[MappedExternal]) -> tuple[tuple[str, ...], ...]:
        """Return the words of each command; none if nothing is to be installed.

        conda takes versions with the names; other systems have one version of each.
        """
        family = family_of(self.target)
        if self.manager is not None:
            versions = dict(pair for row in rows for pair in _versions(row))
            return self.manager.commands(sorted(versions.items()))
        packages = packages_of(rows)
        if family == "conda":
            packages = tuple(sorted({one for row in rows for one in _conda_specs(row)}))
        return ((*INSTALL[family], *packages),) if packages and family else ()

    def line(self, rows: Sequence[MappedExternal]) -> str:
        """Return these commands, quoted for a shell, one after the other."""
        return " && ".join(map(shlex.join, self.commands(rows)))

    def to_json(self, rows: Sequence[MappedExternal]) -> dict[str, JSON]:
        """Return the JSON form: ``command`` is the first of ``commands``."""
        commands = self.commands(rows)
        return {
            "command": list(commands[0]) if commands else [],
            "commands": [list(words) for words in commands],
        }


def installer_of(
    target: PlatformTarget, *, context: Context, options: NameOptions
) -> Installer:
    """Return what installs packages on ``target``.

    Of the managers that a registry names the first that is on this machine counts, or
    the first of all. Raises ``InvalidMappingError``.
    """
    managers = read_managers(options.registries, target, context=context)
    path = context.environ.get("PATH")
    here = (one for one in managers if shutil.which(one.install[0], path=path))
    return Installer(target, next(here, managers[0] if managers else None))


def _versions(row: MappedExternal) -> list[tuple[str, str]]:
    """Return the packages of a need, with the version that it asks for if it can."""
    packages = row.packages or ()
    # A version of one thing is not that of several, and may be said already.
    alone = len(packages) == 1 and " " not in packages[0]
    version = "" if row.need.dep.is_virtual or not alone else row.need.dep.version
    return [(package, version) for package in packages]


def _conda_specs(row: MappedExternal) -> list[str]:
    return [
        f"{package}=={version}" if version[:1].isdigit() else f"{package}{version}"
        for package, version in _versions(row)
    ]
