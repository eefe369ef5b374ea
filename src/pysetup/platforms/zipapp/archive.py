"""The bytes of a zip application: a first line, then a zip archive."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pysetup.platforms.plan import PackageFile, PackagePlan
from pysetup.platforms.staging import content_of
from pysetup.platforms.whole_files import written_whole
from pysetup.platforms.zip_writer import write_zip

_EXECUTABLE = 0o755
# Files, and the folder in which their sources stand.
Part = tuple[Sequence[PackageFile], Path]


def write_application(
    plan: PackagePlan, parts: Sequence[Part], place: Path, *, time: int
) -> None:
    """Write the application of ``parts`` to ``place``, executable.

    Of a path that comes twice the first one counts. ``time`` is that of all members,
    in seconds since 1970.
    """
    interpreter = str(plan.options["interpreter"])
    with written_whole(place, mode=_EXECUTABLE) as stream:
        if interpreter:
            stream.write(f"#!{interpreter}\n".encode())
        write_zip(
            stream,
            _members(parts),
            time=time,
            compressed=plan.options["compressed"] is True,
        )


def _members(parts: Sequence[Part]) -> Iterator[tuple[str, int, bytes]]:
    seen: set[str] = set()
    for files, root in parts:
        for file in files:
            if file.path not in seen:
                seen.add(file.path)
                yield file.path, file.mode, content_of(file, root)
