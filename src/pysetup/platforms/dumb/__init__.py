"""bdist_dumb: an archive of the files at the places where they are installed."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.metadata.document import Metadata
from pysetup.platforms.dumb.archive import write_archive
from pysetup.platforms.dumb.plan import NAME, OPTIONS, archive_name, make_plan
from pysetup.platforms.dumb.verify import verify_archive
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
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.standards.jsontext import JSON


class DumbFormat:
    """An archive that is unpacked at a prefix, or at the root of a system.

    It needs no program and no format of packages, and knows no dependencies: what it
    needs is told when it is made. Its scripts find their modules wherever it is
    unpacked, unless the target is a system with places of its own.
    """

    name = NAME
    summary = "archive of the files at their places (tar.gz, tar.xz, zip)"
    levels = (BINARY,)
    families = ("any", "deb", "rpm", "pacman", "conda", "macos", "windows")
    default_target = "portable"
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
        del names  # it has no dependencies, so it needs no names
        return make_plan(document, target, tree=tree, options=options)

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
        """Write the archive and return its path; see ``PlatformFormat``."""
        decided = plan or default_plan(self, built_dir, metadata, target)
        place = (out or built_dir.parent) / archive_name(decided, metadata)
        write_archive(decided, built_dir, place, time=time_of(making))
        return [place]

    def source_dist(self, *arguments: object, **named: object) -> list[Path]:
        """Return nothing: there is no source level of this format."""
        del arguments, named
        return []

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read the archive back; raises ``UnreadablePackageError``."""
        del tools
        return verify_archive(path)


FORMAT = DumbFormat()
