"""Packages of small projects: written, read back, and shown to rpm itself."""

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysetup.platforms.contents import ChangedWhilePackedError
from pysetup.platforms.rpm import FORMAT
from pysetup.platforms.rpm.archive import write_package
from pysetup.platforms.rpm.compression import (
    damages,
    new_compressor,
    open_compressed,
)
from pysetup.platforms.rpm.cpio import OversizedRpmFileError
from pysetup.platforms.rpm.header import DamagedRpmError
from pysetup.platforms.rpm.package import (
    RpmFile,
    RpmPackage,
)
from pysetup.values import replace

Built = Callable[..., Any]
Pack = Callable[..., list[Path]]
PYTHON = "usr/lib/python3.14/site-packages"
FULL = {
    "files": {
        "demo/__init__.py": 'def main():\n    print("grüße")\n',
        "demo-1.0.data/data/etc/demo/demo.conf": "[demo]\n",
        "demo-1.0.data/data/share/demo/a file%{name}*[x]?.txt": "hostile\n",
        "demo-1.0.data/data/share/man/man1/demo.1": ".TH DEMO 1\n",
        "demo-1.0.data/scripts/run-demo": "#!python\nimport demo\n",
    },
    "metadata": (
        "Summary: a demo of größe.\n"
        "License-Expression: MIT\n"
        "Requires-Dist: other (~=1.2)\n"
        'Requires-Dist: more[fast] (!=2.0) ; extra == "all"\n'
        "Provides-Extra: all\n"
    ),
    "info": {"licenses/LICENSE": "Do what you like.\n"},
    "entry_points": "[console_scripts]\ndemo = demo:main\n",
}


