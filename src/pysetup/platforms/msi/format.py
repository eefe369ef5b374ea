"""``bdist_msi``: packages of Windows Installer."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.metadata.document import Metadata
from pysetup.platforms.format import Format
from pysetup.platforms.interface import FormatOption, Making, Names
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

NAME = "msi"


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


def make_plan(
    document: Metadata,
    target: PlatformTarget,
    *,
    tree: Tree,
    names: Names,
    options: Mapping[str, JSON],
) -> PackagePlan:
    """Return the plan of a package of Windows Installer."""
    del names  # Windows has no packages to be named
    made = windows_plan(NAME, document, target, tree=tree, options=options)
    return numbered(made, product_version(made.project_version))


def write_package(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the package of the tree ``root`` into ``out``; return it.

    Raises ``MissingLauncherError`` and ``MsiTooLargeError``.
    """
    epoch = time_of(making)
    contents = {
        file.path: built_content(
            file, root, architecture=plan.architecture, epoch=epoch
        )
        for file in plan.files
    }
    try:
        content = msi_bytes(plan, contents, epoch=epoch)
    except (CabinetError, CompoundFileError) as error:
        raise MsiTooLargeError(plan.project, str(error)) from None
    place = out / f"{plan.name}.msi"
    with written_whole(place) as stream:
        stream.write(content)
    return [place]


FORMAT = Format(
    name=NAME,
    summary="a package of Windows Installer (.msi)",
    families=("windows",),
    default_target="windows",
    options={
        **OPTIONS,
        "release": FormatOption(
            "counts the packages of one version: another one takes its place", "1"
        ),
    },
    make_plan=make_plan,
    write_packages=write_package,
    read_back=read_msi,
)
