import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.errors import IntegrityError, PysetupError
from pysetup.interchange.members import (
    ArchiveLimits,
    ArchiveTooLargeError,
    DamagedArchiveError,
)
from pysetup.interchange.sdist_file import (
    read_sdist_files,
    read_whole_sdist,
    unpack_sdist,
    walk_sdist,
)
from pysetup.interchange.zip_reader import ZipLimitError

Entry = tuple[tarfile.TarInfo, bytes]


def entry(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, **fields: object
) -> Entry:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


PKG_INFO = entry("demo-1.0/PKG-INFO", b"Name: demo\n")


def tar(*entries: Entry, format: int = tarfile.PAX_FORMAT) -> bytes:  # noqa: A002
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def raw_tar(*blocks: bytes) -> bytes:
    """Headers by hand, for what tarfile would not write."""
    return b"".join(blocks) + bytes(1024)


def header(
    name: bytes, *, size: int = 0, kind: bytes = b"0", mode: int = 0o644
) -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"%07o\0" % mode
    block[124:136] = b"%011o\0" % size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def pax(kind: bytes = b"x", /, **records: str) -> bytes:
    text = b""
    for key, value in records.items():
        body = f" {key}={value}\n".encode()
        length = len(body) + len(str(len(body)))
        length = len(body) + len(str(length))
        text += str(length).encode() + body
    return header(b"pax", size=len(text), kind=kind) + padded(text)


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes, name: str = "demo-1.0.tar.gz") -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        return path

    return write


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def files_below(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        yield path.relative_to(folder).as_posix()


@pytest.mark.parametrize(
    ("ending", "compress"),
    [
        pytest.param(".tar.gz", gzip.compress, id="gzip"),
        pytest.param(".tgz", gzip.compress, id="gzip under its short name"),
        pytest.param(".tar.bz2", bz2.compress, id="bzip2"),
        pytest.param(".tar.xz", lzma.compress, id="xz"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        pytest.param(tarfile.PAX_FORMAT, id="pax"),
        pytest.param(tarfile.GNU_FORMAT, id="gnu"),
        pytest.param(tarfile.USTAR_FORMAT, id="ustar"),
    ],
)
def test_any_tar_is_unpacked(
    ending: str, compress: Callable[[bytes], bytes], form: int, tmp_path: Path
) -> None:
    long = "demo-1.0/" + "d" * 90 + "/" + "f" * 60
    entries = [
        entry("demo-1.0", kind=tarfile.DIRTYPE, mode=0o755),
        PKG_INFO,
        entry("demo-1.0/configure", b"#!/bin/sh\n", mode=0o4755),
        entry("demo-1.0/empty/", kind=tarfile.DIRTYPE, mode=0o700),
        entry(long, b"x" * 700_000),
    ]
    path = tmp_path / f"demo-1.0{ending}"
    path.write_bytes(compress(tar(*entries, format=form)))
    root = unpack_sdist(path, tmp_path / "into")
    assert root == tmp_path / "into" / "demo-1.0"
    assert (root / "PKG-INFO").read_bytes() == b"Name: demo\n"
    assert (root / long.removeprefix("demo-1.0/")).stat().st_size == 700_000
    assert (root / "empty").is_dir()
    assert os.listdir(tmp_path / "into") == ["demo-1.0"]
    mode = (root / "configure").stat().st_mode
    assert mode & stat.S_IXUSR
    assert not mode & (stat.S_ISUID | stat.S_IWOTH)
    assert not (root / "PKG-INFO").stat().st_mode & stat.S_IXUSR


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("demo-1.0/PKG-INFO", "Name: demo\n")
        program = zipfile.ZipInfo("demo-1.0/run")
        program.external_attr = (stat.S_IFREG | 0o755) << 16
        made.writestr(program, "#!/bin/sh\n")
    root = unpack_sdist(path, tmp_path / "into")
    assert list(files_below(root)) == ["PKG-INFO", "run"]
    assert (root / "run").stat().st_mode & stat.S_IXUSR


def test_inner_links_are_kept(archive: Callable[..., Path], into: Path) -> None:
    path = archive(
        tar(
            entry("demo-1.0/docs/index", kind=tarfile.SYMTYPE, linkname="../README"),
            entry("demo-1.0/README", b"hello"),
            entry("demo-1.0/also", kind=tarfile.SYMTYPE, linkname="docs"),
            entry("demo-1.0/again", kind=tarfile.SYMTYPE, linkname="docs/index"),
        )
    )
    root = unpack_sdist(path, into)
    assert (root / "docs/index").read_text() == "hello"
    assert (root / "again").read_text() == "hello"
    assert (root / "also").is_dir()


def test_of_a_file_that_may_stand_twice_the_last_counts(
    archive: Callable[..., Path], into: Path
) -> None:
    made_anew = entry("demo-1.0/PKG-INFO", b"Name: demo\nVersion: 1.0\n")
    path = archive(tar(PKG_INFO, entry("demo-1.0/a", b"x"), made_anew))
    root = unpack_sdist(path, into, repeated=("PKG-INFO",))
    assert (root / "PKG-INFO").read_bytes() == made_anew[1]
    with pytest.raises(DamagedArchiveError, match="stands twice"):
        unpack_sdist(path, into / "other", repeated=("a",))


def test_a_hard_link_becomes_a_copy(archive: Callable[..., Path], into: Path) -> None:
    path = archive(
        tar(
            entry("demo-1.0/a/data", b"shared", mode=0o644),
            hard("b/data", "a/data"),
            hard("c", "b/data"),
            entry(
                "demo-1.0/run",
                kind=tarfile.LNKTYPE,
                linkname="demo-1.0/a/data",
                mode=0o755,
            ),
        )
    )
    root = unpack_sdist(path, into)
    copies = [root / name for name in ("a/data", "b/data", "c", "run")]
    assert [copy.read_bytes() for copy in copies] == [b"shared"] * 4
    assert {copy.stat().st_nlink for copy in copies} == {1}
    programs = [bool(copy.stat().st_mode & stat.S_IXUSR) for copy in copies]
    assert programs == [False, False, False, True]
    # Asked for alone: what it repeats has gone by.
    assert read_sdist_files(path, ["c", "missing"]) == {"c": b"shared"}
    assert read_sdist_files(path, ["a/data", "c"]) == {
        "a/data": b"shared",
        "c": b"shared",
    }
    assert read_whole_sdist(path, most=100) == dict.fromkeys(
        ("a/data", "b/data", "c", "run"), b"shared"
    )
    assert read_whole_sdist(path, most=20) is None


def test_many_hard_links_to_a_large_file_are_a_bomb(
    archive: Callable[..., Path], into: Path
) -> None:
    content = tar(
        entry("demo-1.0/x", os.urandom(1 << 16)),
        *(hard(f"x{n}", "x" if n == 0 else f"x{n - 1}") for n in range(300)),
    )
    path, limits = archive(content), ArchiveLimits(free_size=1 << 20)
    for refused in (
        lambda: unpack_sdist(path, into, limits=limits),
        lambda: read_sdist_files(path, ["PKG-INFO"], limits=limits),
    ):
        with pytest.raises(ArchiveTooLargeError, match="hard links"):
            refused()
    assert list(files_below(into)) == []


def test_a_hard_link_to_a_file_that_may_stand_twice_is_refused(
    archive: Callable[..., Path], into: Path
) -> None:
    path = archive(tar(PKG_INFO, hard("x", "PKG-INFO"), PKG_INFO))
    with pytest.raises(DamagedArchiveError, match="hard link"):
        unpack_sdist(path, into, repeated=("PKG-INFO",))
    assert (unpack_sdist(path, into) / "x").read_bytes() == PKG_INFO[1]


def test_a_file_may_stand_twice_if_it_is_the_same(
    archive: Callable[..., Path], into: Path
) -> None:
    data = entry("demo-1.0/data", b"same")
    path = archive(
        tar(PKG_INFO, data, hard("copy", "data"), data, hard("data", "copy"))
    )
    assert (unpack_sdist(path, into) / "data").read_bytes() == b"same"
    assert read_sdist_files(path, ["data"]) == {"data": b"same"}
    whole = read_whole_sdist(path, most=1000)
    assert whole == {"PKG-INFO": PKG_INFO[1], "data": b"same", "copy": b"same"}


def test_a_link_may_lead_to_nothing_inside(
    archive: Callable[..., Path], into: Path
) -> None:
    path = archive(
        tar(
            PKG_INFO,
            link("tests/data", "../missing/file"),
            link("again", "tests/data"),
            link("folder", "tests"),
            link("by-another", "folder/data"),
        )
    )
    root = unpack_sdist(path, into)
    assert os.readlink(root / "tests/data") == "../missing/file"
    assert not (root / "again").exists()
    assert read_sdist_files(path, ["again", "PKG-INFO"]) == {"PKG-INFO": PKG_INFO[1]}
    inside = os.path.realpath(root) + os.sep
    for name in ("tests/data", "again", "folder", "by-another"):
        assert os.path.realpath(root / name).startswith(inside)


_PARTS = st.sampled_from(["a", "b", "c", "..", "."])


@settings(max_examples=50)
@given(
    links=st.dictionaries(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join),
        st.lists(_PARTS, min_size=1, max_size=4).map("/".join),
        max_size=6,
    )
)
def test_no_links_that_are_unpacked_lead_outside(
    links: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("links")
    path = folder / "demo-1.0.tar.gz"
    path.write_bytes(gzip.compress(tar(PKG_INFO, *map(link, links, links.values()))))
    try:
        root = unpack_sdist(path, folder / "into")
    except IntegrityError:
        return
    inside = os.path.realpath(root)
    for name in links:
        # A circle by way of folders ends where it was noticed: inside, too.
        place = os.path.realpath(root / name)
        assert place == inside or place.startswith(inside + os.sep)


def link(name: str, target: str) -> Entry:
    return entry(f"demo-1.0/{name}", kind=tarfile.SYMTYPE, linkname=target)


def hard(name: str, target: str) -> Entry:
    return entry(
        f"demo-1.0/{name}", kind=tarfile.LNKTYPE, linkname=f"demo-1.0/{target}"
    )


A_FILE = header(b"demo-1.0/a", size=1) + padded(b"a")


def _with_sum(block: bytes) -> bytes:
    blanked = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(blanked) + block[156:]


HOSTILE = {
    "an absolute name": tar(PKG_INFO, entry("/etc/passwd", b"x")),
    "a name that climbs": tar(PKG_INFO, entry("demo-1.0/../../x", b"x")),
    "a name that climbs at its end": tar(PKG_INFO, entry("demo-1.0/..", b"x")),
    "a backslash": tar(PKG_INFO, entry("demo-1.0\\x", b"x")),
    "a drive letter": tar(PKG_INFO, entry("C:/x", b"x")),
    "a control character": tar(PKG_INFO, entry("demo-1.0/a\nb", b"x")),
    "a part that is a dot": tar(entry("./demo-1.0/PKG-INFO", b"x")),
    "two slashes": tar(PKG_INFO, entry("demo-1.0//x", b"x")),
    "a name that is too long": tar(PKG_INFO, entry("demo-1.0/" + "x" * 300, b"x")),
    "a link to an absolute path": tar(PKG_INFO, link("x", "/etc/passwd")),
    "a link that climbs out": tar(PKG_INFO, link("x", "../../etc/passwd")),
    "a link to the folder above": tar(PKG_INFO, link("x", "..")),
    "a link to nothing outside": tar(PKG_INFO, link("x", "../y")),
    "a link that climbs and comes back": tar(PKG_INFO, link("x", "../demo-1.0/y")),
    "a link to nothing that climbs after a name": tar(PKG_INFO, link("x", "y/../z")),
    "a link in a circle": tar(PKG_INFO, link("x", "y"), link("y", "x")),
    "a link to itself": tar(PKG_INFO, link("x", "x")),
    "a chain of links without end": tar(
        PKG_INFO,
        *(link(f"l{n}", f"l{n + 1}") for n in range(50)),
        link("l50", "PKG-INFO"),
    ),
    "an empty link": tar(PKG_INFO, link("x", "")),
    "a link that climbs after a name": tar(
        PKG_INFO, link("d", "."), link("e", "d/../../x")
    ),
    "a file below a link": tar(PKG_INFO, link("d", "."), entry("demo-1.0/d/x", b"x")),
    "a link in place of a folder": tar(
        PKG_INFO, entry("demo-1.0/d/x", b"x"), link("d", ".")
    ),
    "a file below a file": tar(PKG_INFO, entry("demo-1.0/PKG-INFO/x", b"x")),
    "a hard link to nothing": tar(PKG_INFO, hard("x", "y")),
    "a hard link to a later file": tar(
        PKG_INFO, hard("x", "y"), entry("demo-1.0/y", b"y")
    ),
    "a hard link to a file of the system": tar(
        PKG_INFO, entry("demo-1.0/x", kind=tarfile.LNKTYPE, linkname="/etc/passwd")
    ),
    "a hard link that climbs": tar(PKG_INFO, hard("x", "d/../PKG-INFO")),
    "a hard link to a link": tar(PKG_INFO, link("x", "PKG-INFO"), hard("y", "x")),
    "a hard link to a folder": tar(
        PKG_INFO, entry("demo-1.0/d", kind=tarfile.DIRTYPE), hard("x", "d")
    ),
    "a hard link to itself alone": tar(PKG_INFO, hard("x", "x")),
    "a hard link of a bad name": tar(PKG_INFO, hard("../../x", "PKG-INFO")),
    "a hard link in place of another file": tar(
        PKG_INFO, entry("demo-1.0/x", b"x"), hard("x", "PKG-INFO")
    ),
    "a hard link below a link": tar(PKG_INFO, link("d", "."), hard("d/x", "PKG-INFO")),
    "a character device": tar(PKG_INFO, entry("demo-1.0/x", kind=tarfile.CHRTYPE)),
    "a block device": tar(PKG_INFO, entry("demo-1.0/x", kind=tarfile.BLKTYPE)),
    "a pipe": tar(PKG_INFO, entry("demo-1.0/x", kind=tarfile.FIFOTYPE)),
    "an unknown type": raw_tar(A_FILE, header(b"demo-1.0/x", kind=b"V")),
    "a sparse file": raw_tar(A_FILE, header(b"demo-1.0/x", kind=b"S")),
    "a sparse file in pax form": raw_tar(
        A_FILE, pax(**{"GNU.sparse.major": "1"}), A_FILE
    ),
    "a name twice": tar(PKG_INFO, entry("demo-1.0/PKG-INFO", b"Name: other\n")),
    "a name twice, a program once": tar(
        PKG_INFO, entry("demo-1.0/PKG-INFO", PKG_INFO[1], mode=0o755)
    ),
    "a name three times, and the last differs": tar(
        PKG_INFO, PKG_INFO, entry("demo-1.0/PKG-INFO", b"Name: demo\r")
    ),
    "a link twice": tar(PKG_INFO, link("x", "PKG-INFO"), link("x", "PKG-INFO")),
    "a file and a folder of one name": tar(
        PKG_INFO, entry("demo-1.0/PKG-INFO/", kind=tarfile.DIRTYPE)
    ),
    "two top folders": tar(PKG_INFO, entry("other/x", b"x")),
    "a file at the top": tar(PKG_INFO, entry("x", b"x")),
    "a link at the top": tar(entry("demo-1.0", kind=tarfile.SYMTYPE, linkname="/etc")),
    "no member": tar(),
    "another size in the pax header": raw_tar(
        pax(size="512"), header(b"demo-1.0/x"), A_FILE
    ),
    "a size for all members": raw_tar(pax(b"g", size="1"), A_FILE),
    "a global header with a path": raw_tar(pax(b"g", path="demo-1.0/b"), A_FILE),
    "a pax record of wrong length": raw_tar(
        header(b"x", size=10, kind=b"x") + padded(b"99 path=a\n"), A_FILE
    ),
    "a pax record of no length": raw_tar(
        header(b"x", size=10, kind=b"x") + padded(b"0 path=ab\n"), A_FILE
    ),
    "a pax path twice": raw_tar(
        header(b"x", size=24, kind=b"x") + padded(b"12 path=d/a\n12 path=d/b\n"), A_FILE
    ),
    "a long name of GNU that climbs": raw_tar(
        header(b"././@LongLink", size=16, kind=b"L") + padded(b"demo-1.0/../../x"),
        A_FILE,
    ),
    "a long link of GNU that climbs": raw_tar(
        header(b"././@LongLink", size=9, kind=b"K") + padded(b"../../../"),
        header(b"demo-1.0/x", kind=b"2"),
    ),
    "a pax path that climbs": raw_tar(pax(path="demo-1.0/../../x"), A_FILE),
    "a pax link that climbs": raw_tar(
        pax(linkpath="../../etc/passwd"), header(b"demo-1.0/x", kind=b"2")
    ),
    "a hard link with content": raw_tar(
        header(b"demo-1.0/x", size=1, kind=b"1") + padded(b"a")
    ),
    "a negative size": raw_tar(
        _with_sum(A_FILE[:124] + b"\xff" * 12 + A_FILE[136:512]) + A_FILE[512:]
    ),
    "an unfinished pax header": raw_tar(A_FILE, pax(path="demo-1.0/y")),
    "an enormous pax header": raw_tar(header(b"x", size=1 << 30, kind=b"x")),
    "a name that is not UTF-8": raw_tar(header(b"demo-1.0/\xff")),
    "a wrong checksum": raw_tar(A_FILE.replace(b"demo", b"dono")),
    "a folder with content": raw_tar(
        header(b"demo-1.0/x", size=1, kind=b"5") + padded(b"a")
    ),
    "a member that is cut off": A_FILE[:600],
    "no end marker": A_FILE,
    "something after the end marker": raw_tar(A_FILE) + A_FILE,
    "text that is no tar": b"hello",
    "nothing": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_tar_is_refused_and_leaves_nothing(
    content: bytes, archive: Callable[..., Path], into: Path
) -> None:
    path = archive(content)
    with pytest.raises(IntegrityError) as caught:
        unpack_sdist(path, into)
    assert caught.value.code in ("PS5003", "PS5400")
    assert list(files_below(into)) == []
    with pytest.raises(type(caught.value)):
        read_sdist_files(path, ["PKG-INFO"])


def _flipped(content: bytes, position: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= 1
    return bytes(changed)


GOOD = gzip.compress(tar(PKG_INFO), mtime=0)
DAMAGED = {
    "a wrong checksum in gzip's trailer": _flipped(GOOD, -8),
    "a wrong size in gzip's trailer": _flipped(GOOD, -4),
    "a missing trailer": GOOD[:-8],
    "a cut stream": GOOD[: len(GOOD) // 2],
    "something after gzip's end": GOOD + b"PK\x05\x06" + bytes(18),
    "something after zeros after gzip's end": GOOD + bytes(600_000) + b"x",
    "another compression": bz2.compress(tar(PKG_INFO)),
    "a zip under the name of a tar": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_stream_is_refused(
    content: bytes, tmp_path: Path, into: Path
) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(content)
    with pytest.raises(DamagedArchiveError):
        unpack_sdist(path, into)
    assert list(files_below(into)) == []


def test_zeros_after_gzip_and_several_streams_are_legal(
    tmp_path: Path, into: Path
) -> None:
    content = tar(PKG_INFO)
    path = tmp_path / "demo-1.0.tar.gz"
    halves = gzip.compress(content[:700]) + gzip.compress(content[700:])
    path.write_bytes(halves + bytes(512))
    assert (unpack_sdist(path, into) / "PKG-INFO").is_file()


def test_git_s_global_comment_is_passed_over(
    archive: Callable[..., Path], into: Path
) -> None:
    path = archive(raw_tar(pax(b"g", comment="0123456789abcdef"), A_FILE))
    assert (unpack_sdist(path, into) / "a").is_file()


@pytest.mark.parametrize(
    "name", ["demo-1.0.tar", "demo-1.0.rar", "demo-1.0", "demo-1.0.tar.Z"]
)
def test_unknown_endings_are_refused(
    name: str, archive: Callable[..., Path], into: Path
) -> None:
    with pytest.raises(DamagedArchiveError):
        unpack_sdist(archive(b"", name), into)


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        pytest.param(
            tar(PKG_INFO, entry("demo-1.0/x", bytes(1 << 20))),
            ArchiveLimits(size=1 << 19),
            id="by size",
        ),
        pytest.param(
            tar(PKG_INFO, entry("demo-1.0/x", bytes(1 << 20))),
            ArchiveLimits(free_size=1 << 16),
            id="by ratio",
        ),
        pytest.param(
            tar(PKG_INFO, *(entry(f"demo-1.0/{n}") for n in range(20))),
            ArchiveLimits(members=10),
            id="by number of members",
        ),
        pytest.param(
            tar(PKG_INFO, entry("demo-1.0/" + "d/" * 50 + "x")),
            ArchiveLimits(members=10),
            id="by number of folders",
        ),
        pytest.param(
            tar(PKG_INFO, entry("demo-1.0/" + "d/" * 120 + "x")),
            ArchiveLimits(),
            id="by depth of folders",
        ),
    ],
)
def test_bombs_are_refused(
    content: bytes,
    limits: ArchiveLimits,
    archive: Callable[..., Path],
    into: Path,
) -> None:
    with pytest.raises(ArchiveTooLargeError):
        unpack_sdist(archive(content), into, limits=limits)
    assert list(files_below(into)) == []


def test_what_is_there_is_not_overwritten(
    archive: Callable[..., Path], into: Path
) -> None:
    (into / "demo-1.0").mkdir()
    with pytest.raises(DamagedArchiveError):
        unpack_sdist(archive(tar(PKG_INFO)), into)
    assert list(files_below(into)) == ["demo-1.0"]


def zipped(*names: str, streamed: bool = False, **fields: int) -> bytes:
    """Write a zip with PKG-INFO and ``names``; ``fields`` are those of each entry."""

    class Pipe(io.BytesIO):
        def tell(self) -> int:
            raise io.UnsupportedOperation("a pipe")

    stream = Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("demo-1.0/PKG-INFO", "Name: demo\n")
        for name in names:
            info = zipfile.ZipInfo(name)
            for key, value in fields.items():
                setattr(info, key, value)
            made.writestr(info, "x")
    return stream.getvalue()


def test_a_zip_with_too_many_members_is_refused_at_once(
    archive: Callable[..., Path], into: Path
) -> None:
    content = zipped(*(f"demo-1.0/{number}" for number in range(20)))
    with pytest.raises(ArchiveTooLargeError, match="more than 10 members"):
        unpack_sdist(
            archive(content, "demo-1.0.zip"), into, limits=ArchiveLimits(members=10)
        )
    assert list(files_below(into)) == []


def encrypted(content: bytes) -> bytes:
    """Set the flag of encryption in all headers, local and central."""
    changed = bytearray(content)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = changed.find(sign)
        while position != -1:
            changed[position + place] |= 1
            position = changed.find(sign, position + 4)
    return bytes(changed)


def commented(content: bytes, comment: bytes) -> bytes:
    return content[:-2] + len(comment).to_bytes(2, "little") + comment


HOSTILE_ZIPS = {
    "a name that climbs": zipped("demo-1.0/../../x"),
    "an absolute name": zipped("/etc/passwd"),
    "a backslash": zipped("demo-1.0\\x", create_system=3),
    "a drive letter": zipped("C:/x"),
    "two top folders": zipped("other/x"),
    "a file at the top": zipped("x"),
    "a file below a file": zipped("demo-1.0/PKG-INFO/x"),
    "a link": zipped("demo-1.0/x", external_attr=(stat.S_IFLNK | 0o777) << 16),
    "a device": zipped("demo-1.0/x", external_attr=(stat.S_IFCHR | 0o600) << 16),
    "encryption": encrypted(zipped("demo-1.0/x")),
    "another compression": zipped("demo-1.0/x", compress_type=zipfile.ZIP_LZMA),
    "a cut end": zipped("demo-1.0/x")[:-30],
    "something before it": b"#!/bin/sh\n" + zipped("demo-1.0/x"),
    "something after it": zipped("demo-1.0/x") + b"x",
    "a comment with a second end record": commented(
        zipped("demo-1.0/x"), zipped("demo-1.0/y")[-22:]
    ),
    "a comment that is longer than it says": commented(zipped("demo-1.0/x"), b"c")
    + b"x",
    "a comment that is shorter than it says": commented(zipped("demo-1.0/x"), b"cc")[
        :-1
    ],
    "a damaged file": zipped("demo-1.0/x").replace(b"Name: demo", b"Name: dano"),
    "a tar under the name of a zip": tar(PKG_INFO),
    "nothing": b"",
}


@pytest.mark.parametrize("content", HOSTILE_ZIPS.values(), ids=HOSTILE_ZIPS.keys())
def test_hostile_zip_is_refused_and_leaves_nothing(
    content: bytes, tmp_path: Path, into: Path
) -> None:
    path = tmp_path / "demo-1.0.zip"
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        unpack_sdist(path, into)
    assert caught.value.code in ("PS5003", "PS5300", "PS5400")
    assert list(files_below(into)) == []


def test_a_zip_that_was_streamed_is_unpacked(tmp_path: Path, into: Path) -> None:
    path = tmp_path / "demo-1.0.zip"
    path.write_bytes(zipped("demo-1.0/x", streamed=True))
    assert b"PK\x07\x08" in path.read_bytes()  # a data descriptor
    assert list(files_below(unpack_sdist(path, into))) == ["PKG-INFO", "x"]


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param(b"made by hand", id="a few words"),
        pytest.param(b"c" * 0xFFFF, id="as long as can be"),
    ],
)
def test_a_zip_with_a_comment_is_unpacked(
    comment: bytes, tmp_path: Path, into: Path
) -> None:
    path = tmp_path / "demo-1.0.zip"
    path.write_bytes(commented(zipped("demo-1.0/x"), comment))
    assert list(files_below(unpack_sdist(path, into))) == ["PKG-INFO", "x"]


def test_a_zip_bomb_is_refused(tmp_path: Path, into: Path) -> None:
    path = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("demo-1.0/x", bytes(1 << 20))
    with pytest.raises(ZipLimitError):
        unpack_sdist(path, into, limits=ArchiveLimits(free_size=1 << 16))
    assert list(files_below(into)) == []


def test_a_walk_shows_also_what_is_never_unpacked(archive: Callable[..., Path]) -> None:
    path = archive(
        tar(
            entry("/etc/x", b"x", mtime=7),
            entry("demo-1.0/pipe", kind=tarfile.FIFOTYPE),
            entry("demo-1.0/same", kind=tarfile.LNKTYPE, linkname="demo-1.0/x"),
            format=tarfile.GNU_FORMAT,
        )
    )
    seen = [(m.path, m.kind, m.target, m.mtime, m.dialect) for m in walk_sdist(path)]
    assert seen == [
        ("/etc/x", "file", "", 7, "gnu"),
        ("demo-1.0/pipe", "other", "a named pipe", 0, "gnu"),
        ("demo-1.0/same", "copy", "demo-1.0/x", 0, "gnu"),
    ]


def test_files_are_read_without_unpacking(archive: Callable[..., Path]) -> None:
    path = archive(tar(PKG_INFO, entry("demo-1.0/sub/PKG-INFO", b"no")))
    found = read_sdist_files(path, ["PKG-INFO", "pydist.json"])
    assert found == {"PKG-INFO": b"Name: demo\n"}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for name in ("demo-1.0.tar.gz", "demo-1.0.zip"):
        with pytest.raises(PysetupError) as caught:
            read_sdist_files(tmp_path / name, ["PKG-INFO"])
        assert caught.value.exit_code == 2


@pytest.mark.law
@given(data=st.data())
def test_no_damage_ever_raises_anything_but_our_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(
        tar(PKG_INFO, entry("demo-1.0/ä", b"x" * 600), link("l", "PKG-INFO"))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "demo-1.0.tar.gz"
    path.write_bytes(gzip.compress(bytes(content), 1))
    try:
        unpack_sdist(path, folder / "into")
    except IntegrityError:
        assert list(files_below(folder / "into")) == []
