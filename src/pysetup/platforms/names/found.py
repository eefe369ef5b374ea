"""What was found of a project among the packages of a system, and who finds it."""

from collections.abc import Mapping
from typing import Protocol, Self

from pysetup.platforms.versions.distribution import Shipped
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# When something is needed: where the build runs, where what is built will run but
# already while it is built, or when it runs (the words of PEP 725 and PEP 804).
ROLES = ("build", "host", "run")


@dataclass(frozen=True, slots=True)
class FoundName:
    """The packages that are a project on a system, and how that is known.

    ``project`` is the normalised name; all of ``packages`` together are the project.
    ``version`` is the one that the metadata in the package states (``3.0.0``), empty
    where nobody knows; ``package_version`` is the whole version of the package
    (``1:3.0.0+dfsg-2``), where it is known; ``epoch`` stands before that (``1``).
    ``evidence`` says who knows it, ``contents:debian-12``. ``own`` tells that pysetup
    makes these packages, too, so that their versions are encoded exactly. ``checked``
    is false for a name that follows a custom and was not looked up in the system.
    ``tool`` tells that they are a tool or data of the system (cmake, tzdata): that does
    for who needs the project, but is not the project, and others need it, too.
    """

    project: str
    packages: tuple[str, ...]
    version: str = ""
    epoch: str = ""
    evidence: str = ""
    own: bool = False
    checked: bool = True
    package_version: str = ""
    tool: bool = False

    @property
    def shipped(self) -> Shipped | None:
        """Which release of the project is in which version of the package, if known."""
        if len(self.packages) != 1 or not (self.version and self.package_version):
            return None
        return Shipped(self.version, self.package_version)

    @property
    def replaceable(self) -> tuple[str, ...]:
        """The packages whose place one of ours can take: none of a tool."""
        return () if self.tool else self.packages

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "project": self.project,
            "packages": list(self.packages),
            "version": self.version,
            "epoch": self.epoch,
            "evidence": self.evidence,
            "own": self.own,
            "checked": self.checked,
            "package_version": self.package_version,
            "tool": self.tool,
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
            own=value.get("own") is True,
            checked=value.get("checked") is not False,
            package_version=str(value.get("package_version", "")),
            tool=value.get("tool") is True,
        )


class Names(Protocol):
    """Says what a system calls a project."""

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        """Return what ``project`` is called, or None if that is not known for sure.

        With ``extra`` only what somebody mapped for that extra of the project is found:
        packages that it needs beside those of the project itself. ``role`` is one of
        ``ROLES``. No packages in what is found means: nothing is needed there.
        """

    def own_name(self, project: str) -> str:
        """Return the name of the package that is made of ``project``."""
