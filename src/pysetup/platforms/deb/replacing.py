"""Relations to packages that ours takes the place of, or provides (PEP 314, 345)."""

import re
from collections.abc import Iterator, Mapping

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import FoundName, Names
from pysetup.platforms.plan import BREAKS, CONFLICTS, PROVIDES, REPLACES
from pysetup.platforms.versions.deb import (
    deb_distribution_relations,
    deb_relations,
    encode_deb,
)
from pysetup.standards.names import is_name, normalize_name

_FIELD = re.compile(r"\s*(?P<name>[^\s()<>=!~;]+)\s*\(?(?P<specifiers>[^();]*)\)?")

Relations = Mapping[str, tuple[str, ...]]


def clash_relations(
    document: Metadata, name: str, version: str, names: Names
) -> Relations:
    """Return how ours stands to a package of the distribution of the same project.

    Both hold the same files, so only one can be installed; ours does what the other
    does for whoever depends on it.
    """
    found = names.find(document.normalized_name)
    if found is None or found.own:
        return {}
    others = [package for package in found.replaceable if package != name]
    upstream = version.rpartition("-")[0]
    epoch = f"{found.epoch}:" if found.epoch and ":" not in upstream else ""
    return {
        PROVIDES: tuple(f"{other} (= {epoch}{version})" for other in others),
        CONFLICTS: tuple(others),
        REPLACES: tuple(others),
    }


def stated_relations(
    document: Metadata, names: Names, notes: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return what Provides-Dist and Obsoletes-Dist say, as relations.

    What ours makes obsolete it breaks and replaces. Conditions that a comma list cannot
    hold (all of it would break) are left out, and told in ``notes``.
    """
    provided: list[str] = []
    for project, specifiers in _stated(document, "provides_dist"):
        package = _package(names, project)
        stated = specifiers.removeprefix("==").strip()
        try:
            provided.append(f"{package} (= {encode_deb(stated)})")
        except PysetupError:
            provided.append(package)  # no version, or not one
    obsolete: list[str] = []
    for project, specifiers in _stated(document, "obsoletes_dist"):
        found = names.find(project)
        package = _package(names, project)
        try:
            relations = _below(package, specifiers, found)
        except PysetupError:
            relations = ()
        if len(relations) != 1 or "|" in relations[0]:
            notes.append(
                f"Obsoletes-Dist {project} ({specifiers}) is left out: a package can "
                "break all versions of another, or those below one"
            )
            continue
        obsolete += relations
    return {
        PROVIDES: tuple(provided),
        BREAKS: tuple(obsolete),
        REPLACES: tuple(obsolete),
    }


def _below(package: str, specifiers: str, found: FoundName | None) -> tuple[str, ...]:
    if not specifiers:
        return (package,)
    if found is None or found.own:
        return deb_relations(package, specifiers)
    return deb_distribution_relations(
        package, specifiers, epoch=found.epoch, shipped=found.shipped
    )


def _package(names: Names, project: str) -> str:
    found = names.find(project)
    if found is not None and found.packages:
        return found.packages[0]
    return names.own_name(project)


def _stated(document: Metadata, key: str) -> Iterator[tuple[str, str]]:
    for line in document.texts(key):
        match = _FIELD.match(line)
        if match is not None and is_name(match["name"]):
            yield normalize_name(match["name"]), match["specifiers"].strip()
