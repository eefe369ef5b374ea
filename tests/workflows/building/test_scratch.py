import stat
from pathlib import Path

import pytest

from pysetup.workflows.building.scratch import (
    appearing_together,
    output_folder,
    remove_tree,
)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder as /tmp is: for all users, with the sticky bit."""
    place = tmp_path / "shared"
    place.mkdir()
    place.chmod(0o1777)
    return place


@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_above_a_removed_folder_keeps_its_mode(
    shared: Path, *, is_there: bool
) -> None:
    scratch = shared / "scratch"
    if is_there:
        (scratch / "locked").mkdir(parents=True)
        (scratch / "locked").chmod(0)
    remove_tree(scratch)
    assert list(shared.iterdir()) == []
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_an_output_folder_is_missing_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), output_folder(tmp_path / "a" / "b"):
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []


def test_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    into = tmp_path / "dist"

    def fail() -> None:
        with appearing_together(into) as folder:
            (folder / "a").touch()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert not into.exists()
    with appearing_together(into) as folder:
        (folder / "a").touch()
    assert [path.name for path in into.iterdir()] == ["a"]
