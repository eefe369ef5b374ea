"""bdist_pacman: packages for Arch Linux and its kin, and PKGBUILDs."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    BINARY,
    SOURCE,
    FormatOption,
    Making,
    Names,
    ToolNeed,
    Tools,
    default_plan,
)
from pysetup.platforms.pacman.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.pacman.repository import write_repository
from pysetup.platforms.pacman.source import write_pkgbuild
from pysetup.platforms.pacman.verify import verify_package
from pysetup.platforms.pacman.writing import write_packages
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.recipes.source import recipe_plan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON


class PacmanFormat:
    """Packages that pacman installs, written without any of its programs.

    They need the very version of Python below whose folder their modules stand. Byte
    code is made when they are installed, and goes with them.
    """

    name = NAME
    summary = "package for Arch Linux and its kin (.pkg.tar.zst)"
    levels = (BINARY, SOURCE)
    families = ("pacman",)
    default_target = "arch"
    options: Mapping[str, FormatOption] = OPTIONS
    tools: tuple[ToolNeed, ...] = ()

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
        return make_plan(document, target, tree=tree, names=names, options=options)

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
        """Write the package and those of its extras; see ``PlatformFormat``."""
        decided = plan or default_plan(self, built_dir, metadata, target)
        place = out or built_dir.parent
        return write_packages(decided, built_dir, place, time=time_of(making))

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
        """Write a PKGBUILD, its .SRCINFO, and the sdist beside them."""
        del making
        decided = plan or recipe_plan(self, metadata, target)
        return write_pkgbuild(decided, sdist, metadata, out or sdist.parent)

    def write_repository(
        self, folder: Path, *, before: Path, making: Making
    ) -> list[Path]:
        """Write the database of the folder; see ``RepositoryFormat``."""
        del making
        return write_repository(folder, before=before)

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read the package back; raises ``UnreadablePackageError``."""
        del tools
        return verify_package(path)


FORMAT = PacmanFormat()
