"""Wheels are unpacked while others come, and what is wrong with one is told later."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pysetup.standards.hashes import Hash
from pysetup.workflows.cache_folders import open_wheel_store
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import AcquiredFile
from pysetup.workflows.installing.unpacking import Unpacking


@pytest.fixture
def context(make_context: Callable[..., Context]) -> Context:
    made: Context = make_context(None)
    return made


def file_at(path: Path) -> AcquiredFile:
    return AcquiredFile(path, Hash.of_file(str(path)), f"https://h/{path.name}")


def test_wheels_are_in_the_store_at_the_end(
    context: Context, make_wheel: Callable[..., Path]
) -> None:
    found = file_at(make_wheel())
    store = open_wheel_store(context)
    with Unpacking(context, store=store) as unpacking:
        unpacking.begin(found)
    assert store is not None
    assert unpacking.stored.keys() == {found.hash}
    kept = store.get(found.hash, found.path.name)
    assert kept is not None
    assert kept.folder == unpacking.stored[found.hash].folder
    with Unpacking(context, store=store) as again:
        again.begin(found)
    assert again.stored == {}  # it was there before


def test_what_is_wrong_with_a_wheel_is_left_to_who_installs_it(
    context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(b"no wheel")
    sdist = tmp_path / "demo-1.0.tar.gz"
    sdist.write_bytes(b"no archive either")
    with Unpacking(context, store=open_wheel_store(context)) as unpacking:
        unpacking.begin(file_at(path))
        unpacking.begin(file_at(sdist))
    assert unpacking.stored == {}


def test_without_a_store_nothing_is_done(
    context: Context, make_wheel: Callable[..., Path]
) -> None:
    with Unpacking(context, store=None) as unpacking:
        unpacking.begin(file_at(make_wheel()))
    assert unpacking.stored == {}


def broken_off(context: Context, found: AcquiredFile) -> None:
    with Unpacking(context, store=open_wheel_store(context)) as unpacking:
        unpacking.begin(found)
        raise OSError("broken off")


def test_an_error_ends_it(context: Context, make_wheel: Callable[..., Path]) -> None:
    with pytest.raises(OSError, match="broken off"):
        broken_off(context, file_at(make_wheel()))
