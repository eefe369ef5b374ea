"""The needs of a document as relations to packages of a system."""

from collections.abc import Iterable
from typing import Protocol

from pysetup.platforms.names.found import FoundName, Names
from pysetup.platforms.needs import Need
from pysetup.platforms.plan import MappedRequirement

EXACT, DISTRIBUTION = "exact", "distribution"


class Relate(Protocol):
    """Writes relations to one package in the words of a format."""

    def __call__(
        self, package: str, specifiers: str, found: FoundName, /
    ) -> tuple[str, ...]:
        """Return the relations to ``package`` that ``specifiers`` ask for."""


def map_needs(
    needs: Iterable[Need],
    names: Names,
    *,
    relate: Relate,
    role: str = "run",
    own_extras: bool = True,
) -> tuple[MappedRequirement, ...]:
    """Map needs by ``names``; what nobody knows has no evidence and no relations.

    An extra of another project (``name[extra]``) is mapped as its own name is known,
    and else to ``PACKAGE-EXTRA``, which pysetup makes beside each ``PACKAGE`` of its
    own if ``own_extras`` says so. Of a project whose extra nobody knows the package
    alone is needed: ``without_extras`` tells those. ``role`` says when they are needed.
    """
    return tuple(
        _mapped(need, names, relate, role, own_extras=own_extras) for need in needs
    )


def relations_in(mapping: Iterable[MappedRequirement]) -> tuple[str, ...]:
    """Return all relations, each once, in their order."""
    return tuple(dict.fromkeys(text for each in mapping for text in each.relations))


def unmapped(mapping: Iterable[MappedRequirement]) -> tuple[str, ...]:
    """Return the requirements of which nobody knows the packages."""
    return tuple(each.requirement for each in mapping if not each.evidence)


def without_extras(
    needs: Iterable[Need], names: Names, *, own_extras: bool = True
) -> tuple[str, ...]:
    """Return the extras of known projects that nobody knows, as ``project[extra]``."""
    return tuple(
        f"{need.project}[{extra}]"
        for need in needs
        if (found := names.find(need.project)) is not None
        and not (own_extras and found.own and found.packages)
        for extra in need.extras
        if names.find(need.project, extra=extra) is None
    )


def notes_on_extras(
    needs: Iterable[Need], names: Names, *, own_extras: bool = True
) -> tuple[str, ...]:
    """Return in words what ``without_extras`` tells."""
    return tuple(
        f"{extra.partition('[')[0]} is required without what {extra} adds, for which "
        "no package is known"
        for extra in without_extras(needs, names, own_extras=own_extras)
    )


def _mapped(
    need: Need, names: Names, relate: Relate, role: str, *, own_extras: bool
) -> MappedRequirement:
    found = names.find(need.project, role=role)
    if found is None:
        return MappedRequirement(need.requirement, (), (), "", "")
    packages = list(found.packages)
    relations = [
        text for each in packages for text in relate(each, need.specifiers, found)
    ]
    for extra in need.extras:
        more = names.find(need.project, extra=extra, role=role)
        if more is not None:
            specifiers = need.specifiers if more.own else ""
            packages += more.packages
            relations += [
                text
                for each in more.packages
                for text in relate(each, specifiers, more)
            ]
        elif own_extras and found.own and found.packages:
            package = f"{found.packages[0]}-{extra}"
            packages.append(package)
            relations += relate(package, need.specifiers, found)
    return MappedRequirement(
        need.requirement,
        tuple(dict.fromkeys(packages)),
        tuple(dict.fromkeys(relations)),
        found.evidence,
        EXACT if found.own else DISTRIBUTION,
    )
