"""Archives of cpio in the portable format of POSIX ("odc"), written and read."""

from collections.abc import Iterable, Iterator

from pysetup.platforms.pkg.entries import FOLDER, Entry

_MAGIC = b"070707"
_END = "TRAILER!!!"
_HEADER = 76
_LARGEST = 8**11 - 1
_NUMBERS = 8**6


class CpioError(ValueError):
    """The bytes are no such archive, or an entry does not fit one."""


def write_cpio(entries: Iterable[Entry], *, epoch: int) -> Iterator[bytes]:
    """Yield the bytes of an archive; ``epoch`` is the time of all entries."""
    for number, entry in enumerate(entries, start=1):
        yield _header(entry, number, epoch)
        yield entry.content
    yield _header(Entry(_END, 0), 0, 0)


def _header(entry: Entry, number: int, epoch: int) -> bytes:
    name = entry.path.encode() + b"\0"
    if len(entry.content) > _LARGEST:
        raise CpioError(f"{entry.path} is larger than 8 GiB")
    links = 2 if entry.kind == FOLDER else 1
    short = (0, number % _NUMBERS, entry.mode, entry.uid, entry.gid, links, 0)
    numbers = b"".join(b"%06o" % value for value in short)
    sizes = b"%011o%06o%011o" % (epoch, len(name), len(entry.content))
    return _MAGIC + numbers + sizes + name


def read_cpio(content: bytes) -> list[Entry]:
    """Return the entries of an archive; raises ``CpioError``."""
    found: list[Entry] = []
    at = 0
    while True:
        header = content[at : at + _HEADER]
        if header[:6] != _MAGIC or len(header) < _HEADER:
            raise CpioError(f"there is no entry at byte {at}")
        try:
            mode, uid, gid = (int(header[n : n + 6], 8) for n in (18, 24, 30))
            names, size = int(header[59:65], 8), int(header[65:76], 8)
            start = at + _HEADER + names
            name = content[at + _HEADER : start - 1].decode()
        except ValueError as error:
            raise CpioError(f"the entry at byte {at} is damaged: {error}") from None
        if name == _END:
            return found
        if start + size > len(content):
            raise CpioError(f"{name} is cut short")
        found.append(Entry(name, mode, uid, gid, content[start : start + size]))
        at = start + size
