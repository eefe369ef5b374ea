import hashlib
from pathlib import Path

import pytest

from pysetup.server.blobs import LocalBlobs
from pysetup.server.storage import StorageFailedError

SHA256 = hashlib.sha256(b"content").hexdigest()


def files_below(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def test_content_is_there_once_it_is_placed(blobs: LocalBlobs) -> None:
    stage = blobs.stage()
    assert stage.add(b"content") == SHA256
    assert blobs.open(SHA256) is None
    stage.place()
    stage.finish(lambda _: True)
    stream = blobs.open(SHA256)
    assert stream is not None
    with stream:
        assert stream.read() == b"content"


def test_a_spooled_file_is_moved_not_copied(blobs: LocalBlobs) -> None:
    stage = blobs.stage()
    path, stream = stage.spool("demo.whl")
    with stream:
        stream.write(b"content")
    inode = path.stat().st_ino
    stage.add_file(path, SHA256)
    stage.place()
    stage.finish(lambda _: True)
    assert blobs.path(SHA256).stat().st_ino == inode
    assert blobs.path(SHA256).stat().st_mode & 0o222 == 0


def test_nothing_stays_of_a_stage_that_was_not_placed(
    blobs: LocalBlobs, tmp_path: Path
) -> None:
    stage = blobs.stage()
    stage.add(b"content")
    stage.finish(lambda _: True)
    assert files_below(tmp_path) == []


def test_what_nothing_refers_to_is_removed(blobs: LocalBlobs, tmp_path: Path) -> None:
    for content in (b"content", b"other"):
        stage = blobs.stage()
        stage.add(content)
        stage.place()
        stage.finish(SHA256.__eq__)
    assert files_below(tmp_path) == [blobs.path(SHA256)]


def test_retired_content_goes_unless_it_is_referred_to(blobs: LocalBlobs) -> None:
    stage = blobs.stage()
    stage.add(b"content")
    stage.place()
    stage.finish(lambda _: True)
    for referenced in ({SHA256}, set[str]()):
        stage = blobs.stage()
        stage.retire(SHA256)
        stage.place()
        stage.finish(referenced.__contains__)
        assert blobs.path(SHA256).exists() is bool(referenced)


def test_a_crash_is_cleared_up_by_what_is_referred_to(
    blobs: LocalBlobs, tmp_path: Path
) -> None:
    for content in (b"content", b"other"):
        stage = blobs.stage()
        stage.add(content)
        stage.place()
    blobs.stage().add(b"never placed")
    again = LocalBlobs(tmp_path / "blobs")
    assert again.recover(SHA256.__eq__) == 3
    assert files_below(tmp_path) == [blobs.path(SHA256)]
    assert again.recover(SHA256.__eq__) == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file")
    with pytest.raises(StorageFailedError, match="blobs"):
        LocalBlobs(tmp_path / "blobs")
