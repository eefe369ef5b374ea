"""``bdist_pkg``: flat packages for Installer of macOS."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import BuildError
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
from pysetup.platforms.pkg.bom import BomError
from pysetup.platforms.pkg.cpio import CpioError
from pysetup.platforms.pkg.package import pkg_bytes
from pysetup.platforms.pkg.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.pkg.verify import read_pkg
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.staging import content_of
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON


class PkgTooLargeError(BuildError):
    """A file does not fit into a package for macOS, which holds up to 4 GiB of each.

    Leave the file out of the project, or fetch it when the program first needs it.
    """

    code = "PS6583"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} cannot be a package for macOS: {reason}",
            facts={"project": name},
            hints=("leave the file out of the project, or split it",),
        )


class PkgFormat:
    """The format ``pkg``."""

    name = NAME
    summary = "a flat package for Installer of macOS (.pkg)"
    levels = (BINARY,)
    families = ("macos",)
    default_target = "macos"
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
        """Decide everything; pure."""
        del names  # macOS has no packages to be named
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
        """Write the package of the tree ``built_dir`` into ``out``; return it.

        Raises ``PkgTooLargeError``.
        """
        plan = plan or default_plan(self, built_dir, metadata, target)
        contents = {file.path: content_of(file, built_dir) for file in plan.files}
        try:
            content = pkg_bytes(plan, contents, epoch=time_of(making))
        except (BomError, CpioError) as error:
            raise PkgTooLargeError(plan.project, str(error)) from None
        place = (out or built_dir.parent) / f"{plan.name}.pkg"
        with written_whole(place) as stream:
            stream.write(content)
        return [place]

    def source_dist(self, *arguments: object, **named: object) -> list[Path]:
        """Return nothing: there is no source level of this format."""
        del arguments, named
        return []

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back. Raises ``UnreadablePkgError``."""
        del tools  # it needs none
        return read_pkg(path)


FORMAT = PkgFormat()
