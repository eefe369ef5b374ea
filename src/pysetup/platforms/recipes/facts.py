"""What a recipe is written from: the plan of a project without a built package."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.platforms.import_names import top_modules
from pysetup.platforms.interface import Names
from pysetup.platforms.machine_code import is_for_a_machine
from pysetup.platforms.names.found import FoundName
from pysetup.platforms.needs import Need, added_needs, build_needs, needs_of
from pysetup.platforms.plan import MappedRequirement, PackagePlan
from pysetup.platforms.project_facts import (
    changelog_of,
    github_of,
    homepage_of,
    licence_of,
    licence_words,
    maintainer_of,
    summary_of,
)
from pysetup.platforms.recipes.source import RecipeSource
from pysetup.platforms.requirement_mapping import DISTRIBUTION
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.entry_points import CONSOLE_SCRIPTS
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass

# Writes the relations to a package of a system; the project's name for one unknown.
Relate = Callable[[str, str], tuple[str, ...]]

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+_./@:-]*")


# Extras by which projects name what their own developers need; no system installs them.
_FOR_DEVELOPING = frozenset(
    (
        *("dev", "devel", "develop", "development", "test", "tests", "testing"),
        *("doc", "docs", "documentation", "lint", "linting", "typing", "type", "mypy"),
        *("check", "cover", "coverage", "enabler", "ci", "benchmark", "release"),
    )
)


class UnsafePackageNameError(UsageError):
    """A mapping names a package with signs that no system's packages have.

    In a recipe such a name could become a command. Names have letters, digits and
    ``+ _ . / @ : -``. Nothing was written.
    """

    code = "PS2786"

    def __init__(self, project: str, package: str) -> None:
        super().__init__(
            f"{package[:80]!r} cannot be the name of a package of {project}",
            facts={"project": project, "package": package[:80]},
            hints=("mend the mapping in the document, or in the file of --map-deps",),
        )


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one system names and requires packages.

    ``name`` is that of the format, ``system`` whose custom names follow (empty where a
    lock says what is needed), ``package`` gives the name of a project by that custom,
    ``relate`` the relations to a package for given specifiers. ``says_extras`` tells
    that a recipe can ask for what an extra of another project adds.
    """

    name: str
    system: str
    package: Callable[[str], str]
    relate: Relate
    says_extras: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """One need: the project, its comparisons, its packages, and their relations.

    ``extras`` are those of the project that are needed, too.
    """

    project: str
    specifiers: str
    packages: tuple[str, ...]
    relations: tuple[str, ...]
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A plan and a source, with the needs in it as values."""

    plan: PackagePlan
    source: RecipeSource
    runs: tuple[Mapped, ...]
    builds: tuple[Mapped, ...]
    extras: Mapping[str, tuple[Mapped, ...]]

    @classmethod
    def of(cls, plan: PackagePlan, sdist: Path, metadata: Metadata) -> "Recipe":
        """Read the archive ``sdist`` for the recipe of ``plan``."""
        extras = plan.details["extras"]
        assert isinstance(extras, Mapping), "make_plan made it"
        return cls(
            plan,
            RecipeSource.of(sdist, metadata, url=str(plan.options["url"])),
            _read(plan.details["runs"]),
            _read(plan.details["builds"]),
            {extra: _read(rows) for extra, rows in extras.items()},
        )

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts that the plan has under ``key``."""
        return _texts(self.plan.details.get(key))

    def text(self, key: str) -> str:
        """Return the text that the plan has under ``key``."""
        return str(self.plan.details.get(key, ""))


