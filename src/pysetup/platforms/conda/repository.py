"""A channel: a folder of conda packages with a ``repodata.json`` per platform."""

import hashlib
import os
from pathlib import Path

from pysetup.platforms.conda.archive import CONDA
from pysetup.platforms.conda.verify import is_package_name, read_package
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON, to_json_text

NOARCH = "noarch"


def write_repodata(folder: Path) -> list[Path]:
    """Make ``folder`` a channel, and return the paths of its ``repodata.json`` files.

    Packages that stand in ``folder`` itself are moved to the folder of their platform
    first. Every channel has a ``noarch``, even an empty one. Raises
    ``UnreadablePackageError`` for a package that is none.
    """
    for path in sorted(folder.iterdir()):
        if is_package_name(path.name) and path.is_file():
            place = folder / read_package(path).subdir
            place.mkdir(exist_ok=True)
            os.replace(path, place / path.name)
    (folder / NOARCH).mkdir(exist_ok=True)
    subdirs = [
        path
        for path in sorted(folder.iterdir())
        if path.is_dir() and (path.name == NOARCH or _has_packages(path))
    ]
    return [_write(subdir) for subdir in subdirs]


def _has_packages(folder: Path) -> bool:
    return any(is_package_name(path.name) for path in folder.iterdir())


def _write(folder: Path) -> Path:
    plain: dict[str, JSON] = {}
    newer: dict[str, JSON] = {}
    for path in sorted(folder.iterdir()):
        if is_package_name(path.name):
            rows = newer if path.name.endswith(CONDA) else plain
            rows[path.name] = _record(path)
    document: JSON = {
        "info": {"subdir": folder.name},
        "packages": plain,
        "packages.conda": newer,
        "removed": [],
        "repodata_version": 1,
    }
    place = folder / "repodata.json"
    with written_whole(place) as stream:
        stream.write(to_json_text(document).encode())
    return place


def _record(path: Path) -> dict[str, JSON]:
    content = path.read_bytes()
    return {
        **read_package(path).index,
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
