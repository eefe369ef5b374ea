"""Manual pages as distributions have them: packed with gzip, without name and date."""

import gzip
import io
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

from pysetup.platforms.contents import Content
from pysetup.platforms.plan import MAN, PackageFile
from pysetup.platforms.staging import content_of, stored_content
from pysetup.values import replace

_PACKED = (".gz", ".bz2", ".xz", ".zst", ".Z", ".lzma")
_PAGE = re.compile(r"(?:^|/)man/(?:[^/]+/)?man[^/]+/[^/]+$")
_ENDING = ".gz"
_LARGEST = 1 << 24


def with_packed_pages(files: Iterable[PackageFile]) -> tuple[PackageFile, ...]:
    """Return ``files`` with the names that manual pages have when they are packed."""
    return tuple(map(_named_packed, files))


def is_packed_here(file: PackageFile) -> bool:
    """Tell whether ``file`` has the name of a packed page, and its source has not."""
    named = file.role == MAN and file.path.endswith(_ENDING)
    return named and not file.source.endswith(_ENDING)


def packed_content_of(file: PackageFile, root: Path) -> Content:
    """Return what ``file`` holds, packed as all pages are if it is one."""
    if is_packed_here(file):
        return Content.of(gzipped(content_of(file, root)))
    if file.role == MAN and file.source.endswith(_ENDING):
        page = _unpacked(content_of(file, root))
        if page is not None:
            return Content.of(gzipped(page))
    return stored_content(file, root)


def gzipped(content: bytes) -> bytes:
    """Return ``content`` as ``gzip -9n`` packs it: no name and no date inside."""
    # Not gzip.compress: its header tells on which system it ran.
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, target, mtime=0) as stream:
        stream.write(content)
    return target.getvalue()


def _unpacked(content: bytes) -> bytes | None:
    """Return the page in ``content``; None if it is too large, or not packed at all."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        page = unpacker.decompress(content, _LARGEST)
    except zlib.error:
        return None
    whole = unpacker.eof and not unpacker.unused_data
    return page if whole else None


def _named_packed(file: PackageFile) -> PackageFile:
    is_page = file.role == MAN and _PAGE.search(file.path)
    if not is_page or file.path.endswith(_PACKED):
        return file
    return replace(file, path=f"{file.path}{_ENDING}")
