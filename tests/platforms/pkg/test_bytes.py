"""The bytes of a package for macOS: xar, cpio, and the bill of materials."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.platforms.pkg.bom import BomError, read_bom, write_bom
from pysetup.platforms.pkg.cpio import CpioError, read_cpio, write_cpio
from pysetup.platforms.pkg.entries import FILE, FOLDER, LINK, Entry, cksum, with_folders
from pysetup.platforms.pkg.xar import Member, XarError, read_xar, write_xar

EPOCH = 1_000_000_000
ROOT = Entry(".", FOLDER | 0o755)
names = st.text(
    st.characters(exclude_categories=["C"], exclude_characters="/"),
    min_size=1,
    max_size=8,
).filter(lambda name: name not in (".", ".."))
paths = st.lists(names, min_size=1, max_size=4).map(
    lambda parts: "/".join(["./a", *parts])
)
contents = st.binary(max_size=300)


@st.composite
def trees(draw: st.DrawFn) -> list[Entry]:
    """Files and links, none of which stands where another one needs a folder."""
    found: dict[str, Entry] = {}
    folders: set[str] = set()
    for path in draw(st.lists(paths, max_size=12, unique=True)):
        parts = path.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts))}
        if path in folders or above & found.keys():
            continue
        folders |= above
        content = draw(contents)
        if draw(st.booleans()):
            found[path] = Entry(path, FILE | 0o644, 0, 80, content)
        else:
            target = b"../" + content.hex().encode()
            found[path] = Entry(path, LINK | 0o755, 0, 0, target)
    return with_folders([ROOT, *found.values()], folder=ROOT)


@pytest.mark.law
@given(tree=trees())
def test_entries_come_back_from_cpio(tree: list[Entry]) -> None:
    assert read_cpio(b"".join(write_cpio(tree, epoch=EPOCH))) == tree


@pytest.mark.law
@given(tree=trees())
def test_entries_come_back_from_a_bill(tree: list[Entry]) -> None:
    lines = read_bom(write_bom(tree, epoch=EPOCH))
    assert {line.path for line in lines} == {entry.path for entry in tree}
    by_path = {line.path: line for line in lines}
    for entry in tree:
        line = by_path[entry.path]
        assert (line.mode, line.uid, line.gid) == (entry.mode, entry.uid, entry.gid)
        assert (line.size, line.time) == (len(entry.content), EPOCH)
        if entry.kind == LINK:
            assert line.target == entry.content.decode()
        if entry.kind != FOLDER:
            assert line.checksum == cksum(entry.content)


@pytest.mark.law
@given(tree=trees())
def test_folders_come_before_what_is_in_them(tree: list[Entry]) -> None:
    seen: set[str] = set()
    for entry in tree:
        parent = entry.path.rpartition("/")[0]
        assert not parent or parent in seen
        seen.add(entry.path)


def test_the_tree_of_a_bill_is_in_order() -> None:
    files = [Entry(f"./d{n % 7}/f{n}", FILE | 0o644) for n in range(3000)]
    tree = with_folders([ROOT, *files], folder=ROOT)
    lines = read_bom(write_bom(tree, epoch=0))
    assert len(lines) == len(tree)
    levels = [line.path.count("/") for line in lines]
    assert levels == sorted(levels)
    siblings = [line.path for line in lines if line.path.startswith("./d3/")]
    assert siblings == sorted(siblings)


def test_another_reader_agrees_about_a_bill_of_many_nodes() -> None:
    oracle: Any = pytest.importorskip("pyapplebom")
    files = [
        Entry(f"./d{n % 900}/f{n}", FILE | 0o644, 0, 80, b"x" * (n % 50))
        for n in range(4000)
    ]
    link = Entry("./d1/link", LINK | 0o755, 0, 0, "../grün".encode())
    tree = with_folders([ROOT, link, *files], folder=ROOT)
    found = oracle.parse_bom(write_bom(tree, epoch=EPOCH), include_blocks=False)
    assert not found["parse_errors"]
    by_path = {entry.path: entry for entry in tree}
    assert {line["path"] for line in found["paths"]} == by_path.keys()
    for line in found["paths"]:
        entry = by_path[line["path"]]
        said = (line["file_mode"], line["user_id"], line["group_id"], line["size"])
        assert said == (entry.mode, entry.uid, entry.gid, len(entry.content))
        assert line["mtime"] == EPOCH
        if entry.kind == FILE:
            assert line["crc32"] == cksum(entry.content)
        if entry.kind == LINK:
            assert line["link_name"] == "../grün"


@pytest.mark.parametrize("content", [b"", b"a", b"hello\n", bytes(range(256)) * 300])
def test_checksums_are_those_of_posix(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(content)
    said = subprocess.run(["cksum", place], capture_output=True, check=True).stdout
    assert cksum(content) == int(said.split()[0])


@pytest.mark.law
@given(parts=st.dictionaries(st.text("abc<&>\"' ü", min_size=1, max_size=9), contents))
def test_files_come_back_from_xar(parts: dict[str, bytes]) -> None:
    members = [
        Member(name, content, compressed=len(content) % 2 == 0)
        for name, content in parts.items()
    ]
    assert read_xar(write_xar(members, epoch=EPOCH)) == parts


def test_folders_come_back_from_xar() -> None:
    parts = {"a/b/c": b"1", "a/d": b"2", "e": b"3", "a/b/f": b"4"}
    members = [Member(name, content) for name, content in parts.items()]
    assert read_xar(write_xar(members, epoch=EPOCH)) == parts


@pytest.mark.parametrize("place", [3, 40, 60, -1])
def test_a_changed_archive_is_refused(place: int) -> None:
    whole = bytearray(write_xar([Member("a", b"content" * 50)], epoch=0))
    whole[place] ^= 0x40
    with pytest.raises(XarError):
        read_xar(bytes(whole))


@pytest.mark.parametrize("size", [0, 30, 76, 200])
def test_what_is_cut_short_is_refused(size: int) -> None:
    tree = with_folders([ROOT, Entry("./a/b", FILE, content=b"x" * 300)], folder=ROOT)
    with pytest.raises(CpioError):
        read_cpio(b"".join(write_cpio(tree, epoch=0))[:size])
    with pytest.raises(BomError):
        read_bom(write_bom(tree, epoch=0)[:size])


@pytest.mark.interop
def test_other_readers_read_the_archives(
    need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    bsdtar, seven = need_tool("bsdtar"), need_tool("7z")
    tree = with_folders(
        [
            ROOT,
            Entry("./a/grün b", FILE | 0o640, content=b"text"),
            Entry("./a/l", LINK | 0o755, content=b"b"),
        ],
        folder=ROOT,
    )
    payload = b"".join(write_cpio(tree, epoch=EPOCH))
    place = tmp_path / "a.pkg"
    place.write_bytes(
        write_xar(
            [Member("Payload", payload), Member("x", b"xx" * 99, compressed=True)],
            epoch=EPOCH,
        )
    )
    subprocess.run([seven, "t", place], check=True, capture_output=True)
    subprocess.run([bsdtar, "-xf", place, "-C", tmp_path], check=True)
    assert (tmp_path / "x").read_bytes() == b"xx" * 99
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(
        [bsdtar, "-xpf", tmp_path / "Payload", "-C", out],
        check=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert (out / "a" / "grün b").read_bytes() == b"text"
    assert (out / "a" / "grün b").stat().st_mode & 0o777 == 0o640
    assert (out / "a" / "l").readlink() == Path("b")
