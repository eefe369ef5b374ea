"""Comparing two archives: every class of difference, and what must always hold."""

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.interchange.archive_entries import (
    NotComparableError,
    list_archive,
    read_contents,
)
from pysetup.interchange.comparison import (
    DIFFERENT,
    IDENTICAL,
    SAME_CONTENT,
    ArchiveComparison,
    compare_archives,
)
from pysetup.interchange.content_kinds import classify, compare_listings

DAY = (2024, 1, 2, 3, 4, 6)
INFO = "demo-1.0.dist-info"
FILES = {
    "demo/__init__.py": b"value = 1\n",
    f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tool 1.0\nTag: py3-none-any\n",
    f"{INFO}/RECORD": b"demo/__init__.py,sha256=x,10\n",
}
Files = Mapping[str, bytes]


def pack(
    path: Path,
    files: Files = FILES,
    *,
    date: tuple[int, int, int, int, int, int] = DAY,
    mode: int = 0o644,
    system: int = 3,
    method: int = zipfile.ZIP_DEFLATED,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            header = zipfile.ZipInfo(name, date)
            header.external_attr = (0o100000 | mode) << 16
            header.create_system = system
            header.compress_type = method
            archive.writestr(header, content)
    return path


def pack_tar(path: Path, files: Files, *, date: int = 1000, level: int = 9) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", level, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, content in files.items():
            header = tarfile.TarInfo(f"demo-1.0/{name}")
            header.size, header.mtime = len(content), date
            tar.addfile(header, io.BytesIO(content))
    return path


def compare(one: Path, other: Path) -> ArchiveComparison:
    return compare_archives(
        list_archive(one),
        list_archive(other),
        read_one=partial(read_contents, one),
        read_other=partial(read_contents, other),
    )


NAME = "demo-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        pytest.param({"date": (2020, 2, 2, 0, 0, 0)}, "date", id="dates"),
        pytest.param({"mode": 0o664}, "permissions", id="permissions of a umask"),
        pytest.param({"system": 0}, "system", id="the system that packed"),
        pytest.param({"method": zipfile.ZIP_STORED}, "compression", id="no deflating"),
        pytest.param(
            {"files": dict(reversed(FILES.items()))}, "order", id="order of members"
        ),
    ],
)
def test_an_envelope_differs(
    tmp_path: Path, change: dict[str, object], key: str
) -> None:
    one = pack(tmp_path / "a" / NAME)
    other = pack(tmp_path / "b" / NAME, **change)  # type: ignore[arg-type] # a table
    found = compare(one, other)
    assert found.verdict == SAME_CONTENT
    assert key in found.envelope_keys
    assert found.differing == ()


ELF = b"\x7fELF" + bytes(60)
NOTE = struct.pack("<3L", 4, 20, 3) + b"GNU\0"
PE = b"MZ" + bytes(58) + struct.pack("<L", 0x40) + b"PE\0\0" + bytes(100)


def pe(stamp: int) -> bytes:
    return PE[:0x48] + struct.pack("<L", stamp) + PE[0x4C:]


