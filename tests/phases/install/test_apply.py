import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.errors import PysetupError
from pysetup.interchange.environment import Environment
from pysetup.phases.install.recovery import recover

MakeWheel = Callable[..., Path]
Changer = Any


class Failing(LocalFiles):
    """Raises an error when a step of one kind touches a path with a given part."""

    def __init__(
        self, kind: str, part: str, number: int = errno.EIO, *, times: int = 10**6
    ) -> None:
        self.kind, self.part, self.number = kind, part, number
        self.times = times

    def _check(self, kind: str, path: str) -> None:
        if kind == self.kind and self.part in path and self.times:
            self.times -= 1
            raise OSError(self.number, os.strerror(self.number), path)

    def write(self, path: str, chunks: Iterable[bytes], *, executable: bool) -> None:
        self._check("write", path)
        super().write(path, chunks, executable=executable)

    def write_durably(self, path: str, content: bytes) -> None:
        self._check("journal", path)
        super().write_durably(path, content)

    def rename(self, source: str, target: str) -> None:
        self._check("rename", target)
        super().rename(source, target)

    def exchange(self, first: str, second: str) -> bool:
        if self.kind == "rename" and self.part in second and self.times:
            return False
        return super().exchange(first, second)

    def unlink(self, path: str) -> None:
        self._check("unlink", path)
        super().unlink(path)

    def remove_tree(self, path: str) -> None:
        self._check("remove", path)
        super().remove_tree(path)

    def flush(self, folder: str) -> None:
        self._check("flush", folder)

    def flush_names(self, folder: str) -> None:
        self._check("flush names", folder)

    def keeps_order(self, folder: str) -> bool:
        return self.kind == "ordered" and folder != ""

    def free_space(self, folder: str) -> int:
        return 10 if self.kind == "space" else super().free_space(folder)

    def writable(self, folder: str) -> bool:
        return self.kind != "folder" or self.part not in folder

    def removable(self, path: str) -> bool:
        return self.kind != "file" or self.part not in path


FAILURES: dict[str, tuple[Failing, str]] = {
    "there is no room": (Failing("space", ""), "PS7310"),
    "the disk fills up": (Failing("write", "demo/", errno.ENOSPC), "PS7310"),
    "a folder is not ours": (Failing("folder", "site-packages"), "PS7309"),
    "an old file is unchangeable": (Failing("file", "demo/old.py"), "PS7309"),
    "the system is read-only": (Failing("write", "", errno.EROFS), "PS7309"),
    "the disk fails while staging": (Failing("write", "demo/new"), "PS7312"),
    "the disk fails at the flush": (Failing("flush", ""), "PS7312"),
    "the journal cannot be written": (Failing("write", "journal"), "PS7312"),
    "the journal cannot get its name": (Failing("rename", "journal"), "PS7312"),
    "the journal's name does not last": (Failing("flush names", ""), "PS7312"),
    "the hook cannot be set": (Failing("rename", "recover.pth"), "PS7312"),
    "the package cannot be moved": (Failing("rename", "/demo", times=1), "PS7312"),
    "the new entry cannot be moved": (Failing("rename", "demo-2.0"), "PS7312"),
    "a script cannot be moved": (
        Failing("rename", "bin/demo", errno.EACCES, times=1),
        "PS7309",
    ),
}


@pytest.fixture
def wheels(make_wheel: MakeWheel) -> tuple[Path, Path]:
    script = "[console_scripts]\ndemo = demo:main\n"
    old = {"demo/__init__.py": "1", "demo/old.py": "1"}
    new = {"demo/__init__.py": "2", "demo/new.py": "2"}
    return (
        make_wheel(version="1.0", files=old, entry_points=script),
        make_wheel(version="2.0", files=new, entry_points=script + "more = demo:m\n"),
    )


