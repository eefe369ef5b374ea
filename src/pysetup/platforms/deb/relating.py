"""All that a Debian package says of other packages, and the packages of its extras."""

from collections.abc import Mapping, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.control import checked_package
from pysetup.platforms.deb.interpreters import interpreter_relations
from pysetup.platforms.deb.mapping import (
    mapped,
    notes_on_needs,
    relations_of,
    script_extras,
)
from pysetup.platforms.deb.numpy_relations import numpy_provides, numpy_relations
from pysetup.platforms.deb.options import DebOptions
from pysetup.platforms.deb.python_relations import python_relations
from pysetup.platforms.deb.replacing import clash_relations, stated_relations
from pysetup.platforms.deb.wording import synopsis
from pysetup.platforms.names.found import Names
from pysetup.platforms.needs import Need, added_needs, needs_of
from pysetup.platforms.plan import (
    PROVIDES,
    RECOMMENDS,
    REQUIRES,
    SUGGESTS,
    MappedRequirement,
    PackageFile,
    SubPackage,
)
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.names import normalize_name


class Relating:
    """Gathers the relations of one package called ``name``, with ``version``.

    ``base`` is what the project always needs, mapped. ``relations``, the ``packages``
    of extras, and ``notes`` are there when ``relate`` has been called.
    """

    def __init__(
        self,
        document: Metadata,
        target: PlatformTarget,
        names: Names,
        chosen: DebOptions,
        *,
        name: str,
        version: str,
    ) -> None:
        self._document, self._target, self._names = document, target, names
        self._chosen, self._name, self._version = chosen, name, version
        needs = needs_of(document, target)
        self.base = self._mapped(needs)
        self.notes = list(self._notes(needs))
        self.relations: dict[str, tuple[str, ...]] = {}
        self.packages: tuple[SubPackage, ...] = ()

    def relate(
        self,
        tree: Tree,
        staged: Sequence[PackageFile],
        *,
        libraries: Sequence[str],
        compiled: bool,
    ) -> None:
        """Add all relations of what is ``staged`` of ``tree``.

        ``libraries`` are those to packages of shared libraries. Raises
        ``NumpyInterfaceError`` and ``ControlFieldError``.
        """
        document, target, names = self._document, self._target, self._names
        needed = (
            *python_relations(document, tree, target, compiled=compiled),
            *libraries,
            *relations_of(self.base),
            *numpy_relations(document, tree, target, names),
        )
        self._add({REQUIRES: needed})
        self._add(clash_relations(document, self._name, self._version, names))
        self._add(stated_relations(document, names, self.notes))
        self._add({PROVIDES: numpy_provides(document)})
        self._add(interpreter_relations(staged, tree))
        extras = tuple(map(normalize_name, document.texts("provides_extra")))
        found = [self._package_of(extra) for extra in dict.fromkeys(extras)]
        self.packages = tuple(each for each in found if each is not None)
        # Nothing is suggested that is required anyway.
        known = {*self.relations[REQUIRES], *self.relations.get(RECOMMENDS, ())}
        suggested = self.relations.pop(SUGGESTS, ())
        self._add({SUGGESTS: tuple(each for each in suggested if each not in known)})

    def _package_of(self, extra: str) -> SubPackage | None:
        """Add what ``extra`` needs as suggestions, or return a package of it.

        What scripts need is recommended.
        """
        needs = added_needs(self._document, self._target, extra)
        self.notes += self._notes(needs)
        mapping = self._mapped(needs)
        unknown = [each.requirement for each in mapping if not each.evidence]
        if unknown:
            listed = ", ".join(unknown)
            self.notes.append(f"of the extra {extra} no package is known for {listed}")
        needed = relations_of(mapping)
        if extra in script_extras(self._document):
            self._add({RECOMMENDS: needed})
        elif self._chosen.extras == "suggests":
            self._add({SUGGESTS: needed})
        if self._chosen.extras != "packages" or unknown:
            return None
        return SubPackage(
            name=checked_package(f"{self._name}-{extra.replace('_', '-')}"),
            extra=extra,
            summary=synopsis(self._document, package=self._name, extra=extra),
            relations={REQUIRES: (f"{self._name} (= {self._version})", *needed)},
        )

    def _mapped(self, needs: Sequence[Need]) -> tuple[MappedRequirement, ...]:
        return mapped(needs, self._names, own_extras=self._own_extras)

    def _notes(self, needs: Sequence[Need]) -> tuple[str, ...]:
        return notes_on_needs(needs, self._names, own_extras=self._own_extras)

    @property
    def _own_extras(self) -> bool:
        return self._chosen.extras == "packages"

    def _add(self, more: Mapping[str, Sequence[str]]) -> None:
        for kind, texts in more.items():
            known = (*self.relations.get(kind, ()), *texts)
            if known:
                self.relations[kind] = tuple(dict.fromkeys(known))
