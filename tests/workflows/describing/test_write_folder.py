"""Writing a format of several files: the folder is there as a whole, or as before."""

import os
from pathlib import Path

import pytest

from pysetup.workflows.describing.convert import OutputNotWrittenError, write_folder

FILES = {"PKG-INFO": b"new", "requires.txt": b"a\n"}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_folder_has_the_permissions_of_new_folders(tmp_path: Path) -> None:
    write_folder(tmp_path / "demo.egg-info", FILES)
    (tmp_path / "plain").mkdir()
    made, plain = (tmp_path / name for name in ("demo.egg-info", "plain"))
    assert content(made) == FILES
    assert made.stat().st_mode == plain.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [made, plain]


def test_other_files_of_an_egg_info_stay(tmp_path: Path) -> None:
    folder = tmp_path / "demo.egg-info"
    folder.mkdir(mode=0o750)
    (folder / "PKG-INFO").write_bytes(b"old")
    (folder / "PKG-INFO").chmod(0o444)
    (folder / "SOURCES.txt").write_bytes(b"setup.py\n")
    write_folder(folder, FILES)
    assert content(folder) == {**FILES, "SOURCES.txt": b"setup.py\n"}
    assert folder.stat().st_mode & 0o777 == 0o750
    assert list(tmp_path.iterdir()) == [folder]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_folder(tmp_path / "link", FILES)
    assert (tmp_path / "link").is_symlink()
    assert content(tmp_path / "real") == FILES


@pytest.mark.parametrize("name", ["src/module.py", "README", "src"])
def test_a_folder_of_other_things_is_left_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / "project" / name
    path.parent.mkdir(parents=True)
    if name == "src":
        path.mkdir()
    else:
        path.write_bytes(b"precious")
    with pytest.raises(OutputNotWrittenError):
        write_folder(tmp_path / "project", FILES)
    assert path.exists()
    assert not (tmp_path / "project" / "PKG-INFO").exists()


def test_a_file_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputNotWrittenError):
        write_folder(tmp_path / "file", FILES)
    with pytest.raises(OutputNotWrittenError):
        write_folder(tmp_path / "none" / "x.egg-info", FILES)


@pytest.mark.parametrize("before", [{"PKG-INFO": b"old"}, {}], ids=["old", "new"])
def test_what_fails_leaves_everything_as_it_was(
    tmp_path: Path, before: dict[str, bytes]
) -> None:
    folder = tmp_path / "demo.egg-info"
    for name, old in before.items():
        folder.mkdir()
        (folder / name).write_bytes(old)
    long = "x" * (os.pathconf(tmp_path, "PC_NAME_MAX") + 1)
    with pytest.raises(OutputNotWrittenError):
        write_folder(folder, {**FILES, long: b""})
    assert list(tmp_path.iterdir()) == ([folder] if before else [])
    assert (content(folder) if before else {}) == before
