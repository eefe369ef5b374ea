"""bdist_rpm: RPM packages, planned, written and read without any program of rpm's."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.interface import (
    BINARY,
    FormatOption,
    Making,
    Names,
    ToolNeed,
    Tools,
    default_plan,
)
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.rpm.binary import write_packages
from pysetup.platforms.rpm.options import OPTIONS
from pysetup.platforms.rpm.plan import NAME, make_plan
from pysetup.platforms.rpm.verify import verify_package
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON


class RpmFormat:
    """Packages for Fedora, CentOS, openSUSE and what is made of them."""

    name = NAME
    summary = "RPM packages for Fedora, CentOS, openSUSE (.rpm)"
    levels = (BINARY,)
    families = ("rpm",)
    default_target = "fedora-43"
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
        """Write the package and those of the extras; see ``PlatformFormat``."""
        decided = plan or default_plan(self, built_dir, metadata, target)
        return write_packages(
            decided, built_dir, out or built_dir.parent, making=making
        )

    def source_dist(self, *arguments: object, **named: object) -> list[Path]:
        """Return nothing: there is no source level of this format yet."""
        del arguments, named
        return []

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back; raises ``DamagedRpmError``."""
        del tools
        return verify_package(path)


FORMAT = RpmFormat()
