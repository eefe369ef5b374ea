"""Relations that the document states for a target, beside those that follow from it.

The extension ``pysetup.platform`` says, for a family, a distribution, a release or one
target, which packages of that system belong to the project, in the system's own words.
"""

from collections.abc import Iterator, Mapping, Sequence

from pysetup.metadata.document import Metadata
from pysetup.metadata.pointers import pointer_of
from pysetup.metadata.problems import Problem
from pysetup.platforms.names.mapping import EXTENSION, target_keys
from pysetup.platforms.plan import (
    BUILD,
    CONFLICTS,
    OBSOLETES,
    PROVIDES,
    RECOMMENDS,
    REPLACES,
    REQUIRES,
    SUGGESTS,
    MappedRequirement,
    PackagePlan,
)
from pysetup.platforms.relation_words import relation_fault
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.values import replace

_BUILD_REQUIRES = "build_requires"
_RELATIONS = (REQUIRES, RECOMMENDS, SUGGESTS, PROVIDES, CONFLICTS, REPLACES)
_KINDS = (*_RELATIONS, _BUILD_REQUIRES)
# The families in which a package can take the place of others.
FAMILIES_THAT_REPLACE = ("deb", "rpm", "pacman")
# What a family has no such relation for, or another word.
_OTHER_WORDS = {("rpm", REPLACES): OBSOLETES}
_WITHOUT = {
    "conda": (RECOMMENDS, SUGGESTS, PROVIDES, CONFLICTS, REPLACES),
    "pacman": (RECOMMENDS,),
    "windows": _KINDS,
    "macos": _KINDS,
    "any": _KINDS,
}


def with_stated(
    plan: PackagePlan, document: Metadata, target: PlatformTarget
) -> PackagePlan:
    """Return ``plan`` with the relations that ``document`` states for ``target``.

    What is needed to build joins what the plan knows of that, for source packages. What
    the family cannot express is told in the notes of the plan.
    """
    building: list[JSON] = []
    relations = {kind: list(texts) for kind, texts in plan.relations.items()}
    notes = list(plan.notes)
    for kind, text, _ in _stated(document, target):
        if kind in _WITHOUT.get(target.family, ()):
            notes.append(f"{plan.format} packages cannot say: {kind} {text}")
            continue
        if kind == _BUILD_REQUIRES:
            building.append(_stated_row(text).to_json())
            continue
        listed = relations.setdefault(_OTHER_WORDS.get((target.family, kind), kind), [])
        if text not in listed:
            listed.append(text)
    return replace(
        plan,
        relations={kind: tuple(texts) for kind, texts in relations.items()},
        details=with_building(plan, building),
        notes=tuple(dict.fromkeys(notes)),
    )


def with_replaced(
    plan: PackagePlan, packages: Sequence[str], target: PlatformTarget
) -> PackagePlan:
    """Return ``plan`` as one that takes the place of ``packages``, and has their files.

    ``target`` is of a family in which packages can.
    """
    relations = dict(plan.relations)
    for kind in (CONFLICTS, _OTHER_WORDS.get((target.family, REPLACES), REPLACES)):
        listed = (*relations.get(kind, ()), *packages)
        relations[kind] = tuple(dict.fromkeys(listed))
    return replace(plan, relations=relations)


def with_building(plan: PackagePlan, rows: Sequence[JSON]) -> Mapping[str, JSON]:
    """Return the details of ``plan``, with more that its source package is built with.

    ``rows`` are mapped requirements in their JSON form.
    """
    if not rows:
        return plan.details
    before = plan.details.get(BUILD)
    known = before if isinstance(before, Sequence) else ()
    return {**plan.details, BUILD: [*known, *rows]}


def _stated_row(text: str) -> MappedRequirement:
    return MappedRequirement(text, (text,), (text,), "document", "distribution")


def replaced_packages(plan: PackagePlan) -> tuple[str, ...]:
    """Return the names of packages that cannot stand beside ``plan``'s."""
    texts = (
        text
        for kind in (CONFLICTS, REPLACES, OBSOLETES)
        for text in plan.relations.get(kind, ())
    )
    return tuple(dict.fromkeys(text.replace("(", " ").split()[0] for text in texts))


def stated_name(document: Metadata, target: PlatformTarget) -> str:
    """Return what ``document`` wants its package to be called on ``target``, if so."""
    names = [str(entry.get("name") or "") for _, entry in entries_for(document, target)]
    return next((name for name in reversed(names) if name), "")


def relation_problems(document: Metadata, target: PlatformTarget) -> Iterator[Problem]:
    """Yield what stands among the relations for ``target``, and is none."""
    for _, text, pointer in _stated(document, target):
        fault, example = relation_fault(text, target.family)
        if fault:
            yield Problem(pointer, "relation", fault, f"write it like  {example}")


def entries_for(
    document: Metadata, target: PlatformTarget
) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """Yield what ``document`` states for ``target``, the closest last: key, entry."""
    targets = document.extension(EXTENSION).get("targets")
    for key in reversed(target_keys(target)) if isinstance(targets, Mapping) else ():
        entry = targets.get(key) if isinstance(targets, Mapping) else None
        if isinstance(entry, Mapping):
            yield key, entry


def _stated(
    document: Metadata, target: PlatformTarget
) -> Iterator[tuple[str, str, str]]:
    """Yield each relation: its kind, its text, and where it stands (JSON pointer)."""
    for key, entry in entries_for(document, target):
        for kind in _KINDS:
            texts = entry.get(kind)
            listed = texts if isinstance(texts, list | tuple) else ()
            for number, text in enumerate(listed):
                keys = ("extensions", EXTENSION, "targets", key, kind, number)
                yield kind, str(text), pointer_of(keys)
