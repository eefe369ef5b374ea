"""The bytes of conda packages: .tar.bz2, and the newer .conda, a zip of two tars."""

import shutil
import tempfile
import time as clock
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

from pysetup.platforms.contents import Content
from pysetup.platforms.tar_writer import BZIP2, ZSTD, TarMember, write_tar
from pysetup.standards.jsontext import JSON, to_json_text

CONDA, TAR_BZ2 = ".conda", ".tar.bz2"
METADATA = "metadata.json"
_IN_MEMORY = 64 << 20
# A zip file cannot tell a day before 1980 or after 2107 (APPNOTE 4.4.6).
_FIRST, _LAST = 315532800, 4354819198
_UNIX = 3

# Files are read twice: once for the list of them, once to be packed.
Members = Callable[[], Iterable[TarMember]]


def write_package(
    stream: IO[bytes],
    stem: str,
    *,
    ending: str,
    information: Mapping[str, bytes],
    members: Members,
    time: int,
) -> None:
    """Write a package to ``stream``, named ``stem`` with ``ending`` (CONDA, TAR_BZ2).

    ``information`` are the files below ``info/``, ``members`` those of the package.
    ``time`` is that of all, in seconds since 1970. Raises ``MissingZstandardError``.
    """
    inside = [
        TarMember(f"info/{name}", Content.of(information[name]))
        for name in sorted(information)
    ]
    if ending == TAR_BZ2:
        write_tar(stream, _both(inside, members), time=time, compression=BZIP2)
        return
    date = clock.gmtime(min(max(time, _FIRST), _LAST))[:6]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        version: JSON = {"conda_pkg_format_version": 2}
        archive.writestr(_entry(METADATA, date), to_json_text(version))
        # What solvers read comes last, where a reader of zip files looks first.
        for kind, listed in (("pkg", members()), ("info", inside)):
            entry = _entry(f"{kind}-{stem}.tar.zst", date)
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as packed:
                write_tar(packed, listed, time=time, compression=ZSTD)
                entry.file_size = packed.tell()
                packed.seek(0)
                with archive.open(entry, "w") as place:
                    shutil.copyfileobj(packed, place)


def paths_json(
    members: Iterable[TarMember], *, placeholders: Mapping[str, str]
) -> dict[str, JSON]:
    """Return ``paths.json``: each file with its size, digest and how it is linked.

    ``placeholders`` are the prefixes that stand in files of text, by path.
    """
    listed: list[JSON] = []
    for member in members:
        row: dict[str, JSON] = {
            "_path": member.path,
            "path_type": "hardlink",
            "sha256": member.content.digests("sha256")[0],
            "size_in_bytes": member.content.size,
        }
        if member.path in placeholders:
            row |= {
                "file_mode": "text",
                "prefix_placeholder": placeholders[member.path],
            }
        listed.append(row)
    return {"paths": listed, "paths_version": 1}


def _both(inside: Iterable[TarMember], members: Members) -> Iterator[TarMember]:
    # Solvers read the beginning of a .tar.bz2 alone.
    yield from inside
    yield from members()


def _entry(name: str, date: tuple[int, ...]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date)  # type: ignore[arg-type] # it has six parts
    entry.create_system = _UNIX
    entry.external_attr = 0o100644 << 16
    return entry
