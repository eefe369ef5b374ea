"""Manual pages as distributions have them: packed with gzip, without name and date."""

import gzip
import io
import re
from collections.abc import Iterable
from pathlib import Path

from pysetup.platforms.plan import MAN, PackageFile
from pysetup.platforms.staging import content_of

_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|Z|lzma)")
_PAGE = re.compile(r".*/man/(?:[^/]+/)?man[^/]+/[^/]+")
_ENDING = ".gz"


def with_packed_pages(files: Iterable[PackageFile]) -> tuple[PackageFile, ...]:
    """Return ``files`` with the names that manual pages have when they are packed."""
    return tuple(_named_packed(file) if _is_page(file) else file for file in files)


def packed_content_of(file: PackageFile, root: Path) -> bytes:
    """Return the bytes of ``file``, packed if it is a page that was not."""
    content = content_of(file, root)
    if file.role != MAN or file.source.endswith(Path(file.path).suffix):
        return content
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, packed, mtime=0) as stream:
        stream.write(content)
    return packed.getvalue()


def _is_page(file: PackageFile) -> bool:
    packed = _PACKED.fullmatch(Path(file.path).suffix)
    return file.role == MAN and not packed and _PAGE.fullmatch(file.path) is not None


def _named_packed(file: PackageFile) -> PackageFile:
    return PackageFile(f"{file.path}{_ENDING}", file.role, file.mode, file.source)
