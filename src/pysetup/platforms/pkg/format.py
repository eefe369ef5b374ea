"""``bdist_pkg``: flat packages for Installer of macOS."""

from pathlib import Path

from pysetup.errors import BuildError
from pysetup.platforms.format import Format
from pysetup.platforms.interface import Making
from pysetup.platforms.pkg.bom import BomError
from pysetup.platforms.pkg.cpio import CpioError
from pysetup.platforms.pkg.package import pkg_bytes
from pysetup.platforms.pkg.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.pkg.verify import read_pkg
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.staging import content_of
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole


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


def write_package(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the package of the tree ``root`` into ``out``; return it.

    Raises ``PkgTooLargeError``.
    """
    contents = {file.path: content_of(file, root) for file in plan.files}
    try:
        content = pkg_bytes(plan, contents, epoch=time_of(making))
    except (BomError, CpioError) as error:
        raise PkgTooLargeError(plan.project, str(error)) from None
    place = out / f"{plan.name}.pkg"
    with written_whole(place) as stream:
        stream.write(content)
    return [place]


FORMAT = Format(
    name=NAME,
    summary="a flat package for Installer of macOS (.pkg)",
    families=("macos",),
    default_target="macos",
    options=OPTIONS,
    make_plan=make_plan,
    write_packages=write_package,
    read_back=read_pkg,
)
