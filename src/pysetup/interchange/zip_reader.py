"""The one zip reader: every byte accounted for, sizes and checksums proved."""

import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from pysetup.errors import IntegrityError, UsageError
from pysetup.interchange.zip_directory import (
    HAS_DESCRIPTOR,
    STORED,
    ZipMember,
    ZipStructureError,
    local_sizes,
    parse_extra,
    read_directory,
)
from pysetup.values import dataclass

_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 1 << 20
_MIB = 1 << 20
# Members up to this size are read at once, archives are kept in memory.
WHOLE = 4 * _MIB
_KEPT = 64 * _MIB


class UnreadableFileError(UsageError):
    """A file that was named on the command line or in a list cannot be read.

    It does not exist, is a folder, or its permissions forbid reading it.
    """

    code = "PS2300"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"cannot read {path}: {reason}",
            facts={"file": path},
            hints=("check the path and its permissions",),
        )


class ZipLimitError(IntegrityError):
    """An archive would unpack to far more than a package holds: a bomb, most likely.

    A member, or the whole, that is larger than 64 MiB may be at most 50 times its
    compressed size, the rule of the public index; and the whole has an upper limit.
    """

    code = "PS5301"

    def __init__(self, source: str, reason: str, *, member: str = "") -> None:
        super().__init__(
            f"{source} unpacks to too much: {reason}",
            facts={"file": source, **({"member": member} if member else {})},
            hints=("do not install it unless you know why it is so large",),
        )
        self.source, self.reason, self.member = source, reason, member


@dataclass(frozen=True, slots=True)
class ZipLimits:
    """How much an archive may unpack to; sizes in bytes.

    Above ``free_size``, content may be at most ``ratio`` times its compressed size.
    ``comment`` is how long the comment of the whole archive may be: a wheel has none,
    and old sdists may.
    """

    total: int = 32 * 1024 * _MIB
    free_size: int = 64 * _MIB
    ratio: int = 50
    comment: int = 0


DEFAULT_LIMITS = ZipLimits()
LONGEST_COMMENT = 0xFFFF


