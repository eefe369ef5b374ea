"""A format, put together of the functions that do its work."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from pysetup.errors import UsageError
from pysetup.interchange.layout import PURE_TAGS
from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    Bundle,
    FormatOption,
    Making,
    Names,
    NoNames,
    ToolNeed,
    Tools,
    WriteRepository,
    default_plan,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget, read_target
from pysetup.platforms.tree import Tree
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, field


class UnplannedSourceError(UsageError):
    """A source package is made by a plan, and there is none.

    What the package will hold is known when the sdist has been built; an sdist alone
    does not tell. ``pysetup bdist_<format> --source`` builds it first.
    """

    code = "PS2766"

    def __init__(self, format_: str, sdist: Path) -> None:
        super().__init__(
            f"{sdist.name} is not built, so bdist_{format_} does not know its files",
            facts={"format": format_, "file": str(sdist)},
            hints=("give source_dist() a plan, made from the built tree",),
        )


class MakePlan(Protocol):
    """Decides everything; see ``PlatformFormat.plan``."""

    def __call__(
        self,
        document: Metadata,
        target: PlatformTarget,
        *,
        tree: Tree,
        names: Names,
        options: Mapping[str, JSON],
    ) -> PackagePlan:
        """Return the plan."""


class WritePackages(Protocol):
    """Writes the packages of a plan, whose sources stand in the tree ``root``."""

    def __call__(
        self, plan: PackagePlan, root: Path, out: Path, *, making: Making | None
    ) -> list[Path]:
        """Write into the folder ``out``; return the paths."""


class WriteSources(Protocol):
    """Writes what a system builds the project from."""

    def __call__(
        self,
        plan: PackagePlan,
        sdist: Path,
        metadata: Metadata,
        target: PlatformTarget,
        out: Path,
        *,
        making: Making | None,
    ) -> list[Path]:
        """Write into the folder ``out``; return the paths."""


class ReadBackWith(Protocol):
    """Reads a package back with a program, if it is there."""

    def __call__(self, path: Path, *, tools: Tools | None) -> Mapping[str, JSON]:
        """Return what is in the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A ``PlatformFormat``: facts, and the functions that do its work.

    It works at the levels for which it has a writer; ``read_back`` is a reader that
    needs no program, ``read_back_with`` one that does. ``prefers_pure`` tells that a
    wheel without machine code is taken where there is one, ``is_planned_from_sdist``
    that source packages need no built tree, ``recipe_options`` by which options they
    fit the target whatever was built to learn of the project. ``write_repository`` and
    ``bundle`` are there for formats that can do that.
    """

    name: str
    summary: str
    families: tuple[str, ...]
    default_target: str
    make_plan: MakePlan
    read_back: Callable[[Path], Mapping[str, JSON]] | None = None
    read_back_with: ReadBackWith | None = None
    write_packages: WritePackages | None = None
    write_sources: WriteSources | None = None
    is_planned_from_sdist: bool = False
    recipe_options: Mapping[str, JSON] = field(default_factory=dict)
    prefers_pure: bool = False
    write_repository: WriteRepository | None = None
    bundle: Bundle | None = None
    options: Mapping[str, FormatOption] = field(default_factory=dict)
    tools: tuple[ToolNeed, ...] = ()

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels at which it works."""
        writers = ((BINARY, self.write_packages), (SOURCE, self.write_sources))
        return tuple(level for level, writer in writers if writer is not None)

    def plan(
        self,
        document: Metadata,
        target: PlatformTarget,
        *,
        tree: Tree,
        names: Names,
        options: Mapping[str, JSON],
    ) -> PackagePlan:
        """Decide everything; see ``PlatformFormat``."""
        return self.make_plan(document, target, tree=tree, names=names, options=options)

    def binary_dist(
        self,
        built_dir: Path,
        metadata: Metadata,
        target: PlatformTarget | None = None,
        out: Path | None = None,
        *,
        plan: PackagePlan | None = None,
        making: Making | None = None,
    ) -> list[Path]:
        """Write the packages of the tree ``built_dir``; see ``PlatformFormat``."""
        if self.write_packages is None:
            return []
        decided = plan or default_plan(self, built_dir, metadata, target)
        place = out or built_dir.parent
        return self.write_packages(decided, built_dir, place, making=making)

    def source_dist(
        self,
        sdist: Path,
        metadata: Metadata,
        target: PlatformTarget | None = None,
        out: Path | None = None,
        *,
        plan: PackagePlan | None = None,
        making: Making | None = None,
    ) -> list[Path]:
        """Write what the system builds from; see ``PlatformFormat``.

        Raises ``UnplannedSourceError`` where the files must be known, and are not.
        """
        if self.write_sources is None:
            return []
        if plan is None and not self.is_planned_from_sdist:
            raise UnplannedSourceError(self.name, sdist)
        where = target or read_target(self.default_target)
        decided = plan or self._plan_of_sdist(metadata, where)
        place = out or sdist.parent
        return self.write_sources(decided, sdist, metadata, where, place, making=making)

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back; see ``PlatformFormat``."""
        if self.read_back_with is not None:
            return self.read_back_with(path, tools=tools)
        return self.read_back(path) if self.read_back is not None else {}

    def _plan_of_sdist(self, metadata: Metadata, target: PlatformTarget) -> PackagePlan:
        """Return the plan of a recipe when none is given: no tree was built for it."""
        dist_info = dist_info_name(metadata.name, metadata.version)
        return self.make_plan(
            metadata,
            target,
            tree=Tree((), PURE_TAGS, pure=True, dist_info=dist_info, data_dir=""),
            names=NoNames(),
            options={name: option.default for name, option in self.options.items()},
        )
