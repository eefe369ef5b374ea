"""A conda package read back: index.json, paths.json, and whether that is true."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.platforms.conda.archive import CONDA, METADATA, TAR_BZ2
from pysetup.platforms.tar_reader import (
    ReadMember,
    UnreadablePackageError,
    described,
    read_tar_members,
)
from pysetup.platforms.tar_writer import FILE
from pysetup.standards.jsontext import JSON, parse_json_object
from pysetup.values import dataclass

_INFO = "info/"


@dataclass(frozen=True, slots=True)
class CondaPackage:
    """What a package holds: its ``info`` files by name, and its members."""

    index: Mapping[str, JSON]
    information: Mapping[str, bytes]
    members: tuple[ReadMember, ...]

    @property
    def subdir(self) -> str:
        """The folder of a channel that it belongs to."""
        return str(self.index.get("subdir") or "noarch")

    @property
    def depends(self) -> tuple[str, ...]:
        """What it needs, as match specifications."""
        depends = self.index.get("depends")
        return tuple(map(str, depends)) if isinstance(depends, list) else ()


def is_package_name(name: str) -> bool:
    """Tell whether a file of this name is a conda package."""
    return name.endswith((CONDA, TAR_BZ2))


def read_package(path: Path) -> CondaPackage:
    """Read the package at ``path``.

    Raises ``UnreadablePackageError`` or ``MissingZstandardError``.
    """
    try:
        members = tuple(_members(path))
    except OSError as error:
        raise UnreadablePackageError(path.name, error.strerror or str(error)) from None
    information = {
        each.path.removeprefix(_INFO): each.content
        for each in members
        if each.path.startswith(_INFO)
    }
    for name in ("index.json", "paths.json"):
        if name not in information:
            raise UnreadablePackageError(path.name, f"it has no info/{name}")
    return CondaPackage(
        index=_parsed(information["index.json"], path.name),
        information=information,
        members=tuple(each for each in members if not each.path.startswith(_INFO)),
    )


def verify_package(path: Path) -> dict[str, JSON]:
    """Return what the package at ``path`` says and holds, as JSON.

    Raises ``UnreadablePackageError``, too, when its files are not the listed ones.
    """
    package = read_package(path)
    _check_paths(package, path.name)
    return {
        "format": "conda",
        "name": str(package.index.get("name", "")),
        "version": str(package.index.get("version", "")),
        "release": str(package.index.get("build", "")),
        "architecture": package.subdir,
        "relations": {"requires": list(package.depends)},
        "control": {"index": dict(package.index)},
        "files": [described(each) for each in package.members],
    }


def _check_paths(package: CondaPackage, source: str) -> None:
    listed = _parsed(package.information["paths.json"], source).get("paths")
    rows = {
        str(row.get("_path")): row
        for row in (listed if isinstance(listed, list) else ())
        if isinstance(row, Mapping)
    }
    found = {each.path: each for each in package.members}
    for path in sorted({*rows, *found}):
        row, member = rows.get(path), found.get(path)
        if row is None or member is None:
            raise UnreadablePackageError(source, f"{path} is not listed, or not there")
        # Of a link it is the digest of what it leads to, perhaps of another package.
        if member.kind == FILE and row.get("sha256") != member.sha256:
            raise UnreadablePackageError(source, f"{path} is not what paths.json says")


def _is_information(path: str) -> bool:
    return path.startswith(_INFO)


def _members(path: Path) -> Iterator[ReadMember]:
    if not path.name.endswith(CONDA):
        with open(path, "rb") as stream:
            yield from read_tar_members(stream, source=path.name, keep=_is_information)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _zipped(archive, path.name)
    except zipfile.BadZipFile as error:
        raise UnreadablePackageError(path.name, str(error)) from None


def _zipped(archive: zipfile.ZipFile, source: str) -> Iterator[ReadMember]:
    names: Iterable[str] = archive.namelist()
    if METADATA not in names:
        raise UnreadablePackageError(source, f"it has no {METADATA}")
    for name in names:
        if name != METADATA:
            with archive.open(name) as stream:
                yield from read_tar_members(stream, source=source, keep=_is_information)


def _parsed(content: bytes, source: str) -> Mapping[str, JSON]:
    try:
        return parse_json_object(content, source=source)
    except UsageError as error:
        raise UnreadablePackageError(source, error.message) from None
