"""``bdist_msi``: packages of Windows Installer."""

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
from pysetup.platforms.msi.cabinet import CabinetError
from pysetup.platforms.msi.compound import CompoundFileError
from pysetup.platforms.msi.package import msi_bytes
from pysetup.platforms.msi.verify import read_msi
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.times import time_of
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.windows import product_version
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.windows.launchers import built_content
from pysetup.platforms.windows.plan import OPTIONS, numbered, windows_plan
from pysetup.standards.jsontext import JSON


class MsiTooLargeError(BuildError):
    """A package does not fit into a database of Windows Installer.

    Its cabinet holds at most 65,535 files and 2 GiB. Leave data out of the project, or
    split it.
    """

    code = "PS6581"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} cannot be an MSI package: {reason}",
            facts={"project": name},
            hints=("leave large data out of the project, or split it",),
        )


class MsiFormat:
    """The format ``msi``."""

    name = "msi"
    summary = "a package of Windows Installer (.msi)"
    levels = (BINARY,)
    families = ("windows",)
    default_target = "windows"
    options: Mapping[str, FormatOption] = {
        **OPTIONS,
        "release": FormatOption(
            "counts the packages of one version: another one takes its place", "1"
        ),
    }
    tools: tuple[ToolNeed, ...] = ()

    def plan(
        self,
        document: Metadata,
        target: PlatformTarget,
        *,
        tree: Tree,
        names: Names,  # noqa: ARG002 - Windows has no packages to be named
        options: Mapping[str, JSON],
    ) -> PackagePlan:
        """Decide everything; pure."""
        made = windows_plan(self.name, document, target, tree=tree, options=options)
        return numbered(made, product_version(made.project_version))

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

        Raises ``MissingLauncherError`` and ``MsiTooLargeError``.
        """
        plan = plan or default_plan(self, built_dir, metadata, target)
        epoch = time_of(making)
        contents = {
            file.path: built_content(
                file, built_dir, architecture=plan.architecture, epoch=epoch
            )
            for file in plan.files
        }
        try:
            content = msi_bytes(plan, contents, epoch=epoch)
        except (CabinetError, CompoundFileError) as error:
            raise MsiTooLargeError(plan.project, str(error)) from None
        place = (out or built_dir.parent) / f"{plan.name}.msi"
        with written_whole(place) as stream:
            stream.write(content)
        return [place]

    def source_dist(self, *arguments: object, **named: object) -> list[Path]:
        """Return nothing: there is no source level of this format."""
        del arguments, named
        return []

    def verify(self, path: Path, *, tools: Tools | None = None) -> Mapping[str, JSON]:
        """Read a package back. Raises ``UnreadableMsiError``."""
        del tools  # it needs none
        return read_msi(path)


FORMAT = MsiFormat()
