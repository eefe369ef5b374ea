import io
import tarfile
from xml.etree.ElementTree import ParseError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.platforms.names import file_lists
from pysetup.platforms.names.catalogue import CatalogueMaker
from pysetup.platforms.names.file_lists import (
    ContentsReader,
    OwnersReader,
    VersionReader,
    debian_architecture,
    read_dpkg_list,
    read_pacman_files,
)
from pysetup.platforms.names.rpm_lists import PrimaryReader
from pysetup.platforms.versions.distribution import Shipped

FOLDER = "usr/lib/python3/dist-packages"
PRIMARY = b"""<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common"
 xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="2">
<package type="rpm"><name>python3-markdown-it-py</name>
<version epoch="1" ver="3.0.0" rel="1.fc43"/>
<format><rpm:provides>
<rpm:entry name="python3dist(markdown-it-py)" flags="EQ" epoch="0" ver="3"/>
<rpm:entry name="python3.13dist(markdown-it-py)" flags="EQ" epoch="0" ver="3"/>
</rpm:provides><rpm:requires>
<rpm:entry name="python3.13dist(mdurl)" flags="GE" epoch="0" ver="0.1"/>
</rpm:requires><file>/usr/bin/markdown-it</file></format></package>
<package type="rpm"><name>python311-six</name><version epoch="0" ver="1.16" rel="1"/>
<format><rpm:provides>
<rpm:entry name="python3.11dist(six)" flags="EQ" epoch="0" ver="1.16"/>
</rpm:provides></format></package>
</metadata>
"""


def maker() -> CatalogueMaker:
    return CatalogueMaker([FOLDER, "usr/lib/python3.13/site-packages"])


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
@pytest.mark.parametrize("enough", [1, 100, 1 << 24])
def test_a_list_reads_the_same_in_pieces_of_any_size(
    size: int, enough: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_lists, "_ENOUGH", enough)
    text = (
        f"{FOLDER}/first-1.0.dist-info/METADATA    python/python3-first\n"
        "usr/share/doc/x/README                     doc/x\n"
        f"{FOLDER}/first/__init__.py                python/python3-first\n"
        f"usr/bin/tool with space                   web/tool,net/other\n"
        f"{FOLDER}/last-2.0.egg-info                python/python3-last"
    ).encode()
    made = maker()
    reader = ContentsReader(made)
    for start in range(0, len(text), size):
        reader.feed(text[start : start + size])
    reader.close()
    found = made.made("test")
    assert sorted(found.projects) == ["first", "last"]
    assert made.commands == {"tool with space": ("other", "tool")}


def test_versions_are_those_of_packages_that_were_asked_for() -> None:
    reader = VersionReader({"a", "b", "c"})
    text = (
        "Package: a\nSource: x\nVersion: 2:1.0-1\n\nPackage: b\nVersion: 1.0\n\n"
        "Package: c\nDescription: Version: 9:1\nVersion: 1:0\n\n"
        "Package: d\nVersion: 4"
    )
    for letter in text.encode():
        reader.feed(bytes((letter,)))
    reader.close()
    assert reader.versions == {"a": "2:1.0-1", "b": "1.0", "c": "1:0"}


TOPS = ("demo/__init__.py", "demo-1.0.dist-info/METADATA", "other.py", "x/y.so", "")
FOLDERS = (FOLDER, "usr/bin", "usr/lib/python3", "usr/lib", "usr/bin2", "")
LINES = st.lists(
    st.tuples(
        st.sampled_from(FOLDERS),
        st.sampled_from(TOPS),
        st.sampled_from(["python/python3-demo", "a/b,c/d-e", "x"]),
    ),
    max_size=40,
)


@pytest.mark.law
@given(LINES, st.integers(1, 200), st.booleans())
def test_passing_over_lines_finds_what_reading_each_one_does(
    lines: list[tuple[str, str, str]],
    size: int,
    closed: bool,  # noqa: FBT001 - drawn
) -> None:
    text = "\n".join(f"{folder}/{top}   {where}" for folder, top, where in lines)
    content = (text + "\n" * closed).encode()
    fast, slow = maker(), maker()
    reader = ContentsReader(fast)
    for start in range(0, len(content), size):
        reader.feed(content[start : start + size])
    reader.close()
    for folder, top, where in lines:
        packages = [name.rpartition("/")[2] for name in where.split(",")]
        slow.add(f"{folder}/{top}", packages)
    assert fast.made("") == slow.made("")
    assert fast.commands == slow.commands


def test_owners_of_exact_paths() -> None:
    reader = OwnersReader(["usr/share/man/man1/ls.1.gz", "usr/bin/l", "usr/share/x"])
    reader.feed(b"usr/bin/ls  utils/coreutils\nusr/share/man/man1/ls.1.gz  u/coreutils")
    reader.close()
    assert reader.found == {"usr/share/man/man1/ls.1.gz": {"coreutils"}}


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_rpm_packages_say_themselves_what_they_hold(size: int) -> None:
    made = maker()
    reader = PrimaryReader(made, python="3.13")
    for start in range(0, len(PRIMARY), size):
        reader.feed(PRIMARY[start : start + size])
    reader.close()
    found = made.made("primary:fedora-43", versions=reader.versions)
    assert list(found.projects) == ["markdown-it-py"], "six is of another Python"
    (holding,) = found.projects["markdown-it-py"]
    assert (holding.package, holding.version) == ("python3-markdown-it-py", "3")
    assert (holding.epoch, holding.package_version) == ("1", "1:3.0.0-1.fc43")
    assert made.commands == {"markdown-it": ("python3-markdown-it-py",)}


def test_a_damaged_primary_is_told() -> None:
    reader = PrimaryReader(maker(), python="3.13")
    with pytest.raises(ParseError):
        reader.feed(PRIMARY[:200] + b"</nothing>")


def test_the_files_of_pacman() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, text in {
            "python-mdurl-0.1.2-5/desc": "%NAME%\npython-mdurl\n",
            "python-mdurl-0.1.2-5/files": "%FILES%\nusr/lib/python3.13/site-packages/"
            "mdurl-0.1.2.dist-info/METADATA\nusr/bin/mdurl\n",
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    stream.seek(0)
    made = maker()
    versions = read_pacman_files(stream, made)
    found = made.made("files:arch", versions=versions).find("mdurl")
    assert found is not None
    assert found.package_version == "0.1.2-5"
    assert found.shipped == Shipped("0.1.2", "0.1.2-5")
    assert (found.packages, found.version) == (("python-mdurl",), "0.1.2")
    assert made.commands == {"mdurl": ("python-mdurl",)}


def test_a_list_of_dpkg_with_names_that_are_no_text() -> None:
    made = maker()
    content = b"/.\n/usr\n/" + FOLDER.encode() + b"/six-1.16.egg-info\n/usr/bin/\xff\n"
    read_dpkg_list(content, "python3-six", made)
    read_dpkg_list(b"/usr/share/doc/x\n", "x", made)
    assert list(made.made("test").projects) == ["six"]


def test_machines_have_names_of_their_own_in_debian() -> None:
    assert debian_architecture("x86_64") == "amd64"
    assert debian_architecture("riscv64") == "riscv64"
