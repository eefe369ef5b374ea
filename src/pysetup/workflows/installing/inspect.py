"""Looking at an environment: what is there, whether it fits, whether it is whole."""

import os
from collections.abc import Sequence

from pysetup.errors import PysetupError
from pysetup.interchange.dist_info import ENTRY_POINTS, METADATA, METADATA_JSON
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.projections import find_differences
from pysetup.phases.install.database import InstalledDatabase
from pysetup.phases.install.reading import read_file
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds
from pysetup.values import dataclass
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
    """An installed file that is ``missing``, ``changed`` or ``unreadable``.

    Its path is absolute; ``detail`` says how it differs from what RECORD promises.
    """

    name: str
    path: str
    state: str
    detail: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "path": self.path,
            "state": self.state,
            "detail": self.detail,
        }

    def __str__(self) -> str:
        told = f"{self.name}: {self.state}: {self.path}"
        return f"{told} ({self.detail})" if self.detail else told


@dataclass(frozen=True, slots=True, order=True)
class Disagreement:
    """A file of a dist-info that says something else than its master document."""

    name: str
    file: str
    pointer: str
    message: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "file": self.file,
            "pointer": self.pointer,
            "message": self.message,
        }

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.file} contradicts {DOCUMENT_NAME}: "
            f"{self.pointer} {self.message}"
        )


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
            state, detail = _state(file.path, file.hash, file.size)
            # Bytecode is made and removed by Python itself.
            if state and not (state == "missing" and file.path.endswith(".pyc")):
                damaged.append(DamagedFile(name, file.path, state, detail))
    return tuple(sorted(damaged)), tuple(unknown)


def _state(path: str, expected: Hash | None, size: int | None) -> tuple[str, str]:
    try:
        status = os.stat(path)
        if size is not None and status.st_size != size:
            return "changed", f"{status.st_size} bytes, RECORD says {size}"
        if expected and Hash.of_file(path, expected.algorithm) != expected:
            return "changed", "other content of the same size"
    except FileNotFoundError:
        return "missing", ""
    except OSError as error:
        return "unreadable", error.strerror or str(error)
    return "", ""


def find_disagreements(
    database: InstalledDatabase, names: Sequence[str] = ()
) -> tuple[Disagreement, ...]:
    """Return where METADATA and the like contradict the ``pydist.json`` beside them.

    Where there is none, or another tool's file of that name, nothing can contradict.
    """
    wanted = {normalize_name(name) for name in names}
    found: list[Disagreement] = []
    for distribution in database.distributions():
        metadata = distribution.metadata
        if distribution.kind != "dist-info" or (
            wanted and metadata.normalized_name not in wanted
        ):
            continue
        try:
            files = _projections(distribution.info_dir)
            master = Metadata.from_json(files.pop(DOCUMENT_NAME, b""))
        except PysetupError:
            continue
        if master.normalized_name != metadata.normalized_name:
            continue
        found += [
            Disagreement(metadata.name, problem.rule, problem.pointer, problem.message)
            for problem in find_differences(master, files)
        ]
    return tuple(sorted(found))


def _projections(info_dir: str) -> dict[str, bytes]:
    """Return the document of a dist-info and what is derived from it, by name."""
    names = (DOCUMENT_NAME, METADATA, METADATA_JSON, ENTRY_POINTS)
    found = {name: read_file(os.path.join(info_dir, name)) for name in names}
    return {name: content for name, content in found.items() if content is not None}
