"""Archives of xar: a table of contents in XML, then the bytes of the files."""

import hashlib
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pysetup.values import dataclass

_HEADER = struct.Struct(">4sHHQQI")
_MAGIC = b"xar!"
_SHA1 = 1
_DIGEST = 20
_PLAIN, _ZLIB = "application/octet-stream", "application/x-gzip"
_MOST_TABLE = 64 * 1024 * 1024


class XarError(ValueError):
    """The bytes are no archive of xar, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive; ``compressed`` says that its bytes are to be deflated.

    Slashes in its name separate folders.
    """

    name: str
    content: bytes
    compressed: bool = False


def write_xar(members: Sequence[Member], *, epoch: int) -> bytes:
    """Return an archive; ``epoch``, in seconds since 1970, is when it was made."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S")
    root = ET.Element("xar")
    table = ET.SubElement(root, "toc")
    checksum = ET.SubElement(table, "checksum", style="sha1")
    ET.SubElement(checksum, "offset").text = "0"
    ET.SubElement(checksum, "size").text = str(_DIGEST)
    ET.SubElement(table, "creation-time").text = stamp
    folders = {"": table}
    heap, at = [], _DIGEST
    for member in members:
        folder, _, name = member.name.rpartition("/")
        parent = _folder(folder, folders, stamp=f"{stamp}Z")
        stored = (
            zlib.compress(member.content, 9) if member.compressed else member.content
        )
        file = _file(parent, name, "file", stamp=f"{stamp}Z")
        file.insert(0, _data(member, stored, at=at))
        heap.append(stored)
        at += len(stored)
    for number, file in enumerate(table.iter("file"), start=1):
        file.set("id", str(number))
    text = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    packed = zlib.compress(text, 9)
    header = _HEADER.pack(_MAGIC, _HEADER.size, 1, len(packed), len(text), _SHA1)
    digest = hashlib.sha1(packed, usedforsecurity=False).digest()
    return b"".join((header, packed, digest, *heap))


def _folder(path: str, folders: dict[str, ET.Element], *, stamp: str) -> ET.Element:
    """Return the entry of a folder, which is made with those above it if need be."""
    if path not in folders:
        above, _, name = path.rpartition("/")
        parent = _folder(above, folders, stamp=stamp)
        folders[path] = _file(parent, name, "directory", stamp=stamp)
    return folders[path]


def _file(parent: ET.Element, name: str, kind: str, *, stamp: str) -> ET.Element:
    entry = ET.SubElement(parent, "file")
    for tag, text in (
        ("ctime", stamp),
        ("mtime", stamp),
        ("atime", stamp),
        ("group", "wheel"),
        ("gid", "0"),
        ("user", "root"),
        ("uid", "0"),
        ("mode", "0644" if kind == "file" else "0755"),
        ("type", kind),
        ("name", name),
    ):
        ET.SubElement(entry, tag).text = text
    return entry


def _data(member: Member, stored: bytes, *, at: int) -> ET.Element:
    data = ET.Element("data")
    for tag, value in (
        ("length", len(stored)),
        ("offset", at),
        ("size", len(member.content)),
    ):
        ET.SubElement(data, tag).text = str(value)
    ET.SubElement(data, "encoding", style=_ZLIB if member.compressed else _PLAIN)
    for tag, content in (
        ("extracted-checksum", member.content),
        ("archived-checksum", stored),
    ):
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        ET.SubElement(data, tag, style="sha1").text = digest
    return data


def read_xar(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive, whose checksums must hold, by name.

    Raises ``XarError``.
    """
    try:
        return _read(content)
    except (struct.error, zlib.error, ET.ParseError, ValueError) as error:
        raise XarError(f"the archive is damaged: {error}") from None


def _read(content: bytes) -> dict[str, bytes]:
    magic, size, _, packed, full, _ = _HEADER.unpack_from(content)
    if magic != _MAGIC or full > _MOST_TABLE:
        raise XarError("it does not begin as such an archive does")
    table = content[size : size + packed]
    heap = memoryview(content)[size + packed :]
    if hashlib.sha1(table, usedforsecurity=False).digest() != bytes(heap[:_DIGEST]):
        raise XarError("the checksum of the table of contents is wrong")
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(table, full)
    if b"<!" in text:
        raise XarError("the table of contents has a document type")
    found: dict[str, bytes] = {}
    listed = ET.fromstring(text).find("toc")  # noqa: S314 - no document type, so no entities
    if listed is None:
        raise XarError("there is no table of contents")
    for name, data in _files(listed):
        offset, length = (int(data.findtext(tag, "")) for tag in ("offset", "length"))
        stored = bytes(heap[offset : offset + length])
        _check(stored, data, "archived-checksum")
        encoding = data.find("encoding")
        if encoding is not None and encoding.get("style") == _ZLIB:
            inflate = zlib.decompressobj()
            stored = inflate.decompress(stored, int(data.findtext("size", "")) + 1)
        _check(stored, data, "extracted-checksum")
        found[name] = stored
    return found


def _files(table: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Yield the files of a table: their paths, and what is said of their bytes."""
    waiting = [("", table)]
    while waiting:
        above, folder = waiting.pop()
        for entry in folder.findall("file"):
            name = above + entry.findtext("name", "")
            waiting.append((f"{name}/", entry))
            data = entry.find("data")
            if data is not None:
                yield name, data


def _check(content: bytes, data: ET.Element, tag: str) -> None:
    stated = data.find(tag)
    if stated is None or stated.get("style") != "sha1":
        raise XarError("a file has no checksum")
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != stated.text:
        raise XarError("the checksum of a file is wrong")
