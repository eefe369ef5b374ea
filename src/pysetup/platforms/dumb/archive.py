"""The bytes of a dumb archive: a tar or zip file of what the plan lists."""

from collections.abc import Iterator
from pathlib import Path

from pysetup.platforms.dumb.plan import XZTAR, ZIP, archive_name
from pysetup.platforms.interface import Making
from pysetup.platforms.plan import PackagePlan
from pysetup.platforms.staging import stored_content
from pysetup.platforms.tar_writer import GZIP, XZ, TarMember, write_tar
from pysetup.platforms.times import time_of
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.zip_writer import write_zip


def write_archive(
    plan: PackagePlan, root: Path, out: Path, *, making: Making | None
) -> list[Path]:
    """Write the archive of ``plan``, whose sources stand below ``root``; return it."""
    place, time = out / archive_name(plan), time_of(making)
    kind = plan.options["format"]
    with written_whole(place) as stream:
        if kind == ZIP:
            contents = (
                (file.path, file.mode, stored_content(file, root))
                for file in plan.files
            )
            write_zip(stream, contents, time=time)
        else:
            compression = XZ if kind == XZTAR else GZIP
            write_tar(stream, _members(plan, root), time=time, compression=compression)
    return [place]


def _members(plan: PackagePlan, root: Path) -> Iterator[TarMember]:
    for file in plan.files:
        yield TarMember(file.path, stored_content(file, root), file.mode)
