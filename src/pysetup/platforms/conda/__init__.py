"""bdist_conda: packages for conda, mamba and pixi, and recipes for rattler-build."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.conda.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.conda.repository import write_repodata
from pysetup.platforms.conda.source import write_recipe
from pysetup.platforms.conda.verify import verify_package
from pysetup.platforms.conda.writing import write_packages
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
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.recipes.source import recipe_plan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON


class CondaFormat:
    """Packages of conda, written without any of its programs.

    Those without machine code are ``noarch``: one for all systems, and all Pythons for
    which the markers of the requirements say the same. Others are for the Python and
    the machine of the target.
    """

    name = NAME
    summary = "package for conda, mamba and pixi (.conda, .tar.bz2)"
    levels = (BINARY, SOURCE)
    families = ("conda",)
    default_target = "conda"
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
        return write_packages(
            decided,
            built_dir,
            out or built_dir.parent,
            time=time_of(making),
            epoch=making.epoch if making is not None else None,
        )

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
        """Write a ``recipe.yaml``, and the sdist beside it."""
        del making
        decided = plan or recipe_plan(self, metadata, target)
        return write_recipe(decided, sdist, metadata, out or sdist.parent)

    def write_repository(
        self, folder: Path, *, before: Path, making: Making
    ) -> list[Path]:
        """Make the folder a channel; see ``RepositoryFormat``."""
        del making
        return write_repodata(folder, before=before)

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read the package back; raises ``UnreadablePackageError``."""
        del tools
        return verify_package(path)


FORMAT = CondaFormat()
