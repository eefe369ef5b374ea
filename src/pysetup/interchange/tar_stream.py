"""Compressed tar archives as a stream of members, read strictly and within limits.

Our own walk over the headers, because what tar readers disagree about is how
archives are forged: nothing is repaired, skipped or guessed here.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Protocol

from pysetup.interchange.members import (
    COPY,
    FILE,
    FOLDER,
    LINK,
    OTHER,
    ArchiveLimits,
    ArchiveTooLargeError,
    DamagedArchiveError,
    Member,
)
from pysetup.interchange.zip_reader import UnreadableFileError
from pysetup.values import dataclass, replace

_BLOCK = 512
_CHUNK = 1 << 18
_LZMA_MEMORY = 256 << 20
# A path is at most 1 KiB, so an extended header that is larger is a trick.
_MAX_EXTENDED = 1 << 20

_KINDS = {
    b"0": FILE,
    b"\0": FILE,
    b"7": FILE,
    b"5": FOLDER,
    b"2": LINK,
    b"1": COPY,
}
# What no source archive should hold; only a checker looks further after it.
_OTHER_KINDS = {
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a named pipe",
}
_DIALECTS = {b"ustar\0": "pax", b"ustar ": "gnu"}


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _Gzip:
    """zlib's gzip reader with the interface of the other two.

    zlib checks the CRC and the size in the trailer, provided it is asked to read
    to the end, which ``_Stream`` does.
    """

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _new_decompressor(filename: str) -> Callable[[], _Decompressor] | None:
    if filename.endswith((".tar.gz", ".tgz")):
        return _Gzip
    if filename.endswith(".tar.bz2"):
        return bz2.BZ2Decompressor
    if filename.endswith(".tar.xz"):
        return lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
    return None


def is_tar_name(filename: str) -> bool:
    """Tell whether ``filename`` ends as a compressed tar archive does."""
    return _new_decompressor(filename) is not None


class _Stream:
    """The decompressed bytes of a file, to be read in order, at most ``limit``."""

    def __init__(self, file: BinaryIO, *, source: str, limit: int) -> None:
        self.source = source
        self._file, self._limit, self._left = file, limit, limit
        self._buffer = b""
        self._chunks = self._decompressed()

    def _decompressed(self) -> Iterator[bytes]:
        new = _new_decompressor(self.source)
        if new is None:
            raise self.fault("its name is not that of a tar archive")
        pending = self._file.read(_CHUNK)
        while True:
            inner = new()
            while not inner.eof:
                data, pending = pending, b""
                chunk = inner.decompress(data, _CHUNK)
                if chunk:
                    yield chunk
                elif not inner.eof:
                    pending = self._file.read(_CHUNK)
                    if not pending:
                        raise self.fault("it ends too early")
            pending = inner.unused_data or self._file.read(_CHUNK)
            if not pending.strip(b"\0"):
                # gzip allows a padding of zeros, as tapes need it.
                self._only_zeros()
                return

    def _only_zeros(self) -> None:
        while pending := self._file.read(_CHUNK):
            if pending.strip(b"\0"):
                raise self.fault("there is something after its end")

    def fault(self, reason: str) -> DamagedArchiveError:
        """Return the error that says why the archive is refused."""
        return DamagedArchiveError(self.source, reason)

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes, fewer only at the end of the file."""
        parts = [self._buffer]
        missing = size - len(self._buffer)
        while missing > 0:
            try:
                chunk = next(self._chunks, b"")
            except (zlib.error, lzma.LZMAError, OSError) as error:
                raise self.fault(f"it cannot be read ({error})") from None
            if not chunk:
                break
            self._left -= len(chunk)
            if self._left < 0:
                raise ArchiveTooLargeError(
                    self.source, f"it unpacks to more than {self._limit} bytes"
                )
            parts.append(chunk)
            missing -= len(chunk)
        joined = b"".join(parts)
        self._buffer = joined[size:]
        return joined[:size]

    def read_all(self, size: int) -> bytes:
        """Return exactly the next ``size`` bytes."""
        content = self.read(size)
        if len(content) != size:
            raise self.fault("it ends too early")
        return content

    def copy(self, size: int) -> Iterator[bytes]:
        """Yield exactly the next ``size`` bytes, in pieces."""
        while size:
            piece = self.read_all(min(size, _CHUNK))
            size -= len(piece)
            yield piece


