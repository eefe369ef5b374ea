"""Bad source archives, given to every command that takes one."""

import bz2
import gzip
import io
import random
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.flow

COMMANDS = (
    "build",
    "build the tree",
    "bdist_wheel",
    "install",
    "metadata show",
    "normalize",
    "rebuild",
    "rebuild the sdist",
    "compare",
    "check",
)

Entry = tuple[tarfile.TarInfo, bytes]

PROJECT = b'[project]\nname = "demo"\nversion = "1.0"\n[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
CORE = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


def entry(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.mode = kind, len(content), link, 0o644
    return info, content


def tar(*entries: Entry, top: str = "demo-1.0") -> bytes:
    stream = io.BytesIO()
    usual = (
        entry(f"{top}/PKG-INFO", CORE),
        entry(f"{top}/pyproject.toml", PROJECT),
        entry(f"{top}/demo.py", b"x = 1\n"),
    )
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in (*usual, *entries) if top else entries:
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def packed(*entries: Entry, top: str = "demo-1.0") -> bytes:
    return gzip.compress(tar(*entries, top=top), 1)


def link(name: str, target: str) -> Entry:
    return entry(f"demo-1.0/{name}", kind=tarfile.SYMTYPE, link=target)


def hard(name: str, target: str) -> Entry:
    return entry(f"demo-1.0/{name}", kind=tarfile.LNKTYPE, link=target)


def special(kind: bytes) -> bytes:
    return packed(entry("demo-1.0/x", kind=kind))


def bad_sum() -> bytes:
    content = bytearray(tar())
    content[3] ^= 1
    return gzip.compress(bytes(content))


def bomb(size: int) -> bytes:
    """A file of zeros, in as many gzip members as it needs."""
    info = tarfile.TarInfo("demo-1.0/zeros")
    info.size = size
    piece = gzip.compress(bytes(1 << 24), 9)
    return gzip.compress(
        tar()[:-1024].rstrip(b"\0").ljust(512 * 6, b"\0") + info.tobuf()
    ) + piece * (size >> 24)


def many(count: int) -> bytes:
    compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
    head = entry("demo-1.0/PKG-INFO", CORE)[0].tobuf() + CORE.ljust(512, b"\0")
    parts = [compressor.compress(head)]
    block = bytearray(entry("demo-1.0/" + "0" * 8)[0].tobuf())
    for number in range(count):
        block[9:17] = b"%08d" % number
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        parts.append(compressor.compress(bytes(block)))
    return b"".join([*parts, compressor.flush()])


def named(*names: bytes) -> bytes:
    """Members whose names tarfile would not write."""
    blocks = [entry("demo-1.0/PKG-INFO", CORE)[0].tobuf() + CORE.ljust(512, b"\0")]
    for name in names:
        block = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT))
        block[:100] = name.ljust(100, b"\0")
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        blocks.append(bytes(block))
    return gzip.compress(b"".join(blocks) + bytes(1024))


def pax(key: str, value: str) -> bytes:
    info = tarfile.TarInfo("demo-1.0/x")
    info.pax_headers = {key: value}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    return gzip.compress(
        tar()[:-1024].rstrip(b"\0").ljust(512 * 6, b"\0") + stream.getvalue()
    )


def a_zip(
    *members: tuple[str, bytes],
    change: Callable[[zipfile.ZipInfo], None] = lambda _: None,
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("demo-1.0/PKG-INFO", CORE),
            ("demo-1.0/pyproject.toml", PROJECT),
            ("demo-1.0/demo.py", b""),
            *members,
        ):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    return stream.getvalue()


def encrypted() -> bytes:
    content = bytearray(a_zip())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(sign)
        while at != -1:
            content[at + offset] |= 1
            at = content.find(sign, at + 4)
    return bytes(content)


def overlapping() -> bytes:
    """Two members of the directory that are the same bytes of the file."""
    content = a_zip(("demo-1.0/a", b"a" * 1000))
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    directory = content[start:end]
    last = directory[directory.rindex(b"PK\x01\x02") :]
    again = last.replace(b"demo-1.0/a", b"demo-1.0/b")
    tail = bytearray(content[end:])
    count = struct.unpack("<H", tail[8:10])[0] + 1
    tail[8:12] = struct.pack("<HH", count, count)
    tail[12:16] = struct.pack("<I", len(directory) + len(again))
    return content[:start] + directory + again + bytes(tail)


def zip_link() -> bytes:
    def be_link(info: zipfile.ZipInfo) -> None:
        if info.filename.endswith("x"):
            info.external_attr = (stat.S_IFLNK | 0o777) << 16

    return a_zip(("demo-1.0/x", b"/etc/passwd"), change=be_link)


TGZ, ZIP = "demo-1.0.tar.gz", "demo-1.0.zip"
WHOLE = packed()
GARBAGE = random.Random(1).randbytes(5000)

