import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from pysetup.edges.files import LocalFiles
from pysetup.phases.install.room import NoSpaceError, check_space
from pysetup.phases.install.transaction import TransactionPlan

MIB = 1 << 20


class TwoDisks(LocalFiles):
    """The folder ``bin`` is on a disk of its own; each has so many bytes left."""

    def __init__(self, *, rest: int, scripts: int) -> None:
        self.rest, self.scripts = rest, scripts

    def device(self, folder: str) -> int:
        return 2 if "/bin" in folder else 1

    def free_space(self, folder: str) -> int:
        return self.scripts if "/bin" in folder else self.rest


@pytest.fixture
def plan(make_wheel: Callable[..., Path], change: Any) -> TransactionPlan:
    files = {
        "demo/__init__.py": "#" * 3 * MIB,
        "demo-1.0.data/scripts/tool": "#!/bin/sh\n" + "#" * 2 * MIB,
        **{f"demo/small{number}": "x" for number in range(256)},  # a block each
    }
    made: TransactionPlan = change.plan(make_wheel(files=files))
    return made


ROOM = {
    "just enough": (TwoDisks(rest=12 * MIB, scripts=3 * MIB), True, ()),
    "too little for scripts": (TwoDisks(rest=12 * MIB, scripts=MIB), True, ("/bin",)),
    "too little for the rest": (
        TwoDisks(rest=9 * MIB, scripts=3 * MIB),
        True,
        ("/.pysetup", "/site-packages"),
    ),
    "enough without bytecode": (TwoDisks(rest=9 * MIB, scripts=3 * MIB), False, ()),
}


@pytest.mark.parametrize(("files", "compiled", "short"), ROOM.values(), ids=ROOM)
def test_every_disk_is_asked(
    files: LocalFiles,
    compiled: bool,  # noqa: FBT001 - a column of the table
    short: tuple[str, ...],
    plan: TransactionPlan,
    change: Any,
) -> None:
    change.root.mkdir()
    with pytest.raises(NoSpaceError) if short else nullcontext() as caught:
        check_space(plan, str(change.root), files=files, compiled=compiled)
    if caught is not None:
        assert caught.value.folder.endswith(short)
        assert caught.value.needed is not None
        assert caught.value.needed > files.free_space(caught.value.folder)
    assert os.listdir(change.root) == []
