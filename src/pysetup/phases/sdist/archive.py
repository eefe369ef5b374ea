"""The sdist file itself: the same bytes for the same content, whoever packs it."""

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pysetup.standards.executables import is_executable_content

# 1980-01-01, the first day that a zip file can tell; no clock is ever read.
DEFAULT_EPOCH = 315532800
_COMPRESSION = 9


def write_archive(
    path: Path, *, top: str, files: Iterable[tuple[str, bytes]], epoch: int | None
) -> None:
    """Write ``files`` (relative path, content) below the folder ``top``.

    A pax archive in gzip (PEP 625): members in the order given, dated ``epoch``
    (seconds since 1970; a constant when None), owned by nobody, mode 0755 for
    programs by content and 0644 for the rest, so that neither umask nor checkout
    can change a byte. ``path`` appears complete or not at all.
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
            for name, content in files:
                tar.addfile(
                    _header(f"{top}/{name}", content, date=date), io.BytesIO(content)
                )
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _header(name: str, content: bytes, *, date: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = len(content)
    header.mtime = date
    header.mode = 0o755 if is_executable_content(content) else 0o644
    return header