def read_tar(path: Path, *, limits: ArchiveLimits) -> Generator[Member, None, None]:
    """Yield the files, folders and links of a compressed tar file, to its last byte.

    Names are as they stand; whether they are safe is for the caller to judge. A hard
    link has the size of the file it repeats, and its path as ``target``, though it
    may lead there by way of other hard links (PEP 721: the data filter lets it pass).
    Raises as ``walk_tar``, and ``DamagedArchiveError`` for any other kind of member,
    and for a hard link to anything but a file that stands before it.
    """
    files: dict[str, tuple[str, int]] = {}
    left = limits.unpacked(_packed_size(path))
    with closing(walk_tar(path, limits=limits)) as members:
        for member in members:
            if member.kind == OTHER:
                reason = f"{member.path[:120]!r} is {member.target}"
                raise DamagedArchiveError(path.name, reason)
            one = _resolved(member, files, path.name)
            # Copies take room on the disk, and none in the archive.
            left -= one.size
            if left < 0:
                raise ArchiveTooLargeError(
                    path.name, "with its hard links it unpacks to too many bytes"
                )
            yield one


def _packed_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or str(error)) from None


def _resolved(member: Member, files: dict[str, tuple[str, int]], source: str) -> Member:
    """Return ``member``, with what it repeats if it is a hard link; note its name."""
    if member.kind == COPY:
        if member.target not in files:
            raise DamagedArchiveError(
                source,
                f"{member.path[:120]!r} is a hard link to {member.target[:120]!r}, "
                "which is no file that stands before it",
            )
        origin, size = files[member.target]
        member = replace(member, target=origin, size=size)
        files[member.path] = origin, size
    elif member.kind == FILE:
        files[member.path] = member.path, member.size
    return member


def walk_tar(path: Path, *, limits: ArchiveLimits) -> Generator[Member, None, None]:
    """Yield the members of a compressed tar file, also devices and pipes.

    The ``target`` of a hard link is as it stands, and it has no size.

    Raises ``DamagedArchiveError``, ``ArchiveTooLargeError``, ``UnreadableFileError``.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or str(error)) from None
    with file:
        limit = limits.unpacked(path.stat().st_size)
        stream = _Stream(file, source=path.name, limit=limit)
        try:
            yield from _members(stream)
        except ValueError as error:
            raise stream.fault(str(error)) from None


@dataclass(slots=True)
class _Extended:
    """What extended headers say about the member that follows them."""

    path: str | None = None
    target: str | None = None
    size: int | None = None


def _members(stream: _Stream) -> Iterator[Member]:
    extended = _Extended()
    while True:
        header = stream.read_all(_BLOCK)
        if not header.strip(b"\0"):
            break
        _check_sum(header)
        kind, size = header[156:157], _number(header[124:136])
        if kind in b"xgLK":
            if size > _MAX_EXTENDED:
                raise ValueError("an extended header is too large")
            _extend(extended, kind, stream.read_all(size))
            stream.read_all(-size % _BLOCK)
            continue
        member = _member(header, extended, stream)
        yield member
        _skip_rest(stream, member)
        extended = _Extended()
    if extended != _Extended():
        raise ValueError("an extended header stands alone")
    while rest := stream.read(_CHUNK):
        if rest.strip(b"\0"):
            raise ValueError("there is something after its end marker")


def _skip_rest(stream: _Stream, member: Member) -> None:
    for _ in member.read():
        pass
    stream.read_all(-member.size % _BLOCK)


def _member(header: bytes, extended: _Extended, stream: _Stream) -> Member:
    typeflag = header[156:157]
    kind = OTHER if typeflag in _OTHER_KINDS else _KINDS.get(typeflag)
    path = _name(header, extended)
    if kind is None:
        known = {b"S": "a sparse file"}
        what = known.get(typeflag, f"a member of unknown type {typeflag!r}")
        raise ValueError(f"{path[:120]!r} is {what}")
    size = _number(header[124:136])
    # CVE-2025-62518: readers that believe different sizes see different files.
    if extended.size is not None and extended.size != size:
        raise ValueError(f"{path[:120]!r} has two sizes")
    if kind == FILE and path.endswith("/"):
        kind = FOLDER
    if kind != FILE and size:
        raise ValueError(f"{path[:120]!r} is no file, but has content")
    target = _text(header[157:257]) if extended.target is None else extended.target
    targets = {LINK: target, COPY: target, OTHER: _OTHER_KINDS.get(typeflag, "")}
    content = stream.copy(size)
    return Member(
        path=path.removesuffix("/"),
        kind=kind,
        size=size,
        executable=bool(_number(header[100:108]) & 0o100),
        target=targets.get(kind, ""),
        read=lambda: content,
        mtime=_number(header[136:148]),
        dialect=_DIALECTS.get(header[257:263], "v7"),
    )


def _name(header: bytes, extended: _Extended) -> str:
    if extended.path is not None:
        return extended.path
    name = _text(header[:100])
    # Only POSIX archives have a prefix there; GNU ones keep times in its place.
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    raw = field.split(b"\0", 1)[0]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ValueError(f"the name {raw[:120]!r} is not UTF-8") from None


def _number(field: bytes) -> int:
    """Read octal digits, or GNU's base 256 for large values."""
    if field[0] == 0x80:  # noqa: PLR2004 - the flag of base 256
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip()
    if digits.strip(b"01234567"):
        raise ValueError("a header holds a bad number")
    return int(digits or b"0", 8)


