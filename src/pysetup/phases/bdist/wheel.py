"""The wheel format: a built tree in, one reproducible wheel out (PEP 427)."""

import os
import stat
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from pysetup.errors import BuildError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.dist_info import RECORD, RECORD_SIGNATURES, SUFFIX
from pysetup.interchange.layout import PURE_TAGS
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.standards.executables import is_executable_content
from pysetup.standards.filenames import wheel_filename
from pysetup.standards.hashes import Hash, new_hasher
from pysetup.standards.paths import path_fault
from pysetup.standards.record import RecordEntry, to_record_text
from pysetup.standards.variants import VARIANT_JSON, Variants
from pysetup.values import dataclass

FORMAT = "wheel"
# A zip file cannot tell a day before 1980 or after 2107 (APPNOTE 4.4.6).
_FIRST_DAY, _LAST_DAY = 315532800, 4354819198
_CHUNK = 1 << 20


class UnpackableTreeError(BuildError):
    """A built tree cannot be packed as a wheel.

    It must hold exactly one ``.dist-info`` folder with METADATA and WHEEL, and only
    ordinary files whose names can stand in an archive.
    """

    code = "PS6410"

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(
            f"the built tree cannot be packed: {reason}",
            facts={"folder": str(root)},
            hints=("build it anew with  pysetup build",),
        )


def pack_wheel(built: BuiltTree, *, into: Path, epoch: int | None) -> BinaryArchive:
    """Write the wheel of ``built`` into the folder ``into``, which must exist.

    ``epoch`` is SOURCE_DATE_EPOCH in seconds since 1970, or None. The same tree
    gives the same bytes: members are sorted with the ``.dist-info`` last and RECORD
    very last, have one date, and mode 0755 or 0644 by the user's execute bit. RECORD
    is made here. The file appears complete or not at all. Raises
    ``UnpackableTreeError``.
    """
    root = built.root
    paths = _members(root)
    dist_info = _dist_info(root, paths)
    metadata = built.metadata
    name = wheel_filename(
        metadata.name,
        metadata.version,
        built.tags,
        build=built.build_tag,
        variant=_variant(root / dist_info),
    )
    paths.sort(key=lambda path: (path.startswith(dist_info + "/"), path))
    members = (_read_member(root, path) for path in paths)
    record = f"{dist_info}/{RECORD}"
    return _archive(members, metadata, built.tags, into / name, record, epoch=epoch)


def pack_pure_wheel(
    files: Mapping[str, bytes], metadata: Metadata, *, into: Path, epoch: int | None
) -> BinaryArchive:
    """Write ``files`` (path -> content, RECORD aside) as the wheel of any platform.

    The bytes are those that ``pack_wheel`` gives for a folder of these files, with
    execute bits by content. ``epoch`` is as there. Raises ``UnpackableTreeError``.
    """
    name = wheel_filename(metadata.name, metadata.version, PURE_TAGS)
    paths = sorted(files)
    dist_info = _dist_info(into / name, paths)
    paths.sort(key=lambda path: path.startswith(dist_info + "/"))
    members = (
        _Member(path, len(content), is_executable_content(content[:8]), (content,))
        for path, content in ((path, files[path]) for path in paths)
    )
    record = f"{dist_info}/{RECORD}"
    return _archive(members, metadata, PURE_TAGS, into / name, record, epoch=epoch)


@dataclass(frozen=True, slots=True)
class _Member:
    path: str
    size: int
    executable: bool
    chunks: Iterable[bytes]


def _archive(
    members: Iterable[_Member],
    metadata: Metadata,
    tags: tuple[str, ...],
    location: Path,
    record: str,
    *,
    epoch: int | None,
) -> BinaryArchive:
    descriptor, temporary = tempfile.mkstemp(prefix=".wheel-", dir=location.parent)
    try:
        with open(descriptor, "wb") as stream:
            _write(stream, members, record=record, epoch=epoch)
        os.chmod(temporary, 0o644)
        digest = Hash.of_file(temporary)
        os.replace(temporary, location)
    except BaseException:
        os.unlink(temporary)
        raise
    return BinaryArchive(FORMAT, location, digest, metadata, tags)


