import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pysetup.phases.install.real_folders import RealFolders

NAMES = st.sampled_from(["a", "b", "link", "file", "gone", "loop", "..", "."])


def test_it_says_what_realpath_says(tmp_path: Path) -> None:
    (tmp_path / "a/b/a").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    (tmp_path / "a/link").symlink_to(tmp_path / "b")
    (tmp_path / "b/link").symlink_to("../a/b")
    (tmp_path / "a/gone").symlink_to("nowhere/at/all")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "a/file").write_text("")
    known = RealFolders()

    @given(st.lists(NAMES, max_size=5))
    def law(names: list[str]) -> None:
        folder = os.path.join(tmp_path, *names)
        assert known(folder) == os.path.realpath(folder)

    law()
    assert known("/") == "/"
    assert known("/nowhere/x") == "/nowhere/x"
