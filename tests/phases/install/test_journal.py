import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.edges.files import LocalFiles
from pysetup.phases.install.journal import Journal, Step, UnreadableJournalError
from pysetup.phases.install.recover_at_start import recover


class Files(LocalFiles):
    """The real file system; ``swaps`` says whether it can exchange two entries."""

    def __init__(self, *, swaps: bool) -> None:
        self.swaps = swaps

    def exchange(self, first: str, second: str) -> bool:
        return self.swaps and super().exchange(first, second)


def picture(folder: Path) -> dict[str, str]:
    return {
        os.path.relpath(os.path.join(parent, name), folder): Path(
            parent, name
        ).read_text()
        for parent, _, names in os.walk(folder)
        for name in names
    }


class Scene:
    """A folder, a stage, and a journal that replaces, removes and adds in it."""

    def __init__(self, folder: Path) -> None:
        self.place, self.stage = folder / "place", folder / "stage"
        (self.place / "package").mkdir(parents=True)
        (self.place / "package/a").write_text("old")
        (self.place / "package/b").write_text("old")
        (self.place / "file").write_text("old")
        (self.place / "gone").write_text("old")
        (self.place / "same").write_text("old")
        (self.place / "lonely").mkdir()
        (self.place / "lonely/x").write_text("old")
        (self.stage / "new/package").mkdir(parents=True)
        (self.stage / "new/package/a").write_text("new")
        (self.stage / "old").mkdir()
        for name in ("file", "added", "same"):
            (self.stage / "new" / name).write_text("new")
        self.old = picture(self.place)
        self.steps = (
            self.step("same", new=False, old=0),
            self.step("package", old=1),
            self.step("file", old=2),
            self.step("gone", new=False, old=3),
            self.step("lonely/x", new=False, old=4),
            self.step("added"),
            self.step("same"),
        )
        self.new = dict.fromkeys(("package/a", "file", "added", "same"), "new")
        prune = (str(self.place / "lonely"), str(self.place / "package"))
        self.journal = Journal((str(self.stage),), self.steps, prune)

    def step(self, name: str, *, new: bool = True, old: int | None = None) -> Step:
        staged = self.stage / "new" / name
        return Step(
            str(self.place / name),
            str(staged) if new else "",
            "" if old is None else str(self.stage / f"old/{old}"),
            staged.stat().st_ino if new else 0,
        )


@pytest.mark.law
@settings(max_examples=80, deadline=None)
@given(
    done=st.integers(0, 7),
    undone=st.integers(0, 7),
    swaps_first=st.booleans(),
    swaps_then=st.booleans(),
)
def test_a_journal_can_be_done_and_undone_from_any_point(
    tmp_path_factory: pytest.TempPathFactory, **drawn: Any
) -> None:
    scene = Scene(tmp_path_factory.mktemp("scene"))
    first = Files(swaps=drawn["swaps_first"])
    # What an exchange began needs an exchange to undo: the same system, later.
    then = Files(swaps=drawn["swaps_then"] or drawn["swaps_first"])
    for step in scene.steps[: drawn["done"]]:
        step.forward(first)
    scene.journal.do(then)
    assert picture(scene.place) == scene.new
    assert not (scene.place / "lonely").exists()
    scene.journal.do(then)
    assert picture(scene.place) == scene.new
    (scene.place / "lonely").mkdir()
    for step in scene.steps[::-1][: drawn["undone"]]:
        step.backward(then)
    scene.journal.undone().do(then)
    assert picture(scene.place) == scene.old
    scene.journal.undone().do(then)
    assert picture(scene.place) == scene.old


@pytest.mark.law
@settings(max_examples=60, deadline=None)
@given(
    done=st.integers(0, 7),
    undo=st.booleans(),
    swaps=st.booleans(),
    kept=st.sampled_from(["utf-8", "latin-1"]),
)
def test_the_program_of_the_start_up_hook_does_the_same(
    tmp_path_factory: pytest.TempPathFactory, **drawn: Any
) -> None:
    scene = Scene(tmp_path_factory.mktemp("scene"))
    for step in scene.steps[: drawn["done"]]:
        step.forward(Files(swaps=drawn["swaps"]))
    journal = scene.journal.undone() if drawn["undo"] else scene.journal
    state, hook = scene.stage.parent / "state", scene.stage.parent / "hook.pth"
    state.mkdir()
    (state / "journal.json").write_bytes(journal.to_bytes())
    hook.touch()
    recover(os.fsencode(state), os.fsencode(hook), drawn["kept"])
    assert picture(scene.place) == (scene.old if drawn["undo"] else scene.new)
    assert not list(state.iterdir())
    assert not hook.exists()


def test_what_another_tool_changed_after_the_moves_is_left_alone(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    scene.journal.do(Files(swaps=True))
    (scene.place / "file").unlink()
    (scene.place / "file").write_text("of another tool")
    (scene.place / "added").unlink()
    after = picture(scene.place)
    for swaps in (True, False):
        scene.journal.do(Files(swaps=swaps))
        assert picture(scene.place) == after


def test_hard_links_of_one_stored_file_can_be_undone_without_an_exchange(
    tmp_path: Path,
) -> None:
    place, staged, old = (str(tmp_path / name) for name in ("place", "new", "old"))
    Path(place).write_text("the same")
    os.link(place, staged)
    step = Step(place, staged, old, os.stat(place).st_ino)
    for times in (0, 1, 2):
        for _ in range(times):
            step.forward(Files(swaps=False))
        step.backward(Files(swaps=False))
        assert Path(place).read_text() == "the same"


def test_any_path_and_any_inode_number_can_be_told(tmp_path: Path) -> None:
    odd = os.fsdecode(b"/caf\xe9\n")
    journal = Journal((odd,), (Step(odd, odd, odd, 2**64 - 1),), (odd,), hooks=(odd,))
    path = tmp_path / "journal.json"
    path.write_bytes(journal.to_bytes())
    assert Journal.parse(path.read_bytes(), source=str(path)) == journal


def test_what_only_an_exchange_can_undo_fails_loudly_without_one(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    scene.steps[1].forward(Files(swaps=True))
    with pytest.raises(OSError, match="package"):
        scene.steps[1].backward(Files(swaps=False))


def test_a_journal_comes_back_as_it_was_written(tmp_path: Path) -> None:
    journal = Scene(tmp_path).journal
    for each in (journal, journal.undone()):
        assert Journal.parse(each.to_bytes(), source="journal.json") == each


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"format": 2}',
        b'{"format": 1, "steps": [1]}',
        b'{"format": 1, "steps": [["a", "b", "c", "d"]]}',
    ],
)
def test_a_damaged_journal_is_told(content: bytes) -> None:
    with pytest.raises(UnreadableJournalError) as caught:
        Journal.parse(content, source="journal.json")
    assert caught.value.exit_code == 7
