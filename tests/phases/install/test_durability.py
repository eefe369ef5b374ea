"""When the disk is waited for: often enough for the promise, and no oftener."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.phases.install.durability import DurabilityMode
from pysetup.phases.install.refusals import NotDurableError
from pysetup.phases.install.start_hook import HOOK
from pysetup.workflows.settings import DURABILITIES

MakeWheel = Callable[..., Path]
Changer = Any


class WatchedFiles(LocalFiles):
    """Notes what is waited for, and the steps that matter between."""

    def __init__(self, *, ordered: bool, fails: bool = False) -> None:
        self.ordered, self.fails = ordered, fails
        self.seen: list[str] = []

    def _note(self, what: str) -> None:
        if not self.seen or self.seen[-1] != what:
            self.seen.append(what)

    def write(self, path: str, chunks: Any, *, executable: bool) -> None:
        self._note("write the journal" if "journal" in path else "write")
        super().write(path, chunks, executable=executable)

    def rename(self, source: str, target: str) -> None:
        name = os.path.basename(target)
        known = {"journal.json": "name the journal", HOOK: "set the hook"}
        self._note(known.get(name, "move"))
        super().rename(source, target)

    def exchange(self, first: str, second: str) -> bool:
        self._note("move")
        return super().exchange(first, second)

    def unlink(self, path: str) -> None:
        self._note("remove the journal" if "journal" in path else "remove the hook")
        super().unlink(path)

    def remove_tree(self, path: str) -> None:
        self._note("remove the stage")
        super().remove_tree(path)

    def flush(self, folder: str) -> None:
        assert os.path.basename(folder).startswith("tx-")
        self._note("FLUSH ALL")

    def flush_names(self, folder: str) -> None:
        assert os.path.basename(folder) == ".pysetup"
        self._note("FLUSH NAMES")
        if self.fails:
            raise OSError(errno.EIO, "the disk fails", folder)

    def keeps_order(self, folder: str) -> bool:
        assert os.path.basename(folder) == ".pysetup"
        return self.ordered


BEFORE = ["write", "write the journal"]
COMMIT = ["set the hook", "name the journal"]
AFTER = ["remove the journal", "remove the hook", "remove the stage"]
TABLE: dict[str, tuple[DurabilityMode, bool, list[str]]] = {
    "durable, where names keep their order": (
        "durable",
        True,
        [*BEFORE, "FLUSH ALL", *COMMIT, "move", *AFTER, "FLUSH NAMES"],
    ),
    "durable, where they do not": (
        "durable",
        False,
        [*BEFORE, "FLUSH ALL", *COMMIT, "FLUSH NAMES", "move", "FLUSH ALL", *AFTER],
    ),
    "fast": ("fast", False, [*BEFORE, *COMMIT, "move", *AFTER]),
}


@pytest.mark.parametrize(("mode", "ordered", "expected"), TABLE.values(), ids=TABLE)
def test_the_disk_is_waited_for_as_seldom_as_the_promise_allows(
    mode: DurabilityMode,
    ordered: bool,  # noqa: FBT001 - a column of the table
    expected: list[str],
    make_wheel: MakeWheel,
    change: Changer,
) -> None:
    change(make_wheel(version="1.0"))
    files = WatchedFiles(ordered=ordered)
    change.durability = mode
    change(make_wheel(version="2.0", files={"demo/__init__.py": "2"}), files=files)
    assert files.seen == expected


def test_a_change_that_the_disk_does_not_keep_is_made_and_told(
    make_wheel: MakeWheel, change: Changer
) -> None:
    files = WatchedFiles(ordered=True, fails=True)
    with pytest.raises(NotDurableError) as caught:
        change(make_wheel(), files=files)
    assert caught.value.exit_code == 7
    assert [d.metadata.name for d in change.database.distributions()] == ["demo"]
    assert not change.root.exists()


def test_the_setting_takes_the_same_words() -> None:
    assert get_args(DurabilityMode) == DURABILITIES
