import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.errors import IntegrityError, PysetupError
from pysetup.interchange.zip_reader import (
    UnreadableFileError,
    ZipLimitError,
    ZipLimits,
    ZipReader,
)


@dataclass(frozen=True)
class Entry:
    """One member by hand; what is None follows from the content."""

    name: bytes
    content: bytes = b"content\n"
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    local_name: bytes | None = None
    local_flags: int | None = None
    local_method: int | None = None
    local_size: int | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    crc: int | None = None
    size: int | None = None
    data: bytes | None = None
    descriptor: bytes = b""
    before: bytes = b""
    after: bytes = b""
    disk: int = 0


def deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def archive(
    *entries: Entry,
    prefix: bytes = b"",
    gap: bytes = b"",
    suffix: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    reverse: bool = False,
) -> bytes:
    """Write a zip file by hand, for what zipfile would not write."""
    out = io.BytesIO()
    central: list[bytes] = []
    out.write(prefix)
    for entry in entries:
        data = entry.data
        if data is None:
            data = deflate(entry.content) if entry.method == 8 else entry.content
        crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
        size = len(entry.content) if entry.size is None else entry.size
        late = entry.flags & 8
        out.write(entry.before)
        offset = out.tell()
        local_name = entry.name if entry.local_name is None else entry.local_name
        out.write(
            struct.pack(
                "<4s5H3L2H",
                b"PK\3\4",
                20,
                entry.flags if entry.local_flags is None else entry.local_flags,
                entry.method if entry.local_method is None else entry.local_method,
                0,
                33,
                0 if late else crc,
                0 if late else len(data),
                0 if late else (size if entry.local_size is None else entry.local_size),
                len(local_name),
                len(entry.local_extra),
            )
        )
        out.write(
            local_name + entry.local_extra + data + entry.descriptor + entry.after
        )
        central.append(
            struct.pack(
                "<4s4B4H3L5H2L",
                b"PK\1\2",
                20,
                3,
                20,
                0,
                entry.flags,
                entry.method,
                0,
                33,
                crc,
                len(data),
                size,
                len(entry.name),
                len(entry.central_extra),
                len(entry.comment),
                entry.disk,
                0,
                entry.mode << 16,
                offset,
            )
            + entry.name
            + entry.central_extra
            + entry.comment
        )
    out.write(gap)
    begin = out.tell()
    directory = b"".join(reversed(central) if reverse else central)
    total = len(entries) if count is None else count
    out.write(directory)
    out.write(
        struct.pack(
            "<4s4H2LH",
            b"PK\5\6",
            0,
            0,
            total,
            total,
            len(directory),
            begin,
            len(comment),
        )
    )
    out.write(comment + suffix)
    return out.getvalue()


def descriptor(
    content: bytes, *, signature: bytes = b"PK\7\x08", wide: bool = False
) -> bytes:
    form = "<LQQ" if wide else "<LLL"
    return signature + struct.pack(
        form, zlib.crc32(content), len(deflate(content)), len(content)
    )


def unpack(path: Path, *, limits: ZipLimits | None = None) -> dict[str, bytes]:
    """Read everything, as a wheel is read."""
    with ZipReader(os.fspath(path), limits=limits or ZipLimits()) as reader:
        return {
            name: b"".join(reader.chunks(member))
            for name, member in reader.members.items()
        }


