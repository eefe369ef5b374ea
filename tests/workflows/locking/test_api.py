"""Locks by the library: made, read and installed from, as other programs do it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pysetup import api


@pytest.mark.flow
def test_a_program_locks_reads_and_syncs(
    tmp_path: Path, make_wheel: Callable[..., Path]
) -> None:
    make_wheel("one", metadata="Requires-Dist: two\n")
    make_wheel("two")
    settings: dict[str, Any] = {
        "cache_dir": str(tmp_path / "cache"),
        "directory": str(tmp_path),
        "no_index": True,
        "find_links": (str(tmp_path / "wheels"),),
    }
    context = api.open_context(settings=settings)
    environment = api.create_environment(tmp_path / "env", context=context)
    report = api.lock(
        ["one"], path="pylock.toml", environment=environment, context=context
    )
    assert report.written
    lock = api.read_lock("pylock.toml", context=context)
    assert [package.name for package in lock.packages] == ["one", "two"]
    done = api.sync("pylock.toml", environment=environment, context=context)
    assert done.installed == (("one", "1.0"), ("two", "1.0"))
    again = api.sync("pylock.toml", environment=environment, context=context)
    assert again.installed == again.removed == ()
