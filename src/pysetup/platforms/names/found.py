"""What was found of a project among the packages of a system, and who finds it."""

from collections.abc import Mapping
from typing import Literal, Protocol, Self

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# When something is needed: where the build runs, where what is built will run but
# already while it is built, or when it runs (the words of PEP 725 and PEP 804).
Role = Literal["build", "host", "run"]
ROLES: tuple[Role, ...] = ("build", "host", "run")

# How versions of a package are told apart: ``distribution`` for packages that the
# system's makers made, ``own`` for those that pysetup makes.
Dialect = Literal["distribution", "own"]


@dataclass(frozen=True, slots=True)
class FoundName:
    """The packages that are a project on a system, and how that is known.

    ``project`` is the normalised name; all of ``packages`` together are the project.
    ``version`` is the one that the metadata in the package states (``3.0.0``), empty
    where nobody knows; ``epoch`` stands before the package's own version (``1``).
    ``evidence`` says who knows it, ``contents:debian-12``. ``checked`` is false for a
    name that follows a custom of the system and was not looked up there.
    """

    project: str
    packages: tuple[str, ...]
    version: str = ""
    epoch: str = ""
    evidence: str = ""
    dialect: Dialect = "distribution"
    checked: bool = True

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "project": self.project,
            "packages": list(self.packages),
            "version": self.version,
            "epoch": self.epoch,
            "evidence": self.evidence,
            "dialect": self.dialect,
            "checked": self.checked,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, JSON]) -> Self:
        """Read the JSON form that ``to_json`` writes."""
        packages = value["packages"]
        assert isinstance(packages, list), "packages are a list"
        return cls(
            project=str(value["project"]),
            packages=tuple(map(str, packages)),
            version=str(value.get("version", "")),
            epoch=str(value.get("epoch", "")),
            evidence=str(value.get("evidence", "")),
            dialect="own" if value.get("dialect") == "own" else "distribution",
            checked=value.get("checked") is not False,
        )


class Names(Protocol):
    """Knows what projects are called on one system."""

    def find(
        self, project: str, *, extra: str = "", role: Role = "run"
    ) -> FoundName | None:
        """Return the packages of ``project``; None if nobody knows any.

        With ``extra`` only a mapping that is made for that extra of the project is
        found: packages that the extra needs beside those of the project itself.
        No packages at all in what is found means: nothing is needed there.
        """
