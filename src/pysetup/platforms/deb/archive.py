"""A .deb as bytes: the same for the same content, without any tool of Debian's.

deb(5) names three members of an ar archive: the version of the format, the control
files, and the files of the package, the last two as compressed tar archives.
"""

import gzip
import io
import lzma
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pysetup.errors import BuildError
from pysetup.platforms.contents import Content
from pysetup.platforms.deb.ar import MAGIC, MOST_BYTES, member_header, padding
from pysetup.platforms.whole_files import written_whole
from pysetup.values import dataclass

FORMAT_VERSION = b"2.0\n"
# 2000-01-01: archives of Debian take no file that is older than 1984.
DEFAULT_EPOCH = 946684800
_KIB = 1024
COMPRESSIONS = ("xz", "gz")
_XZ_PRESET, _GZ_LEVEL = 6, 9


class DebTooLargeError(BuildError):
    """A Debian package would be larger than its format can hold.

    A member of a .deb has less than ten gigabytes. Split the project, or leave out
    what is large.
    """

    code = "PS6541"

    def __init__(self, filename: str, size: int) -> None:
        super().__init__(
            f"{filename} would hold {size} bytes, and a .deb cannot hold that many",
            facts={"file": filename, "bytes": size},
            hints=("leave large files out of the project, or load them later",),
        )


@dataclass(frozen=True, slots=True)
class DebFile:
    """A file to pack: its path below the root, its mode, and what gives its bytes."""

    path: str
    mode: int
    read: Callable[[], Content]


@dataclass(frozen=True, slots=True)
class PackedData:
    """What packing found out: digests by path, and the size installed in KiB."""

    md5sums: Mapping[str, str]
    installed_size: int


def write_deb(
    path: Path,
    *,
    files: Iterable[DebFile],
    control: Callable[[PackedData], Mapping[str, tuple[int, bytes]]],
    date: int,
    compression: str = COMPRESSIONS[0],
) -> None:
    """Write the package ``path``; it appears complete or not at all.

    ``control`` gives mode and content of the control files by their names, once the
    files are packed. ``date`` is in seconds since 1970 and that of all members. Raises
    ``DebTooLargeError``.
    """
    with written_whole(path) as made, tempfile.TemporaryFile() as data:
        packed = pack_data(data, files, date=date, compression=compression)
        inner = io.BytesIO()
        contents = control(packed)
        pack_control(inner, contents, date=date, compression=compression)
        made.write(MAGIC)
        version = io.BytesIO(FORMAT_VERSION)
        _add(made, "debian-binary", version, date=date, filename=path.name)
        for name, member in (("control", inner), ("data", data)):
            full = f"{name}.tar.{compression}"
            _add(made, full, member, date=date, filename=path.name)


def pack_data(
    target: IO[bytes], files: Iterable[DebFile], *, date: int, compression: str
) -> PackedData:
    """Write ``data.tar`` into ``target``: folders before what is in them, by name."""
    by_path = {file.path: file for file in files}
    folders = {parent for path in by_path for parent in _parents(path)}
    digests: dict[str, str] = {}
    # dpkg counts whole KiB for a file and one for anything else.
    size = 0
    with compressed_tar(target, compression) as archive:
        archive.addfile(folder_header(".", date))
        for path in sorted({*by_path, *folders}):
            if path in folders:
                archive.addfile(folder_header(f"./{path}", date))
                size += 1
                continue
            content = by_path[path].read()
            (digests[path],) = content.digests("md5")
            size += -(-content.size // _KIB)
            member = file_header(f"./{path}", content.size, by_path[path].mode, date)
            archive.addfile(member, content.opened())
    return PackedData(digests, size)


def pack_control(
    target: IO[bytes],
    files: Mapping[str, tuple[int, bytes]],
    *,
    date: int,
    compression: str,
) -> None:
    """Write ``control.tar`` into ``target``; ``files`` are mode and content by name."""
    with compressed_tar(target, compression) as archive:
        archive.addfile(folder_header(".", date))
        for name, (mode, content) in sorted(files.items()):
            member = file_header(f"./{name}", len(content), mode, date)
            archive.addfile(member, io.BytesIO(content))


@contextmanager
def compressed_tar(target: IO[bytes], compression: str) -> Iterator[tarfile.TarFile]:
    """Open a tar archive to be written into ``target``, without a date of its own."""
    with _compressor(target, compression) as stream, _opened(stream) as archive:
        yield archive


def _compressor(target: IO[bytes], compression: str) -> lzma.LZMAFile | gzip.GzipFile:
    if compression == "xz":
        return lzma.LZMAFile(target, "wb", preset=_XZ_PRESET)
    return gzip.GzipFile("", "wb", _GZ_LEVEL, target, mtime=0)


def _opened(stream: lzma.LZMAFile | gzip.GzipFile) -> tarfile.TarFile:
    # dpkg reads ustar and the long names of GNU, not pax (deb(5)).
    return tarfile.open(
        fileobj=stream,
        mode="w",
        format=tarfile.GNU_FORMAT,
        encoding="utf-8",
        errors="strict",
    )


def _add(
    made: IO[bytes], name: str, member: IO[bytes], *, date: int, filename: str
) -> None:
    size = member.seek(0, io.SEEK_END)
    if size > MOST_BYTES:
        raise DebTooLargeError(filename, size)
    member.seek(0)
    made.write(member_header(name, size, date=date))
    shutil.copyfileobj(member, made, 1 << 20)
    made.write(padding(size))


def file_header(name: str, size: int, mode: int, date: int) -> tarfile.TarInfo:
    """Return the header of a file of ``size`` bytes that belongs to root."""
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, mode, date
    header.uname = header.gname = "root"
    return header


def folder_header(name: str, date: int) -> tarfile.TarInfo:
    """Return the header of a folder that belongs to root."""
    header = file_header(name, 0, 0o755, date)
    header.type = tarfile.DIRTYPE
    return header


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
