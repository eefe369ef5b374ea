"""Looking at an environment: what is there, whether it fits, whether it is whole."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds
from pysetup.workflows.context import Context
from pysetup.workflows.installing.install import open_database, recover_environment


@dataclass(frozen=True, slots=True, order=True)
class BrokenRequirement:
    """A requirement of ``name`` that does not hold; ``found`` is empty if missing."""

    name: str
    version: str
    requirement: str
    found: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "requirement": self.requirement,
            "found": self.found or None,
        }

    def __str__(self) -> str:
        told = f"{self.name} {self.version} requires {self.requirement}"
        if self.found:
            return f"{told}, but {self.found} is installed"
        return f"{told}, which is not installed"


@dataclass(frozen=True, slots=True, order=True)
class DamagedFile:
    """An installed file that is ``missing`` or ``changed``; its path is absolute."""

    name: str
    path: str
    state: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"name": self.name, "path": self.path, "state": self.state}


def read_environment(environment: Environment, context: Context) -> InstalledDatabase:
    """Return the database, after finishing what an interrupted command left."""
    recover_environment(environment, context)
    return open_database(environment)


def find_installed(
    names: Sequence[str], *, environment: Environment, context: Context
) -> tuple[InstalledDistribution, ...]:
    """Return the named distributions; raises ``NotInstalledError``."""
    database = read_environment(environment, context)
    found = []
    for name in names:
        distribution = database.find(name)
        if distribution is None:
            raise NotInstalledError(name, environment.prefix)
        found.append(distribution)
    return tuple(found)


def required_by(
    database: InstalledDatabase, environment: Environment
) -> dict[str, tuple[str, ...]]:
    """Return normalised name -> names of installed distributions that require it."""
    users: dict[str, set[str]] = {}
    for distribution in database.distributions():
        for requirement in _active(distribution, environment, frozenset()):
            users.setdefault(normalize_name(requirement.name), set()).add(
                distribution.metadata.name
            )
    return {name: tuple(sorted(found)) for name, found in users.items()}


def check_requirements(
    database: InstalledDatabase, environment: Environment
) -> tuple[BrokenRequirement, ...]:
    """Return the requirements of what is installed that do not hold.

    Extras count where an installed distribution asks for them.
    """
    installed = {
        distribution.metadata.normalized_name: distribution
        for distribution in database.distributions()
    }
    broken: set[BrokenRequirement] = set()
    pending = [(name, frozenset[str]()) for name in installed]
    seen = set(pending)
    while pending:
        name, extras = pending.pop()
        owner = installed[name]
        for requirement in _active(owner, environment, extras):
            needed = normalize_name(requirement.name)
            other = installed.get(needed)
            if other is None or not _satisfies(other, requirement):
                broken.add(_broken(owner, requirement, other))
                continue
            node = (needed, frozenset(map(normalize_name, requirement.extras)))
            if node[1] and node not in seen:
                seen.add(node)
                pending.append(node)
    return tuple(sorted(broken))


def _active(
    distribution: InstalledDistribution,
    environment: Environment,
    extras: frozenset[str],
) -> list[Requirement]:
    return [
        requirement
        for requirement in distribution.metadata.requires_dist
        if marker_holds(requirement.marker, environment.markers, extras=extras)
    ]


def _satisfies(distribution: InstalledDistribution, requirement: Requirement) -> bool:
    version = distribution.metadata.version
    return requirement.specifier.contains(version, prereleases=True)


def _broken(
    owner: InstalledDistribution,
    requirement: Requirement,
    other: InstalledDistribution | None,
) -> BrokenRequirement:
    found = f"{other.metadata.name} {other.metadata.version}" if other else ""
    text = f"{requirement.name}{requirement.specifier}"
    return BrokenRequirement(
        owner.metadata.name, str(owner.metadata.version), text, found
    )


def verify_files(
    database: InstalledDatabase, names: Sequence[str] = ()
) -> tuple[tuple[DamagedFile, ...], tuple[PysetupError, ...]]:
    """Compare installed files with RECORD: what differs, and what cannot be told.

    ``names`` are distributions to look at, all of them if it is empty. Every byte
    of every listed file is read.
    """
    wanted = {normalize_name(name) for name in names}
    damaged: list[DamagedFile] = []
    unknown = [entry.error for entry in database.damaged() if not wanted]
    for distribution in database.distributions():
        if wanted and distribution.metadata.normalized_name not in wanted:
            continue
        name = distribution.metadata.name
        try:
            files = database.files(distribution)
        except PysetupError as error:
            unknown.append(error)
            continue
        for file in files:
            state = _state(file.path, file.hash, file.size)
            # Bytecode is made and removed by Python itself.
            if state and not (state == "missing" and file.path.endswith(".pyc")):
                damaged.append(DamagedFile(name, file.path, state))
    return tuple(sorted(damaged)), tuple(unknown)


def _state(path: str, expected: Hash | None, size: int | None) -> str:
    try:
        status = os.stat(path)
        if size is not None and status.st_size != size:
            return "changed"
        if expected and Hash.of_file(path, expected.algorithm) != expected:
            return "changed"
    except OSError:
        return "missing"
    return ""
