"""bdist_pacman: packages for Arch Linux and its kin, and PKGBUILDs.

Packages need the very version of Python below whose folder their modules stand. Byte
code is made when they are installed, and goes with them. None of pacman's programs is
needed to write them.
"""

from pysetup.platforms.format import Format
from pysetup.platforms.pacman.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.pacman.repository import write_repository
from pysetup.platforms.pacman.source import write_pkgbuild
from pysetup.platforms.pacman.verify import verify_package
from pysetup.platforms.pacman.writing import write_packages

FORMAT = Format(
    name=NAME,
    summary="package for Arch Linux and its kin (.pkg.tar.zst)",
    families=("pacman",),
    default_target="arch",
    options=OPTIONS,
    make_plan=make_plan,
    write_packages=write_packages,
    write_sources=write_pkgbuild,
    is_planned_from_sdist=True,
    write_repository=write_repository,
    read_back=verify_package,
)
