"""What dependencies are for: run, build, test, doc, dev (PEP 426), as one mapping.

A document has them in three places: ``requires_dist`` (run, and the extras),
``build.requires`` (build) and the groups of ``python.groups`` (test, doc, dev).  An
extra is installed with the project, a group without it; either becomes the other.
"""

from collections.abc import Mapping, Sequence

from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    for_extra,
    parse_requirement,
    split_extra,
)

GROUPS_EXTENSION = "python.groups"
# The group of each purpose is called like it; these are read as the same.
GROUP_NAMES: Mapping[str, tuple[str, ...]] = {
    "test": ("test", "tests", "testing"),
    "doc": ("doc", "docs", "documentation"),
    "dev": ("dev", "develop", "development"),
}
PURPOSES = ("run", "build", *GROUP_NAMES)


def by_purpose(metadata: Metadata) -> dict[str, tuple[str, ...]]:
    """Return the requirements of a document by what they are for.

    Those that belong to an extra are not among them.
    """
    groups = groups_of(metadata)
    build = metadata.section("build").get("requires")
    made: dict[str, list[str]] = {
        "run": [t for t in metadata.texts("requires_dist") if not extra_of(t)[1]],
        "build": [str(text) for text in (build if isinstance(build, list) else [])],
    }
    for purpose, names in GROUP_NAMES.items():
        made[purpose] = [text for name in names for text in groups.get(name, [])]
    made["build"] += groups.get("build", [])
    return {purpose: tuple(dict.fromkeys(made[purpose])) for purpose in PURPOSES}


def with_purpose(
    metadata: Metadata, purpose: str, requirements: Sequence[str]
) -> Metadata:
    """Return the document with the requirements for one of ``PURPOSES`` replaced.

    The way back of ``by_purpose``; what belongs to extras stays.
    """
    if purpose == "run":
        kept = [t for t in metadata.texts("requires_dist") if extra_of(t)[1]]
        return metadata.replaced(requires_dist=[*requirements, *kept] or None)
    groups = groups_of(metadata)
    if purpose == "build":
        groups.pop("build", None)
        build = {**metadata.section("build"), "requires": list(requirements)}
        metadata = metadata.replaced(build=build)
    else:
        for name in GROUP_NAMES[purpose]:
            groups.pop(name, None)
        groups[purpose] = list(requirements)
    return with_groups(metadata, groups)


def groups_of(metadata: Metadata) -> dict[str, list[str]]:
    """Return the dependency groups of a document (PEP 735), by normalised name."""
    return {
        normalize_name(name): [str(text) for text in texts]
        for name, texts in metadata.extension(GROUPS_EXTENSION).items()
        if isinstance(texts, list)
    }


def with_groups(metadata: Metadata, groups: Mapping[str, Sequence[str]]) -> Metadata:
    """Return the document with these groups that are not empty, and no others."""
    extensions = metadata.extensions
    extensions.pop(GROUPS_EXTENSION, None)
    made: dict[str, JSON] = {n: list(texts) for n, texts in groups.items() if texts}
    if made:
        extensions[GROUPS_EXTENSION] = made
    return metadata.replaced(extensions=extensions or None)


def extra_to_group(metadata: Metadata, extra: str) -> Metadata:
    """Return the document with the extra made a dependency group of its name."""
    name = normalize_name(extra)
    moved: list[str] = []
    kept: list[str] = []
    for text in metadata.texts("requires_dist"):
        bare, found = extra_of(text)
        if found == name:
            moved.append(bare)
        else:
            kept.append(text)
    others = [e for e in metadata.texts("provides_extra") if normalize_name(e) != name]
    made = metadata.replaced(
        requires_dist=list(kept) or None, provides_extra=list(others) or None
    )
    groups = groups_of(made)
    return with_groups(made, {**groups, name: [*groups.get(name, []), *moved]})


def group_to_extra(metadata: Metadata, group: str) -> Metadata:
    """Return the document with the dependency group made an extra of its name."""
    name = normalize_name(group)
    groups = groups_of(metadata)
    moved = [for_extra(parse_requirement(t), name) for t in groups.pop(name, [])]
    extras = dict.fromkeys((*metadata.texts("provides_extra"), name))
    made = metadata.replaced(
        requires_dist=[*metadata.texts("requires_dist"), *moved] or None,
        provides_extra=list(extras),
    )
    return with_groups(made, groups)


def extra_of(text: str) -> tuple[str, str]:
    """Return a requirement without its extra, and the extra, empty if there is none."""
    try:
        bare, extra = split_extra(parse_requirement(text))
    except InvalidRequirementError:
        return text, ""
    return (bare, normalize_name(extra)) if extra else (text, "")
