"""Files of running programs, as Windows treats them: renamed, but never removed."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.errors import PysetupError
from pysetup.phases.install.recovery import left_behind, recover

MakeWheel = Callable[..., Path]
Changer = Any


class SharingViolationError(PermissionError):
    """What Windows answers."""

    winerror = 32

    def __init__(self, path: str) -> None:
        super().__init__(errno.EACCES, "it is used by another process", path)


class WindowsFiles(LocalFiles):
    """Treats the files ``running`` as Windows does, and renames over nothing."""

    def __init__(self, *running: Path, fails: str = "nothing fails") -> None:
        self.running = {os.lstat(path).st_ino for path in running}
        self.fails = fails
        self.refused = 0

    def exchange(self, first: str, second: str) -> bool:
        del first, second
        return False

    def rename(self, source: str, target: str) -> None:
        if self.fails in target:
            raise OSError(errno.EIO, "fails", target)
        if os.path.isdir(source) and self._runs_in(source):
            self._refuse(source)
        if os.path.lexists(target) and "journal.json" not in target:
            raise FileExistsError(errno.EEXIST, "exists", target)
        super().rename(source, target)

    def unlink(self, path: str) -> None:
        if os.lstat(path).st_ino in self.running:
            self._refuse(path)
        super().unlink(path)

    def remove_tree(self, path: str) -> None:
        busy = self._runs_in(path)
        if not busy:
            super().remove_tree(path)
            return
        for folder, _, names in os.walk(path, topdown=False):
            for name in names:
                if os.path.join(folder, name) not in busy:
                    os.unlink(os.path.join(folder, name))
            if not os.listdir(folder):
                os.rmdir(folder)
        self._refuse(busy[0])

    def _runs_in(self, path: str) -> list[str]:
        return [
            os.path.join(folder, name)
            for folder, _, names in os.walk(path)
            for name in names
            if os.lstat(os.path.join(folder, name)).st_ino in self.running
        ]

    def _refuse(self, path: str) -> None:
        self.refused += 1
        raise SharingViolationError(path)


@pytest.fixture
def wheels(make_wheel: MakeWheel) -> tuple[Path, Path]:
    script = "[console_scripts]\ndemo = demo:main\n"
    old = {"demo/__init__.py": "1", "demo/native.pyd": "1", "demo/old.py": ""}
    new = {"demo/__init__.py": "2", "demo/native.pyd": "2", "demo/new.py": ""}
    return (
        make_wheel(version="1.0", files=old, entry_points=script),
        make_wheel(version="2.0", files=new, entry_points=script + "more = demo:m\n"),
    )


@pytest.fixture
def running(wheels: tuple[Path, Path], change: Changer) -> tuple[Path, Path]:
    """Return the files that a program runs from: its launcher and a library."""
    change(wheels[0])
    scheme = change.environment.scheme
    return Path(scheme.scripts, "demo"), Path(scheme.purelib, "demo/native.pyd")


def test_a_running_program_is_replaced_and_its_old_files_go_later(
    wheels: tuple[Path, Path], running: tuple[Path, Path], change: Changer
) -> None:
    files = WindowsFiles(*running)
    plan = change(wheels[1], files=files)
    assert files.refused  # by a folder, and when it was tidied up
    for install in plan.installs:
        for file in install.files:
            assert os.path.exists(file.path), file.path
    assert running[1].read_text() == "2"
    assert not running[1].with_name("old.py").exists()
    # The old files wait in the state folder, and no command takes them for trouble.
    assert left_behind(str(change.root), files=files) == "stage"
    assert recover(str(change.root), files=files) == ""
    assert recover(str(change.root), files=LocalFiles()) == ""
    assert os.listdir(change.root) == []


def test_a_running_program_can_be_uninstalled(
    running: tuple[Path, Path], change: Changer
) -> None:
    change(remove=("demo",), files=WindowsFiles(*running))
    assert not any(path.exists() for path in running)
    assert change.database.distributions() == ()
    assert recover(str(change.root), files=LocalFiles()) == ""
    assert os.listdir(change.root) == []


@pytest.mark.parametrize("fails", ["demo-2.0.dist-info", "bin/more", "new.py"])
def test_whatever_fails_the_running_program_is_as_it_was(
    fails: str, wheels: tuple[Path, Path], running: tuple[Path, Path], change: Changer
) -> None:
    before = change.picture()
    with pytest.raises(PysetupError) as caught:
        change(wheels[1], files=WindowsFiles(*running, fails=fails))
    assert caught.value.exit_code == 7
    assert change.picture() == before
