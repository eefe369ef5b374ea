"""A reader of .deb files of our own: control files, and the files that they install."""

import hashlib
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

from pysetup.platforms.deb.ar import ArMember, read_members
from pysetup.platforms.deb.archive import FORMAT_VERSION
from pysetup.platforms.deb.control import parse_paragraph
from pysetup.platforms.tar_reader import UnreadablePackageError
from pysetup.platforms.zstandard import open_zstd_reader
from pysetup.values import dataclass

_PIECE = 1 << 20
_MOST_CONTROL = 16 << 20
_MOST_MEMBERS = 1_000_000
_LZMA_MEMORY = 256 << 20
# Decompressed at once: a thousand times as much, at worst.
_RAW_PIECE = 1 << 14


@dataclass(frozen=True, slots=True, order=True)
class InstalledFile:
    """A file, folder or link that a package installs.

    ``path`` is below the root; a folder ends in ``/`` and has no digests. ``sha256``
    and ``md5`` are in hexadecimal digits, ``size`` is in bytes.
    """

    path: str
    mode: int
    size: int = 0
    sha256: str = ""
    md5: str = ""
    target: str = ""
    owner: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it has content."""
        return not self.path.endswith("/") and not self.target


@dataclass(frozen=True, slots=True)
class DebContents:
    """A package that has been read: its fields, its control files, its files."""

    fields: dict[str, str]
    control: dict[str, bytes]
    files: tuple[InstalledFile, ...]
    members: tuple[str, ...]

    def lines(self, name: str) -> list[str]:
        """Return the lines of a control file; none where it is absent."""
        return self.control.get(name, b"").decode("utf-8", "replace").splitlines()


def read_deb(path: Path) -> DebContents:
    """Read the whole package; nothing is unpacked onto the disk.

    Raises ``UnreadablePackageError``.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.name)
    except OSError as error:
        raise UnreadablePackageError(path.name, error.strerror or str(error)) from None


def _read(file: BinaryIO, source: str) -> DebContents:
    members = list(read_members(file, source=source))
    names = tuple(member.name for member in members)
    # deb(5): these three in this order; what begins with an underscore may follow.
    ours = [name for name in names if not name.startswith("_")]
    if (
        len(ours) != 3  # noqa: PLR2004 - the version, and two archives
        or ours[0] != "debian-binary"
        or not ours[1].startswith("control.tar")
        or not ours[2].startswith("data.tar")
    ):
        raise UnreadablePackageError(
            source, f"it has the members {', '.join(names[:6])}"
        )
    by_name = {member.name: member for member in members}
    file.seek(by_name[ours[0]].offset)
    version = file.read(min(by_name[ours[0]].size, 16))
    if not version.startswith(FORMAT_VERSION[:2]):
        raise UnreadablePackageError(source, "it is of another version of the format")
    control = dict(_control(file, by_name[ours[1]], source))
    files = tuple(sorted(_files(file, by_name[ours[2]], source)))
    if "control" not in control:
        raise UnreadablePackageError(source, "it has no control file")
    try:
        fields = parse_paragraph(control["control"].decode())
    except ValueError as error:
        raise UnreadablePackageError(
            source, f"its control file is none: {error}"
        ) from None
    return DebContents(fields, control, files, names)


def _control(
    file: BinaryIO, member: ArMember, source: str
) -> Iterator[tuple[str, bytes]]:
    size = 0
    for archive, each in _walk(file, member, source):
        size += each.size
        if size > _MOST_CONTROL:
            raise UnreadablePackageError(source, "its control files are too large")
        name = each.name.removeprefix("./")
        if each.isfile() and "/" not in name:
            content = archive.extractfile(each)
            assert content is not None, "it is a file"
            yield name, content.read()


def _files(file: BinaryIO, member: ArMember, source: str) -> Iterator[InstalledFile]:
    seen: set[str] = set()
    for archive, each in _walk(file, member, source):
        path = each.name.removeprefix("./").strip("/")
        if path in ("", "."):
            continue
        if path in seen or ".." in path.split("/"):
            raise UnreadablePackageError(
                source, f"it holds {path[:80]!r} twice, or unsafely"
            )
        seen.add(path)
        owner = f"{each.uid}:{each.gid}"
        if each.isdir():
            yield InstalledFile(f"{path}/", each.mode, owner=owner)
        elif each.issym() or each.islnk():
            yield InstalledFile(path, each.mode, target=each.linkname, owner=owner)
        elif each.isfile():
            content = archive.extractfile(each)
            assert content is not None, "it is a file"
            sha256, md5 = _digests(content)
            yield InstalledFile(path, each.mode, each.size, sha256, md5, owner=owner)
        else:
            raise UnreadablePackageError(source, f"{path[:80]!r} is a device or a pipe")


def _digests(content: IO[bytes]) -> tuple[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    while piece := content.read(_PIECE):
        sha256.update(piece)
        md5.update(piece)
    return sha256.hexdigest(), md5.hexdigest()


def _walk(
    file: BinaryIO, member: ArMember, source: str
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    count = 0
    try:
        stream = _decompressed(file, member, source)
        with tarfile.open(
            fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for each in archive:
                count += 1
                if count > _MOST_MEMBERS:
                    raise UnreadablePackageError(source, "it has too many members")
                yield archive, each
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise UnreadablePackageError(source, f"{member.name}: {error}") from None


def _decompressed(file: BinaryIO, member: ArMember, source: str) -> IO[bytes]:
    ending = member.name.rpartition(".tar")[2]
    packed: _Xz | _Gzip | None = None
    if ending == ".xz":
        packed = _Xz()
    elif ending == ".gz":
        packed = _Gzip()
    elif ending == ".zst":
        return open_zstd_reader(io.BufferedReader(_Section(file, member, None)))
    elif ending:
        reason = f"it is compressed as {ending!r}, which is not read here"
        raise UnreadablePackageError(source, reason)
    return io.BufferedReader(_Section(file, member, packed), _PIECE)


class _Xz:
    """Unpacks xz, a piece at a time."""

    def __init__(self) -> None:
        self._inner = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)

    @property
    def has_more(self) -> bool:
        """Whether there is more to come of what it was given."""
        return not self._inner.needs_input and not self._inner.eof

    def unpack(self, piece: bytes) -> bytes:
        """Take in ``piece``; return what is ready, never more than a piece."""
        return self._inner.decompress(piece, _PIECE)


class _Gzip:
    """Unpacks gzip in the same way."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def has_more(self) -> bool:
        return bool(self._inner.unconsumed_tail)

    def unpack(self, piece: bytes) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + piece, _PIECE)


class _Section(io.RawIOBase):
    """The content of a member of an archive, to be read once, from its beginning."""

    def __init__(
        self, file: BinaryIO, member: ArMember, packed: _Xz | _Gzip | None
    ) -> None:
        super().__init__()
        self._file, self._place, self._left = file, member.offset, member.size
        self._packed = packed
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - any buffer
        while not self._ready:
            if self._packed is not None and self._packed.has_more:
                self._ready = self._packed.unpack(b"")
                continue
            if not self._left:
                break
            self._file.seek(self._place)
            piece = self._file.read(min(self._left, _RAW_PIECE))
            if not piece:
                raise EOFError("it ends too early")
            self._place += len(piece)
            self._left -= len(piece)
            self._ready = self._packed.unpack(piece) if self._packed else piece
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)
