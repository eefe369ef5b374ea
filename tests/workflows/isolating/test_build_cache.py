"""The cache of build environments: what is whole is found, all else is not."""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pysetup.edges.files import shared_lock
from pysetup.workflows.installing.known_interpreters import interpreter_identity
from pysetup.workflows.isolating.build_cache import (
    FRESH,
    EnvironmentCache,
    environment_key,
    folder_state,
    lock_of,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def cache_at(tmp_path: Path) -> Callable[..., EnvironmentCache]:
    return lambda later=timedelta(0): EnvironmentCache(
        tmp_path / "build-env", now=NOW + later
    )


@pytest.fixture
def cache(cache_at: Callable[..., EnvironmentCache]) -> EnvironmentCache:
    return cache_at()


def make(cache: EnvironmentCache, key: str) -> Path:
    folder = cache.new_folder()
    assert folder is not None
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(sys.executable)
    (folder / "lib/tool").mkdir(parents=True)
    (folder / "lib/tool/__init__.py").write_text("value = 1\n")
    cache.keep(key, folder)
    return folder


def test_an_environment_is_found_by_its_key(cache: EnvironmentCache) -> None:
    folder = make(cache, "a")
    assert cache.find("a") == folder / "bin/python"
    assert cache.find("b") is None


def test_what_was_broken_off_is_not_found(cache: EnvironmentCache) -> None:
    folder = cache.new_folder()
    assert folder is not None
    assert cache.find(folder.name) is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(
            lambda root: (root / "lib/tool/__init__.py").write_text("value = 22\n"),
            id="a file was changed",
        ),
        pytest.param(
            lambda root: (root / "lib/tool/__init__.py").unlink(), id="a file is gone"
        ),
        pytest.param(
            lambda root: (root / "lib/more.py").write_text(""), id="a file was added"
        ),
        pytest.param(shutil.rmtree, id="the folder is gone"),
        pytest.param(
            lambda root: (root / "bin/python").unlink(), id="the interpreter is gone"
        ),
    ],
)
def test_a_damaged_environment_is_not_found(
    cache: EnvironmentCache, damage: Callable[[Path], None]
) -> None:
    damage(make(cache, "a"))
    assert cache.find("a") is None
    make(cache, "a")
    assert cache.find("a") is not None


def test_bytecode_is_no_damage(cache: EnvironmentCache) -> None:
    folder = make(cache, "a")
    (folder / "lib/tool/__pycache__").mkdir()
    (folder / "lib/tool/__pycache__/x.pyc").write_bytes(b"")
    assert cache.find("a") is not None


def test_an_interpreter_that_was_removed_is_no_environment(
    cache: EnvironmentCache, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text("")
    folder = cache.new_folder()
    assert folder is not None
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(python)
    cache.keep("a", folder)
    assert cache.find("a") is not None
    python.unlink()
    assert cache.find("a") is None


@pytest.mark.parametrize(
    ("later", "fresh"),
    [
        pytest.param(timedelta(0), True, id="at once"),
        pytest.param(FRESH - timedelta(seconds=1), True, id="within the hour"),
        pytest.param(FRESH, False, id="after it"),
        pytest.param(timedelta(days=-1), False, id="the clock was set back"),
    ],
)
def test_an_answer_is_fresh_for_a_while(
    cache_at: Callable[..., EnvironmentCache],
    later: timedelta,
    fresh: bool,  # noqa: FBT001 - a column of the table
) -> None:
    make(cache_at(), "a")
    cache_at().remember("question", "a")
    found = cache_at(later).recall("question")
    assert found is not None
    assert (found.fresh, found.asked) == (fresh, NOW)
    assert cache_at().recall("other") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"asked": 7}', '{"asked": "x"}'])
def test_a_damaged_answer_is_none(
    cache: EnvironmentCache, tmp_path: Path, content: str
) -> None:
    make(cache, "a")
    cache.remember("question", "a")
    (path,) = (tmp_path / "build-env/v1/answers").iterdir()
    path.write_text(content)
    assert cache.recall("question") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = EnvironmentCache(tmp_path / "file", now=NOW)
    assert cache.new_folder() is None
    cache.remember("question", "a")
    cache.keep("a", tmp_path)
    assert (cache.recall("question"), cache.find("a")) == (None, None)


def test_what_was_not_used_for_long_is_removed(
    cache_at: Callable[..., EnvironmentCache],
) -> None:
    old = make(cache_at(), "old")
    used = make(cache_at(), "used")
    assert cache_at().find("old")
    lost = cache_at().new_folder()
    assert lost is not None
    for path in (lost, old, used):
        os.utime(path, (NOW.timestamp(),) * 2)
    assert cache_at(timedelta(days=10)).find("used")
    make(cache_at(timedelta(days=15)), "new")
    assert [path.is_dir() for path in (old, used, lost)] == [False, True, False]
    assert cache_at().find("used")


def test_of_many_only_the_latest_stay_but_none_that_may_be_in_use(
    cache_at: Callable[..., EnvironmentCache],
) -> None:
    for number in range(30):
        make(cache_at(timedelta(minutes=number)), f"key{number}")
        assert cache_at(timedelta(minutes=number)).find(f"key{number}")
    found = [n for n in range(30) if cache_at(timedelta(minutes=30)).find(f"key{n}")]
    assert found == list(range(30))
    make(cache_at(timedelta(days=3)), "new")
    later = cache_at(timedelta(days=3))
    assert sum(later.find(f"key{number}") is not None for number in range(30)) == 24 - 1


def test_the_key_is_the_content(tmp_path: Path) -> None:
    paths = [tmp_path / "a.whl", tmp_path / "b.whl"]
    for path in paths:
        path.write_bytes(path.name.encode())
    key = environment_key("python", paths)
    assert key == environment_key("python", paths[::-1])
    assert key != environment_key("other", paths)
    paths[0].write_bytes(b"changed")
    assert key != environment_key("python", paths)


def test_an_interpreter_is_known_without_starting_it(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    identity = interpreter_identity(sys.executable)
    assert identity is not None
    assert interpreter_identity(str(link)) == identity
    script = tmp_path / "shim"
    script.write_text("#!/bin/sh\n")
    assert interpreter_identity(str(script)) is None
    assert interpreter_identity(str(tmp_path / "nothing")) is None


def test_a_new_file_changes_the_state_of_its_folder(tmp_path: Path) -> None:
    before = folder_state(str(tmp_path))
    (tmp_path / "x-1.0.whl").write_bytes(b"x")
    assert folder_state(str(tmp_path)) != before
    assert folder_state(str(tmp_path / "nothing")) == []


def test_an_environment_in_which_a_program_runs_stays(
    cache_at: Callable[..., EnvironmentCache],
) -> None:
    folder, other = make(cache_at(), "a"), make(cache_at(), "b")
    for key, made in (("a", folder), ("b", other)):
        lock_of(made).write_text("")
        cache_at().keep(key, made)
        assert cache_at().find(key) is not None
        os.utime(made, (NOW.timestamp(),) * 2)
    later = cache_at(timedelta(days=40))
    with shared_lock(str(lock_of(folder))):
        later.keep("c", later.new_folder() or folder)
        assert folder.is_dir()
        assert not other.exists()
    later.keep("d", later.new_folder() or folder)
    assert not folder.exists()
