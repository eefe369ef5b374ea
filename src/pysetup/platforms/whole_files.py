"""Files that appear whole or not at all: written beside their place, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def written_whole(place: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield a file whose content stands at ``place`` when the block ends well.

    Folders that lead there are made; ``mode`` does not depend on the umask.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{place.name[:80]}.", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.chmod(beside, mode)
        os.replace(beside, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
