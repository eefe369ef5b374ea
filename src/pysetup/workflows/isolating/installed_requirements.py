"""Building without isolation: what an environment lacks is said before the build."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pysetup.errors import EnvironmentRefusedError
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    Requirement,
    marker_holds,
    parse_requirement,
)
from pysetup.workflows.context import Context
from pysetup.workflows.installing.environment import (
    environment_of,
    find_python,
)
from pysetup.workflows.installing.inspect import read_environment


class MissingBuildRequirementsError(EnvironmentRefusedError):
    """The environment lacks what a project needs to be built.

    With ``--no-isolation`` a project is built with what is installed. Install what is
    missing, or build in an isolated environment, into which pysetup puts it.
    ``--skip-dependency-check`` builds all the same.
    """

    code = "PS7741"

    def __init__(self, executable: str, missing: Mapping[str, str]) -> None:
        words = " ".join(f"'{text}'" for text in missing)
        super().__init__(
            f"{executable} lacks build requirements: {', '.join(missing)}",
            facts={
                "python": executable,
                "missing": [f"{text}: {why}" for text, why in missing.items()],
            },
            hints=(
                f"pysetup install --python {executable} {words}",
                "or build without  --no-isolation",
                "or try all the same:  --skip-dependency-check",
            ),
        )
        self.missing = tuple(missing)


def installed_python(named: str | None, context: Context) -> str:
    """Return the interpreter that is ``named``; without a name, our own."""
    return sys.executable if named is None else find_python(named, context)


class InstalledRequirements:
    """Gives the interpreter ``executable``, if it has what a build requires."""

    def __init__(self, executable: str, context: Context) -> None:
        self._executable, self._context = executable, context

    def __call__(self, requirements: Sequence[str]) -> Path:
        """Return the interpreter; raises ``MissingBuildRequirementsError``."""
        if requirements and not self._context.settings.skip_dependency_check:
            missing = dict(self._missing(requirements, frozenset()))
            if missing:
                raise MissingBuildRequirementsError(self._executable, missing)
        return Path(self._executable)

    def _missing(
        self, requirements: Sequence[str], above: frozenset[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield each requirement that is not met, and why; also indirect ones."""
        for text in requirements:
            requirement = parse_requirement(text)
            if text in above or not marker_holds(
                requirement.marker, self._environment.markers
            ):
                continue
            found = self._installed.get(normalize_name(requirement.name))
            if found is None:
                yield text, "it is not installed"
            elif not _fits(requirement, found):
                yield text, f"{found.metadata.version} is installed"
            else:
                yield from self._missing(
                    self._needs(found, requirement), above | {text}
                )

    def _needs(
        self, found: InstalledDistribution, requirement: Requirement
    ) -> list[str]:
        """Return what ``found`` itself requires, with the extras that are asked for."""
        extras = frozenset(normalize_name(extra) for extra in requirement.extras)
        return [
            str(needed).partition(";")[0].strip()
            for needed in found.metadata.requires_dist
            if marker_holds(needed.marker, self._environment.markers, extras=extras)
        ]

    @cached_property
    def _environment(self) -> Environment:
        return environment_of(self._executable, self._context)

    @cached_property
    def _installed(self) -> dict[str, InstalledDistribution]:
        database = read_environment(self._environment, self._context)
        return {
            found.metadata.normalized_name: found for found in database.distributions()
        }


def _fits(requirement: Requirement, found: InstalledDistribution) -> bool:
    return requirement.url is not None or requirement.specifier.contains(
        found.metadata.version, prereleases=True
    )
