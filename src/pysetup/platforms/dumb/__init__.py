"""bdist_dumb: an archive of the files at the places where they are installed.

It is unpacked at a prefix, or at the root of a system. It needs no program and no
format of packages, and knows no dependencies: what it needs is told when it is made.
Its scripts find their modules wherever it is unpacked, unless the target is a system
with places of its own.
"""

from pysetup.platforms.dumb.archive import write_archive
from pysetup.platforms.dumb.plan import NAME, OPTIONS, make_plan
from pysetup.platforms.dumb.verify import verify_archive
from pysetup.platforms.format import Format

FORMAT = Format(
    name=NAME,
    summary="archive of the files at their places (tar.gz, tar.xz, zip)",
    families=("any", "deb", "rpm", "pacman", "conda", "macos", "windows"),
    default_target="portable",
    options=OPTIONS,
    make_plan=make_plan,
    write_packages=write_archive,
    read_back=verify_archive,
)
