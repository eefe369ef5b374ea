"""The payload of an RPM package: a cpio archive of the "new ASCII" format."""

from collections.abc import Iterator
from typing import IO

from pysetup.errors import BuildError
from pysetup.platforms.rpm.header import DamagedRpmError
from pysetup.values import dataclass

_MAGIC = b"070701"
_TRAILER = b"TRAILER!!!"
_FIELDS = 13
_HEAD = len(_MAGIC) + 8 * _FIELDS
MOST_BYTES = 0xFFFFFFFF  # a size has eight digits of base 16
_MOST_NAME, _CHUNK = 4096, 1 << 20


class OversizedRpmFileError(BuildError):
    """A file is too large for an RPM package: 4 GiB and more do not fit.

    Leave the file out, or split it. Nothing was written.
    """

    code = "PS6560"

    def __init__(self, path: str, size: int) -> None:
        super().__init__(
            f"{path} has {size} bytes; a file in an RPM package has less than 4 GiB",
            facts={"file": path, "bytes": size},
            hints=("leave the file out of the package, or split it",),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """What stands before the content of a file: ``mode`` with the kind of file."""

    name: str
    mode: int
    size: int
    inode: int = 0
    modified: int = 0
    links: int = 1


def member_head(member: Member) -> bytes:
    """Return the bytes before the content. Raises ``OversizedRpmFileError``."""
    if member.size > MOST_BYTES:
        raise OversizedRpmFileError(member.name, member.size)
    name = member.name.encode() + b"\0"
    numbers = (
        member.inode,
        member.mode,
        0,
        0,
        member.links,
        member.modified,
        member.size,
        *(0, 0, 0, 0),
        len(name),
        0,
    )
    head = _MAGIC + b"".join(b"%08x" % number for number in numbers) + name
    return head + padding(len(head))


def padding(size: int) -> bytes:
    """Return the zero bytes behind ``size`` bytes, up to a multiple of 4."""
    return bytes(-size % 4)


def trailer() -> bytes:
    """Return the member that ends an archive."""
    return member_head(Member(_TRAILER.decode(), 0, 0))


def read_members(
    stream: IO[bytes], *, source: str
) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Yield the members of an archive, each with its content piece by piece.

    A content has to be read before the next member is asked for. Raises
    ``DamagedRpmError`` naming ``source``.
    """
    while True:
        head = _exactly(stream, _HEAD, source)
        if not head.startswith(_MAGIC):
            raise DamagedRpmError(source, "its payload is no cpio archive")
        try:
            fields = [int(head[at : at + 8], 16) for at in range(6, _HEAD, 8)]
        except ValueError:
            raise DamagedRpmError(source, "its payload has a broken member") from None
        inode, mode, _, _, links, modified, size, *_, length, _ = fields
        if not 1 < length <= _MOST_NAME:
            raise DamagedRpmError(source, "its payload has a member without a name")
        name = _exactly(stream, length + -(_HEAD + length) % 4, source)[: length - 1]
        if name == _TRAILER:
            return
        decoded = name.decode("utf-8", "surrogateescape")
        member = Member(decoded, mode, size, inode, modified, links)
        yield member, _content(stream, size, source)


def _content(stream: IO[bytes], size: int, source: str) -> Iterator[bytes]:
    left = size
    while left:
        piece = _exactly(stream, min(left, _CHUNK), source)
        left -= len(piece)
        yield piece
    _exactly(stream, -size % 4, source)


def _exactly(stream: IO[bytes], size: int, source: str) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise DamagedRpmError(source, "its payload ends too early")
    return content
