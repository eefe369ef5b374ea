"""What a document needs on a target: decided by its markers, merged by project."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from pysetup.errors import UsageError, redact
from pysetup.metadata.document import Metadata
from pysetup.platforms.versions.ranges import admitted
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Requirement,
    marker_holds,
    parse_requirement,
)
from pysetup.values import dataclass


class HasMarkers(Protocol):
    """A target, of which nothing but its markers matters here."""

    @property
    def markers(self) -> Mapping[str, str]:
        """The variables of PEP 508 on the target."""


class ConflictingAddressesError(UsageError):
    """A document requires one project from two addresses on the same target.

    Only one of the two can be installed. Keep one, or give both markers that never
    hold together.
    """

    code = "PS2731"

    def __init__(self, project: str, first: str, second: str) -> None:
        super().__init__(
            f"{project} is required from two addresses at once",
            facts={"project": project, "first": first, "second": second},
            hints=("keep one of the two in requires_dist",),
        )
        self.project, self.first, self.second = project, first, second


@dataclass(frozen=True, slots=True)
class Need:
    """One project that must be there: all requirements of it in one.

    ``requirement`` says it as PEP 508 does, without a marker and with the project's
    name as the document writes it. ``project`` and ``extras`` are normalised names.
    ``specifiers`` are comparisons that must all hold; with ``url`` the address is
    required. ``sources`` are the requirements of the document, as they stand there.
    """

    requirement: str
    project: str
    extras: tuple[str, ...] = ()
    specifiers: str = ""
    url: str = ""
    sources: tuple[str, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether any version can satisfy it: ``>2,<1`` never is."""
        return bool(self.url or admitted(self.specifiers))


def needs_of(
    metadata: Metadata, target: HasMarkers, *, extras: Iterable[str] = ()
) -> tuple[Need, ...]:
    """Return what ``metadata`` needs on ``target``, with ``extras`` chosen; by name.

    The project's own extras that an extra names (``demo[all]`` of demo) are followed,
    also in circles; those of other projects are kept. Raises
    ``InvalidRequirementError`` or ``ConflictingAddressesError``.
    """
    return needs_among(
        metadata.requires_dist, target, project=metadata.name, extras=extras
    )


def added_needs(metadata: Metadata, target: HasMarkers, extra: str) -> tuple[Need, ...]:
    """Return what ``extra`` needs that the project does not need anyhow.

    A project that both need is left out unless the extra needs more of it: another
    extra, other versions, an address. Raises as ``needs_of``.
    """
    known = {need.project: need for need in needs_of(metadata, target)}
    wanted = needs_of(metadata, target, extras=(extra,))
    return tuple(need for need in wanted if _adds(need, known.get(need.project)))


def build_needs(metadata: Metadata, target: HasMarkers) -> tuple[Need, ...]:
    """Return what the build of ``metadata`` needs on ``target``, by ``build.requires``.

    Raises as ``needs_of``.
    """
    listed = metadata.section("build").get("requires")
    texts = listed if isinstance(listed, list) else []
    return needs_among([parse_requirement(str(text)) for text in texts], target)


def doubts_about(requirements: Iterable[str]) -> tuple[str, ...]:
    """Return in words what relations between packages do not keep of requirements.

    That is an address, and the hope for a version where none at all will do. What is
    no requirement is left out.
    """
    found = []
    for text in requirements:
        try:
            requirement = parse_requirement(text)
        except InvalidRequirementError:
            continue
        if requirement.url:
            place = redact(requirement.url)
            found.append(f"{requirement.name} may come from elsewhere than {place}")
        elif not admitted(requirement.specifier):
            found.append(f"no version can satisfy {text}")
    return tuple(found)


def needs_among(
    requirements: Iterable[Requirement],
    target: HasMarkers,
    *,
    project: str = "",
    extras: Iterable[str] = (),
) -> tuple[Need, ...]:
    """Return what ``requirements`` of ``project`` need on ``target``, by name.

    Raises as ``needs_of``.
    """
    found: dict[str, list[Requirement]] = {}
    for requirement in _chosen(tuple(requirements), target, project, extras):
        found.setdefault(normalize_name(requirement.name), []).append(requirement)
    return tuple(_merged(name, found[name]) for name in sorted(found))


def _chosen(
    requirements: tuple[Requirement, ...],
    target: HasMarkers,
    project: str,
    extras: Iterable[str],
) -> list[Requirement]:
    """Return the requirements that hold, those on the project itself followed."""
    itself = normalize_name(project) if project else ""
    names = {normalize_name(extra) for extra in extras}
    while True:
        chosen = frozenset(names)
        holding = [
            each
            for each in requirements
            if marker_holds(each.marker, target.markers, extras=chosen)
        ]
        for each in holding:
            if normalize_name(each.name) == itself:
                names.update(map(normalize_name, each.extras))
        if names == chosen:
            return [each for each in holding if normalize_name(each.name) != itself]


def _merged(project: str, requirements: list[Requirement]) -> Need:
    urls = sorted({each.url for each in requirements if each.url})
    if len(urls) > 1:
        raise ConflictingAddressesError(project, urls[0], urls[1])
    extras = {normalize_name(extra) for each in requirements for extra in each.extras}
    clauses = {str(clause) for each in requirements for clause in each.specifier}
    specifiers = ",".join(sorted(clauses, key=_by_version))
    text = requirements[0].name + (f"[{','.join(sorted(extras))}]" if extras else "")
    return Need(
        requirement=f"{text} @ {urls[0]}" if urls else text + specifiers,
        project=project,
        extras=tuple(sorted(extras)),
        specifiers=specifiers,
        url=urls[0] if urls else "",
        sources=tuple(dict.fromkeys(map(str, requirements))),
    )


_LOWER_FIRST: Final = ("~=", ">=", ">", "===", "==", "!=", "<=", "<")


def _by_version(clause: str) -> tuple[int, str]:
    operator = next(each for each in _LOWER_FIRST if clause.startswith(each))
    return _LOWER_FIRST.index(operator), clause


def _adds(need: Need, known: Need | None) -> bool:
    if known is None:
        return True
    return (
        not set(need.extras) <= set(known.extras)
        or need.url != known.url
        or admitted(need.specifiers) != admitted(known.specifiers)
    )
