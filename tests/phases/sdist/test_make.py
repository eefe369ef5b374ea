import gzip
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pysetup.errors import PysetupError
from pysetup.interchange.source import SourceTree
from pysetup.interchange.source_files import (
    SourceChangedError,
    SourceFileMissingError,
    SourceLinkError,
    list_tree,
    read_source_file,
)
from pysetup.metadata.document import Metadata
from pysetup.phases.sdist.archive import PackedMember, write_archive
from pysetup.phases.sdist.make import explain_selection, make_sdist

METADATA = Metadata.from_dict(
    {"name": "De.mo", "version": "1.0", "document_version": "1.0"}
)


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., SourceTree]:
    def write(**files: bytes) -> SourceTree:
        root = tmp_path / "tree"
        for name, content in {"pyproject.toml": b"", **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return SourceTree(root, METADATA)

    return write


def test_the_archive_is_plain_and_sorted(
    tree: Callable[..., SourceTree], tmp_path: Path
) -> None:
    made = tree(**{"z.sh": b"#!/bin/sh\n", "a/ä.txt": b"x", "b": b""})
    archive = make_sdist(made, into=tmp_path, epoch=None)
    assert archive.location.name == "de_mo-1.0.tar.gz"
    with tarfile.open(archive.location) as tar:
        members = tar.getmembers()
    names = [member.name.removeprefix("de_mo-1.0/") for member in members]
    assert names == [
        *("METADATA.json", "PKG-INFO", "a/ä.txt", "b"),
        *("pydist.json", "pyproject.toml", "z.sh"),
    ]
    assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members} == {
        (0, 0, "", "", 315532800)
    }
    assert {m.name for m in members if m.mode == 0o755} == {"de_mo-1.0/z.sh"}
    head = archive.location.read_bytes()[:10]
    assert head[3:8] == bytes(5)  # no flags, so no name, and no date


def test_a_link_inside_is_stored_as_content(
    tree: Callable[..., SourceTree], tmp_path: Path
) -> None:
    made = tree(**{"a/text": b"hello"})
    (made.root / "link").symlink_to("a/text")
    archive = make_sdist(made, into=tmp_path, epoch=0)
    with tarfile.open(archive.location) as tar:
        member = tar.getmember("de_mo-1.0/link")
        assert member.isreg()
        assert member.size == 5


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param("/etc/passwd", "out of the project", id="absolute"),
        pytest.param("../outside", "out of the project", id="to the folder above"),
        pytest.param("a", "to a folder", id="to a folder"),
        pytest.param("nowhere", "to nothing", id="to nothing"),
        pytest.param("link", "in a circle", id="to itself"),
    ],
)
def test_other_links_are_refused(
    target: str, said: str, tree: Callable[..., SourceTree], tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("secret")
    made = tree(**{"a/text": b"hello"})
    (made.root / "link").symlink_to(target)
    with pytest.raises(SourceLinkError, match=said):
        make_sdist(made, into=tmp_path, epoch=None)
    assert not list(tmp_path.glob("*.tar.gz")) + list(tmp_path.glob(".sdist*"))


def test_a_folder_reached_by_a_link_is_not_entered(
    tree: Callable[..., SourceTree], tmp_path: Path
) -> None:
    made = tree()
    (tmp_path / "outside").mkdir()
    (made.root / "dir").symlink_to(tmp_path / "outside")
    with pytest.raises(SourceLinkError):
        make_sdist(made, into=tmp_path, epoch=None)


def test_a_file_that_vanishes_is_told(tree: Callable[..., SourceTree]) -> None:
    made = tree()
    with pytest.raises(SourceFileMissingError, match=r"gone\.txt"):
        read_source_file(made.root, "gone.txt")


def test_a_file_that_changes_is_told(tmp_path: Path) -> None:
    # /proc holds files whose stated size is not their content's.
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc")
    (tmp_path / "x").write_text("")
    with pytest.raises(SourceChangedError):
        read_source_file(Path("/proc/sys/kernel"), "ostype")


def test_a_failure_leaves_no_archive(tmp_path: Path) -> None:
    def failing() -> Iterator[PackedMember]:
        yield PackedMember("a", b"x")
        raise SourceChangedError("b")

    with pytest.raises(PysetupError):
        write_archive(
            tmp_path / "x.tar.gz",
            top="x",
            members=failing(),
            epoch=None,
        )
    assert os.listdir(tmp_path) == []


def test_folders_of_tools_are_not_entered(tree: Callable[..., SourceTree]) -> None:
    made = tree(
        **{
            ".git/HEAD": b"",
            ".tox/x": b"",
            "env/pyvenv.cfg": b"",
            "env/lib/x": b"",
            "build/lib/x.py": b"",
            "dist/x.whl": b"",
            "demo.egg-info/PKG-INFO": b"",
            "pkg/build/__init__.py": b"",
            "pkg/__pycache__/x.pyc": b"",
        }
    )
    pruned = {e.path for e in list_tree(made.root) if e.kind == "pruned"}
    assert pruned == {
        *(".git/", ".tox/", "env/", "build/", "dist/"),
        *("demo.egg-info/", "pkg/__pycache__/"),
    }
    selected = {one.path for one in explain_selection(made) if one.selected}
    assert selected == {"pyproject.toml", "pkg/build/__init__.py"}


def test_a_package_may_be_called_build(tree: Callable[..., SourceTree]) -> None:
    made = tree(**{"build/__init__.py": b"", "build/x.py": b""})
    selected = {one.path for one in explain_selection(made) if one.selected}
    assert "build/x.py" in selected


def test_content_alone_decides_the_bytes(
    tree: Callable[..., SourceTree], tmp_path: Path
) -> None:
    made = tree(**{"a": b"x" * 100_000, "b.sh": b"#!/bin/sh\n"})
    first = make_sdist(made, into=tmp_path, epoch=None)
    other = tmp_path / "other"
    shutil.copytree(made.root, other)
    (other / "a").chmod(0o777)
    (other / "b.sh").chmod(0o600)
    out = tmp_path / "out"
    out.mkdir()
    second = make_sdist(SourceTree(other, METADATA), into=out, epoch=None)
    assert first.hash == second.hash
    assert gzip.decompress(first.location.read_bytes())
