import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pysetup.server.sqlite import SqliteStore
from pysetup.server.storage import (
    Change,
    Pointer,
    Project,
    StorageFailedError,
    StoredFile,
)

AT = "2026-11-20T12:00:00Z"
FILE = StoredFile(
    filename="Demo-1.0.tar.gz",
    project="demo",
    version="1.0",
    sha256="ab" * 32,
    size=5,
    requires_python=">=3.8",
    uploaded=AT,
    uploader="alice",
    siblings={".pydist.json": "cd" * 32},
    summary="A demo",
    requires_dist=("a>=1", "b"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "index.sqlite3")
    store.set_user("alice", "stored")
    yield store
    store.close()


def test_a_file_comes_back_as_it_was(store: SqliteStore) -> None:
    with store.change() as transaction:
        transaction.add_project(Project("demo", "Demo", "alice"))
        assert transaction.add_file(FILE) == 1
        assert transaction.file("demo-1.0.TAR.GZ") == FILE
        assert transaction.file("other") is None
        assert transaction.serial() == 1
    assert store.files("demo") == (FILE,)
    assert store.project("demo") == Project("demo", "Demo", "alice")
    assert store.project("other") is None
    assert store.project_count() == 1
    assert store.latest(5) == (
        Change(1, AT, "demo", "1.0", "Demo-1.0.tar.gz", "alice"),
    )


def test_a_pointer_tells_what_it_stood_for(store: SqliteStore) -> None:
    first, second = Pointer("a", 1, 1), Pointer("b", 2, 2)
    with store.change() as transaction:
        assert transaction.point("x", first) is None
        assert transaction.point("x", second) == first
    assert store.pointer("x") == second
    assert store.pointer("y") is None
    assert (store.is_referenced("b"), store.is_referenced("a")) == (True, False)


def test_nothing_is_seen_of_a_change_before_its_end_nor_if_it_fails(
    store: SqliteStore,
) -> None:
    def fail() -> None:
        with store.change() as transaction:
            transaction.point("x", Pointer("a", 1, 1))
            assert store.pointer("x") is None
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.pointer("x") is None
    with store.change() as transaction:
        transaction.point("x", Pointer("a", 1, 1))
    assert store.pointer("x") is not None


def test_users_are_added_once_and_changed_after_that(store: SqliteStore) -> None:
    assert store.has_users()
    assert not store.set_user("alice", "changed")
    assert store.password_of("alice") == "changed"
    assert store.password_of("bob") is None
    store.add_token("alice", "digest")
    assert store.user_of_token("digest") == "alice"
    assert store.user_of_token("other") is None


def test_what_is_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x")
    assert not store.has_users()
    store.set_user("alice", "stored")
    store.close()
    again = SqliteStore(tmp_path / "x")
    assert again.has_users()
    again.close()


def test_a_commit_is_flushed(store: SqliteStore) -> None:
    with store.change() as transaction:
        assert transaction.rows("PRAGMA synchronous") == [(2,)]
        assert transaction.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_database_of_a_newer_pysetup_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageFailedError, match="newer"):
        SqliteStore(tmp_path / "x")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"text" * 500)
    with pytest.raises(StorageFailedError, match="not a database"):
        SqliteStore(tmp_path / "x")
