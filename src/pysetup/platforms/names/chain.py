"""The chain: who is asked for a name, in which order, and what one answer takes over.

What somebody states comes first, then what is installed, then what the lists of a
system tell, then the tables that we ship, and a rule only where a list of files proves
it. Nothing is guessed: what nobody knows is not found.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pysetup.platforms.names.catalogue import Catalogue
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.names.mapping import NameMapping
from pysetup.platforms.names.own_name import OwnName, plan_own_name
from pysetup.platforms.names.rules import custom_name, usual_names
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass, field, replace


class ProjectStep(Protocol):
    """One that can be asked for projects, whatever they are needed for.

    It knows nothing of extras. ``label`` says who it is.
    """

    @property
    def label(self) -> str:
        """What stands in the evidence of its answers."""

    def find(self, project: str) -> FoundName | None:
        """Return the packages of ``project``; None if it knows none."""


# Who states names may state them by extra and by role, too.
NameStep = ProjectStep | NameMapping


@dataclass(frozen=True, slots=True)
class CatalogueStep:
    """Finds the one package in which a project is, whatever it is needed for."""

    catalogue: Catalogue

    @property
    def label(self) -> str:
        """What was read to know it."""
        return self.catalogue.label

    def find(self, project: str) -> FoundName | None:
        """Return the package of ``project``."""
        return self.catalogue.find(project)


@dataclass(frozen=True, slots=True)
class VirtualStep:
    """Names that RPM packages have by themselves: ``python3dist(demo)``.

    Every package of Fedora, openSUSE and their like provides the projects in it under
    that name. ``catalogues`` tell versions, and what is not there.
    """

    catalogues: tuple[Catalogue, ...] = ()
    label: str = "python3dist"

    def find(self, project: str) -> FoundName | None:
        """Return the virtual name; None where it is known that nobody has it."""
        packages = (f"python3dist({project})",)
        for catalogue in self.catalogues:
            known = catalogue.find(project)
            if known is not None:
                return replace(known, packages=packages)
        if any(catalogue.whole for catalogue in self.catalogues):
            return None
        return FoundName(project, packages, evidence=self.label, checked=False)


@dataclass(frozen=True, slots=True)
class CustomStep:
    """The custom of a system where nothing more is known; told as unchecked."""

    family: str
    label: str

    def find(self, project: str) -> FoundName | None:
        """Return the name by custom."""
        name = custom_name(project, self.family)
        return FoundName(project, (name,), evidence=self.label, checked=False)


@dataclass(frozen=True, slots=True)
class ProvedRule:
    """The name that a project usually has, if the files of that package prove it.

    Some packages have a project's modules and no metadata. ``modules`` are what a
    project is known to be imported as; of others nothing can be proved: python3-hidapi
    has a module hidapi, and is another thing than the project of that name.
    """

    family: str
    catalogues: tuple[Catalogue, ...]
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label: str = "rule"

    def find(self, project: str) -> FoundName | None:
        """Return the package by rule if it holds all modules of the project."""
        wanted = set(self.modules.get(project, ()))
        if not wanted:
            return None
        for catalogue in self.catalogues:
            for name in usual_names(project, self.family, tuple(sorted(wanted))):
                held = catalogue.modules.get(name, ())
                if wanted <= set(held) and not catalogue.projects_of(name):
                    told = f"{self.label}:{catalogue.label}"
                    return FoundName(project, (name,), evidence=told)
        return None


@dataclass(frozen=True, slots=True)
class NameChain:
    """Asks its steps one after the other.

    ``own`` are the packages that pysetup makes itself in the same run, by project.
    ``aliases`` are projects that are another one in a different wrapping.
    ``catalogues`` tell which names are taken, for those of our own packages; ``named``
    are those that somebody wants, by project.
    """

    family: str
    steps: tuple[NameStep, ...]
    own: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str]
    catalogues: tuple[Catalogue, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        """Return what the first step says that knows the project, or its alias."""
        name = normalize_name(project)
        found = self._first(name, extra, role)
        if name in self.own and not extra:
            packages = self.own[name]
            # Ours takes the name of theirs, and its epoch, or it would be older.
            epoch = ""
            if found is not None and set(found.packages) & set(packages):
                epoch = found.epoch
            return FoundName(name, packages, epoch=epoch, evidence="own", own=True)
        alias = self.aliases.get(name)
        if alias is not None and (found is None or not found.checked):
            same = self._first(alias, extra, role)
            if same is not None:
                evidence = f"{same.evidence}, as {alias}"
                return replace(same, project=name, evidence=evidence)
        return found

    def with_modules(self, modules: Mapping[str, tuple[str, ...]]) -> "NameChain":
        """Return this chain, in which rules know what projects are imported as."""
        steps = tuple(
            replace(one, modules={**one.modules, **modules})
            if isinstance(one, ProvedRule)
            else one
            for one in self.steps
        )
        changed: NameChain = replace(self, steps=steps)
        return changed

    def _first(self, name: str, extra: str, role: str) -> FoundName | None:
        for number, step in enumerate(self.steps):
            found = _asked(step, name, extra, role)
            if found is not None:
                return _completed(found, self.steps[number + 1 :])
        return None

    def trace(self, project: str) -> tuple[tuple[str, FoundName | None], ...]:
        """Return what each step says of ``project``, in their order."""
        name = normalize_name(project)
        return tuple((step.label, step.find(name)) for step in self.steps)

    def own_name(self, project: str) -> str:
        """Return the name of the package that is made of ``project``."""
        return self.plan_own_name(project).name

    def plan_own_name(self, project: str, *, forced: str = "") -> OwnName:
        """Return the name of the package that is made, and what it must tell of others.

        ``forced`` is the name that the user wants. Raises ``NameTakenError``.
        """
        name = normalize_name(project)
        # What we make does not change what the system calls it.
        found = replace(self, own={}).find(name)
        theirs = found.replaceable if found is not None else ()
        return plan_own_name(
            name,
            self.family,
            self.catalogues,
            theirs=tuple(one for one in theirs if "(" not in one),
            forced=forced or self.named.get(name, ""),
        )


def _asked(step: NameStep, name: str, extra: str, role: str) -> FoundName | None:
    if isinstance(step, NameMapping):
        return step.find(name, extra=extra, role=role)
    return None if extra else step.find(name)


def _completed(found: FoundName, steps: Sequence[NameStep]) -> FoundName:
    """Return ``found`` with the version that a later step knows of the same package.

    Who states a name seldom states a version, which changes with each release.
    """
    if found.version or not found.packages:
        return found
    for step in steps:
        known = step.find(found.project)
        if known is not None and set(known.packages) & set(found.packages):
            return replace(
                found,
                version=known.version,
                epoch=known.epoch,
                package_version=known.package_version,
            )
    return found
