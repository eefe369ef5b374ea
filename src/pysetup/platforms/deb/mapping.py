"""Requirements as relations: of the project, of its extras, of its scripts."""

import re
from collections.abc import Iterable, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.found import FoundName, Names
from pysetup.platforms.needs import Need, added_needs, build_needs, needs_of
from pysetup.platforms.plan import MappedRequirement
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.versions.deb import (
    deb_distribution_relations,
    deb_relations,
)
from pysetup.standards.entry_points import CONSOLE_SCRIPTS, GUI_SCRIPTS
from pysetup.standards.names import normalize_name
from pysetup.values import replace

EXACT, DISTRIBUTION = "exact", "distribution"


class Mapper:
    """Maps the requirements of one document to relations between packages.

    ``extra_packages`` tells that each extra of what is made here has a package.
    ``notes`` gathers what the user should know; a requirement that cannot be mapped
    has no evidence in what is returned.
    """

    def __init__(
        self,
        document: Metadata,
        target: PlatformTarget,
        names: Names,
        *,
        extra_packages: bool = False,
    ) -> None:
        self.document, self._target, self._names = document, target, names
        self._extra_packages = extra_packages
        self.notes: list[str] = []

    def base(self) -> tuple[MappedRequirement, ...]:
        """Return what the project always needs on the target."""
        return self._mapped(needs_of(self.document, self._target))

    def of_extra(self, extra: str) -> tuple[MappedRequirement, ...]:
        """Return what ``extra`` needs beside what is always needed."""
        return self._mapped(added_needs(self.document, self._target, extra))

    def build(self) -> tuple[MappedRequirement, ...]:
        """Return what the build of the project needs, its back end among it.

        A project that names none is built by setuptools (PEP 517).
        """
        needs = build_needs(self.document, self._target)
        if not needs:
            needs = (Need("setuptools", "setuptools"),)
        return tuple(self._one(need, role="build") for need in needs)

    def script_extras(self) -> tuple[str, ...]:
        """Return the extras that scripts of the project name, sorted."""
        return tuple(
            sorted(
                {
                    normalize_name(extra)
                    for entry in self.document.entry_points
                    if entry.group in (CONSOLE_SCRIPTS, GUI_SCRIPTS)
                    for extra in entry.extras
                }
            )
        )

    def _mapped(self, needs: Iterable[Need]) -> tuple[MappedRequirement, ...]:
        return tuple(map(self._one, needs))

    def _one(self, need: Need, *, role: str = "run") -> MappedRequirement:
        found = self._names.find(need.project, role=role)
        if found is None:
            return MappedRequirement(need.requirement, (), (), "", "")
        packages = dict.fromkeys(found.packages)
        relations = dict.fromkeys(relations_to(found, need.specifiers))
        for extra in need.extras:
            more = self._behind(need, extra, found)
            packages |= dict.fromkeys(more.packages)
            relations |= dict.fromkeys(
                relations_to(more, need.specifiers if more.own else "")
            )
        return MappedRequirement(
            requirement=need.requirement,
            packages=tuple(packages),
            relations=tuple(relations),
            evidence=found.evidence or "given",
            dialect=EXACT if found.own else DISTRIBUTION,
        )

    def _behind(self, need: Need, extra: str, found: FoundName) -> FoundName:
        """Return what is known of ``extra``; of what is not, ``notes`` tells."""
        known = self._names.find(need.project, extra=extra)
        if known is not None:
            return known
        if found.own and found.packages and self._extra_packages:
            return replace(found, packages=(f"{found.packages[0]}-{extra}",))
        hint = ": --option extras=packages  makes one" if found.own else ""
        package = found.packages[0] if found.packages else need.project
        self.notes.append(
            f"{package} is required without what {need.project}[{extra}] adds, for "
            f"which no package is known{hint}"
        )
        return replace(found, packages=())


def relations_to(found: FoundName, specifiers: str) -> tuple[str, ...]:
    """Return the relations to what was found, in the dialect of who made it.

    Where several packages are one project, all of them are needed, and the first has
    its version.
    """
    if not found.packages:
        return ()
    first, *rest = found.packages
    if found.own:
        relations = tuple(
            with_epoch(each, found.epoch) for each in deb_relations(first, specifiers)
        )
    else:
        relations = deb_distribution_relations(
            first, specifiers, epoch=found.epoch, shipped=found.shipped
        )
    return (*relations, *rest)


def with_epoch(relation: str, epoch: str) -> str:
    """Return ``relation`` with ``epoch`` before versions that have none."""
    if not epoch:
        return relation
    return re.sub(r"(?<=[<>=] )(?!\d+:)", f"{epoch}:", relation)


def relations_of(mapped: Sequence[MappedRequirement]) -> tuple[str, ...]:
    """Return all relations, each once, those to one package together."""
    listed = dict.fromkeys(text for each in mapped for text in each.relations)
    return tuple(sorted(listed, key=lambda text: text.partition(" ")[0]))
