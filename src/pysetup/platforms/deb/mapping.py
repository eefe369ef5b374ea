"""Requirements as relations between Debian packages."""

import re
from collections.abc import Iterable, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import FoundName, Names
from pysetup.platforms.needs import Need, build_needs
from pysetup.platforms.plan import MappedRequirement
from pysetup.platforms.requirement_mapping import map_needs, notes_on_extras
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.versions.deb import (
    deb_distribution_relations,
    deb_relations,
)
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS
from pysetup.standards.names import normalize_name

# A project that names no back end is built by it (PEP 517).
_SETUPTOOLS = Need("setuptools", "setuptools")


def mapped(
    needs: Iterable[Need], names: Names, *, role: str = "run", own_extras: bool = True
) -> tuple[MappedRequirement, ...]:
    """Map needs; ``own_extras`` tells that extras of packages made here have some."""
    return map_needs(needs, names, relate=_relate, role=role, own_extras=own_extras)


def notes_on_needs(
    needs: Iterable[Need], names: Names, *, own_extras: bool
) -> tuple[str, ...]:
    """Return in words what the extras of other projects would add and do not."""
    hint = "" if own_extras else ": --option extras=packages  makes some"
    notes = notes_on_extras(needs, names, own_extras=own_extras)
    return tuple(f"{note}{hint}" for note in notes)


def build_mapping(
    document: Metadata, target: PlatformTarget, names: Names
) -> tuple[MappedRequirement, ...]:
    """Map what the build of the project needs, its back end among it."""
    needs = build_needs(document, target) or (_SETUPTOOLS,)
    return mapped(needs, names, role="build")


def script_extras(document: Metadata) -> tuple[str, ...]:
    """Return the extras that scripts of the project name, sorted."""
    return tuple(
        sorted(
            {
                normalize_name(extra)
                for entry in document.entry_points
                if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS)
                for extra in entry.extras
            }
        )
    )


def _relate(package: str, specifiers: str, found: FoundName) -> tuple[str, ...]:
    """Return the relations to ``package``, in the dialect of who made it.

    Where several packages are one project, all of them are needed, and the first has
    its version.
    """
    if package in found.packages[1:]:
        return (package,)
    if found.own:
        relations = deb_relations(package, specifiers)
        return tuple(_with_epoch(each, found.epoch) for each in relations)
    return deb_distribution_relations(
        package, specifiers, epoch=found.epoch, shipped=found.shipped
    )


def _with_epoch(relation: str, epoch: str) -> str:
    """Return ``relation`` with ``epoch`` before versions that have none."""
    if not epoch:
        return relation
    return re.sub(r"(?<=[<>=] )(?!\d+:)", f"{epoch}:", relation)


def relations_of(mapping: Sequence[MappedRequirement]) -> tuple[str, ...]:
    """Return all relations, each once, those to one package together."""
    listed = dict.fromkeys(text for each in mapping for text in each.relations)
    return tuple(sorted(listed, key=lambda text: text.partition(" ")[0]))
