"""The index of a folder of Debian packages: ``Packages`` and ``Release``, for apt.

Packages and index stand side by side in one folder (a flat repository):
``deb [trusted=yes] file:/FOLDER ./`` in a list of sources uses it as it is.
"""

import gzip
import hashlib
import time as clock
from collections.abc import Iterator
from pathlib import Path

from pysetup.platforms.deb.control import paragraph
from pysetup.platforms.deb.reader import read_deb
from pysetup.platforms.whole_files import written_whole

_PACKAGES, _RELEASE = "Packages", "Release"
_LABEL = "pysetup"
_DATE = "%a, %d %b %Y %H:%M:%S UTC"


def write_repository(folder: Path, *, before: Path, time: int) -> list[Path]:
    """Write the index of the packages in ``folder``; return what was written.

    Those of the folder ``before``, which may not be there, are listed as well, unless
    ``folder`` has a file of the same name. ``time`` is the date of the release, in
    seconds since 1970. Raises
    ``UnreadablePackageError``.
    """
    paths = {path.name: path for of in (before, folder) for path in of.glob("*.deb")}
    plain = "\n".join(_stanza(paths[name]) for name in sorted(paths)).encode()
    contents = {
        _PACKAGES: plain,
        f"{_PACKAGES}.gz": gzip.compress(plain, mtime=0),
    }
    contents[_RELEASE] = _release(contents, time).encode()
    written = []
    for name, content in contents.items():
        with written_whole(folder / name) as stream:
            stream.write(content)
        written.append(folder / name)
    return written


def _stanza(path: Path) -> str:
    """Return the fields of a package, and where and what its file is."""
    content = path.read_bytes()
    return paragraph(
        {
            **read_deb(path).fields,
            "Filename": f"./{path.name}",
            "Size": str(len(content)),
            "SHA256": hashlib.sha256(content).hexdigest(),
        }
    )


def _release(contents: dict[str, bytes], time: int) -> str:
    # A time that no calendar has is one of the first day.
    date = clock.strftime(_DATE, clock.gmtime(time))
    return paragraph(
        {
            "Origin": _LABEL,
            "Label": _LABEL,
            "Suite": "./",
            "Date": date,
            "SHA256": "\n".join(_sums(contents)),
        }
    )


def _sums(contents: dict[str, bytes]) -> Iterator[str]:
    yield ""
    for name, content in contents.items():
        yield f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}"
