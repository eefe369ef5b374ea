"""Distributions that another package manager owns: the system's, or conda's.

Nothing of theirs is ever changed here. That one is theirs, it says itself (INSTALLER),
or its place does: it stands outside the environment, and no installer of Python has put
its name to it, which all of them do.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.edges.process import CommandNotFoundError
from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.late import shutil
from pysetup.standards.jsontext import InvalidJsonError, parse_json_object
from pysetup.values import dataclass
from pysetup.workflows.context import Context

# What distributions and conda write into INSTALLER.
_INSTALLERS = ("debian", "ubuntu", "rpm", "conda", "apk", "pacman", "portage", "nix")
_TIMEOUT = 20.0
_MOST_AT_ONCE = 200


class SystemUnseenError(EnvironmentRefusedError):
    """Packages of the system were preferred, and the environment does not see any.

    A virtual environment sees only its own packages, unless it was created with
    ``--system-site-packages``. ``--target`` folders see none either.
    """

    code = "PS7870"

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"{prefix} does not see the packages of the system, so none can be used",
            facts={"environment": prefix},
            hints=(
                "make one that does:  pysetup venv create --system-site-packages DIR",
                "or leave out --prefer-system",
            ),
        )


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A distribution of the system, and its package there: ``python3-six``.

    ``package`` is empty where no package manager could say.
    """

    name: str
    version: str
    package: str

    def __str__(self) -> str:
        told = f"{self.name} {self.version}"
        return f"{told} ({self.package})" if self.package else told


def system_distributions(
    installed: Iterable[InstalledDistribution], environment: Environment
) -> dict[str, InstalledDistribution]:
    """Return those of ``installed`` that another package manager owns, by name.

    Raises ``SystemUnseenError`` if the environment sees no folder but its own, and is
    not one of conda.
    """
    own = (environment.scheme.purelib, environment.scheme.platlib)
    folders = (*environment.paths, *environment.seen)
    conda = os.path.isdir(os.path.join(environment.prefix, "conda-meta"))
    if environment.virtual and not conda and set(folders) <= set(own):
        raise SystemUnseenError(environment.prefix)
    return {
        one.metadata.normalized_name: one
        for one in installed
        if _is_of_system(one, own)
    }


def _is_of_system(one: InstalledDistribution, own: tuple[str, ...]) -> bool:
    if one.installer.lower() in _INSTALLERS:
        return True
    outside = os.path.dirname(one.info_dir) not in own
    return outside and not one.installer and not one.editable


def packages_of(
    found: Iterable[InstalledDistribution], environment: Environment, context: Context
) -> tuple[SystemPackage, ...]:
    """Return what the package manager calls each of ``found``, as far as it tells."""
    rows = list(found)
    names = _conda_names(environment) or _owners(
        [_file_of(one) for one in rows], context
    )
    return tuple(
        SystemPackage(
            one.metadata.name,
            str(one.metadata.version),
            names.get(_file_of(one), names.get(one.metadata.normalized_name, "")),
        )
        for one in rows
    )


def _file_of(one: InstalledDistribution) -> str:
    """Return a file that only this distribution has."""
    for name in ("METADATA", "PKG-INFO"):
        path = os.path.join(one.info_dir, name)
        if os.path.isfile(path):
            return path
    return one.info_dir


def _owners(paths: list[str], context: Context) -> dict[str, str]:
    """Ask dpkg, else rpm, whose files these are; nobody may know."""
    search = context.environ.get("PATH", os.defpath)
    paths = paths[:_MOST_AT_ONCE]
    if not paths:
        return {}
    try:
        if dpkg := shutil.which("dpkg-query", path=search):
            done = context.run_process([dpkg, "-S", *paths], timeout=_TIMEOUT)
            return _dpkg_answer(done.stdout.decode("utf-8", "replace"))
        if rpm := shutil.which("rpm", path=search):
            form = "%{NAME}\n"
            words = [rpm, "-qf", "--queryformat", form, *paths]
            done = context.run_process(words, timeout=_TIMEOUT)
            lines = done.stdout.decode("utf-8", "replace").splitlines()
            if len(lines) == len(paths):
                pairs = zip(paths, lines, strict=True)
                return {path: name for path, name in pairs if " " not in name}
    except (CommandNotFoundError, OSError):
        return {}
    return {}


def _dpkg_answer(text: str) -> dict[str, str]:
    """Read lines such as ``python3-six: /usr/lib/...``; the name may have others."""
    found = {}
    for line in text.splitlines():
        names, separator, path = line.partition(": ")
        if separator and path.startswith("/"):
            found[path.strip()] = names.split(",")[0].split(":")[0].strip()
    return found


def _conda_names(environment: Environment) -> Mapping[str, str]:
    """Return the packages of a conda environment by the name of the project."""
    folder = Path(environment.prefix) / "conda-meta"
    if not folder.is_dir():
        return {}
    names = {}
    for path in sorted(folder.glob("*.json")):
        try:
            value = parse_json_object(path.read_bytes(), source=path.name)
        except (OSError, InvalidJsonError):
            continue
        name = str(value.get("name") or "")
        names[name.replace("_", "-").lower()] = name
    return names
