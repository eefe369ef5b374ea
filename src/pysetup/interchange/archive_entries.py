"""The members of an archive with everything their file says, for comparing two."""

import struct
import tarfile
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.members import COPY, DEFAULT_LIMITS, FILE, LINK
from pysetup.interchange.tar_stream import is_tar_name, read_tar
from pysetup.interchange.zip_reader import LONGEST_COMMENT, ZipLimits, ZipReader
from pysetup.late import hashlib
from pysetup.standards.hashes import Hash
from pysetup.values import dataclass, field

_TEXT_LIMIT = 64 << 20
# What an entry of the directory says beside name, content and place (APPNOTE 4.3.12).
_ZIP_METHODS = {0: "stored", 8: "deflated"}
_GZIP_HEAD = struct.Struct("<2sBBLBB")


class NotComparableError(UsageError):
    """A file that should be compared is no wheel and no sdist.

    Wheels and zip files, and tar archives that are packed with gzip, bzip2 or xz can
    be compared, each with one of its own kind.
    """

    code = "PS2770"

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(
            f"{filename} cannot be compared: {reason}",
            facts={"file": filename},
            hints=("give two wheels, or two sdists",),
        )


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One file or link of an archive.

    ``path`` is below the one top folder of an sdist; ``digest`` is that of its
    content, of a link that of its target; ``date`` is in seconds since 1970;
    ``envelope`` is all that the archive says of it besides, in words.
    """

    path: str
    kind: str
    size: int
    digest: str
    date: int = 0
    envelope: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchiveListing:
    """All entries of one archive in their order, and its own digest.

    ``envelope`` is what the archive says of itself.
    """

    filename: str
    format: str
    hash: Hash
    entries: tuple[ArchiveEntry, ...]
    envelope: Mapping[str, str]


def list_archive(path: Path) -> ArchiveListing:
    """Read the archive at ``path``, every byte of it.

    Raises ``NotComparableError``, and what is wrong with the archive.
    """
    if path.name.endswith((".whl", ".zip")):
        return _list_zip(path)
    if is_tar_name(path.name):
        return _list_tar(path)
    raise NotComparableError(path.name, "its name is not that of a wheel or an sdist")


def read_contents(path: Path, names: Collection[str]) -> dict[str, bytes]:
    """Return the content of ``names``, as a listing calls them, up to 64 MiB each.

    Larger ones are left out. Raises as ``list_archive``.
    """
    found: dict[str, bytes] = {}
    copies: dict[str, str] = {}
    if path.name.endswith((".whl", ".zip")):
        with _zip_reader(path) as reader:
            for name, member in reader.members.items():
                inner = _inner(name, path)
                if inner in names and member.size <= _TEXT_LIMIT:
                    found[inner] = b"".join(reader.chunks(member))
        return found
    with closing(read_tar(path, limits=DEFAULT_LIMITS)) as members:
        for one in members:
            inner = _inner(one.path, path)
            if one.kind == LINK and inner in names:
                found[inner] = one.target.encode()
            elif inner not in names or one.size > _TEXT_LIMIT:
                continue
            elif one.kind == FILE:
                found[inner] = b"".join(one.read())
            elif one.kind == COPY:
                copies[inner] = _inner(one.target, path)
    further = set(copies.values()) - set(names)
    contents = found | (read_contents(path, further) if further else {})
    return found | {inner: contents[origin] for inner, origin in copies.items()}


def _zip_reader(path: Path) -> ZipReader:
    comment = 0 if path.name.endswith(".whl") else LONGEST_COMMENT
    return ZipReader(str(path), limits=ZipLimits(comment=comment))


def _inner(name: str, path: Path) -> str:
    """Return a member's name below the top folder, which only sdists have."""
    return name if path.name.endswith(".whl") else name.partition("/")[2] or name


