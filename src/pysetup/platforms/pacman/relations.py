"""Relations of pacman's packages: what a document needs, provides and replaces."""

from collections.abc import Iterable

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import FoundName, Names
from pysetup.platforms.needs import Need, added_needs
from pysetup.platforms.plan import MappedRequirement
from pysetup.platforms.requirement_mapping import map_needs
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.versions.pacman import (
    LOCALS,
    PacmanRelations,
    encode_pacman,
    pacman_distribution_relations,
    pacman_relations,
)
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement

# pacman has no way to say what is left out of a range but a conflict, which holds for
# the whole system; so the main packages of a distribution are not spoken against.
CONFLICT = "!"


def mapped(
    needs: Iterable[Need], names: Names, *, role: str = "run"
) -> tuple[MappedRequirement, ...]:
    """Map needs; a relation that begins with ``CONFLICT`` is one of conflicts."""
    return map_needs(needs, names, relate=_relate, role=role)


def let_in(needs: Iterable[Need], names: Names) -> tuple[str, ...]:
    """Return in words what requirements leave out and the relations to them do not."""
    notes: list[str] = []
    for need in needs:
        found = names.find(need.project)
        if found is None:
            continue
        for package in found.packages:
            made = _made(package, need.specifiers, found)
            # Hardly anybody has local versions: not worth a word.
            wide = [text for text in made.admitted_too if not text.startswith(LOCALS)]
            if wide:
                notes.append(
                    f"pacman lets in for {need.requirement}: {', '.join(wide)}"
                )
    return tuple(notes)


def _made(package: str, specifiers: str, found: FoundName) -> PacmanRelations:
    if found.own:
        return pacman_relations(package, specifiers)
    return pacman_distribution_relations(
        package, specifiers, epoch=found.epoch, shipped=found.shipped
    )


def _relate(package: str, specifiers: str, found: FoundName) -> tuple[str, ...]:
    made = _made(package, specifiers, found)
    return (*made.depends, *(f"{CONFLICT}{text}" for text in made.conflicts))


def depends_of(mapping: Iterable[MappedRequirement]) -> tuple[str, ...]:
    """Return the packages that must be there."""
    found = (text for each in mapping for text in each.relations)
    return tuple(dict.fromkeys(text for text in found if not text.startswith(CONFLICT)))


def conflicts_of(mapping: Iterable[MappedRequirement]) -> tuple[str, ...]:
    """Return the packages that must not be there."""
    found = (text for each in mapping for text in each.relations)
    return tuple(
        dict.fromkeys(
            text.removeprefix(CONFLICT) for text in found if text.startswith(CONFLICT)
        )
    )


def optional_of(
    document: Metadata, target: PlatformTarget, names: Names
) -> tuple[str, ...]:
    """Return ``package: for the extra NAME`` for all that extras add."""
    found: list[str] = []
    for extra in document.texts("provides_extra"):
        mapping = mapped(added_needs(document, target, extra), names)
        found += [
            f"{package}: for the extra {normalize_name(extra)}"
            for each in mapping
            for package in each.packages
        ]
    return tuple(dict.fromkeys(found))


def provides_of(document: Metadata, names: Names) -> tuple[str, ...]:
    """Return what the package stands for, by Provides-Dist."""
    found: list[str] = []
    for text in document.texts("provides_dist"):
        name, version = _named(text)
        package = names.own_name(normalize_name(name))
        found.append(f"{package}={encode_pacman(version)}" if version else package)
    return tuple(found)


def replaces_of(document: Metadata, names: Names) -> tuple[str, ...]:
    """Return what the package takes the place of, by Obsoletes-Dist."""
    found: list[str] = []
    for text in document.texts("obsoletes_dist"):
        requirement = parse_requirement(text.partition(";")[0].strip())
        package = names.own_name(normalize_name(requirement.name))
        found += pacman_relations(package, str(requirement.specifier)).depends
    return tuple(found)


def _named(text: str) -> tuple[str, str]:
    """Split ``name (version)``, as Provides-Dist has it: the version is exact."""
    plain = text.partition(";")[0].replace("(", " ").replace(")", " ")
    name, *versions = plain.split()
    return name, versions[0].lstrip("=") if versions else ""
