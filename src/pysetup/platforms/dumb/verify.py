"""A dumb archive read back: its files, and the distribution that is in it."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.metadata.formats import core_metadata
from pysetup.platforms.tar_reader import (
    Keep,
    ReadMember,
    UnreadablePackageError,
    described,
    read_tar_members,
)
from pysetup.platforms.tar_writer import FILE
from pysetup.standards.jsontext import JSON

_METADATA = ".dist-info/METADATA"
_RECORD = ".dist-info/pysetup-package.json"


def verify_archive(path: Path) -> Mapping[str, JSON]:
    """Return what the archive holds; raises ``UnreadablePackageError``."""
    members = [member for member in _read(path) if member.kind == FILE]
    # Projects may carry others within them, with their metadata.
    made = {
        member.path.removesuffix(_RECORD)
        for member in members
        if member.path.endswith(_RECORD)
    }
    found = [
        member for member in members if member.path.removesuffix(_METADATA) in made
    ]
    if len(found) != 1:
        raise UnreadablePackageError(path.name, "it was not made by bdist_dumb")
    document = core_metadata.read(found[0].content)
    return {
        "format": "dumb",
        "name": document.normalized_name,
        "version": str(document.version),
        "architecture": "",
        "relations": {},
        "files": [described(member) for member in members],
    }


def _read(path: Path) -> Iterator[ReadMember]:
    if path.suffix == ".zip":
        yield from read_zip_members(path, keep=_is_metadata)
        return
    try:
        with open(path, "rb") as stream:
            yield from read_tar_members(stream, source=path.name, keep=_is_metadata)
    except OSError as error:
        raise UnreadablePackageError(path.name, error.strerror or str(error)) from None


def _is_metadata(path: str) -> bool:
    return path.endswith(_METADATA)


def read_zip_members(path: Path, *, keep: Keep) -> Iterator[ReadMember]:
    """Yield the files of a zip archive; raises ``UnreadablePackageError``."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                mode = entry.external_attr >> 16 & 0o7777
                with archive.open(entry) as stream:
                    yield ReadMember.of_file(entry.filename, mode, stream, keep=keep)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise UnreadablePackageError(path.name, str(error)) from None
