"""The bytes of a .deb: dpkg reads them, our own reader too, and they never vary."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis.strategies import binary, dictionaries, from_regex

from pysetup.platforms.contents import Content
from pysetup.platforms.deb.ar import MAGIC, member_header
from pysetup.platforms.deb.archive import (
    COMPRESSIONS,
    DEFAULT_EPOCH,
    DebFile,
    PackedData,
    write_deb,
)
from pysetup.platforms.deb.control import paragraph
from pysetup.platforms.deb.reader import read_deb
from pysetup.platforms.packed_pages import gzipped
from pysetup.platforms.tar_reader import UnreadablePackageError

CONTROL = {
    "Package": "demo",
    "Version": "1.0-1",
    "Architecture": "all",
    "Maintainer": "Ünal <a@example.org>",
    "Description": "a demo",
}
LONG = f"usr/share/{'a' * 120}/{'b' * 120}/ü b*%'\".txt"


def control(packed: PackedData) -> dict[str, tuple[int, bytes]]:
    fields = {**CONTROL, "Installed-Size": str(packed.installed_size)}
    sums = "".join(f"{sum_}  {path}\n" for path, sum_ in packed.md5sums.items())
    return {
        "control": (0o644, paragraph(fields).encode()),
        "md5sums": (0o644, sums.encode()),
    }


def pack(
    path: Path,
    contents: Mapping[str, bytes],
    compression: str = "xz",
    mode: int = 0o644,
) -> Path:
    write_deb(
        path,
        files=[
            DebFile(name, mode, partial(Content.of, content))
            for name, content in contents.items()
        ],
        control=control,
        date=DEFAULT_EPOCH,
        compression=compression,
    )
    return path


@pytest.mark.interop
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_dpkg_reads_fields_names_and_contents(
    compression: str, need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    contents = {LONG: b"long", "usr/bin/demo": b"#!/bin/sh\n", "usr/empty": b""}
    path = pack(tmp_path / "demo.deb", contents, compression, 0o755)
    tool = need_tool("dpkg-deb")
    subprocess.run([tool, "-x", path, tmp_path / "x"], check=True)
    found = {name: (tmp_path / "x" / name).read_bytes() for name in contents}
    assert found == contents
    words = [tool, "-f", str(path), "Maintainer", "Installed-Size"]
    shown = subprocess.run(words, check=True, capture_output=True, text=True)
    # Five folders, and two files of at most one KiB.
    assert shown.stdout == "Maintainer: Ünal <a@example.org>\nInstalled-Size: 7\n"
    listed = subprocess.run([tool, "-c", path], check=True, capture_output=True)
    owners = {line.split()[1] for line in listed.stdout.splitlines()}
    assert owners == {b"root/root"}


@pytest.mark.law
@settings(max_examples=25, deadline=None)
@given(
    contents=dictionaries(
        from_regex(r"usr/[a-zé*%][a-z é.-]{0,200}x", fullmatch=True), binary()
    )
)
def test_what_was_packed_is_read_back(
    contents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = pack(tmp_path_factory.mktemp("deb") / "demo.deb", contents)
    read = read_deb(path)
    assert {f.path: f.sha256 for f in read.files if f.is_file} == {
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items()
    }
    assert read.fields["Maintainer"] == CONTROL["Maintainer"]
    assert {file.owner for file in read.files} <= {"0:0"}


def test_neither_umask_nor_order_nor_time_changes_a_byte(tmp_path: Path) -> None:
    contents = {"usr/b": b"b", "usr/a": b"a"}
    first = pack(tmp_path / "1.deb", contents).read_bytes()
    before = os.umask(0o077)
    try:
        second = pack(tmp_path / "2.deb", dict(reversed(contents.items())))
    finally:
        os.umask(before)
    assert second.read_bytes() == first
    assert (tmp_path / "2.deb").stat().st_mode & 0o777 == 0o644


def test_gzip_says_nothing_of_the_machine() -> None:
    # RFC 1952: no flags, no time, best compression, unknown system.
    assert gzipped(b"x")[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def test_nothing_is_left_where_packing_fails(tmp_path: Path) -> None:
    def broken() -> Content:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_deb(
            tmp_path / "demo.deb",
            files=[DebFile("usr/a", 0o644, broken)],
            control=control,
            date=0,
        )
    assert not list(tmp_path.iterdir())


def damaged(whole: bytes) -> dict[str, bytes]:
    second = whole.index(b"control.tar")
    version = member_header("debian-binary", 4, date=0) + b"2.0\n"
    return {
        "empty": b"",
        "not an archive": b"PK\x03\x04" + whole,
        "cut in a header": whole[: second + 20],
        "cut in a member": whole[: second + 100],
        "a member without a size": whole.replace(b"4         `\n", b"x         `\n", 1),
        "members in another order": MAGIC + whole[second:] + version,
        "only a version": MAGIC + version,
        "another version": whole.replace(b"2.0\n", b"3.0\n", 1),
        "broken compression": whole[: second + 80] + b"\0" * 40 + whole[second + 120 :],
    }


@pytest.mark.parametrize("fault", sorted(damaged(b"control.tar")))
def test_damaged_packages_are_refused(fault: str, tmp_path: Path) -> None:
    whole = pack(tmp_path / "good.deb", {"usr/a": b"a"}).read_bytes()
    path = tmp_path / "bad.deb"
    path.write_bytes(damaged(whole)[fault])
    with pytest.raises(UnreadablePackageError, match="cannot be read"):
        read_deb(path)


def test_a_missing_package_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePackageError, match="No such file"):
        read_deb(tmp_path / "absent.deb")


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["xz", "gzip", "none"])
def test_what_dpkg_packs_is_read(
    kind: str, need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(paragraph(CONTROL), "utf-8")
    (tree / "usr/share").mkdir(parents=True)
    (tree / "usr/share/a").write_bytes(b"a" * 3000)
    (tree / "usr/share/link").symlink_to("a")
    tool, path = need_tool("dpkg-deb"), tmp_path / "demo.deb"
    words = [tool, "--root-owner-group", f"-Z{kind}", "-b", str(tree), str(path)]
    subprocess.run(words, check=True, capture_output=True)
    read = read_deb(path)
    assert read.fields == CONTROL
    files = {file.path: file for file in read.files}
    assert files["usr/share/a"].sha256 == hashlib.sha256(b"a" * 3000).hexdigest()
    assert files["usr/share/link"].target == "a"
