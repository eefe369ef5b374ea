"""The tables that are shipped: catalogues, splits, tools, aliases, uncustomary names.

``debian-12.json`` and its like are made by ``benchmarks/make_name_table.py`` from the
lists of the archive; the others are kept by hand.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pysetup.platforms.names.catalogue import Catalogue, CatalogueMaker
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.names.mapping import NameMapping, parse_names
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    label: str


_DH_PYTHON = re.compile(
    r"(?P<project>[A-Za-z0-9][\w.-]*)\s+(?P<package>[a-z0-9][^\s;]*)"
)
# family -> the table of the names that do not follow its custom, and who has them.
_UNCUSTOMARY = {
    "conda": _Source("conda", "table:conda-forge"),
    "pacman": _Source("arch", "table:arch"),
}
_RELEASE = re.compile(r"(?P<name>[a-z]+)-(?P<release>[\d.]+)\.json")


def shipped_catalogue(target: PlatformTarget) -> Catalogue | None:
    """Return the catalogue that is shipped of the target's release, if there is one."""
    return _catalogue(f"{target.distribution}-{target.release}")


def neighbours(target: PlatformTarget) -> tuple[Catalogue, ...]:
    """Return the shipped catalogues of other releases of the target's family."""
    if target.family != "deb":
        return ()
    own = f"{target.distribution}-{target.release}.json"
    names = sorted(item.name for item in _folder().iterdir())
    found = (_catalogue(name[:-5]) for name in names if _RELEASE.fullmatch(name))
    return tuple(one for one in found if one is not None and one.label != own)


def known_projects() -> tuple[str, ...]:
    """Return the names of all projects that the shipped catalogues know, sorted."""
    names = (item.name for item in _folder().iterdir())
    found = [_catalogue(name[:-5]) for name in names if _RELEASE.fullmatch(name)]
    return tuple(sorted({name for one in found if one for name in one.projects}))


def libraries_behind(package: str, target: PlatformTarget) -> tuple[str, ...]:
    """Return the libraries that a development package of the target's release is for.

    None are known where we ship no table of that release.
    """
    value = _value(f"{target.distribution}-{target.release}").get("libraries")
    found = value.get(package) if isinstance(value, Mapping) else None
    return tuple(map(str, found)) if isinstance(found, list) else ()


@dataclass(frozen=True, slots=True)
class NeighbourStep:
    """Finds what all shipped releases of the family agree upon; told as unchecked."""

    catalogues: tuple[Catalogue, ...]
    label: str = "neighbour"

    def find(self, project: str) -> FoundName | None:
        """Return the package that every release has that knows the project."""
        found = [one.find(project) for one in self.catalogues]
        known = [one for one in found if one is not None]
        if len({one.packages for one in known}) != 1:
            return None
        last = known[-1]
        # Names last longer than versions do.
        told = f"neighbour:{last.evidence.partition(':')[2]}"
        return replace(last, version="", evidence=told, checked=False)


def splits(family: str) -> NameMapping:
    """Return the projects that are several packages in a family, or differ by role."""
    value = _table("splits").get(family, {})
    assert isinstance(value, Mapping), "the table has objects"
    return parse_names({"names": value}, source=f"splits:{family}")


@dataclass(frozen=True, slots=True)
class ToolStep:
    """Finds what the system has of its own in place of a project that wraps it.

    Such a package has none of Python's metadata: no list tells it.
    """

    names: NameMapping

    @property
    def label(self) -> str:
        """What stands in the evidence of its answers."""
        return self.names.label

    def find(self, project: str) -> FoundName | None:
        """Return the tool that ``project`` wraps."""
        found = self.names.find(project)
        return None if found is None else replace(found, tool=True)


def system_tools(family: str) -> ToolStep:
    """Return the projects that wrap a tool or data which a family has itself."""
    value = _table("tools").get(family, {})
    assert isinstance(value, Mapping), "the table has objects"
    return ToolStep(parse_names({"names": value}, source=f"tools:{family}"))


def uncustomary_names(family: str) -> NameMapping | None:
    """Return the projects that a family calls otherwise than by its custom."""
    source = _UNCUSTOMARY.get(family)
    if source is None:
        return None
    return parse_names({"names": _table(source.name)}, source=source.label)


def aliases() -> dict[str, str]:
    """Return the projects that are another one in a different wrapping."""
    return {name: str(other) for name, other in _table("aliases").items()}


def dh_python_catalogue(content: str) -> Catalogue:
    """Read the table of dh-python, which is of the release that it comes with."""
    maker = CatalogueMaker(())
    for line in content.splitlines():
        match = _DH_PYTHON.match(line)
        if match:
            maker.add_project(match["project"], "", match["package"])
    return maker.made("dh-python")


@cache
def _catalogue(name: str) -> Catalogue | None:
    value = _value(name)
    return Catalogue.from_json(value) if value else None


@cache
def _value(name: str) -> dict[str, JSON]:
    """Return the table of a release; empty where we have none."""
    path = _folder() / f"{name}.json"
    if not _RELEASE.fullmatch(path.name) or not path.is_file():
        return {}
    found: dict[str, JSON] = json.loads(path.read_text("utf-8"))
    return found


@cache
def _table(name: str) -> dict[str, JSON]:
    path = _folder() / f"{name}.json"
    found: dict[str, JSON] = json.loads(path.read_text("utf-8"))
    return found


def _folder() -> Traversable:
    return files("pysetup.platforms.names") / "tables"