def find_left_out(root: Path) -> tuple[str, ...]:
    """Return what of a built tree no wheel holds: signatures, and empty folders."""
    found = [
        name
        for path in _walk(root)
        if _in_dist_info(name := path.relative_to(root).as_posix())
        and name.split("/", 1)[1] in RECORD_SIGNATURES
    ]
    found += [
        Path(folder).relative_to(root).as_posix() + "/"
        for folder, folders, files in os.walk(root)
        if not folders and not files and Path(folder) != root
    ]
    return tuple(sorted(found))


def _variant(dist_info: Path) -> str:
    """Return the label that ``variant.json`` gives to the wheel (PEP 825)."""
    place = dist_info / VARIANT_JSON
    if not place.is_file():
        return ""
    found = Variants.parse(place.read_bytes(), source=f"{dist_info.name}/{place.name}")
    if len(found.properties) != 1:
        raise UnpackableTreeError(dist_info.parent, f"{VARIANT_JSON} needs one variant")
    return next(iter(found.properties))


def _write(
    stream: IO[bytes], members: Iterable[_Member], *, record: str, epoch: int | None
) -> None:
    date = time.gmtime(min(max(epoch or _FIRST_DAY, _FIRST_DAY), _LAST_DAY))[:6]
    entries: list[RecordEntry] = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            header = _header(member.path, date, executable=member.executable)
            # Known before, so that zip64 is used where it is needed only.
            header.file_size = member.size
            entries.append(_copy(archive, header, member.chunks))
        text = to_record_text([*entries, RecordEntry(record)])
        header = _header(record, date, executable=False)
        archive.writestr(header, text)


def _read_member(root: Path, path: str) -> _Member:
    place = root / path
    status = place.stat()
    executable = bool(status.st_mode & stat.S_IXUSR)
    return _Member(path, status.st_size, executable, _chunks(place))


def _chunks(place: Path) -> Iterator[bytes]:
    with place.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _copy(
    archive: zipfile.ZipFile, header: zipfile.ZipInfo, chunks: Iterable[bytes]
) -> RecordEntry:
    hasher, size = new_hasher("sha256"), 0
    with archive.open(header, "w") as target:
        for chunk in chunks:
            hasher.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return RecordEntry(header.filename, Hash("sha256", hasher.hexdigest()), size)


def _header(path: str, date: tuple[int, ...], *, executable: bool) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = date
    header = zipfile.ZipInfo(path, (year, month, day, hour, minute, second))
    header.create_system = 3  # Unix, whatever this runs on
    header.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    header.compress_type = zipfile.ZIP_DEFLATED
    return header


def _members(root: Path) -> list[str]:
    """Return the files of a built tree but for RECORD; refuse what is no file."""
    found: list[str] = []
    for path in _walk(root):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() or not path.is_file():
            raise UnpackableTreeError(root, f"{name} is no ordinary file")
        fault = path_fault(name)
        if fault is not None:
            raise UnpackableTreeError(root, f"the name {name!r}: {fault}")
        found.append(name)
    unlisted = (RECORD, *RECORD_SIGNATURES)
    return [
        name
        for name in found
        if not (_in_dist_info(name) and name.split("/", 1)[1] in unlisted)
    ]


def _walk(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        # What cannot be listed would be missing from the wheel, and nobody told.
        name = os.path.relpath(error.filename, root)
        raise UnpackableTreeError(root, f"cannot read {name}/: {error.strerror}")

    for folder, folders, files in os.walk(root, onerror=refuse):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in (*files, *links):
            yield Path(folder, name)


def _in_dist_info(name: str) -> bool:
    return "/" in name and name.split("/", 1)[0].endswith(SUFFIX)


def _dist_info(root: Path, paths: list[str]) -> str:
    folders = sorted({path.split("/", 1)[0] for path in paths if _in_dist_info(path)})
    if len(folders) != 1:
        found = ", ".join(folders) or "none"
        raise UnpackableTreeError(root, f"it has not one {SUFFIX} folder, but {found}")
    for needed in ("METADATA", "WHEEL"):
        if f"{folders[0]}/{needed}" not in paths:
            raise UnpackableTreeError(root, f"{folders[0]} has no {needed}")
    return folders[0]
