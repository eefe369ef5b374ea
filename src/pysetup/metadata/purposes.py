"""What dependencies are for: run, build, test, doc, dev (PEP 426), as one mapping.

A document has them in three places: ``requires_dist`` (run, and the extras),
``build.requires`` (build) and the groups of ``python.groups`` (test, doc, dev).  An
extra is installed with the project, a group without it; either becomes the other.
"""

from collections.abc import Iterable, Mapping, Sequence

from pysetup.errors import UsageError
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


class NoSuchExtraError(UsageError):
    """The document has no extra, or no dependency group, of that name.

    Extras are listed under ``provides_extra``, dependency groups (PEP 735) in the
    extension ``python.groups``. Names are compared in their normalised form.
    """

    code = "PS2840"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        there = sorted(known)
        super().__init__(
            f"there is no {kind} {name[:60]!r} in the document",
            facts={"name": name[:60], "known": list(there)},
            hints=(
                f"choose one of {', '.join(there)}"
                if there
                else f"the document has no {kind} at all",
            ),
        )


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
    """Return the document with the extra made a dependency group of its name.

    Raises ``NoSuchExtraError``.
    """
    name = normalize_name(extra)
    moved: list[str] = []
    kept: list[str] = []
    for text in metadata.texts("requires_dist"):
        bare, found = extra_of(text)
        if found == name:
            moved.append(bare)
        else:
            kept.append(text)
    stated = metadata.texts("provides_extra")
    others = [e for e in stated if normalize_name(e) != name]
    if not moved and len(others) == len(stated):
        raise NoSuchExtraError("extra", extra, stated)
    made = metadata.replaced(
        requires_dist=list(kept) or None, provides_extra=list(others) or None
    )
    groups = groups_of(made)
    return with_groups(made, {**groups, name: [*groups.get(name, []), *moved]})


def group_to_extra(metadata: Metadata, group: str) -> Metadata:
    """Return the document with the dependency group made an extra of its name.

    Raises ``NoSuchExtraError``.
    """
    name = normalize_name(group)
    groups = groups_of(metadata)
    if name not in groups:
        raise NoSuchExtraError("dependency group", group, groups)
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
