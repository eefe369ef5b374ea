import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.interchange.built import BuiltTree
from pysetup.interchange.layout import dist_info_files, pure_info, write_files
from pysetup.interchange.wheel_file import open_wheel, unpack_wheel
from pysetup.metadata.document import Metadata
from pysetup.phases.bdist.wheel import UnpackableTreeError, pack_wheel
from pysetup.standards.record import parse_record

METADATA = Metadata.from_dict(
    {"name": "De.mo", "version": "1.0+x.1", "document_version": "1.0"}
)
DIST_INFO = "de_mo-1.0+x.1.dist-info"


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., BuiltTree]:
    def write(folder: str = "tree", **files: bytes) -> BuiltTree:
        root = tmp_path / folder
        write_files(root, dist_info_files(METADATA, info=pure_info(), licenses={}))
        write_files(root, files)
        return BuiltTree(root, METADATA, ("py3-none-any",), pure=True, generator="t")

    return write


def test_a_wheel_is_what_its_readers_expect(
    built: Callable[..., BuiltTree], tmp_path: Path
) -> None:
    tree = built(
        **{"demo/ä.py": b"x = 1\n", "demo/run": b"#!/bin/sh\n", "empty.py": b""}
    )
    archive = pack_wheel(tree, into=tmp_path, epoch=None)
    assert archive.location.name == "de_mo-1.0+x.1-py3-none-any.whl"
    assert (archive.format, archive.metadata) == ("wheel", METADATA)
    with open_wheel(archive.location) as wheel:
        wheel.verify()
        assert wheel.metadata == METADATA
    with zipfile.ZipFile(archive.location) as opened:
        infos = opened.infolist()
        record = opened.read(f"{DIST_INFO}/RECORD").decode()
    names = [info.filename for info in infos]
    assert names[:3] == ["demo/run", "demo/ä.py", "empty.py"]
    assert all(name.startswith(DIST_INFO) for name in names[3:])
    assert names[-1] == f"{DIST_INFO}/RECORD"
    assert [entry.path for entry in parse_record(record, source="")] == names
    assert {stat.S_IMODE(info.external_attr >> 16) for info in infos} == {0o644, 0o755}
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert not any(info.extra or info.comment for info in infos)
    assert {info.create_system for info in infos} == {3}


def test_the_same_tree_gives_the_same_bytes(
    built: Callable[..., BuiltTree], tmp_path: Path
) -> None:
    files = {"demo/b.py": b"b" * 70_000, "demo/a.py": b"a", "c": b"#!/bin/sh"}
    first = pack_wheel(built(**files), into=tmp_path, epoch=None)
    content = first.location.read_bytes()
    other = built("other", **dict(reversed(files.items())))
    for path in other.root.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(path.stat().st_mode & 0o700)
    second = pack_wheel(other, into=tmp_path, epoch=None)
    assert second.location.read_bytes() == content


def test_unpacking_and_packing_again_changes_nothing(
    built: Callable[..., BuiltTree], tmp_path: Path
) -> None:
    tree = built(**{"demo/a.py": b"a", "demo/run": b"#!/bin/sh"})
    first = pack_wheel(tree, into=tmp_path, epoch=None)
    unpack_wheel(first.location, tmp_path / "unpacked")
    again = BuiltTree(
        tmp_path / "unpacked", METADATA, tree.tags, pure=True, generator="t"
    )
    (tmp_path / "out").mkdir()
    second = pack_wheel(again, into=tmp_path / "out", epoch=None)
    assert first.hash == second.hash


@pytest.mark.parametrize(
    ("epoch", "year"),
    [
        pytest.param(0, 1980, id="too early"),
        pytest.param(1_600_000_000, 2020, id="a date"),
        pytest.param(1 << 40, 2107, id="too late"),
    ],
)
def test_the_date_is_clamped_to_what_zip_can_tell(
    epoch: int, year: int, built: Callable[..., BuiltTree], tmp_path: Path
) -> None:
    archive = pack_wheel(built(), into=tmp_path, epoch=epoch)
    with zipfile.ZipFile(archive.location) as opened:
        assert {info.date_time[0] for info in opened.infolist()} == {year}


def test_a_build_tag_stands_in_the_name(
    built: Callable[..., BuiltTree], tmp_path: Path
) -> None:
    tree = built()
    tagged = BuiltTree(
        tree.root,
        METADATA,
        ("cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_17_x86_64"),
        pure=False,
        generator="t",
        build_tag="2b",
    )
    archive = pack_wheel(tagged, into=tmp_path, epoch=None)
    assert archive.location.name == (
        "de_mo-1.0+x.1-2b-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
    )


def _link(root: Path) -> None:
    (root / "link").symlink_to("/etc/passwd")


def _folder_link(root: Path) -> None:
    (root / "link").symlink_to("/etc")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_link, id="a link"),
        pytest.param(_folder_link, id="a link to a folder"),
        pytest.param(lambda root: os.mkfifo(root / "pipe"), id="a pipe"),
        pytest.param(lambda root: (root / "a:b").touch(), id="a colon in a name"),
        pytest.param(lambda root: (root / DIST_INFO / "WHEEL").unlink(), id="no WHEEL"),
        pytest.param(
            lambda root: (root / DIST_INFO / "METADATA").unlink(), id="no METADATA"
        ),
        pytest.param(
            lambda root: (root / DIST_INFO).rename(root / "x"), id="no dist-info"
        ),
        pytest.param(
            lambda root: write_files(root, {"b-1.dist-info/METADATA": b""}),
            id="two dist-info",
        ),
    ],
)
def test_a_tree_that_is_no_wheel_is_refused(
    spoil: Callable[[Path], object],
    built: Callable[..., BuiltTree],
    tmp_path: Path,
) -> None:
    tree = built()
    spoil(tree.root)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(UnpackableTreeError):
        pack_wheel(tree, into=out, epoch=None)
    assert os.listdir(out) == []


def test_an_old_record_is_not_packed(
    built: Callable[..., BuiltTree], tmp_path: Path
) -> None:
    tree = built(**{f"{DIST_INFO}/RECORD": b"lies", f"{DIST_INFO}/RECORD.jws": b"x"})
    archive = pack_wheel(tree, into=tmp_path, epoch=None)
    with open_wheel(archive.location) as wheel:
        wheel.verify()
        assert f"{DIST_INFO}/RECORD.jws" not in {m.path for m in wheel.members}
