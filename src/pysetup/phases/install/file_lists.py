"""The files of an installed distribution, as its own list says: RECORD, or older."""

import io
import os
from collections.abc import Iterator

from pysetup.errors import EnvironmentRefusedError, PysetupError
from pysetup.interchange.dist_info import RECORD, SUFFIX
from pysetup.interchange.installed import EGG_INFO_SUFFIX
from pysetup.late import csv
from pysetup.phases.install.reading import INSTALLED_FILES, read_file
from pysetup.standards.hashes import Hash
from pysetup.standards.record import InvalidRecordError, parse_record
from pysetup.values import dataclass


class MissingRecordError(EnvironmentRefusedError):
    """An installed distribution has no list of files, so nobody knows its own.

    Either it belongs to the operating system's package manager, which takes RECORD
    away on purpose; or distutils installed it, which kept no list; or a tool damaged
    it. pysetup does not touch it.
    """

    code = "PS7302"

    def __init__(self, name: str, info_dir: str) -> None:
        super().__init__(
            f"{name} has no list of its files, and is left alone",
            facts={
                "distribution": name,
                "folder": info_dir,
                "reason": _why_no_list(info_dir),
            },
            hints=(
                "remove it with the tool that installed it",
                f"or remove {info_dir} by hand",
                f"then take its files over:  pysetup install --overwrite {name}",
            ),
        )
        self.name, self.info_dir = name, info_dir


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """One file that RECORD lists: absolute path, promised digest and size in bytes.

    Bytecode and RECORD itself have neither.
    """

    path: str
    hash: Hash | None
    size: int | None


def list_files(name: str, info_dir: str) -> tuple[InstalledFile, ...]:
    """Return the files of the distribution ``name`` whose entry is ``info_dir``.

    Of an egg these are all that is in it; of an ``.egg-link`` the link alone, since
    the project it leads to is somebody's work. Raises ``MissingRecordError`` or
    ``InvalidRecordError``.
    """
    if info_dir.endswith(SUFFIX):
        return tuple(_recorded(name, info_dir))
    if info_dir.endswith(EGG_INFO_SUFFIX):
        return tuple(_installed_files(name, info_dir))
    return tuple(InstalledFile(path, None, None) for path in everything_in(info_dir))


def listed_paths(info_dir: str) -> tuple[str, ...]:
    """Return the paths of ``list_files`` as far as they can be told.

    Digests are not looked at, and faults are passed over: who lists nothing readable
    owns nothing that can be told.
    """
    if not info_dir.endswith(SUFFIX):
        try:
            return tuple(file.path for file in list_files("", info_dir))
        except PysetupError:
            return ()
    site = os.path.dirname(info_dir)
    try:
        content = read_file(os.path.join(info_dir, RECORD)) or b""
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    except (PysetupError, ValueError, csv.Error):
        return ()
    return tuple(joined(site, row[0]) for row in rows if row and "\0" not in row[0])


def proof_path(info_dir: str) -> str:
    """Return the file that tells whether the distribution is still the same one."""
    if info_dir.endswith(SUFFIX):
        return os.path.join(info_dir, RECORD)
    if info_dir.endswith(EGG_INFO_SUFFIX):
        return os.path.join(info_dir, INSTALLED_FILES)
    if os.path.isdir(info_dir):
        return os.path.join(info_dir, "EGG-INFO", "PKG-INFO")
    return info_dir


def everything_in(place: str) -> list[str]:
    """Return all files and links at or below ``place``; links are not followed."""
    if not os.path.isdir(place) or os.path.islink(place):
        return [place]
    found = []
    for folder, folders, names in os.walk(place):
        found += [os.path.join(folder, name) for name in names]
        paths = (os.path.join(folder, name) for name in folders)
        found += [path for path in paths if os.path.islink(path)]
    return found


def _recorded(name: str, info_dir: str) -> Iterator[InstalledFile]:
    content = read_file(os.path.join(info_dir, RECORD))
    if content is None:
        raise MissingRecordError(name, info_dir)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRecordError(info_dir, "is not UTF-8 text") from None
    site = os.path.dirname(info_dir)
    for entry in parse_record(text, source=info_dir):
        if "\0" in entry.path:
            raise InvalidRecordError(info_dir, f"lists {entry.path!r}")
        path = joined(site, entry.path)
        yield InstalledFile(path, entry.hash, entry.size)


def _installed_files(name: str, info_dir: str) -> Iterator[InstalledFile]:
    """Yield what an .egg-info folder lists; paths are relative to itself."""
    content = read_file(os.path.join(info_dir, INSTALLED_FILES))
    if content is None:
        raise MissingRecordError(name, info_dir)
    for line in content.decode("utf-8", "surrogateescape").splitlines():
        if "\0" in line:
            raise InvalidRecordError(info_dir, f"lists {line!r}")
        if line:
            yield InstalledFile(joined(info_dir, line), None, None)


def joined(folder: str, relative: str) -> str:
    """Return the absolute path of what a list in ``folder`` calls ``relative``.

    A backslash is the separator of a list that was written on Windows, unless a file
    of this very name is there.
    """
    path = os.path.normpath(os.path.join(folder, relative))
    if "\\" in relative and not os.path.lexists(path):
        slashed = relative.replace("\\", "/")
        return os.path.normpath(os.path.join(folder, slashed))
    return path


def _why_no_list(info_dir: str) -> str:
    if info_dir.endswith(SUFFIX):
        return "its RECORD is missing"
    if os.path.isdir(info_dir):
        return f"its {INSTALLED_FILES} is missing"
    return "distutils installed it, and kept no list"
