"""bdist_rpm: RPM packages, planned, written and read without any program of rpm's."""

from pysetup.platforms.format import Format
from pysetup.platforms.rpm.binary import write_packages
from pysetup.platforms.rpm.options import FEDORA, OPTIONS
from pysetup.platforms.rpm.plan import NAME, make_plan
from pysetup.platforms.rpm.repository import write_repository
from pysetup.platforms.rpm.rpmbuild import RPMBUILD, write_and_build
from pysetup.platforms.rpm.verify import verify_package

FORMAT = Format(
    name=NAME,
    summary="RPM packages for Fedora, CentOS, openSUSE (.rpm)",
    families=("rpm",),
    default_target="fedora-43",
    options=OPTIONS,
    recipe_options={"flavour": FEDORA},
    tools=(RPMBUILD,),
    make_plan=make_plan,
    write_packages=write_packages,
    write_sources=write_and_build,
    write_repository=write_repository,
    read_back=verify_package,
)