BAD = {
    "an empty file": (TGZ, b""),
    "an empty zip file": (ZIP, b""),
    "one byte": (TGZ, b"\x1f"),
    "cut in the header": (TGZ, WHOLE[:9]),
    "cut in the middle": (TGZ, WHOLE[: len(WHOLE) // 2]),
    "cut in the trailer": (TGZ, WHOLE[:-4]),
    "a tar cut in the middle": (TGZ, gzip.compress(tar()[:1200])),
    "a tar without its end": (TGZ, gzip.compress(tar()[:1000])),
    "a wrong CRC": (TGZ, WHOLE[:-6] + b"\0\0" + WHOLE[-4:]),
    "garbage": (TGZ, GARBAGE),
    "gzip of garbage": (TGZ, gzip.compress(GARBAGE)),
    "gzip of nothing": (TGZ, gzip.compress(b"")),
    "zeros alone": (TGZ, gzip.compress(bytes(10240))),
    "something after the end": (TGZ, WHOLE + b"more"),
    "bzip2 under the name of gzip": (TGZ, bz2.compress(tar())),
    "a plain tar under the name of gzip": (TGZ, tar()),
    "a zip under the name of a tar": (TGZ, a_zip()),
    "a tar under the name of a zip": (ZIP, WHOLE),
    "broken xz": ("demo-1.0.tar.xz", b"\xfd7zXZ\0" + GARBAGE),
    "broken bzip2": ("demo-1.0.tar.bz2", b"BZh9" + GARBAGE),
    "a page of HTML": (TGZ, b"<!DOCTYPE html><html><body>404</body></html>"),
    "a wrong checksum": (TGZ, bad_sum()),
    "an absolute path": (TGZ, packed(entry("/tmp/evil", b"x"))),
    "a path that climbs": (TGZ, packed(entry("demo-1.0/../../evil", b"x"))),
    "a path that climbs at once": (TGZ, packed(entry("../evil", b"x"))),
    "a drive letter": (TGZ, packed(entry("C:/evil", b"x"))),
    "a backslash": (TGZ, packed(entry("demo-1.0/..\\evil", b"x"))),
    "a device of Windows": (TGZ, packed(entry("demo-1.0/a:b", b"x"))),
    "a link out": (TGZ, packed(link("x", "../../etc/passwd"))),
    "an absolute link": (TGZ, packed(link("x", "/etc/passwd"))),
    "a link to itself": (TGZ, packed(link("x", "x"))),
    "a file through a link": (TGZ, packed(link("d", "."), entry("demo-1.0/d/evil", b"x"))),
    "a file through a link out": (TGZ, packed(link("d", "/tmp"), entry("demo-1.0/d/evil", b"x"))),
    "a hard link out": (TGZ, packed(hard("x", "../../etc/passwd"))),
    "an absolute hard link": (TGZ, packed(hard("x", "/etc/passwd"))),
    "a hard link to nothing": (TGZ, packed(hard("x", "demo-1.0/nothing"))),
    "a character device": (TGZ, special(tarfile.CHRTYPE)),
    "a block device": (TGZ, special(tarfile.BLKTYPE)),
    "a pipe": (TGZ, special(tarfile.FIFOTYPE)),
    "a sparse file": (TGZ, special(tarfile.GNUTYPE_SPARSE)),
    "a type nobody knows": (TGZ, special(b"V")),
    "a pax path that climbs": (TGZ, pax("path", "demo-1.0/../../evil")),
    "a pax path that is absolute": (TGZ, pax("path", "/tmp/evil")),
    "a pax size that lies": (TGZ, pax("size", "99999999999")),
    "a pax size that is negative": (TGZ, pax("size", "-512")),
    "a pax size that is no number": (TGZ, pax("size", "many")),
    "a pax sparse file": (TGZ, pax("GNU.sparse.major", "1")),
    "a bomb of 10 GiB": (TGZ, bomb(10 << 30)),
    "deep folders": (TGZ, packed(entry("demo-1.0/" + "d/" * 300 + "x"))),
    "a huge name": (TGZ, packed(entry("demo-1.0/" + "n" * 5000))),
    "a huge path": (TGZ, packed(entry("demo-1.0/" + "nnnnnnn/" * 90000))),
    "a member twice": (TGZ, packed(entry("demo-1.0/demo.py", b"y"))),
    "a file and a folder": (TGZ, packed(entry("demo-1.0/demo.py/x", b"y"))),
    "two top folders": (TGZ, packed(entry("other-1.0/x", b"y"))),
    "a file beside the top folder": (TGZ, packed(entry("setup.py", b"y"))),
    "no top folder": (TGZ, packed(entry("PKG-INFO", CORE), entry("pyproject.toml", PROJECT), top="")),
    "a name that is not UTF-8": (TGZ, named(b"demo-1.0/\xff\xfe")),
    "a name with control characters": (TGZ, named(b"demo-1.0/a\x1b[31mb")),
    "a name with a newline": (TGZ, named(b"demo-1.0/a\nb")),
    "an encrypted zip": (ZIP, encrypted()),
    "a zip cut in the middle": (ZIP, a_zip()[:100]),
    "a zip without its directory": (ZIP, a_zip()[:-30]),
    "a zip of garbage": (ZIP, GARBAGE),
    "a zip with a wrong CRC": (ZIP, a_zip().replace(zlib.crc32(CORE).to_bytes(4, "little"), b"abcd")),
    "a zip with members that overlap": (ZIP, overlapping()),
    "a zip with a path that climbs": (ZIP, a_zip(("demo-1.0/../../evil", b""))),
    "a zip with an absolute path": (ZIP, a_zip(("/tmp/evil", b""))),
    "a zip with a link out": (ZIP, zip_link()),
    "a zip with a name twice": (ZIP, a_zip(("demo-1.0/demo.pz", b"")).replace(b"demo.pz", b"demo.py")),
    "a zip bomb": (ZIP, a_zip(("demo-1.0/zeros", bytes(200 << 20)))),
    "a zip before which something stands": (ZIP, b"#!/bin/sh\nexit\n" + a_zip()),
}  # fmt: skip

# What an archive as such does not forbid: each says what is wrong in its own class.
STRANGE = {
    "a link to nothing": (TGZ, packed(link("x", "nothing")), "015"),
    "nothing but a folder": (TGZ, packed(entry("demo-1.0", kind=tarfile.DIRTYPE), top=""), "25"),
    "no PKG-INFO and no project": (TGZ, packed(entry("demo-1.0/x", b"x"), top=""), "25"),
    "a binary PKG-INFO": (TGZ, packed(entry("demo-1.0/PKG-INFO", GARBAGE), top=""), "25"),
    "an empty PKG-INFO": (TGZ, packed(entry("demo-1.0/PKG-INFO", b""), top=""), "25"),
    "a huge PKG-INFO": (TGZ, packed(entry("demo-1.0/PKG-INFO", CORE + b"Classifier: x\n" * 2_000_000), entry("demo-1.0/pyproject.toml", PROJECT), top=""), "0256"),
    "a PKG-INFO of another project": (TGZ, packed(entry("demo-1.0/PKG-INFO", b"Metadata-Version: 2.1\nName: other\nVersion: 2\n"), entry("demo-1.0/pyproject.toml", PROJECT), entry("demo-1.0/demo.py"), top=""), "025"),
    "a top folder of another name": (TGZ, packed(top="other-2.0"), "0125"),
    "names that differ in case": (TGZ, packed(entry("demo-1.0/DEMO.py", b"y")), "01"),
    "a broken pyproject.toml": (TGZ, packed(entry("demo-1.0/PKG-INFO", CORE), entry("demo-1.0/pyproject.toml", b"[project\n"), top=""), "125"),
    "a pyproject.toml of NUL": (TGZ, packed(entry("demo-1.0/PKG-INFO", CORE), entry("demo-1.0/pyproject.toml", bytes(100)), top=""), "125"),
    "an old setup.py that is broken": (TGZ, packed(entry("demo-1.0/PKG-INFO", CORE), entry("demo-1.0/setup.py", b"def (:\n"), top=""), "01256"),
    "a file name of another version": ("demo-2.0.tar.gz", WHOLE, "0125"),
    "a file name without a version": ("demo.tar.gz", WHOLE, "0125"),
    "a file name that is no archive's": ("demo-1.0.txt", WHOLE, "125"),
    "a file name of an ancient archive": ("demo-1.0.tar.Z", WHOLE, "125"),
}  # fmt: skip


def placed(lab: Any, name: str, content: bytes) -> Path:
    path: Path = lab.place / name
    path.write_bytes(content)
    return path


# These tell what an archive holds, or compare it, without taking anything out of it.
ONLY_LOOKING = ("rebuild the sdist", "compare", "check", "normalize", "metadata show")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", BAD)
def test_a_bad_archive_is_an_integrity_error(
    lab: Any, fault: str, command: str
) -> None:
    words = lab.words(command, placed(lab, *BAD[fault]))
    if command in ONLY_LOOKING[:3]:
        lab.answers(*words, classes="015")
    else:
        lab.refuses(*words, classes="5")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", STRANGE)
def test_a_strange_archive_has_an_answer(lab: Any, fault: str, command: str) -> None:
    name, content, classes = STRANGE[fault]
    words = lab.words(command, placed(lab, name, content))
    lab.answers(*words, classes=classes + "01" * (command in ONLY_LOOKING))