def _list_zip(path: Path) -> ArchiveListing:
    entries: list[ArchiveEntry] = []
    # ZipReader goes first: what it accepts, zipfile reads in the same way.
    with _zip_reader(path) as reader, zipfile.ZipFile(path) as archive:
        headers = {header.header_offset: header for header in archive.infolist()}
        for name, member in reader.members.items():
            header = headers[member.header_offset]
            digest, size = _digest(reader.chunks(member))
            inner, date = _inner(name, path), _zip_date(header)
            entries.append(
                ArchiveEntry(inner, FILE, size, digest, date, _zip_envelope(header))
            )
    folders = sorted(one.filename for one in headers.values() if one.is_dir())
    return ArchiveListing(
        path.name,
        "wheel" if path.name.endswith(".whl") else "zip",
        Hash.of_file(str(path)),
        tuple(entries),
        {"folders": ", ".join(folders), "comment": archive.comment.hex()},
    )


def _zip_envelope(header: zipfile.ZipInfo) -> dict[str, str]:
    year, month, day, hour, minute, second = header.date_time
    date = f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
    method = _ZIP_METHODS.get(header.compress_type, str(header.compress_type))
    return {
        "date": date,
        "permissions": f"{header.external_attr >> 16:o}",
        "attributes": f"{header.external_attr & 0xFFFF:#x}",
        "system": str(header.create_system),
        "versions": f"{header.create_version}, {header.extract_version}",
        "flags": f"{header.flag_bits:#x}",
        "extra": header.extra.hex(),
        "comment": header.comment.hex(),
        "compression": f"{method}, {header.compress_size} bytes",
    }


def _zip_date(header: zipfile.ZipInfo) -> int:
    """Return a date that has no zone as if it were UTC, as SOURCE_DATE_EPOCH is."""
    try:
        return int(datetime(*header.date_time, tzinfo=UTC).timestamp())
    except ValueError:  # any bits may stand there
        return 0


def _list_tar(path: Path) -> ArchiveListing:
    contents: list[tuple[str, str, int, str]] = []
    digests: dict[str, str] = {}
    with closing(read_tar(path, limits=DEFAULT_LIMITS)) as members:
        for one in members:
            if one.kind == LINK:
                raw = one.target.encode()
                digest, size = _digest(iter((raw,)))
                contents.append((one.path, LINK, size, digest))
            elif one.kind == FILE:
                digest, size = _digest(one.read())
                digests[one.path] = digest
                contents.append((one.path, FILE, size, digest))
            elif one.kind == COPY:
                contents.append((one.path, FILE, one.size, digests[one.target]))
    # read_tar goes first: within its limits tarfile is safe, and reads the rest.
    try:
        with tarfile.open(path) as archive:
            headers = {header.name.rstrip("/"): header for header in archive}
            pax = dict(archive.pax_headers)
    except tarfile.TarError as error:
        raise NotComparableError(path.name, str(error)) from None
    folders = [name for name, header in headers.items() if header.isdir()]
    entries = tuple(
        ArchiveEntry(
            _inner(name, path),
            kind,
            size,
            digest,
            int(headers[name].mtime) if name in headers else 0,
            _tar_envelope(headers[name]) if name in headers else {},
        )
        for name, kind, size, digest in contents
    )
    envelope = {"folders": ", ".join(folders), "header": str(pax or "")}
    return ArchiveListing(
        path.name,
        "tar",
        Hash.of_file(str(path)),
        entries,
        {**envelope, **_packing(path)},
    )


def _tar_envelope(header: tarfile.TarInfo) -> dict[str, str]:
    return {
        "date": f"{header.mtime:g}" if header.mtime % 1 else str(int(header.mtime)),
        "permissions": f"{header.mode:o}",
        "owner": f"{header.uname}:{header.gname} ({header.uid}:{header.gid})",
        "header": ", ".join(sorted(header.pax_headers)),
        **({"hard link": header.linkname} if header.islnk() else {}),
    }


def _packing(path: Path) -> dict[str, str]:
    """Return what the head of a gzip file says (RFC 1952)."""
    if not path.name.endswith((".gz", ".tgz")):
        return {"packing": path.suffix}
    with path.open("rb") as stream:
        raw = stream.read(_GZIP_HEAD.size)
    _, _, flags, date, level, system = _GZIP_HEAD.unpack(raw)
    named = "named" if flags & 8 else "unnamed"  # FNAME
    return {"packing": f"gzip {named}, level {level}, system {system}, date {date}"}


def _digest(pieces: Iterator[bytes]) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    for piece in pieces:
        hasher.update(piece)
        size += len(piece)
    return hasher.hexdigest(), size
