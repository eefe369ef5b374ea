"""Packages without files, one for each extra: the main package and what it needs."""

from collections.abc import Callable

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import Names
from pysetup.platforms.needs import HasMarkers, Need, added_needs
from pysetup.platforms.plan import MappedRequirement, Relations, SubPackage
from pysetup.platforms.requirement_mapping import unmapped, without_extras
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

Mapping = tuple[MappedRequirement, ...]


@dataclass(frozen=True, slots=True)
class ExtraWords:
    """How a format says it: ``mapped`` maps needs, ``relate`` makes relations of them.

    ``name`` is that of the main package.
    """

    name: str
    mapped: Callable[[tuple[Need, ...], Names], Mapping]
    relate: Callable[[Mapping], Relations]


def extra_packages(
    document: Metadata, target: HasMarkers, names: Names, *, words: ExtraWords
) -> tuple[tuple[SubPackage, ...], tuple[str, ...]]:
    """Return a package for each extra, and what is to be told of those left out.

    An extra is left out when nobody knows all that it needs.
    """
    found: list[SubPackage] = []
    notes: list[str] = []
    for extra in document.texts("provides_extra"):
        needs = added_needs(document, target, extra)
        mapping = words.mapped(needs, names)
        if missing := (*unmapped(mapping), *without_extras(needs, names)):
            listed = ", ".join(missing)
            notes.append(f"the extra {extra} is left out: no package for {listed}")
            continue
        found.append(
            SubPackage(
                name=f"{words.name}-{normalize_name(extra)}",
                extra=extra,
                summary=f"{document.name} with what its extra {extra} needs",
                relations=words.relate(mapping),
            )
        )
    return tuple(found), tuple(notes)
