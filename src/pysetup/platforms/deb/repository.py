"""A folder of packages as a repository of apt: ``deb [trusted=yes] file:/FOLDER ./``.

The flat layout of sources.list(5): Packages, Packages.gz and Release beside them.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pysetup.platforms.deb.binary import date_of, day_and_time
from pysetup.platforms.deb.control import paragraph
from pysetup.platforms.deb.dsc import described
from pysetup.platforms.deb.reader import read_deb
from pysetup.platforms.interface import Making
from pysetup.platforms.packed_pages import gzipped
from pysetup.platforms.whole_files import written_whole

_ENDING, _LABEL = ".deb", "pysetup"
PACKAGES, PACKED, RELEASE = "Packages", "Packages.gz", "Release"


def write_repository(
    folder: Path, *, before: Path | None, making: Making | None
) -> list[Path]:
    """Write the index of the packages in ``folder``; return its files.

    Those of the folder ``before`` are listed too, but for files of the same names.
    Raises ``UnreadablePackageError`` for a package that is none.
    """
    found = {path.name: path for path in _packages(before)}
    found |= {path.name: path for path in _packages(folder)}
    text = "\n".join(_entry(found[name]) for name in sorted(found)).encode()
    contents = {PACKAGES: text, PACKED: gzipped(text)}
    contents[RELEASE] = _release(contents, date_of(making))
    for name, content in contents.items():
        with written_whole(folder / name) as target:
            target.write(content)
    return [folder / name for name in contents]


def _packages(folder: Path | None) -> Iterable[Path]:
    if folder is None or not folder.is_dir():
        return ()
    return (path for path in folder.iterdir() if path.name.endswith(_ENDING))


def _entry(path: Path) -> str:
    """Return the paragraph of a package: its own fields, and where and what it is."""
    fields = dict(read_deb(path).fields)
    description = fields.pop("Description", "")
    facts = described(path)
    return paragraph(
        {
            **fields,
            "Filename": f"./{path.name}",
            "Size": str(facts.size),
            "MD5sum": facts.md5,
            "SHA1": facts.sha1,
            "SHA256": facts.sha256,
            "Description": _folded(description),
        }
    )


def _folded(text: str) -> str:
    """Return a value that has been read, folded as it was."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(f" {line}" if line.strip() else " ." for line in rest)])


def _release(contents: dict[str, bytes], date: int) -> bytes:
    sums = "".join(
        f"\n {hashlib.sha256(content).hexdigest()} {len(content)} {name}"
        for name, content in sorted(contents.items())
    )
    stamp = day_and_time(date).replace("+0000", "UTC")
    labels = {"Origin": _LABEL, "Label": _LABEL, "Suite": "./"}
    return paragraph({**labels, "Date": stamp, "SHA256": sums}).encode()
