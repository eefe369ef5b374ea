"""A channel: a folder of conda packages with a ``repodata.json`` per platform."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.platforms.conda.archive import CONDA
from pysetup.platforms.conda.verify import is_package_name, read_package
from pysetup.platforms.contents import Content
from pysetup.platforms.interface import Making
from pysetup.platforms.whole_files import written_whole
from pysetup.standards.jsontext import JSON, to_json_text

NOARCH = "noarch"


def write_repository(
    folder: Path, *, before: Path | None = None, making: Making | None = None
) -> list[Path]:
    """Write ``repodata.json`` for each platform below ``folder``; return the paths.

    Packages stand in the folders of their platforms; those of the channel ``before``
    are listed, too, unless ``folder`` has a file of the same name. Every channel has a
    ``noarch``, even an empty one. Raises ``UnreadablePackageError`` for a package that
    is none.
    """
    del making  # channels have no date
    channels = [folder] if before is None else [before, folder]
    found: dict[str, dict[str, Path]] = {NOARCH: {}}
    for channel in channels:
        for path in sorted(channel.glob("*/*")):
            if is_package_name(path.name):
                found.setdefault(path.parent.name, {})[path.name] = path
    return [_write(folder / subdir, found[subdir]) for subdir in sorted(found)]


def _write(folder: Path, packages: Mapping[str, Path]) -> Path:
    rows = {name: _record(packages[name]) for name in sorted(packages)}
    newer = {key for key in rows if key.endswith(CONDA)}
    document: JSON = {
        "info": {"subdir": folder.name},
        "packages": {key: row for key, row in rows.items() if key not in newer},
        "packages.conda": {key: rows[key] for key in sorted(newer)},
        "removed": [],
        "repodata_version": 1,
    }
    place = folder / "repodata.json"
    with written_whole(place) as stream:
        stream.write(to_json_text(document).encode())
    return place


def _record(path: Path) -> dict[str, JSON]:
    content = Content.in_file(path)
    md5, sha256 = content.digests("md5", "sha256")
    return {
        **read_package(path).index,
        "md5": md5,
        "sha256": sha256,
        "size": content.size,
    }