def _check_sum(header: bytes) -> None:
    blanked = header[:148] + b" " * 8 + header[156:]
    stated = _number(header[148:156])
    # Historic writers added the bytes as signed numbers.
    if stated not in (sum(blanked), sum(memoryview(blanked).cast("b"))):
        raise ValueError("a header has a wrong checksum")


def _extend(extended: _Extended, kind: bytes, content: bytes) -> None:
    if kind == b"L":
        extended.path = _text(content)
    elif kind == b"K":
        extended.target = _text(content)
    else:
        records = dict(_records(content))
        if kind == b"g":
            # git writes its commit there; a name or a size for all is a trick.
            if records.keys() & {"path", "linkpath", "size"}:
                raise ValueError("a global header names a path or a size")
            return
        if any(key.startswith("GNU.sparse") for key in records):
            raise ValueError("it holds a sparse file")
        if records.get("hdrcharset", "UTF-8") not in ("UTF-8", _UTF8_NAME):
            raise ValueError("an extended header is not UTF-8")
        extended.path = records.get("path", extended.path)
        extended.target = records.get("linkpath", extended.target)
        if "size" in records:
            extended.size = _decimal(records["size"])


_UTF8_NAME = "ISO-IR 10646 2000 UTF-8"


def _records(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield the ``length key=value`` records of a pax header (POSIX.1-2001)."""
    seen: set[str] = set()
    while content:
        digits, space, _ = content[:20].partition(b" ")
        length = _decimal(digits.decode("ascii", "replace"))
        record, content = content[:length], content[length:]
        if not space or len(record) != length or not record.endswith(b"\n"):
            raise ValueError("an extended header is malformed")
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals:
            raise ValueError("an extended header is malformed")
        # Attributes of some file systems hold binary values; they mean nothing here.
        name = key.decode("utf-8", "replace")
        if name in seen:
            raise ValueError(f"an extended header names {name[:40]!r} twice")
        seen.add(name)
        if name in ("path", "linkpath") and b"\0" in value:
            raise ValueError("an extended header holds a NUL")
        text = value.decode("utf-8", "surrogateescape")
        yield name, text


def _decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004
        raise ValueError("an extended header holds a bad number")
    return int(text)
