"""What differs between two archives of one project, one of them made by pysetup."""

import base64
import configparser
import csv
import hashlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

from packaging.utils import parse_sdist_filename

# What pysetup adds to the files of other back ends.
ADDED = ("pydist.json", "METADATA.json")
# From this version on PKG-INFO says what is dynamic (PEP 643).
_RELIABLE = (2, 2)
Files = dict[str, tuple[bool, bytes]]


def wheel_files(path: Path) -> Files:
    """Return path -> (executable, content)."""
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: (
                bool((info.external_attr >> 16) & stat.S_IXUSR),
                archive.read(info),
            )
            for info in archive.infolist()
            if not info.is_dir()
        }


def sdist_files(path: Path) -> Files:
    """Return path -> (executable, content), links by what they point to."""
    with tarfile.open(path) as archive:
        found: Files = {}
        for member in archive:
            stream = archive.extractfile(member) if not member.isdir() else None
            if stream is not None:
                executable = bool(member.mode & stat.S_IXUSR)
                found[member.name] = (executable, stream.read())
        return found


def compare_wheels(theirs: Path, ours: Path) -> list[str]:
    """Return what differs, the gravest first; nothing if they are equal."""
    told = []
    if theirs.name != ours.name:
        told.append(f"name: {theirs.name} and {ours.name}")
    one, other = wheel_files(theirs), wheel_files(ours)
    told += _record_faults(other)
    told += _lists(one, other, added=_is_added_to_wheel)
    for path in sorted(one.keys() & other.keys()):
        if path.endswith(".dist-info/RECORD"):
            continue
        if one[path][0] != other[path][0]:
            told.append(f"execute bit: {path}")
        if one[path][1] != other[path][1]:
            told.append(f"{_kind(path, one[path][1], other[path][1])}: {path}")
    return told


def compare_sdists(theirs: Path, ours: Path) -> list[str]:
    """Return what differs; folders, dates, owners and modes (ADR 7) do not count.

    The name, and that of the top folder, may be what PEP 625 wants. A PKG-INFO that
    cannot say which of its fields are reliable (before 2.2) may be written anew.
    """
    told = []
    if parse_sdist_filename(theirs.name)[:2] != parse_sdist_filename(ours.name)[:2]:
        told.append(f"name: {theirs.name} and {ours.name}")
    one, other = _below_top(sdist_files(theirs)), _below_top(sdist_files(ours))
    told += _lists(one, other, added=ADDED.__contains__)
    for path in sorted(one.keys() & other.keys()):
        if one[path][1] == other[path][1]:
            continue
        if path != "PKG-INFO" or not _is_old(one[path][1]):
            told.append(f"content: {path}")
    return told


def _below_top(files: Files) -> Files:
    return {path.partition("/")[2]: file for path, file in files.items()}


def _is_old(core_metadata: bytes) -> bool:
    version = str(message_from_bytes(core_metadata)["Metadata-Version"])
    return tuple(map(int, version.split("."))) < _RELIABLE


def _is_added_to_wheel(path: str) -> bool:
    folder, _, name = path.partition("/")
    return folder.endswith(".dist-info") and name in ADDED


def _lists(one: Files, other: Files, *, added: Callable[[str], bool]) -> list[str]:
    told = [f"only build: {path}" for path in sorted(one.keys() - other.keys())]
    more = sorted(other.keys() - one.keys())
    return told + [f"only pysetup: {path}" for path in more if not added(path)]


def _kind(path: str, one: bytes, other: bytes) -> str:
    name = path.partition(".dist-info/")[2]
    if name == "METADATA":
        return "METADATA" if _fields(one) != _fields(other) else "METADATA (spelling)"
    if name == "entry_points.txt":
        return "entry points" if _entries(one) != _entries(other) else "content"
    return "tags" if name == "WHEEL" else "content"


def _fields(content: bytes) -> tuple[list[tuple[str, str]], str]:
    message = message_from_bytes(content)
    fields = sorted((key.lower(), str(value)) for key, value in message.items())
    return fields, str(message.get_payload())


def _entries(content: bytes) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(content.decode())
    return {name: dict(parser[name]) for name in parser.sections()}


def _record_faults(files: Files) -> list[str]:
    """Return what RECORD says wrongly, or does not say."""
    (record,) = (path for path in files if path.endswith(".dist-info/RECORD"))
    rows = {
        row[0]: row[1:] for row in csv.reader(io.StringIO(files[record][1].decode()))
    }
    told = [f"RECORD: {path}" for path in sorted(rows.keys() ^ files.keys())]
    for path in sorted((rows.keys() & files.keys()) - {record}):
        content = files[path][1]
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        expected = [f"sha256={digest.decode().rstrip('=')}", str(len(content))]
        if rows[path] != expected:
            told.append(f"RECORD: {path}")
    return told