class ZipReader:
    """A zip file that was found sound; opening it checks its whole structure.

    ``members`` maps the names of the files (no folders) to their entries, in the
    order of their bytes. Reading is safe from several threads.
    """

    members: Mapping[str, ZipMember]

    def __init__(self, path: str, *, limits: ZipLimits = DEFAULT_LIMITS) -> None:
        self.source = os.path.basename(path)
        self._kept = b""
        try:
            self._stream = open(path, "rb")  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            raise UnreadableFileError(path, error.strerror or str(error)) from None
        try:
            self._open(limits)
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def content(self, member: ZipMember) -> bytes:
        """Return the content of ``member``, all at once.

        Raises ``ZipStructureError`` if it is not what the directory says.
        """
        begin, end = self._data[member.name]
        content = self._read_at(begin, end - begin)
        if member.method != STORED:
            content = self._inflated_whole(member, content)
        if len(content) != member.size or zlib.crc32(content) != member.crc:
            raise self._fault("size or checksum of a member is wrong", member)
        return content

    def chunks(self, member: ZipMember) -> Iterator[bytes]:
        """Yield the content of ``member`` in pieces of at most 4 MiB.

        Raises ``ZipStructureError`` at the end if size or checksum is wrong; what
        was yielded before is then worth nothing.
        """
        if member.size <= WHOLE:
            if content := self.content(member):
                yield content
            return
        crc = produced = 0
        pieces = self._stored if member.method == STORED else self._inflated
        try:
            for piece in pieces(member):
                produced += len(piece)
                if produced > member.size:
                    raise self._fault("a member is longer than it says", member)
                crc = zlib.crc32(piece, crc)
                yield piece
        except zlib.error:
            raise self._fault("a member does not inflate", member) from None
        if produced != member.size or crc != member.crc:
            raise self._fault("size or checksum of a member is wrong", member)

    def raw(self) -> Iterator[bytes]:
        """Yield the archive itself in pieces."""
        for offset in range(0, self._length, _CHUNK):
            yield self._read_at(offset, min(_CHUNK, self._length - offset))

    def _stored(self, member: ZipMember) -> Iterator[bytes]:
        begin, end = self._data[member.name]
        for offset in range(begin, end, _CHUNK):
            yield self._read_at(offset, min(_CHUNK, end - offset))

    def _inflated(self, member: ZipMember) -> Iterator[bytes]:
        offset, end = self._data[member.name]
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        pending = b""
        while not inflater.eof:
            if not pending and offset < end:
                pending = self._read_at(offset, min(_CHUNK, end - offset))
                offset += len(pending)
            # Without input it gives what it holds back.
            piece = inflater.decompress(pending, _CHUNK)
            pending = inflater.unconsumed_tail
            if piece:
                yield piece
            elif not pending and offset == end and not inflater.eof:
                raise self._fault("a member is cut off", member)
        if inflater.unused_data or pending or offset != end:
            raise self._fault("bytes are hidden behind a member", member)

    def _inflated_whole(self, member: ZipMember, packed: bytes) -> bytes:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, member.size + 1)
        except zlib.error:
            raise self._fault("a member does not inflate", member) from None
        if len(content) > member.size:
            raise self._fault("a member is longer than it says", member)
        if not inflater.eof:
            raise self._fault("a member is cut off", member)
        if inflater.unused_data:
            raise self._fault("bytes are hidden behind a member", member)
        return content

    def _open(self, limits: ZipLimits) -> None:
        length = self._length = os.fstat(self._stream.fileno()).st_size
        if length <= _KEPT:
            self._kept = self._read_at(0, length)
        ordered, directory = read_directory(
            self._read_at, length=length, source=self.source, comment=limits.comment
        )
        self._refuse_excess(ordered, length, limits)
        self._data: dict[str, tuple[int, int]] = {}
        position = 0
        ends = [*(member.header_offset for member in ordered[1:]), directory]
        for member, end in zip(ordered, ends, strict=False):  # none: one end too many
            if member.header_offset != position:
                raise self._fault("bytes stand before or between members", member)
            self._data[member.name] = self._check_local(member, end)
            position = end
        if position != directory:
            raise ZipStructureError(self.source, "bytes stand before its directory")
        for member in ordered:
            # Java's jar and old distribute deflate folders to no byte at all.
            if member.is_folder and (member.compressed_size or member.crc):
                for _ in self.chunks(member):  # it is empty; prove it
                    pass
        self.members = {
            member.name: member for member in ordered if not member.is_folder
        }

    def _check_local(self, member: ZipMember, end: int) -> tuple[int, int]:
        """Compare the local header with the directory; return where the data is."""
        header = self._read_at(member.header_offset, _LOCAL.size)
        fields = _LOCAL.unpack(header)
        signature, _, flags, method, _, _, crc, compressed, size, names, extra = fields
        after = self._read_at(member.header_offset + _LOCAL.size, names + extra)
        extras = parse_extra(
            after[names:], raw_name=member.raw_name, source=self.source
        )
        if signature != b"PK\x03\x04" or after[:names] != member.raw_name:
            raise self._fault("a local header differs from the directory", member)
        if (flags, method) != (member.flags, member.method):
            raise self._fault("a local header differs from the directory", member)
        promised = (member.crc, member.compressed_size, member.size)
        sizes = local_sizes(compressed, size, extras)
        late = flags & HAS_DESCRIPTOR and (crc, sizes) == (0, (0, 0))
        if not late and (sizes is None or (crc, *sizes) != promised):
            raise self._fault("a local header differs from the directory", member)
        begin = member.header_offset + _LOCAL.size + names + extra
        stop = begin + member.compressed_size
        self._check_descriptor(member, stop, end)
        return begin, stop

    def _check_descriptor(self, member: ZipMember, begin: int, end: int) -> None:
        """Prove that between data and next header stands a descriptor, or nothing."""
        if not member.flags & HAS_DESCRIPTOR:
            if begin != end:
                raise self._fault("bytes are hidden behind a member", member)
            return
        narrow = member.size <= 0xFFFFFFFF and member.compressed_size <= 0xFFFFFFFF  # noqa: PLR2004
        forms = ("<LQQ", "<LLL") if narrow else ("<LQQ",)
        values = (member.crc, member.compressed_size, member.size)
        bodies = [struct.pack(form, *values) for form in forms]
        if not 12 <= end - begin <= 24:  # noqa: PLR2004 - sizes of a descriptor
            raise self._fault("a data descriptor is missing", member)
        found = self._read_at(begin, end - begin)
        if found not in bodies and found not in [
            b"PK\x07\x08" + body for body in bodies
        ]:
            raise self._fault("a data descriptor is wrong", member)

    def _refuse_excess(
        self, members: tuple[ZipMember, ...], length: int, limits: ZipLimits
    ) -> None:
        total = sum(member.size for member in members)
        if total > limits.total:
            raise ZipLimitError(self.source, f"{total} bytes in all")
        if total > limits.free_size and total > limits.ratio * length:
            raise ZipLimitError(self.source, f"{total} bytes from {length}")
        for member in members:
            allowed = max(limits.free_size, limits.ratio * member.compressed_size)
            if member.size > allowed:
                raise ZipLimitError(
                    self.source,
                    f"{member.size} bytes from {member.compressed_size}",
                    member=member.name,
                )

    def _read_at(self, offset: int, length: int) -> bytes:
        if self._kept and offset >= 0:
            content = self._kept[offset : offset + length]
            if len(content) != length:
                raise ZipStructureError(self.source, "it is cut off")
            return content
        return self._read_file(offset, length)

    def _read_file(self, offset: int, length: int) -> bytes:
        content = (
            os.pread(self._stream.fileno(), length, offset) if offset >= 0 else b""
        )
        while content and len(content) < length:
            more = os.pread(
                self._stream.fileno(), length - len(content), offset + len(content)
            )
            if not more:
                break
            content += more
        if len(content) != length:
            raise ZipStructureError(self.source, "it is cut off")
        return content

    def _fault(self, reason: str, member: ZipMember) -> ZipStructureError:
        return ZipStructureError(self.source, reason, member=member.name)
