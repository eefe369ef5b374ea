"""The source package itself: the sdist as it is, debian/ in a tar archive, and a .dsc.

Format 3.0 (quilt) of dpkg-source(1), written without it.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pysetup.platforms.deb.archive import compressed_tar, file_header, folder_header
from pysetup.platforms.deb.control import paragraph
from pysetup.platforms.whole_files import written_whole
from pysetup.values import dataclass

_PIECE = 1 << 20
_EXECUTABLE, _PLAIN = 0o755, 0o644


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source package, with its size in bytes and its digests."""

    name: str
    size: int
    md5: str
    sha1: str
    sha256: str


def described(path: Path) -> SourceFile:
    """Return what a .dsc says of the file at ``path``."""
    digests = [
        hashlib.md5(usedforsecurity=False),
        hashlib.sha1(usedforsecurity=False),
        hashlib.sha256(),
    ]
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            for digest in digests:
                digest.update(piece)
    md5, sha1, sha256 = (digest.hexdigest() for digest in digests)
    return SourceFile(path.name, size, md5, sha1, sha256)


def write_debian_tar(path: Path, files: Mapping[str, bytes], *, date: int) -> None:
    """Write ``files``, by their paths below ``debian/``; rules is a program."""
    folders = {"debian"}
    for name in files:
        parts = name.split("/")[:-1]
        folders |= {
            "/".join(("debian", *parts[: end + 1])) for end in range(len(parts))
        }
    contents = {f"debian/{name}": content for name, content in files.items()}
    with written_whole(path) as target, compressed_tar(target, "xz") as archive:
        for name in sorted({*folders, *contents}):
            if name in folders:
                archive.addfile(folder_header(name, date))
                continue
            mode = _EXECUTABLE if name == "debian/rules" else _PLAIN
            header = file_header(name, len(contents[name]), mode, date)
            archive.addfile(header, io.BytesIO(contents[name]))


def write_dsc(path: Path, fields: Mapping[str, str], parts: Sequence[Path]) -> None:
    """Write the .dsc of a source package whose other files are ``parts``."""
    listed = [described(part) for part in parts]
    sums = {
        "Checksums-Sha1": [(f.sha1, f) for f in listed],
        "Checksums-Sha256": [(f.sha256, f) for f in listed],
        "Files": [(f.md5, f) for f in listed],
    }
    lists = {
        field: "".join(f"\n {digest} {f.size} {f.name}" for digest, f in rows)
        for field, rows in sums.items()
    }
    with written_whole(path) as target:
        target.write(paragraph({**fields, **lists}).encode())


def copy_whole(source: Path, place: Path) -> None:
    """Copy the file ``source`` to ``place``, which appears complete or not at all."""
    with source.open("rb") as given, written_whole(place) as target:
        _copy(given, target)


def _copy(given: IO[bytes], target: IO[bytes]) -> None:
    while piece := given.read(_PIECE):
        target.write(piece)
