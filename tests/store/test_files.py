import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.store.files import Arrival, FileStore, StoreFullError

NAME = "demo-1.0-py3-none-any.whl"
CONTENT = b"wheel" * 1000
HASH = Hash.of(CONTENT)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path, scratch: Path) -> FileStore:
    return FileStore(tmp_path / "cache" / "files", scratch=lambda: scratch)


def put(store: FileStore, *expected: Hash, content: bytes = CONTENT) -> Path:
    return store.put([content[:7], content[7:]], filename=NAME, expected=expected).path


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """A place where a folder cannot be: nothing can be written below."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    yield
    folder.unlink()


def test_a_file_is_found_again_under_its_own_name(store: FileStore) -> None:
    path = put(store, HASH, Hash.of(CONTENT, "blake2b"))
    assert path.name == NAME
    stored = store.get(HASH, NAME)
    assert stored is not None
    assert (stored.path, stored.hash, stored.size) == (path, HASH, len(CONTENT))
    assert path.read_bytes() == CONTENT


def test_nobody_else_looks_into_it(store: FileStore) -> None:
    mode = put(store).parent.stat().st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_another_content_never_enters(
    store: FileStore, tmp_path: Path, algorithm: str
) -> None:
    wrong = Hash.of(b"other", algorithm)
    with pytest.raises(HashMismatchError) as caught:
        put(store, HASH, wrong)
    assert caught.value.code == "PS5002"
    assert store.get(HASH, NAME) is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("position", [0, 2500, 4999])
def test_damage_is_a_miss_even_if_nobody_touched_the_times(
    store: FileStore, position: int
) -> None:
    path = put(store)
    before = path.stat()
    damaged = bytearray(CONTENT)
    damaged[position] ^= 1
    path.write_bytes(damaged)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.get(HASH, NAME) is None
    put(store)
    assert store.get(HASH, NAME) is not None


def test_what_is_not_there_is_a_miss(store: FileStore) -> None:
    assert store.get(HASH, NAME) is None
    path = put(store)
    assert store.get(HASH, "other-1.0-py3-none-any.whl") is None
    path.unlink()
    path.mkdir()
    assert store.get(HASH, NAME) is None


def test_an_arrival_that_is_given_up_leaves_nothing(
    store: FileStore, tmp_path: Path
) -> None:
    with store.arrival(NAME) as arrival:
        arrival.write(CONTENT)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_arrival_can_start_again(store: FileStore) -> None:
    with store.arrival(NAME) as arrival:
        arrival.write(b"wrong and longer" * 1000)
        arrival.restart()
        arrival.write(CONTENT)
        assert arrival.keep(expected=[HASH], source=NAME).size == len(CONTENT)


def test_the_same_file_may_come_twice(store: FileStore) -> None:
    assert put(store) == put(store)


def test_a_name_cannot_lead_outside(store: FileStore, tmp_path: Path) -> None:
    stored = store.put([CONTENT], filename="../../../evil.whl")
    assert (tmp_path / "cache") in stored.path.parents


def test_without_a_writable_cache_files_go_to_the_scratch_folder(
    store: FileStore, tmp_path: Path, scratch: Path
) -> None:
    with unwritable(tmp_path / "cache"):
        path = put(store, HASH)
        assert scratch in path.parents
        assert path.read_bytes() == CONTENT
        assert store.get(HASH, NAME) is None


def test_a_place_that_is_taken_by_a_folder_is_left_alone(
    store: FileStore, scratch: Path
) -> None:
    path = put(store)
    path.unlink()
    (path / "in the way").mkdir(parents=True)
    assert scratch in put(store, HASH, Hash.of(CONTENT, "sha512")).parents
    (scratch / path.relative_to(path.parents[2])).unlink()
    (scratch / path.relative_to(path.parents[2]) / "x").mkdir(parents=True)
    with pytest.raises(StoreFullError):
        put(store)


def test_with_nothing_writable_it_is_said_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    with unwritable(blocked):
        store = FileStore(blocked / "a", scratch=lambda: blocked / "b")
        with pytest.raises(StoreFullError) as caught:
            put(store)
    assert caught.value.exit_code == 7
    assert caught.value.hints


def fail_from_here(arrival: Arrival, device: str, flags: int) -> None:
    """Let every further write of ``arrival`` to the cache fail."""
    broken = os.open(device, flags)
    os.dup2(broken, arrival._stream.fileno())
    os.close(broken)


def test_a_cache_that_is_full_halfway_is_left_for_the_scratch_folder(
    store: FileStore, scratch: Path
) -> None:
    with store.arrival(NAME) as arrival:
        arrival.write(CONTENT[:100])
        fail_from_here(arrival, arrival._temporary, os.O_RDONLY)
        arrival.write(CONTENT[100:])
        stored = arrival.keep(expected=[HASH], source=NAME)
    assert scratch in stored.path.parents
    assert stored.path.read_bytes() == CONTENT


def test_a_disk_that_forgets_is_found_out(store: FileStore, scratch: Path) -> None:
    with store.arrival(NAME) as arrival:
        arrival.write(CONTENT[:100])
        # It takes nothing more, and reads back zeros.
        fail_from_here(arrival, "/dev/full", os.O_RDWR)
        with pytest.raises(StoreFullError, match="read back"):
            arrival.write(CONTENT[100:])
    assert list(scratch.rglob("*.whl")) == []


def test_a_cache_that_vanishes_is_made_anew(store: FileStore, tmp_path: Path) -> None:
    path = put(store)
    for entry in sorted((tmp_path / "cache").rglob("*"), reverse=True):
        entry.unlink() if entry.is_file() else entry.rmdir()
    assert put(store) == path
