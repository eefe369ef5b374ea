"""An sdist or wheel as it may be published: its names agree, every byte is proved."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.dist_info import METADATA, METADATA_JSON, read_document
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.interchange.wheel_file import open_wheel
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.standards.filenames import InvalidFilenameError, parse_sdist_filename
from pysetup.values import dataclass

_PKG_INFO = "PKG-INFO"
_SOURCE = "source"


class ArchiveMismatchError(UsageError):
    """An archive cannot be published, because what is said about it differs.

    Name and version in the file name, in the metadata inside the file and, on the
    index, in the upload form must be the same; an sdist must hold a PKG-INFO.
    """

    code = "PS2507"

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(
            f"{filename}: {reason}",
            facts={"file": filename},
            hints=("build the file anew; never rename a built file",),
        )


@dataclass(frozen=True, slots=True)
class CheckedArchive:
    """What an archive says of itself.

    ``python_version`` is the Python tag of a wheel and ``source`` for an sdist;
    ``files`` are its own metadata files by name (``METADATA``, ``METADATA.json``,
    ``pydist.json``); the ``PKG-INFO`` of an sdist is not among them.
    """

    filename: str
    metadata: Metadata
    python_version: str
    files: Mapping[str, bytes]

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; else it is an sdist."""
        return self.python_version != _SOURCE


def check_archive(path: Path) -> CheckedArchive:
    """Read the archive at ``path`` from its name to its last byte.

    Raises ``ArchiveMismatchError``, and what is wrong with its name, its structure,
    its RECORD or its metadata.
    """
    checked = _wheel(path) if path.name.endswith(".whl") else _sdist(path)
    # What every client will parse later must parse here once.
    _ = checked.metadata.requires_dist, checked.metadata.requires_python
    return checked


def _wheel(path: Path) -> CheckedArchive:
    # Opening it has compared file name and metadata.
    with open_wheel(path) as wheel:
        wheel.verify()
        present = {member.path for member in wheel.members}
        files = {
            name: wheel.read(place)
            for name in (METADATA, METADATA_JSON, DOCUMENT_NAME)
            if (place := f"{wheel.dist_info}/{name}") in present
        }
        pythons = sorted({tag.interpreter for tag in wheel.filename.tags})
        return CheckedArchive(path.name, wheel.metadata, ".".join(pythons), files)


def _sdist(path: Path) -> CheckedArchive:
    parse_sdist_filename(path.name)
    found = read_sdist_files(path, (_PKG_INFO, METADATA_JSON, DOCUMENT_NAME))
    if _PKG_INFO not in found:
        raise ArchiveMismatchError(path.name, f"it has no {_PKG_INFO}")
    metadata = read_document(
        lambda name: found.get(_PKG_INFO if name == METADATA else name),
        source=path.name,
        compare=True,
    )
    # Only the name inside tells where an old file name ends its project's name.
    try:
        named = parse_sdist_filename(path.name, name=metadata.name).version
    except InvalidFilenameError:
        named = None
    if named != metadata.version:
        raise ArchiveMismatchError(
            path.name, f"its {_PKG_INFO} is that of {metadata.name} {metadata.version}"
        )
    del found[_PKG_INFO]
    return CheckedArchive(path.name, metadata, _SOURCE, found)
