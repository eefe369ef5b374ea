"""Zip archives written so that the same members give the same bytes."""

import time as clock
import zipfile
from collections.abc import Iterable
from typing import IO

from pysetup.platforms.contents import Content

# A zip file cannot tell a day before 1980 or after 2107 (APPNOTE 4.4.6).
_FIRST, _LAST = 315532800, 4354819198
_UNIX = 3
_REGULAR = 0o100000


def write_zip(
    stream: IO[bytes],
    members: Iterable[tuple[str, int, Content]],
    *,
    time: int,
    compressed: bool = True,
) -> None:
    """Write members (path, mode, content) in their order; ``time`` as for tar."""
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    date = clock.gmtime(min(max(time, _FIRST), _LAST))[:6]
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for path, mode, content in members:
            entry = zipfile.ZipInfo(path, date)
            entry.compress_type, entry.create_system = kind, _UNIX
            entry.external_attr = (_REGULAR | mode) << 16
            entry.file_size = content.size
            with archive.open(entry, "w") as place:
                for piece in content.pieces():
                    place.write(piece)