Written = Callable[[bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(content: bytes) -> Path:
        path = tmp_path / "demo.zip"
        path.write_bytes(content)
        return path

    return write


A = Entry(b"a.txt")
B = Entry(b"b.txt")

SOUND = {
    "one deflated file": (archive(A), ["a.txt"]),
    "one stored file": (archive(replace(A, method=0)), ["a.txt"]),
    "an empty file": (archive(replace(A, content=b"")), ["a.txt"]),
    "an empty archive": (archive(), []),
    "folders, stored and deflated": (
        archive(
            Entry(b"d/", b"", method=0, mode=0o40755),
            Entry(b"e/", b"", mode=0o40755),
            Entry(b"d/a"),
        ),
        ["d/a"],
    ),
    "a folder without a mode": (archive(Entry(b"d/", b"", method=0, mode=0)), []),
    "a data descriptor with signature": (
        archive(replace(A, flags=8, descriptor=descriptor(A.content))),
        ["a.txt"],
    ),
    "a data descriptor without signature": (
        archive(replace(A, flags=8, descriptor=descriptor(A.content, signature=b""))),
        ["a.txt"],
    ),
    "a wide data descriptor": (
        archive(replace(A, flags=8, descriptor=descriptor(A.content, wide=True))),
        ["a.txt"],
    ),
    "extra fields with times, other ones in the directory": (
        archive(
            replace(
                A,
                local_extra=struct.pack("<HHBLL", 0x5455, 9, 3, 0, 0),
                central_extra=struct.pack("<HHBL", 0x5455, 5, 3, 0),
            )
        ),
        ["a.txt"],
    ),
    "a needless zip64 field in the local header, as Bazel writes it": (
        archive(
            replace(
                A,
                local_extra=struct.pack(
                    "<HHQQ", 1, 16, len(A.content), len(deflate(A.content))
                ),
            )
        ),
        ["a.txt"],
    ),
    "a name that is not ASCII and says so": (
        archive(Entry("ä.txt".encode(), flags=0x800)),
        ["ä.txt"],
    ),
    "a folder that is deflated to nothing": (
        archive(Entry(b"d/", b"", data=b"", mode=0o40755), A),
        ["a.txt"],
    ),
    "a file without any mode": (archive(replace(A, mode=0)), ["a.txt"]),
    "a directory in another order": (
        archive(A, B, reverse=True),
        ["a.txt", "b.txt"],
    ),
}

HOSTILE = {
    "no archive at all": b"hello",
    "an empty file": b"",
    "the end record alone, damaged": b"PK\5\6" + bytes(17) + b"\1",
    "bytes before the first member": archive(A, prefix=b"#!/bin/sh\n"),
    "bytes between two members": archive(A, replace(B, before=b"hidden")),
    "bytes behind the data of a member": archive(replace(A, after=b"hidden"), B),
    "a hidden member between two others": archive(
        A, replace(B, before=archive(Entry(b"evil"))[:-68])
    ),
    "bytes before the directory": archive(A, gap=b"hidden"),
    "bytes behind the end": archive(A, suffix=b"hidden"),
    "an archive comment": archive(A, comment=b"hello"),
    "a comment that hides a second end record": archive(
        A, comment=archive(Entry(b"evil"))[-22:]
    ),
    "a second archive behind the first": archive(A) + archive(B),
    "a folder of no byte with a checksum": archive(
        Entry(b"d/", b"", data=b"", crc=1, mode=0o40755), A
    ),
    "a member comment": archive(replace(A, comment=b"hello")),
    "two members of one name": archive(A, A),
    "a file that is also a folder": archive(Entry(b"a"), Entry(b"a/b")),
    "a file and a folder of one name": archive(
        Entry(b"a"), Entry(b"a/", b"", method=0, mode=0o40755)
    ),
    "too few members counted": archive(A, B, count=1),
    "too many members counted": archive(A, B, count=3),
    "another name in the local header": archive(replace(A, local_name=b"b.txt")),
    "another method in the local header": archive(replace(A, local_method=0)),
    "other flags in the local header": archive(replace(A, local_flags=0x800)),
    "another size in the local header": archive(replace(A, local_size=1)),
    "a wrong checksum": archive(replace(A, crc=1)),
    "a size that is too small": archive(replace(A, size=3)),
    "a size that is too large": archive(replace(A, size=30)),
    "a stored size that is wrong": archive(replace(A, method=0, size=3)),
    "data that does not inflate": archive(replace(A, data=b"\xff\xff\xff")),
    "data that ends too early": archive(replace(A, data=deflate(A.content)[:-2])),
    "bytes behind the end of the deflate stream": archive(
        replace(A, data=deflate(A.content) + b"hidden")
    ),
    "two deflate streams in one member": archive(
        replace(A, data=deflate(A.content) + deflate(b"more"))
    ),
    "an encrypted member": archive(replace(A, flags=1)),
    "a member with strong encryption": archive(replace(A, flags=0x41)),
    "a masked directory": archive(replace(A, flags=0x2000)),
    "bzip2": archive(replace(A, method=12, data=b"BZh9")),
    "lzma": archive(replace(A, method=14)),
    "zstd": archive(replace(A, method=93)),
    "a symbolic link": archive(replace(A, mode=0o120777, content=b"/etc/passwd")),
    "a device": archive(replace(A, mode=0o020644)),
    "a pipe": archive(replace(A, mode=0o010644)),
    "a folder with content": archive(Entry(b"d/", b"x", method=0, mode=0o40755)),
    "a folder whose data inflates to something": archive(
        Entry(b"d/", b"", data=deflate(b"hidden"), mode=0o40755)
    ),
    "a file with the mode of a folder": archive(replace(A, mode=0o40755)),
    "a part of a split archive": archive(replace(A, disk=1)),
    "a data descriptor that is missing": archive(replace(A, flags=8), B),
    "a data descriptor that is wrong": archive(
        replace(A, flags=8, descriptor=descriptor(b"other"))
    ),
    "a data descriptor that nobody announced": archive(
        replace(A, descriptor=descriptor(A.content))
    ),
    "a zip64 field that contradicts": archive(
        replace(A, local_extra=struct.pack("<HHQQ", 1, 16, 1, 1))
    ),
    "a zip64 field that nobody needs in the directory": archive(
        replace(A, central_extra=struct.pack("<HHQ", 1, 8, len(A.content)))
    ),
    "a saturated size without zip64": archive(replace(A, size=0xFFFFFFFF)),
    "a second name in an extra field": archive(
        replace(A, central_extra=struct.pack("<HHBL", 0x7075, 10, 1, 0) + b"b.txt")
    ),
    "an extra field that is cut off": archive(
        replace(A, central_extra=struct.pack("<HH", 0x5455, 200))
    ),
    "an extra field that stands twice": archive(
        replace(A, central_extra=2 * struct.pack("<HH", 0x5455, 0))
    ),
    "junk in the extra fields": archive(replace(A, local_extra=b"abc")),
    "a name that is not ASCII and does not say so": archive(Entry("ä".encode())),
    "a name that is not UTF-8": archive(Entry(b"\xff", flags=0x800)),
    "an empty name": archive(Entry(b"")),
    "a climbing name": archive(Entry(b"../evil")),
    "a name that climbs in the middle": archive(Entry(b"a/../../evil")),
    "an absolute name": archive(Entry(b"/etc/evil")),
    "a drive": archive(Entry(b"C:/evil")),
    "an alternate stream": archive(Entry(b"a.txt:evil")),
    "a backslash": archive(Entry(b"a\\b")),
    "a NUL": archive(Entry(b"a.txt\0.py")),
    "a control character": archive(Entry(b"a\x1b[2J")),
    "a dot part": archive(Entry(b"./a")),
    "an empty part": archive(Entry(b"a//b")),
    "a name of two slashes": archive(Entry(b"//", b"", method=0, mode=0o40755)),
    "a name that is too long": archive(Entry(b"a" * 300)),
    "a path that is too long": archive(Entry(b"/".join([b"a" * 50] * 40))),
    "cut in the directory": archive(A, B)[:-60] + archive(A, B)[-22:],
    "cut in the middle": archive(A, B)[:40],
}


@pytest.mark.parametrize(("content", "names"), SOUND.values(), ids=SOUND)
def test_sound_archives_are_read(
    content: bytes, names: list[str], written: Written
) -> None:
    found = unpack(written(content))
    assert sorted(found) == names
    assert set(found.values()) <= {b"content\n", b""}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_archives_are_refused(content: bytes, written: Written) -> None:
    with pytest.raises(IntegrityError) as caught:
        unpack(written(content))
    assert caught.value.hints
    assert caught.value.facts["file"] == "demo.zip"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"nothing\.zip"):
        ZipReader(os.fspath(tmp_path / "nothing.zip"))


def test_a_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        ZipReader(os.fspath(tmp_path))


def test_a_bomb_is_refused_before_it_is_inflated(written: Written) -> None:
    bomb = archive(Entry(b"bomb", bytes(80 << 20)))
    with pytest.raises(ZipLimitError):
        unpack(written(bomb))


def test_many_small_bombs_are_one_bomb(written: Written) -> None:
    content = bytes(6 << 20)
    bomb = archive(*(Entry(b"bomb%d" % i, content) for i in range(12)))
    with pytest.raises(ZipLimitError):
        unpack(written(bomb))


def test_a_bomb_that_lies_about_its_size_is_stopped(written: Written) -> None:
    lying = archive(Entry(b"bomb", bytes(80 << 20), size=100))
    with pytest.raises(IntegrityError):
        unpack(written(lying))


def test_limits_can_be_set(written: Written) -> None:
    path = written(archive(Entry(b"zeros", bytes(1 << 20))))
    with pytest.raises(ZipLimitError):
        unpack(path, limits=ZipLimits(total=1000))
    with pytest.raises(ZipLimitError):
        unpack(path, limits=ZipLimits(free_size=1000))
    assert unpack(path, limits=ZipLimits(free_size=1000, ratio=5000))


def test_more_than_65535_members_need_and_get_zip64(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(65_536):
            made.writestr(zipfile.ZipInfo(f"f{number}"), b"")
    with ZipReader(os.fspath(path)) as reader:
        assert len(reader.members) == 65_536
    content = bytearray(path.read_bytes())
    content[-22 - 20 - 56 + 4] += 1  # the length of the zip64 end record
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="zip64"):
        ZipReader(os.fspath(path))


@pytest.mark.law
@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.txt", fullmatch=True),
        st.binary(max_size=3000),
        max_size=6,
    ),
    stored=st.booleans(),
)
def test_what_zipfile_writes_comes_back(
    files: dict[str, bytes],
    *,
    stored: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("zip") / "demo.zip"
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    assert unpack(path) == files


@pytest.mark.law
@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_never_gives_other_content(
    position: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sound = archive(A, replace(B, method=0, content=b"stored"))
    damaged = bytearray(sound)
    damaged[position % len(sound)] ^= 1 << bit
    path = tmp_path_factory.mktemp("zip") / "demo.zip"
    path.write_bytes(damaged)
    try:
        found = unpack(path)
    except PysetupError:
        return
    # Times, permissions and version numbers may change; names and content may not.
    assert found == {"a.txt": b"content\n", "b.txt": b"stored"}
