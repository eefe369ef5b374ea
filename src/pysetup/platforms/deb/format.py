"""bdist_deb: Debian packages, for Debian, Ubuntu and those that derive from them."""

from pysetup.platforms.deb.binary import write_packages
from pysetup.platforms.deb.options import OPTIONS
from pysetup.platforms.deb.plan import NAME, make_plan
from pysetup.platforms.deb.repository import write_repository
from pysetup.platforms.deb.source import write_source
from pysetup.platforms.deb.verify import verify_deb
from pysetup.platforms.format import Format

FORMAT = Format(
    name=NAME,
    summary="Debian package, for apt and dpkg",
    families=("deb",),
    default_target="debian-12",
    options=OPTIONS,
    make_plan=make_plan,
    write_packages=write_packages,
    write_sources=write_source,
    write_repository=write_repository,
    read_back=verify_deb,
)
