"""The format object that ``pyproject.toml`` registers for ``bdist_deb``."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.binary import write_packages
from pysetup.platforms.deb.options import OPTIONS
from pysetup.platforms.deb.plan import NAME, make_plan
from pysetup.platforms.deb.repository import write_repository
from pysetup.platforms.deb.source import write_source
from pysetup.platforms.deb.verify import verify_deb
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
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON


class DebFormat:
    """Debian packages, for Debian, Ubuntu and those that derive from them."""

    name = NAME
    summary = "Debian package, for apt and dpkg"
    levels = (BINARY, SOURCE)
    families = ("deb",)
    default_target = "debian-12"
    installer = "debian"
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
        """Decide everything; raises as ``make_plan``."""
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
        """Write the package, and those of extras where the plan has some."""
        made = plan or default_plan(self, built_dir, metadata, target)
        return write_packages(made, built_dir, out or built_dir.parent, making=making)

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
        """Write the source package: .dsc, .orig.tar, .debian.tar.xz.

        The plan is that of what the sdist builds, so it has to be given.
        """
        del target
        assert plan is not None, "an sdist has no tree to plan from"
        return write_source(plan, sdist, metadata, out or sdist.parent, making=making)

    def write_repository(
        self, folder: Path, *, before: Path, making: Making
    ) -> list[Path]:
        """Make ``folder`` a repository that apt can use as it is."""
        return write_repository(folder, before=before, making=making)

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:  # noqa: ARG002
        """Read a package back; raises ``UnreadablePackageError``."""
        return verify_deb(path)


FORMAT = DebFormat()