@pytest.fixture
def query(need_tool: Callable[[str], str]) -> Callable[..., str]:
    """Return the function that lets rpm itself read a package."""
    program = need_tool("rpm")

    def ask(*words: str | Path) -> str:
        done = subprocess.run(
            [program, *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return ask


def test_a_package_has_these_bytes_on_every_machine(tmp_path: Path) -> None:
    package = RpmPackage(
        name="demo",
        version="1~rc1",
        release="1",
        architecture="noarch",
        summary="Größe",
        description="Two\nlines",
        licence="MIT",
        source_rpm="demo-1~rc1-1.src.rpm",
        files=(
            RpmFile(path="/usr/share/demo", mode=0o040755),
            RpmFile(path="/usr/share/demo/a", mode=0o100644, content=b"abc\n"),
        ),
        compression="none",
        time=1700000000,
    )
    place = tmp_path / package.filename
    with open(place, "wb") as stream:
        write_package(package, stream)

    assert package.filename == "demo-1~rc1-1.noarch.rpm"
    assert hashlib.sha256(place.read_bytes()).hexdigest() == GOLDEN


GOLDEN = "b6badd09b9c019308e8a4b0869683ac8e6c0ac6773cee0a732d3c6960e30ad95"


def test_what_is_packed_is_read_back(built: Built, packed: Pack) -> None:
    main, extra = packed(built(**FULL))
    found: Any = FORMAT.verify(main)

    assert main.name == "python3-demo-1.0-1.noarch.rpm"
    assert (found["name"], found["version"]) == ("python3-demo", "1.0")
    assert found["summary"] == "A demo of größe"
    paths = {file["path"]: file for file in found["files"]}
    assert paths["etc/demo/demo.conf"]["roles"] == ["config"]
    assert "usr/share/demo/a file%{name}*[x]?.txt" in paths
    assert paths["usr/share/man/man1/demo.1.gz"]["roles"] == ["document"]
    assert paths["usr/bin/demo"]["mode"] == "0755"
    licence = f"{PYTHON}/demo-1.0.dist-info/licenses/LICENSE"
    assert paths[licence]["roles"] == ["licence"]
    assert f"{PYTHON}/demo-1.0.dist-info/RECORD" not in paths
    assert f"{PYTHON}/demo/__pycache__/__init__.cpython-314.pyc" in found["ghosts"]
    assert {"usr/share/demo", "etc/demo", f"{PYTHON}/demo"} <= set(found["directories"])
    assert not {"usr", "usr/bin", "usr/share", "etc"} & set(found["directories"])
    other = "python3.14dist(other)"
    assert f"({other} >= 1.2 with {other} < 2~~)" in found["relations"]["requires"]
    about: Any = FORMAT.verify(extra)
    assert about["name"] == "python3-demo+all"
    assert "python3-demo = 1.0-1" in about["relations"]["requires"]
    assert "python3dist(demo[all]) = 1" in about["relations"]["provides"]
    assert not about["files"]


def test_the_same_input_gives_the_same_bytes(
    built: Built, packed: Pack, tmp_path: Path
) -> None:
    given_ = built(**FULL)
    one = [hashlib.sha256(path.read_bytes()).digest() for path in packed(given_)]
    for path in given_.root.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(path.stat().st_mode | 0o022)
    shutil.move(given_.root, tmp_path / "elsewhere")
    moved = type(given_)(tmp_path / "elsewhere", given_.metadata)

    before = os.umask(0o077)
    try:
        other = packed(moved)
    finally:
        os.umask(before)

    assert [hashlib.sha256(path.read_bytes()).digest() for path in other] == one
    assert {path.stat().st_mode & 0o777 for path in other} == {0o644}


@pytest.mark.interop
@pytest.mark.parametrize("compression", ["gzip", "xz", "zstd", "none"])
def test_rpm_reads_it_as_we_do(
    compression: str, built: Built, packed: Pack, query: Callable[..., str]
) -> None:
    main, extra = packed(built(**FULL), compression=compression)

    for path in (main, extra):
        assert "digests OK" in query("-K", path)
        found: Any = FORMAT.verify(path)
        for kind in ("requires", "provides"):
            listed = query("-qp", f"--{kind}", path).split("\n")
            assert sorted(filter(None, listed)) == sorted(found["relations"][kind])
    form = "[%{FILENAMES}|%{FILEMODES:octal}|%{FILEDIGESTS}|%{FILEFLAGS:fflags}\n]"
    rows = [line.split("|") for line in query("-qp", "--qf", form, main).split("\n")]
    told = {row[0]: (row[1][-4:], row[2]) for row in rows if len(row) == 4}
    files: Any = FORMAT.verify(main)["files"]
    for file in files:
        assert told[f"/{file['path']}"] == (file["mode"], file["sha256"])
    assert query("-qp", "--qf", "%{SUMMARY}", main) == "A demo of größe"
    assert query("-qpc", main).strip() == "/etc/demo/demo.conf"


@pytest.mark.interop
def test_rpm_installs_verifies_and_removes_it(
    built: Built, packed: Pack, query: Callable[..., str], tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("rpm writes into a root as root alone")
    main, _ = packed(built(**FULL))
    root = tmp_path / "root"
    (root / "usr/bin").mkdir(parents=True)
    there = ["--root", str(root), "--dbpath", "/var/lib/rpm"]

    query(*there, "-i", "--nodeps", "--noscripts", main)
    assert query(*there, "-V", "--nodeps", "python3-demo") == ""
    odd = root / "usr/share/demo/a file%{name}*[x]?.txt"
    assert odd.read_text() == "hostile\n"
    cache = root / PYTHON / "demo/__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "__init__.cpython-314.pyc").write_bytes(b"written by Python")
    assert query(*there, "-V", "--nodeps", "python3-demo") == ""
    query(*there, "-e", "--nodeps", "--noscripts", "python3-demo")

    left = [path for path in root.rglob("*") if path.is_file()]
    assert [path for path in left if "var/lib/rpm" not in str(path)] == []
    assert not (root / PYTHON / "demo").exists()


@pytest.fixture
def whole(built: Built, packed: Pack) -> bytes:
    return packed(built(), bytecode="none", compression="none")[0].read_bytes()


@pytest.mark.law
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=60,
)
@given(data=st.data())
def test_a_changed_or_missing_byte_is_found(
    data: st.DataObject, whole: bytes, tmp_path: Path
) -> None:
    # Before it stand the lead, which nobody reads, and the header of signatures.
    begin = whole.index(b"\x8e\xad\xe8\x01", 200)
    place = data.draw(st.integers(begin, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path / "damaged.rpm"
    damaged.write_bytes(data.draw(st.sampled_from([bytes(changed), whole[:place]])))

    with pytest.raises(DamagedRpmError):
        FORMAT.verify(damaged)


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\xed\xab\xee\xdb" + bytes(99)])
def test_what_is_no_package_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.rpm"
    path.write_bytes(content)

    with pytest.raises(DamagedRpmError) as raised:
        FORMAT.verify(path)

    assert raised.value.facts["file"] == "other.rpm"


def test_a_file_of_4_gib_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with open(large, "wb") as stream:
        stream.truncate(1 << 32)
    file = RpmFile(path="/usr/share/large", mode=0o100644, content=large)

    with pytest.raises(OversizedRpmFileError), open(tmp_path / "out", "wb") as out:
        write_package(_of(file), out)


def test_a_file_that_vanishes_is_told(tmp_path: Path) -> None:
    file = RpmFile(path="/usr/a", mode=0o100644, content=tmp_path / "not there")

    with pytest.raises(ChangedWhilePackedError), open(tmp_path / "out", "wb") as out:
        write_package(_of(file), out)


def _of(*files: RpmFile) -> RpmPackage:
    return RpmPackage(
        name="demo",
        version="1",
        release="1",
        architecture="noarch",
        summary="Demo",
        description="Demo",
        licence="MIT",
        source_rpm="demo-1-1.src.rpm",
        files=files,
    )


def test_nothing_stays_when_packing_fails(
    built: Built, tmp_path: Path, plan_of: Callable[..., Any]
) -> None:
    given_ = built(**FULL)
    plan = plan_of(given_)
    shutil.rmtree(given_.root / "demo")
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(ChangedWhilePackedError):
        FORMAT.binary_dist(given_.root, given_.metadata, None, out, plan=plan)

    assert list(out.iterdir()) == []


def test_the_bare_call_makes_a_package_for_the_usual_target(
    built: Built, tmp_path: Path
) -> None:
    given_ = built(**FULL)

    made = FORMAT.binary_dist(given_.root, given_.metadata)

    assert [path.parent for path in made] == [tmp_path, tmp_path]
    found: Any = FORMAT.verify(made[0])
    assert found["time"] == 315532800
    (change,) = found["changelog"]
    assert change["time"] // 86400 == found["time"] // 86400
    assert found["packager"]


@pytest.mark.law
@pytest.mark.parametrize("compression", ["gzip", "xz", "zstd"])
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_damaged_stream_is_a_damaged_package(
    compression: str, data: st.DataObject
) -> None:
    compressor = new_compressor(compression)
    packed = compressor.compress(b"a payload " * 50) + compressor.flush()
    changed = bytearray(packed)
    place = data.draw(st.integers(0, len(packed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))
    whole = bytes(changed[: data.draw(st.integers(place, len(packed)))])

    with contextlib.suppress(*damages()):
        opened = open_compressed(io.BytesIO(whole), compression, source="a test")
        assert isinstance(opened.read(), bytes)


def test_bytecode_that_a_project_brings_is_left_to_python(
    built: Built, packed: Pack
) -> None:
    folder = "demo/__pycache__"
    files = {
        "demo/__init__.py": "",
        f"{folder}/__init__.cpython-314.pyc": "theirs",
        f"{folder}/__init__.cpython-39.pyc": "of another Python",
        "alone/__pycache__/a.cpython-314.pyc": "without a module",
    }

    (main,) = packed(built(files=files))

    found: Any = FORMAT.verify(main)
    brought = [file["path"] for file in found["files"]]
    paths = [*brought, *found["directories"], *found["ghosts"]]
    assert len(paths) == len(set(paths))
    bytecode = [path for path in brought if path.endswith(".pyc")]
    assert bytecode == [f"{PYTHON}/alone/__pycache__/a.cpython-314.pyc"]
    assert f"{PYTHON}/{folder}/__init__.cpython-314.pyc" in found["ghosts"]


TWINS = {f"demo/{name}.txt": "the same " * 99 for name in ("a", "b/c", "d")}


@pytest.mark.interop
@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_files_of_one_content_are_one_file(
    compression: str,
    built: Built,
    packed: Pack,
    query: Callable[..., str],
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    there = ("--root", root, "--dbpath", "/var/lib/rpm")
    words = ("--nodeps", "--noscripts", "--ignorearch")
    (main,) = packed(built(files={**TWINS, "demo/z.txt": ""}), compression=compression)

    query(*there, "-i", *words, main)

    found = [root / PYTHON / name for name in TWINS]
    assert {path.read_text() for path in found} == {"the same " * 99}
    assert len({path.stat().st_ino for path in found}) == 1
    assert (root / PYTHON / "demo/z.txt").read_bytes() == b""
    assert query(*there, "-V", "--nodeps", "python3-demo") == ""
    told: Any = FORMAT.verify(main)
    sizes = {file["path"]: file["size"] for file in told["files"]}
    assert {sizes[f"{PYTHON}/{name}"] for name in TWINS} == {891}
    form = ("--qf", "%{SIZE} [%{FILESIZES:arraysize}]")
    installed = int(query("-qp", *form, main).split()[0])
    assert installed == sum(sizes.values()) - 2 * 891


def test_a_file_whose_content_is_with_none_is_found(tmp_path: Path) -> None:
    twins = [
        RpmFile(path=f"/usr/{name}", mode=0o100644, content=b"text", same_as=first)
        for name, first in (("a", ""), ("b", "/usr/a"))
    ]
    place = tmp_path / "twins.rpm"
    with open(place, "wb") as stream:
        write_package(replace(_of(*twins), compression="none"), stream)
    FORMAT.verify(place)
    whole = place.read_bytes()
    # The inode of the second member: no content comes for the first one.
    at = whole.rindex(b"./usr/b\0") - 110 + 6
    place.write_bytes(whole[:at] + b"00000007" + whole[at + 8 :])

    with pytest.raises(DamagedRpmError):
        FORMAT.verify(place)


LINKS = """\
Name: links
Version: 1
Release: 1
Summary: Links
License: MIT
BuildArch: noarch
%description
Links
%install
mkdir -p %{buildroot}/usr/share/links
cd %{buildroot}/usr/share/links
echo text > a
ln a b
ln -s a c
ln -s /nowhere d
%files
/usr/share/links
"""


@pytest.mark.interop
def test_links_of_other_packages_are_read(
    need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    spec = tmp_path / "links.spec"
    spec.write_text(LINKS, "utf-8")
    top = ("--define", f"_topdir {tmp_path / 'top'}")
    words = [need_tool("rpmbuild"), *top, "-bb", str(spec)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    (made,) = tmp_path.glob("top/RPMS/*/*.rpm")
    found: Any = FORMAT.verify(made)

    folder = "usr/share/links"
    assert [file["path"] for file in found["files"]] == [
        f"{folder}/{name}" for name in "abcd"
    ]
