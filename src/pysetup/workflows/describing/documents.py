"""The document of an archive or a file, and the files derived from it beside it."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import AnswerError
from pysetup.interchange.dist_info import (
    METADATA,
    METADATA_JSON,
    SUFFIX,
)
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.interchange.wheel_file import open_wheel
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.metadata.formats import core_metadata, pep819
from pysetup.metadata.projections import ENTRY_POINTS, PKG_INFO

_SDIST_FILES = (DOCUMENT_NAME, METADATA_JSON, PKG_INFO)


class NoDocumentError(AnswerError):
    """There is nothing here that a metadata document could be read from.

    A source is a project folder, an sdist, a wheel, a built tree, a ``.dist-info`` or
    ``.egg-info`` folder, a file of metadata in any format, the URL of an archive, or
    the name of something that is installed.
    """

    code = "PS1670"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} has no metadata document: {reason}",
            facts={"source": source},
            hints=("give a project folder, an archive, or an installed name",),
        )


def read_file(path: Path) -> Metadata:
    """Return the document of an sdist, a wheel or a file of metadata."""
    if path.name.endswith(".whl"):
        with open_wheel(path) as wheel:
            return wheel.metadata
    if path.name.endswith(".json"):
        content = path.read_bytes()
        reader = pep819.read if path.name == METADATA_JSON else Metadata.from_json
        return reader(content, source=path.name)
    if path.name in (METADATA, PKG_INFO):
        return core_metadata.read(path.read_bytes(), source=path.name)
    files = sdist_files(path)
    if DOCUMENT_NAME in files:
        return Metadata.from_json(files[DOCUMENT_NAME], source=path.name)
    if PKG_INFO in files:
        return core_metadata.read(files[PKG_INFO], source=f"{path.name}/{PKG_INFO}")
    raise NoDocumentError(path.name, f"it has neither {DOCUMENT_NAME} nor {PKG_INFO}")


def sdist_files(path: Path) -> dict[str, bytes]:
    """Return the metadata files of an sdist by name; those that it has."""
    return dict(read_sdist_files(path, _SDIST_FILES))


def metadata_files(path: Path) -> Mapping[str, bytes]:
    """Return the document of an artifact and its projections, by name.

    ``path`` is an sdist, a wheel, a built tree or a ``.dist-info`` folder.
    """
    names = (DOCUMENT_NAME, METADATA, METADATA_JSON, ENTRY_POINTS)
    if path.name.endswith(".whl"):
        with open_wheel(path) as wheel:
            found = {member.path for member in wheel.members}
            return {
                name: wheel.read(f"{wheel.dist_info}/{name}")
                for name in names
                if f"{wheel.dist_info}/{name}" in found
            }
    if path.is_dir():
        folders = [path] if path.name.endswith(SUFFIX) else [*path.glob(f"*{SUFFIX}")]
        return {
            name: (folder / name).read_bytes()
            for folder in folders
            for name in names
            if (folder / name).is_file()
        }
    return sdist_files(path)
