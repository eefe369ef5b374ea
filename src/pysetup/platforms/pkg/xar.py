"""Archives of xar: a table of contents in XML, then the bytes of the files."""

import hashlib
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Sequence
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
    """A file of the archive; ``compressed`` says that its bytes are to be deflated."""

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
    heap, at = [], _DIGEST
    for number, member in enumerate(members, start=1):
        stored = (
            zlib.compress(member.content, 9) if member.compressed else member.content
        )
        file = ET.SubElement(table, "file", id=str(number))
        _describe(file, member, stored, at=at, stamp=f"{stamp}Z")
        heap.append(stored)
        at += len(stored)
    text = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    packed = zlib.compress(text, 9)
    header = _HEADER.pack(_MAGIC, _HEADER.size, 1, len(packed), len(text), _SHA1)
    digest = hashlib.sha1(packed, usedforsecurity=False).digest()
    return b"".join((header, packed, digest, *heap))


def _describe(
    file: ET.Element, member: Member, stored: bytes, *, at: int, stamp: str
) -> None:
    data = ET.SubElement(file, "data")
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
    for tag, text in (
        ("ctime", stamp),
        ("mtime", stamp),
        ("atime", stamp),
        ("group", "wheel"),
        ("gid", "0"),
        ("user", "root"),
        ("uid", "0"),
        ("mode", "0644"),
        ("type", "file"),
        ("name", member.name),
    ):
        ET.SubElement(file, tag).text = text


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
    found = {}
    for file in ET.fromstring(text).iter("file"):  # noqa: S314 - no document type, so no entities
        data = file.find("data")
        if data is None:
            continue
        offset, length = (int(data.findtext(tag, "")) for tag in ("offset", "length"))
        stored = bytes(heap[offset : offset + length])
        _check(stored, data, "archived-checksum")
        encoding = data.find("encoding")
        if encoding is not None and encoding.get("style") == _ZLIB:
            inflate = zlib.decompressobj()
            stored = inflate.decompress(stored, int(data.findtext("size", "")) + 1)
        _check(stored, data, "extracted-checksum")
        found[file.findtext("name", "")] = stored
    return found


def _check(content: bytes, data: ET.Element, tag: str) -> None:
    stated = data.find(tag)
    if stated is None or stated.get("style") != "sha1":
        raise XarError("a file has no checksum")
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != stated.text:
        raise XarError("the checksum of a file is wrong")
