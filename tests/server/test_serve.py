import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pysetup.server.app import InsecureBindingError
from pysetup.server.auth import Authenticator, InvalidUserError
from pysetup.server.routes import Index
from pysetup.server.serve import (
    DataFolderInUseError,
    add_token,
    add_user,
    open_index,
    serve,
)
from pysetup.server.storage import StorageFailedError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Surroundings:
    """The time and a line of talk."""

    tell: Callable[[str], None]
    now: Callable[[], datetime] = lambda: NOON


def opened(data: Path) -> AbstractContextManager[Index]:
    return open_index(data, now=lambda: NOON, tell=lambda _: None)


def test_a_folder_serves_one_index_at_a_time(data: Path) -> None:
    with opened(data):
        with pytest.raises(DataFolderInUseError) as caught, opened(data):
            pass
        assert caught.value.exit_code == 7
    with opened(data):
        pass


def test_users_are_added_while_the_index_runs(data: Path) -> None:
    with opened(data) as index:
        assert add_user(data, "carol", "secret")
        assert not add_user(data, "carol", "changed")
        assert index.store.password_of("carol") is not None


def test_a_token_stands_for_its_user(data: Path) -> None:
    token = add_token(data, "alice")
    assert token.encode() not in (data / "index.sqlite3").read_bytes()
    with opened(data) as index:
        pair = base64.b64encode(f"__token__:{token}".encode()).decode()
        assert Authenticator(index.store).user(f"Basic {pair}") == "alice"
    with pytest.raises(InvalidUserError, match="no user"):
        add_token(data, "nobody")


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailedError), opened(tmp_path / "file"):
        pass
    with pytest.raises(StorageFailedError):
        add_user(tmp_path / "file", "alice", "secret")


def test_a_second_server_on_one_folder_is_refused(data: Path) -> None:
    told: list[str] = []
    with opened(data), pytest.raises(DataFolderInUseError):
        serve(data, "127.0.0.1", 0, context=Surroundings(told.append))
    assert told == []


def test_only_the_owner_reads_the_folder(tmp_path: Path) -> None:
    with opened(tmp_path / "new"):
        assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_refused_binding_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InsecureBindingError):
        serve(tmp_path / "new", "0.0.0.0", 0, context=Surroundings(print))
    assert not (tmp_path / "new").exists()