def make_plan(
    dialect: Dialect,
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan of a recipe: no files, but all needs in the system's words.

    What nobody maps is called as the custom of the system has it, and said to be so.
    """
    runs = _map(needs_of(document, target), names, dialect, "run")
    builds = _map(build_needs(document, target), names, dialect, "build")
    every_extra = tuple(map(normalize_name, document.texts("provides_extra")))
    extras = {
        extra: _map(added_needs(document, target, extra), names, dialect, "run")
        for extra in every_extra
        if extra not in _FOR_DEVELOPING
    }
    every = [*runs, *builds, *(row for rows in extras.values() for row in rows)]
    backend = document.section("build").get("backend")
    return PackagePlan(
        format=dialect.name,
        target=target.name,
        project=document.normalized_name,
        project_version=str(document.version),
        name=dialect.package(document.normalized_name),
        version=str(document.version),
        architecture="",
        summary=summary_of(document),
        description=document.text("description"),
        licence=licence_of(document),
        homepage=homepage_of(document),
        maintainer=maintainer_of(document),
        files=(),
        mapping=tuple(row[0] for row in runs),
        options=dict(options),
        details={
            "runs": [_to_json(*row) for row in runs],
            "builds": [_to_json(*row) for row in builds],
            "extras": {
                extra: [_to_json(*row) for row in rows]
                for extra, rows in extras.items()
            },
            "imports": list(top_modules(tree)),
            "licence_files": list(document.texts("license_file")),
            "licence_words": licence_words(document),
            "commands": [
                entry.name
                for entry in document.entry_points
                if entry.group == CONSOLE_SCRIPTS
            ],
            "compiled": is_for_a_machine(tree, target),
            "backend": backend if isinstance(backend, str) else "",
            "requires_python": document.text("requires_python"),
            "changelog": changelog_of(document),
            "github": github_of(document),
        },
        notes=(
            *_names_notes(dialect, every),
            *_extras_notes(dialect, every_extra, every),
            *_licence_notes(document),
        ),
    )


def _custom(dialect: Dialect) -> str:
    return f"custom:{dialect.system}" if dialect.system else "lock"


_Row = tuple[MappedRequirement, Need]


def _names_notes(dialect: Dialect, rows: Iterable[_Row]) -> Iterator[str]:
    custom = _custom(dialect)
    guessed = {row[1].project for row in rows if row[0].evidence == custom}
    if guessed and dialect.system:
        listed = ", ".join(sorted(guessed))
        yield (
            f"named by the custom of {dialect.system}, and not looked up there: "
            f"{listed}"
        )


def _extras_notes(
    dialect: Dialect, extras: Iterable[str], rows: Iterable[_Row]
) -> Iterator[str]:
    developing = ", ".join(each for each in extras if each in _FOR_DEVELOPING)
    if developing and dialect.system:
        yield f"left out, since they are for developing the project: {developing}"
    if dialect.says_extras or not dialect.system:
        return
    wider = {row[1].requirement for row in rows if row[1].extras}
    for requirement in sorted(wider):
        yield f"the recipe does not say what the extras of {requirement} add"


def _licence_notes(document: Metadata) -> Iterator[str]:
    if not licence_of(document):
        words = licence_words(document)
        told = f"the project says {words}" if words else "the project says nothing"
        yield f"the licence is not certain, so look it up: {told}"


def _map(
    needs: tuple[Need, ...], names: Names, dialect: Dialect, role: str
) -> tuple[_Row, ...]:
    return tuple((_mapped(need, names, dialect, role), need) for need in needs)


def _mapped(need: Need, names: Names, dialect: Dialect, role: str) -> MappedRequirement:
    found = names.find(need.project, role=role)
    for package in found.packages if found is not None else ():
        if not _PACKAGE.fullmatch(package):
            raise UnsafePackageNameError(need.project, package)
    if found is None or not found.evidence:
        custom = dialect.package(need.project)
        found = FoundName(
            need.project, (custom,), evidence=_custom(dialect), checked=False
        )
    relations = [
        text
        for package in found.packages
        for text in dialect.relate(package, need.specifiers)
    ]
    return MappedRequirement(
        need.requirement,
        found.packages,
        tuple(relations),
        found.evidence,
        DISTRIBUTION,
    )


def _to_json(mapped: MappedRequirement, need: Need) -> dict[str, JSON]:
    return {
        "project": need.project,
        "specifiers": need.specifiers,
        "packages": list(mapped.packages),
        "relations": list(mapped.relations),
        "extras": list(need.extras),
    }


def _read(rows: JSON) -> tuple[Mapped, ...]:
    found: list[Mapped] = []
    for row in rows if isinstance(rows, list) else []:
        assert isinstance(row, Mapping), "make_plan made it"
        found.append(
            Mapped(
                str(row["project"]),
                str(row["specifiers"]),
                _texts(row["packages"]),
                _texts(row["relations"]),
                _texts(row["extras"]),
            )
        )
    return tuple(found)


def _texts(value: JSON) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