@pytest.mark.parametrize(
    ("path", "one", "other", "kind"),
    [
        pytest.param("a.py", b"x = 1\n", b"x = 1\r\n", "newlines", id="line endings"),
        pytest.param("a.py", b"a\nb\n", b"b\na\n", "content", id="statements moved"),
        pytest.param("a.txt", b"a\nb\n", b"b\na\n", "order", id="a list moved"),
        pytest.param(
            "a.json",
            json.dumps({"a": 1, "b": [1]}).encode(),
            json.dumps({"b": [1], "a": 1}, indent=1).encode(),
            "order",
            id="keys of JSON",
        ),
        pytest.param(
            f"{INFO}/METADATA",
            b"Name: a\nClassifier: x\n",
            b"Classifier: x\nName: a\n",
            "order",
            id="headers of METADATA",
        ),
        pytest.param(
            "a/config.py",
            b"root = '/home/one/build'\n",
            b"root = '/tmp/pip-x/b'\n",
            "path",
            id="the folder of the build in a text",
        ),
        pytest.param(
            "a.py", b"url = '/api/v1'\n", b"url = '/api/v2'\n", "content", id="a route"
        ),
        pytest.param(
            "a/_version.py",
            b"version = '1.0'\ncommit_id = 'g12345678'\n",
            b"version = '1.1.dev3'\ncommit_id = 'gabcdef01'\n",
            "version",
            id="what setuptools_scm writes",
        ),
        pytest.param(
            "a.1", b'.TH "2024-01-01"\n', b'.TH "2025-03-04"\n', "version", id="a date"
        ),
        pytest.param(
            f"{INFO}/WHEEL",
            b"Generator: setuptools (75.1.0)\n",
            b"Generator: setuptools (80.0.0)\n",
            "version",
            id="another version of the generator",
        ),
        pytest.param(
            f"{INFO}/WHEEL",
            b"Generator: a 1\nTag: cp311-cp311-linux_x86_64\n",
            b"Generator: a 1\nTag: cp311-cp311-manylinux_2_17_x86_64\n",
            "tags",
            id="a repaired wheel",
        ),
        pytest.param(
            f"{INFO}/METADATA",
            b"Requires-Dist: version>=1\n",
            b"Requires-Dist: version>=2\n",
            "content",
            id="a requirement is no version string",
        ),
        pytest.param(
            "a.py", b"timeout = 30\n", b"timeout = 40\n", "content", id="a number"
        ),
        pytest.param(
            "a.pyc",
            b"\xa7\r\r\n" + bytes(4) + b"1234" + b"\0rest",
            b"\xa7\r\r\n" + bytes(4) + b"9876" + b"\0rest",
            "time",
            id="the date in bytecode",
        ),
        pytest.param("a.pyd", pe(1), pe(2), "time", id="the date in a PE file"),
        pytest.param(
            "a.so",
            ELF + NOTE + b"a" * 20 + b"\0",
            ELF + NOTE + b"b" * 20 + b"\0",
            "build-id",
            id="the build id of an ELF file",
        ),
        pytest.param(
            "a.so",
            ELF + b"\0/home/one/a.c\0",
            ELF + b"\0/tmp/two/build/a.c\0",
            "path",
            id="a path in an ELF file",
        ),
        pytest.param("a.so", ELF + b"a", ELF + b"b", "content", id="machine code"),
        pytest.param("a.bin", b"\xff\xfe", b"\xff\xfd", "content", id="no text"),
        pytest.param("a.pyd", b"MZ", b"MZ\0", "content", id="a file cut short"),
    ],
)
def test_why_contents_differ(path: str, one: bytes, other: bytes, kind: str) -> None:
    assert classify(path, one, other) == kind
    assert classify(path, other, one) == kind


@pytest.mark.parametrize(
    ("other", "differing", "kind"),
    [
        pytest.param(b"b,h,1\na,h,1\n", set(), "order", id="rows moved"),
        pytest.param(b"a,h,1\r\nb,h,1\r\n", set(), "newlines", id="line endings"),
        pytest.param(b"a,h,1\nb,x,1\n", {"b"}, "listing", id="the row of a change"),
        pytest.param(b"a,h,1\nb,x,1\n", {"a"}, "content", id="a row out of nowhere"),
        pytest.param(b"\xff", set(), "content", id="no text"),
    ],
)
def test_why_records_differ(other: bytes, differing: set[str], kind: str) -> None:
    assert compare_listings(b"a,h,1\nb,h,1\n", other, differing) == kind
    assert compare_listings(other, b"a,h,1\nb,h,1\n", differing) == kind


def test_files_that_only_one_archive_has(tmp_path: Path) -> None:
    one = pack(tmp_path / "a" / NAME, {**FILES, "old.py": b""})
    other = pack(tmp_path / "b" / NAME, {**FILES, "new.py": b""})
    found = compare(one, other)
    assert found.verdict == DIFFERENT
    kinds = {file.path: file.kind for file in found.differing}
    assert kinds == {"old.py": "missing", "new.py": "extra"}


def test_metadata_that_differ_are_told_field_by_field(tmp_path: Path) -> None:
    path = f"{INFO}/METADATA"
    changed = FILES[path] + b"Requires-Dist: more\n"
    one = pack(tmp_path / "a" / NAME)
    other = pack(tmp_path / "b" / NAME, {**FILES, path: changed})
    (file,) = compare(one, other).differing
    assert file.kind == "content"
    told = [(change.kind, change.pointer) for change in file.metadata]
    assert told == [("added", "/requires_dist")]