@pytest.mark.parametrize(("files", "code"), FAILURES.values(), ids=FAILURES)
def test_whatever_fails_the_old_state_stays(
    files: Failing, code: str, wheels: tuple[Path, Path], change: Changer
) -> None:
    change(wheels[0])
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change(wheels[1], files=files)
    assert (caught.value.code, caught.value.exit_code) == (code, 7)
    assert caught.value.hints
    assert change.picture() == before


def test_a_layer_that_cannot_move_folders_gets_files_moved(
    wheels: tuple[Path, Path], change: Changer, environment: Environment
) -> None:
    change(wheels[0])
    files = Failing("rename", "/demo", errno.EXDEV, times=1)
    change(wheels[1], files=files)
    found = {p.name for p in Path(environment.scheme.purelib).rglob("*.py")}
    assert found == {"__init__.py", "new.py"}


def test_what_can_neither_be_finished_nor_undone_waits_for_the_next_command(
    wheels: tuple[Path, Path], change: Changer
) -> None:
    change(wheels[0])
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change(wheels[1], files=Failing("unlink", "journal"))
    assert caught.value.code == "PS7314"
    assert change.root.exists()
    assert recover(str(change.root), files=LocalFiles()) == "finished"
    change.root.rmdir()
    change(wheels[1])
    new = change.picture()
    change(wheels[0])
    assert change.picture() == before
    change(wheels[1])
    assert change.picture() == new


def test_an_undo_that_was_interrupted_is_gone_on_with(
    wheels: tuple[Path, Path], change: Changer
) -> None:
    change(wheels[0])
    before = change.picture()

    class Twice(Failing):
        """Fails at a rename, and again when the journal should be removed."""

        def unlink(self, path: str) -> None:
            raise OSError(errno.EIO, "dead", path)

    with pytest.raises(PysetupError) as caught:
        change(wheels[1], files=Twice("rename", "demo-2.0"))
    assert caught.value.code == "PS7314"
    assert recover(str(change.root), files=LocalFiles()) == "undone"
    change.root.rmdir()
    assert change.picture() == before


def test_a_recovery_that_cannot_go_forward_goes_back(
    wheels: tuple[Path, Path], change: Changer
) -> None:
    change(wheels[0])
    before = change.picture()

    class Dead(LocalFiles):
        def exchange(self, first: str, second: str) -> bool:
            raise SystemExit((first, second))

        def flush(self, folder: str) -> None:
            assert folder

    with pytest.raises(SystemExit):
        change(wheels[1], files=Dead())
    files = Failing("rename", "demo-2.0")
    assert recover(str(change.root), files=files) == "undone"
    change.root.rmdir()
    assert change.picture() == before


def test_litter_that_cannot_be_removed_stands_in_nobodys_way(
    wheels: tuple[Path, Path], change: Changer
) -> None:
    change(wheels[0], files=Failing("remove", "tx-"))
    assert [p.name for p in change.root.iterdir()] == ["tx-test"]
    assert recover(str(change.root), files=Failing("remove", "tx-")) == ""
    # Nobody is told of it: the change had ended.
    assert recover(str(change.root), files=LocalFiles()) == ""
    assert not list(change.root.iterdir())


@pytest.mark.parametrize("what", ["record", "package"])
def test_a_change_behind_our_back_is_seen_before_the_commit(
    what: str, wheels: tuple[Path, Path], change: Changer, environment: Environment
) -> None:
    change(wheels[0])
    site = Path(environment.scheme.purelib)
    plan = change.plan(wheels[1])
    if what == "record":
        (site / "demo-1.0.dist-info/RECORD").write_text("")
    else:
        (site / "demo/new.py").write_text("somebody else's")
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change.apply(plan, wheels[1], files=LocalFiles())
    assert caught.value.code == "PS7311"
    assert change.picture() == before


def test_an_interrupt_before_the_commit_leaves_no_trace(
    wheels: tuple[Path, Path], change: Changer
) -> None:
    change(wheels[0])
    before = change.picture()

    def interrupted() -> None:
        raise KeyboardInterrupt

    change.committing = interrupted
    with pytest.raises(KeyboardInterrupt):
        change(wheels[1])
    assert change.picture() == before
