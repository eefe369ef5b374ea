"""The sdist file itself: the same bytes for the same content, whoever packs it."""

import gzip
import io
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path
from tarfile import DIRTYPE, SYMTYPE

from pysetup.late import tempfile
from pysetup.standards.executables import is_executable_content
from pysetup.values import dataclass

# 1980-01-01, the first day that a zip file can tell; no clock is ever read.
DEFAULT_EPOCH = 315532800
_COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class PackedMember:
    """One member as it will stand in the archive; ``path`` is below its top folder.

    A link has a ``target``; a folder ends in ``/``; all others are files.
    """

    path: str
    content: bytes = b""
    executable: bool = False
    target: str = ""

    def header(self, top: str, *, date: int) -> tarfile.TarInfo:
        """Return what the archive says of it: no owner, no mode but the user's x."""
        header = tarfile.TarInfo(f"{top}/{self.path}".rstrip("/"))
        header.size, header.mtime = len(self.content), date
        header.mode = 0o755 if self.executable else 0o644
        if self.target:
            header.type, header.linkname, header.mode = SYMTYPE, self.target, 0o777
        elif self.path.endswith("/"):
            header.type, header.mode = DIRTYPE, 0o755
        return header


def packed_file(path: str, content: bytes) -> PackedMember:
    """Return the member for a file of a source tree: a program by content (ADR 7)."""
    return PackedMember(path, content, is_executable_content(content))


def write_archive(
    path: Path, *, top: str, members: Iterable[PackedMember], epoch: int | None
) -> None:
    """Write ``members`` below the folder ``top``.

    A pax archive in gzip (PEP 625): members in the order given, dated ``epoch``
    (seconds since 1970; a constant when None), owned by nobody, mode 0755 for
    programs and 0644 for the rest, so that neither umask nor checkout can change a
    byte. ``path`` appears complete or not at all.
    """
    date = DEFAULT_EPOCH if epoch is None else max(0, epoch)
    descriptor, temporary = tempfile.mkstemp(prefix=".sdist-", dir=path.parent)
    try:
        with (
            open(descriptor, "wb") as raw,
            # No name and no date in gzip's own header.
            gzip.GzipFile("", "wb", _COMPRESSION, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for member in members:
                tar.addfile(member.header(top, date=date), io.BytesIO(member.content))
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