def test_metadata_that_mean_the_same_are_spelling(tmp_path: Path) -> None:
    path = f"{INFO}/METADATA"
    head = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
    one = pack(tmp_path / "a" / NAME, {path: head + b"Keywords: a,b\n"})
    other = pack(
        tmp_path / "b" / NAME,
        {path: head.replace(b"2.1", b"2.2") + b"Keywords: a, b\n"},
    )
    (file,) = compare(one, other).differing
    assert file.kind == "spelling"


def test_a_hard_link_is_compared_by_its_content(tmp_path: Path) -> None:
    linked, plain = tmp_path / "demo-1.tar.gz", tmp_path / "b" / "demo-1.tar.gz"
    plain.parent.mkdir()
    for path in (linked, plain):
        with tarfile.open(path, "w:gz") as tar:
            for name in ("demo-1/a", "demo-1/b"):
                info = tarfile.TarInfo(name)
                if path is linked and name == "demo-1/b":
                    info.type, info.linkname = tarfile.LNKTYPE, "demo-1/a"
                    tar.addfile(info)
                else:
                    info.size = 4
                    tar.addfile(info, io.BytesIO(b"same"))
    compared = compare(linked, plain)
    assert [(file.path, file.kind) for file in compared.files] == [("b", "envelope")]
    assert compared.files[0].envelope == {"hard link": ("demo-1/a", "")}
    assert read_contents(linked, ["b"]) == {"b": b"same"}


def test_sdists_are_compared_below_their_top_folder(tmp_path: Path) -> None:
    one = pack_tar(tmp_path / "a" / "demo-1.0.tar.gz", {"a.py": b"1\n"})
    other = pack_tar(tmp_path / "b" / "demo-1.0.tar.gz", {"a.py": b"1\n"}, date=2000)
    found = compare(one, other)
    assert (found.verdict, found.envelope_keys) == (SAME_CONTENT, ("date",))
    packed = pack_tar(tmp_path / "c" / "demo-1.0.tar.gz", {"a.py": b"1\n"}, level=1)
    assert compare(one, packed).envelope_keys == ("packing",)
    changed = pack_tar(tmp_path / "d" / "demo-1.0.tar.gz", {"a.py": b"2\n"})
    (file,) = compare(one, changed).differing
    assert (file.path, file.kind) == ("a.py", "content")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        pytest.param(lambda path: path.write_bytes(b""), "a.rpm", id="no archive"),
        pytest.param(lambda path: pack_tar(path, {}), "a-1.tar.gz", id="another kind"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    tmp_path: Path, make: Callable[[Path], object], name: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(NotComparableError, match="cannot be compared"):
        compare(pack(tmp_path / NAME), tmp_path / name)


names = st.sampled_from(["a.py", "b/c.txt", "d.json", f"{INFO}/METADATA", "e.so"])
contents = st.dictionaries(names, st.binary(max_size=40), max_size=5)
SWAPPED = {"missing": "extra", "extra": "missing"}


@pytest.mark.law
@given(one=contents, other=contents)
def test_a_comparison_is_symmetrical(
    tmp_path_factory: pytest.TempPathFactory, one: Files, other: Files
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    first, second = pack(folder / "a" / NAME, one), pack(folder / "b" / NAME, other)
    there, back = compare(first, second), compare(second, first)
    assert there.verdict == back.verdict
    assert {file.path: file.kind for file in there.files} == {
        file.path: SWAPPED.get(file.kind, file.kind) for file in back.files
    }
    assert there.same + len(there.files) == len({*one, *other})


@pytest.mark.law
@given(files=contents, mode=st.sampled_from([0o600, 0o644, 0o755]))
def test_a_copy_packed_anew_has_the_same_content(
    tmp_path_factory: pytest.TempPathFactory, files: Files, mode: int
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    first = pack(folder / "a" / NAME, files)
    assert compare(first, first).verdict == IDENTICAL
    again = pack(folder / "b" / NAME, dict(sorted(files.items())), mode=mode)
    found = compare(first, again)
    assert found.differing == ()
    assert (found.verdict == IDENTICAL) == (first.read_bytes() == again.read_bytes())
