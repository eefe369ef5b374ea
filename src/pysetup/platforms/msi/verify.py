"""An MSI package read back: its tables, and the files that they put in place."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import IntegrityError
from pysetup.platforms.msi import summary
from pysetup.platforms.msi.cabinet import CabinetError, read_cabinet
from pysetup.platforms.msi.compound import CompoundFileError
from pysetup.platforms.msi.database import Database, read_database
from pysetup.standards.jsontext import JSON

_TARGET = "TARGETDIR"
_MACHINES = {"x64": "x86_64", "Intel": "x86", "Arm64": "arm64"}


class UnreadableMsiError(IntegrityError):
    """A file is no package of Windows Installer, or it is damaged.

    Such a package is a compound file with the tables of a database and a cabinet. Get
    it again from where it came from.
    """

    code = "PS5580"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} is no sound MSI package: {reason}",
            facts={"file": path},
            hints=("build it again, or fetch it again",),
        )


def read_msi(path: Path) -> Mapping[str, JSON]:
    """Return what a package says of itself, and its files with their digests.

    The paths of files are below the folder of Python. Raises ``UnreadableMsiError``.
    """
    try:
        database = read_database(path.read_bytes())
        contents = _contents(database)
        said = summary.read_summary(database.summary)
    except (CompoundFileError, CabinetError, KeyError, ValueError) as error:
        raise UnreadableMsiError(str(path), str(error)) from None
    properties = {str(key): str(value) for key, value in database.tables["Property"]}
    machine = str(said.get(summary.TEMPLATE, "")).partition(";")[0]
    return {
        "format": "msi",
        "name": properties.get("ProductName", ""),
        "version": properties.get("ProductVersion", ""),
        "architecture": _MACHINES.get(machine, machine),
        "relations": {},
        "publisher": properties.get("Manufacturer", ""),
        "product_code": properties.get("ProductCode", ""),
        "upgrade_code": properties.get("UpgradeCode", ""),
        "package_code": said.get(summary.PACKAGE_CODE, ""),
        "files": [
            {
                "path": name,
                "size": len(content),
                "mode": "0644",
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in sorted(contents.items())
        ],
    }


def _contents(database: Database) -> dict[str, bytes]:
    """Return the content of each file by its path."""
    tables = database.tables
    folders = {str(row[0]): (row[1], _long(row[2])) for row in tables["Directory"]}
    places = {str(row[0]): str(row[2]) for row in tables["Component"]}
    packed: dict[str, bytes] = {}
    for row in tables["Media"]:
        cabinet = str(row[3])
        if cabinet.startswith("#"):
            packed.update(read_cabinet(database.streams[cabinet[1:]]))
    found = {}
    for key, component, name, size, *_ in tables["File"]:
        folder = _path(places[str(component)], folders)
        content = packed[str(key)]
        if len(content) != size:
            raise CabinetError(f"the file {name!r} has not the size in the table")
        found[f"{folder}{_long(name)}"] = content
    return found


def _path(key: str, folders: Mapping[str, tuple[object, str]]) -> str:
    """Return a folder's path with a slash behind; that of Python is empty."""
    names: list[str] = []
    while True:
        parent, name = folders[key]
        if parent == _TARGET or parent is None:
            return "".join(f"{each}/" for each in reversed(names))
        names.append(name)
        key = str(parent)


def _long(name: object) -> str:
    return str(name).rpartition("|")[2]
