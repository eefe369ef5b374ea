"""What the package is called that we make, so that it clashes with none of others."""

from collections.abc import Sequence
from itertools import count

from pysetup.errors import UsageError
from pysetup.platforms.names.catalogue import Catalogue
from pysetup.platforms.names.rules import custom_name
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_SUFFIX = "-dist"


class NameTakenError(UsageError):
    """The name that a package was to have belongs to a package of another project.

    Whoever installs ours would lose theirs. Leave the name out, and pysetup chooses one
    that is free, or the one under which the system has the same project.
    """

    code = "PS2741"

    def __init__(self, name: str, project: str, holders: Sequence[str]) -> None:
        held = ", ".join(holders[:5]) or "other files"
        super().__init__(
            f"{name} is a package of the target already, and holds {held},"
            f" not {project}",
            facts={"package": name, "project": project, "holds": list(holders)},
            hints=("leave the name out, or choose another one",),
        )


@dataclass(frozen=True, slots=True)
class OwnName:
    """The name of a package that we make, and what it has to say of those of others.

    ``provides``, ``conflicts`` and ``replaces`` are names of packages.
    """

    name: str
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "provides": list(self.provides),
            "conflicts": list(self.conflicts),
            "replaces": list(self.replaces),
            "reason": self.reason,
        }


def plan_own_name(
    project: str,
    family: str,
    catalogues: Sequence[Catalogue],
    *,
    theirs: Sequence[str] = (),
    forced: str = "",
) -> OwnName:
    """Return the name of our package of ``project`` (normalised).

    ``theirs`` are the system's own packages of that project, as far as they are known
    otherwise than by ``catalogues``. Such a package gives its name, so that ours takes
    its place as an upgrade would. Where that package holds other projects too, ours
    cannot replace it, only stand in its way. Raises ``NameTakenError`` if ``forced`` is
    the name of a package of another project.
    """
    found = tuple(dict.fromkeys((*theirs, *_packages_of(project, catalogues))))
    if forced:
        return _forced(forced, project, found, catalogues)
    if len(theirs) <= 1 and found and _is_alone(found[0], catalogues):
        reason = "what the system calls this project"
        return OwnName(found[0], reason=reason)
    usual = custom_name(project, family)
    if usual in theirs or _holders(usual, catalogues) is None:
        others = tuple(name for name in found if name != usual)
        reason = f"stands for {', '.join(found[:3])} there" if found else "by custom"
        return OwnName(usual, (), others, (), reason)
    return OwnName(
        _free(usual, catalogues), (), found, (), f"{usual} is another thing there"
    )


def _forced(
    name: str, project: str, found: Sequence[str], catalogues: Sequence[Catalogue]
) -> OwnName:
    holders = _holders(name, catalogues)
    if holders is not None and name not in found:
        raise NameTakenError(name, project, holders)
    others = tuple(one for one in found if one != name)
    alone = tuple(one for one in others if _is_alone(one, catalogues))
    return OwnName(name, alone, others, alone, "chosen by the user")


def _packages_of(project: str, catalogues: Sequence[Catalogue]) -> tuple[str, ...]:
    """Return the packages that hold ``project``, that of its newest version first."""
    for catalogue in catalogues:
        found = catalogue.find(project)
        if found is not None:
            held = (one.package for one in catalogue.projects[project])
            return tuple(dict.fromkeys((*found.packages, *held)))
    return ()


def _is_alone(package: str, catalogues: Sequence[Catalogue]) -> bool:
    holders = _holders(package, catalogues)
    return holders is None or len(holders) <= 1


def _holders(package: str, catalogues: Sequence[Catalogue]) -> tuple[str, ...] | None:
    """Return the projects in ``package``; None if there is no such package."""
    for catalogue in catalogues:
        if catalogue.knows(package):
            return catalogue.projects_of(package)
    return None


def _free(usual: str, catalogues: Sequence[Catalogue]) -> str:
    names = (f"{usual}{_SUFFIX}{number if number > 1 else ''}" for number in count(1))
    return next(name for name in names if _holders(name, catalogues) is None)
