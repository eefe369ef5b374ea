import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pysetup.edges.environment_lock import held_lock
from pysetup.edges.files import LocalFiles

FILES = LocalFiles()


def test_what_stands_at_a_path_is_told_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    folder, link = FILES.look(str(tmp_path)), FILES.look(str(tmp_path / "link"))
    assert folder is not None
    assert folder.is_folder
    assert link is not None
    assert not link.is_folder
    assert FILES.look(str(tmp_path / "nothing")) is None
    assert FILES.scan(str(tmp_path)) == [("link", False)]


def test_a_file_is_never_written_over_or_through_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    FILES.write(str(path), [b"one ", b"two"], executable=True)
    assert path.read_bytes() == b"one two"
    assert os.access(path, os.X_OK)
    for taken in (path, link):
        with pytest.raises(FileExistsError):
            FILES.write(str(taken), [b"evil"], executable=False)
    assert not (tmp_path / "elsewhere").exists()


def test_durable_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    for content in (b"one", b"two"):
        FILES.write_durably(str(path), content)
        assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["journal"]
    FILES.flush(str(tmp_path))


def test_two_folders_are_swapped_in_one_step_or_not_at_all(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    swapped = FILES.exchange(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "a/b").exists() is swapped
    assert not FILES.exchange(str(tmp_path / "a"), str(tmp_path / "nothing"))


def test_removing_a_tree_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    FILES.remove_tree(str(tmp_path / "a"))
    FILES.remove_tree(str(tmp_path / "a"))
    assert not list(tmp_path.iterdir())


def test_an_unchangeable_file_is_known(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o444)
    assert FILES.removable(str(path))
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", path], check=False).returncode:
        pytest.skip("no file can be marked as unchangeable here")
    try:
        assert not FILES.removable(str(path))
    finally:
        subprocess.run([chattr, "-i", path], check=True)


def test_an_append_only_folder_cannot_be_changed(tmp_path: Path) -> None:
    chattr = shutil.which("chattr")
    if (
        chattr is None
        or subprocess.run([chattr, "+a", tmp_path], check=False).returncode
    ):
        pytest.skip("no folder can be marked as append-only here")
    try:
        assert not FILES.writable(str(tmp_path))
    finally:
        subprocess.run([chattr, "-a", tmp_path], check=True)
    assert FILES.writable(str(tmp_path))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
def test_a_file_of_another_in_a_shared_folder_cannot_go() -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o1777)
        (folder / "theirs").touch()
        code = (
            "import os, sys; from pysetup.edges.files import LocalFiles as Files\n"
            "os.setuid(65534); open(sys.argv[1] + '/own', 'w').close()\n"
            "print([Files().removable(sys.argv[1] + n) for n in ('/theirs', '/own')])"
        )
        command = [sys.executable, "-c", code, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout == "[False, True]\n"
    finally:
        shutil.rmtree(folder)


def test_the_order_of_names_is_claimed_only_where_it_is_known(tmp_path: Path) -> None:
    command = ["stat", "-f", "-c", "%T", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stdout.strip() not in ("tmpfs", "xfs", "ext2/ext3"):
        assert not FILES.keeps_order(str(tmp_path))
    memory = Path("/dev/shm")
    if memory.is_mount():
        assert FILES.keeps_order(str(memory))
    assert not FILES.keeps_order("/proc")
    FILES.flush_names(str(tmp_path))


def test_a_lock_that_its_holder_removed_is_another_lock(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")

    def hold() -> int:
        with held_lock(path, timeout=0, sleep=lambda _: None, tell=print):
            return os.stat(path).st_ino

    assert hold()
    assert not os.path.exists(path)
    Path(path).touch()  # what a killed command leaves: nobody holds it
    assert hold()
