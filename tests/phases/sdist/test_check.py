"""The validator: one archive that is right, and each thing that can be wrong."""

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.interchange.source import SourceTree
from pysetup.metadata.document import Metadata
from pysetup.phases.sdist.check import check_sdist
from pysetup.phases.sdist.make import make_sdist
from pysetup.phases.sdist.rules import RULES

CORE = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n"
FILES: Mapping[str, str] = {
    "PKG-INFO": CORE,
    "pyproject.toml": '[project]\nname = "demo"\nversion = "1.0"\n',
    "src/demo/__init__.py": "",
}


@dataclass(frozen=True)
class Sdist:
    """An archive to be written; everything in it is right unless a test says so."""

    name: str = "demo-1.0.tar.gz"
    top: str = "demo-1.0"
    files: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    more: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    form: int = tarfile.PAX_FORMAT

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        listed = {k: v for k, v in FILES.items() if k not in self.without}
        with tarfile.open(path, "w:gz", format=self.form) as tar:
            for name, text in {**listed, **self.files}.items():
                self._add(tar, f"{self.top}/{name}", text.encode())
            for name, fields in self.more:
                self._add(tar, name, b"", **fields)
        return path

    @staticmethod
    def _add(tar: tarfile.TarFile, name: str, content: bytes, **fields: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(content), 1_000_000_000
        for key, value in fields.items():
            setattr(info, key, value)
        tar.addfile(info, io.BytesIO(content))


def rules_of(path: Path) -> set[str]:
    return {one.rule for one in check_sdist(path)}


def link(name: str, target: str) -> tuple[str, Mapping[str, Any]]:
    return f"demo-1.0/{name}", {"type": tarfile.SYMTYPE, "linkname": target}


def with_core(text: str) -> Mapping[str, str]:
    return {"PKG-INFO": text}


CASES: dict[str, tuple[Sdist, set[str]]] = {
    "nothing": (Sdist(), set()),
    "an old name": (
        Sdist("Demo-1.0.tar.gz", top="Demo-1.0"),
        {"name-not-normalized"},
    ),
    "a version that is not normalised": (
        Sdist("demo-1.0.0.tar.gz", top="demo-1.0.0"),
        {"name-not-normalized"},
    ),
    "another compression": (Sdist("demo-1.0.tgz"), {"legacy-format"}),
    "a name of nothing": (
        Sdist("archive.tar.gz", without=("PKG-INFO",)),
        {"sdist-filename", "pkg-info-missing", "top-folder"},
    ),
    "the version of another release": (
        Sdist("demo-2.0.tar.gz", top="demo-2.0"),
        {"metadata-mismatch"},
    ),
    "the name of another project": (
        Sdist("other-1.0.tar.gz", top="other-1.0"),
        {"metadata-mismatch"},
    ),
    "a top folder of the old name": (Sdist(top="Demo-1.0"), {"top-folder-name"}),
    "a top folder of another name": (Sdist(top="src"), {"top-folder"}),
    "two top folders": (Sdist(more=(("other/x", {}),)), {"top-folder"}),
    "a file at the top": (Sdist(more=(("x", {}),)), {"top-folder"}),
    "the format of GNU": (Sdist(form=tarfile.GNU_FORMAT), {"tar-format"}),
    "no PKG-INFO": (Sdist(without=("PKG-INFO",)), {"pkg-info-missing"}),
    "no pyproject.toml": (
        Sdist(without=("pyproject.toml",), files={"setup.py": ""}),
        {"pyproject-missing"},
    ),
    "nothing that builds": (Sdist(without=("pyproject.toml",)), {"nothing-to-build"}),
    "a pyproject.toml that is no TOML": (
        Sdist(files={"pyproject.toml": "= 1"}),
        {"pyproject-invalid"},
    ),
    "a readme that is not packed": (
        Sdist(files={"pyproject.toml": '[project]\nreadme = "README.md"\n'}),
        {"named-file-missing"},
    ),
    "a PKG-INFO that is none": (Sdist(files=with_core("x")), {"metadata"}),
    "an early PKG-INFO": (
        Sdist(files=with_core(CORE.replace("2.4", "2.1"))),
        {"metadata-version"},
    ),
    "a dynamic name": (Sdist(files=with_core(f"{CORE}Dynamic: Name\n")), {"dynamic"}),
    "a METADATA.json that says something else": (
        Sdist(
            files={
                "METADATA.json": '{"metadata_version": "2.4", "name": "x", '
                '"version": "1.0"}',
                "pydist.json": '{"document_version": "1.0", "name": "demo", '
                '"version": "1.0"}',
            }
        ),
        {"document-mismatch"},
    ),
    "the pydist.json of another tool": (Sdist(files={"pydist.json": "{}"}), set()),
    "a licence that is not packed": (
        Sdist(files=with_core(f"{CORE}License-File: LICENSE\n")),
        {"license-file"},
    ),
    "a licence that an early tool names": (
        Sdist(files=with_core(CORE.replace("2.4", "2.2") + "License-File: LICENSE\n")),
        {"license-file-early"},
    ),
    "a licence in a folder": (
        Sdist(
            files={**with_core(f"{CORE}License-File: legal/MIT\n"), "legal/MIT": "x"}
        ),
        set(),
    ),
    "an absolute name": (Sdist(more=(("/etc/x", {}),)), {"unsafe-path"}),
    "a name that climbs": (Sdist(more=(("demo-1.0/../x", {}),)), {"unsafe-path"}),
    "a control character": (Sdist(more=(("demo-1.0/a\x1bb", {}),)), {"unsafe-path"}),
    "a link that leads outside": (
        Sdist(more=(link("x", "../../etc"),)),
        {"link-outside"},
    ),
    "an absolute link": (Sdist(more=(link("x", "/etc"),)), {"link-outside"}),
    "a link to nothing": (Sdist(more=(link("x", "y"),)), {"link-nowhere"}),
    "a link in a circle": (Sdist(more=(link("x", "x"),)), {"link-nowhere"}),
    "a link inside": (Sdist(more=(link("x", "PKG-INFO"),)), set()),
    "a link to a folder by a link": (
        Sdist(more=(link("x", "src"), link("y", "x"))),
        set(),
    ),
    "a device": (
        Sdist(more=(("demo-1.0/x", {"type": tarfile.CHRTYPE}),)),
        {"special-file"},
    ),
    "a pipe": (
        Sdist(more=(("demo-1.0/x", {"type": tarfile.FIFOTYPE}),)),
        {"special-file"},
    ),
    "a hard link": (
        Sdist(
            more=(
                (
                    "demo-1.0/x",
                    {"type": tarfile.LNKTYPE, "linkname": "demo-1.0/PKG-INFO"},
                ),
            )
        ),
        {"hard-link"},
    ),
    "a hard link to nothing": (
        Sdist(
            more=(("demo-1.0/x", {"type": tarfile.LNKTYPE, "linkname": "demo-1.0/y"}),)
        ),
        {"hard-link-nowhere"},
    ),
    "a name twice": (Sdist(more=(("demo-1.0/PKG-INFO", {}),)), {"duplicate"}),
    "a file that is a folder": (
        Sdist(more=(("demo-1.0/PKG-INFO/x", {}),)),
        {"duplicate"},
    ),
    "a name that Windows reserves": (Sdist(files={"aux.c": ""}), {"portable-name"}),
    "a name that ends in a dot": (Sdist(files={"x.": ""}), {"portable-name"}),
    "a decomposed name": (Sdist(files={"cafe\u0301": ""}), {"portable-name"}),
    "names that differ by case": (
        Sdist(files={"readme": "", "README": ""}),
        {"name-clash"},
    ),
    "folders that differ by case": (
        Sdist(files={"Docs/a": "", "docs/b": ""}),
        {"name-clash"},
    ),
    "names that differ by their Unicode form": (
        Sdist(files={"cafe\u0301": "", "caf\u00e9": ""}),
        {"name-clash", "portable-name"},
    ),
    "a date to come": (
        Sdist(more=(("demo-1.0/x", {"mtime": 8_000_000_000}),)),
        {"date"},
    ),
    "version control": (Sdist(files={".git/config": ""}), {"version-control"}),
    "bytecode": (Sdist(files={"src/demo/__pycache__/a.pyc": ""}), {"bytecode"}),
    "a cache": (Sdist(files={".mypy_cache/x": "", ".DS_Store": ""}), {"tool-files"}),
    "build output": (
        Sdist(files={"build/lib/x.py": "", "dist/x-1.whl": "", "src/a.o": ""}),
        {"build-output"},
    ),
    "folders with the names of output": (
        Sdist(files={"build/__init__.py": "", "dist/make.py": "", "tests/a.so": ""}),
        set(),
    ),
    "its own egg-info": (Sdist(files={"src/demo.egg-info/SOURCES.txt": ""}), set()),
    "the egg-info of another project": (
        Sdist(files={"other.egg-info/PKG-INFO": ""}),
        {"other-metadata"},
    ),
    "vendored metadata": (
        Sdist(files={"src/demo/_vendor/x-1.dist-info/METADATA": ""}),
        set(),
    ),
}


@pytest.mark.parametrize(("sdist", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_is_named(
    sdist: Sdist, expected: set[str], tmp_path: Path
) -> None:
    assert rules_of(sdist.write(tmp_path)) == expected


def test_every_rule_has_a_case() -> None:
    told = set[str]().union(*(expected for _, expected in CASES.values()))
    assert told | {"unreadable-archive"} == set(RULES)


def test_what_we_make_is_right(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "pyproject.toml").write_text(FILES["pyproject.toml"])
    (root / "LICENSE").write_text("x")
    metadata = Metadata.from_dict(
        {
            "name": "De.mo",
            "version": "1.0",
            "document_version": "1.0",
            "license_expression": "MIT",
            "license_file": ["LICENSE"],
        }
    )
    made = make_sdist(SourceTree(root, metadata), into=tmp_path, epoch=None)
    assert check_sdist(made.location) == ()


def test_a_zip_of_old_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Demo-1.0.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("Demo-1.0/PKG-INFO", CORE.replace("2.4", "1.0"))
        made.writestr("Demo-1.0/setup.py", "")
    assert rules_of(path) == {
        *("legacy-format", "name-not-normalized"),
        *("metadata-version", "pyproject-missing"),
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("demo-1.0.tar.gz", b"", id="empty"),
        pytest.param("demo-1.0.tar.gz", b"no archive", id="text"),
        pytest.param("demo-1.0.tar.gz", gzip.compress(b"x" * 600), id="no tar"),
        pytest.param("demo-1.0.tar.gz", gzip.compress(bytes(1 << 28)), id="a bomb"),
        pytest.param("demo-1.0.zip", b"PK\x03\x04", id="a cut zip"),
        pytest.param("demo-1.0.tar.Z", b"\x1f\x9d", id="compress"),
    ],
)
def test_what_cannot_be_read_is_a_finding(
    name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    found = check_sdist(tmp_path / name)
    assert found[0].rule == "unreadable-archive"
    assert found[0].is_error


@pytest.mark.parametrize(
    "name", ["gone-1.0.tar.gz", "gone-1.0.zip", "gone", "folder.tar.gz", "folder.zip"]
)
def test_a_file_that_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    if name.startswith("folder"):
        (tmp_path / name).mkdir()
    with pytest.raises(PysetupError) as caught:
        check_sdist(tmp_path / name)
    assert caught.value.exit_code == 2


def test_errors_come_first_and_litter_is_summed_up(tmp_path: Path) -> None:
    files = {f"src/{number}.pyc": "" for number in range(50)}
    path = Sdist(files=files, without=("PKG-INFO",), more=(("/x", {}),)).write(tmp_path)
    found = check_sdist(path)
    assert [one.is_error for one in found] == sorted(
        (one.is_error for one in found), reverse=True
    )
    made = Sdist(files=files).write(tmp_path)
    told = [one.message for one in check_sdist(made)]
    assert len(told) == 11
    assert told[-1] == "and 40 more of this kind"
    assert all(one.clause for one in found if one.rule in ("unsafe-path", "metadata"))


def test_dates_of_a_store_say_nothing(tmp_path: Path) -> None:
    path = Sdist().write(tmp_path)
    os.utime(path, (1, 1))
    assert check_sdist(path) == ()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return (
        Sdist(more=(link("x", "PKG-INFO"),))
        .write(tmp_path_factory.mktemp("good"))
        .read_bytes()
    )


@pytest.mark.law
@given(data=st.data())
def test_no_damage_is_ever_more_than_a_finding(
    data: st.DataObject,
    good: bytes,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    content = bytearray(gzip.decompress(good))
    for _ in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "demo-1.0.tar.gz"
    path.write_bytes(gzip.compress(bytes(content), 1))
    for one in check_sdist(path):
        assert one.rule in RULES
        assert one.to_json()["severity"] in ("error", "warning")
