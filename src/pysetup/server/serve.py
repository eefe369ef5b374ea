"""The index as a service: its data folder opened, a shell started, ended cleanly."""

import contextlib
import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.server.app import ThreadedServer, open_listener, url_of
from pysetup.server.asgi import AsgiApp
from pysetup.server.auth import (
    Authenticator,
    InvalidUserError,
    check_user,
    hash_password,
    hash_token,
    new_token,
)
from pysetup.server.blobs import LocalBlobs
from pysetup.server.publishing import Publisher
from pysetup.server.routes import Index, respond
from pysetup.server.sqlite import SqliteStore
from pysetup.server.storage import StorageFailedError
from pysetup.server.uploads import DEFAULT_MAX_FILE_BYTES

_DATABASE = "index.sqlite3"
_LOCK = "serving.lock"
THREADS, UVICORN = "threads", "uvicorn"
_UVICORN_GRACE = 10


class DataFolderInUseError(EnvironmentRefusedError):
    """Another index server uses the same data folder.

    One process writes at a time, so that nothing is lost. Stop the other one, or
    give this one a folder of its own with ``--data``.
    """

    code = "PS7501"

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"another index server is using {data}",
            facts={"folder": str(data)},
            hints=("stop it, or choose another folder with --data",),
        )


class ServerLibraryMissingError(UsageError):
    """The chosen HTTP server is an optional library that is not installed.

    The built-in server needs nothing; uvicorn comes with the extra ``server``.
    """

    code = "PS2510"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not installed",
            hints=("pip install 'pysetup[server]', or leave --server out",),
        )


@contextlib.contextmanager
def open_index(
    data: Path,
    *,
    now: Callable[[], datetime],
    tell: Callable[[str], None],
    max_bytes: int = DEFAULT_MAX_FILE_BYTES,
) -> Iterator[Index]:
    """Open the index in the folder ``data``, which is made if it is missing.

    What a crash left behind is cleared up first. Raises ``DataFolderInUseError`` or
    ``StorageFailedError``.
    """
    with _locked(data), _opened_store(data) as store:
        blobs = LocalBlobs(data / "blobs")
        blobs.recover(store.is_referenced)
        publisher = Publisher(store, blobs, now=now)
        publisher.prepare()
        yield Index(store, blobs, publisher, Authenticator(store), max_bytes, tell)


@contextlib.contextmanager
def _opened_store(data: Path) -> Iterator[SqliteStore]:
    with _data_folder(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = SqliteStore(data / _DATABASE)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[None]:
    with _data_folder(data):
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(data / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUseError(data) from None
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _data_folder(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailedError(str(data), error.strerror or str(error)) from None


def add_user(data: Path, name: str, password: str) -> bool:
    """Add a user, or change a user's password; tell whether the user is new.

    The index may be running. Raises ``InvalidUserError`` or ``StorageFailedError``.
    """
    check_user(name, password)
    stored = hash_password(password)
    with _opened_store(data) as store:
        return store.set_user(name, stored)


def add_token(data: Path, user: str) -> str:
    """Return a new token for ``user``; it is stored as a digest, and told only here.

    Raises ``InvalidUserError`` if there is no such user, or ``StorageFailedError``.
    """
    token = new_token()
    with _opened_store(data) as store:
        if store.password_of(user) is None:
            raise InvalidUserError(f"there is no user {user[:80]!r}")
        store.add_token(user, hash_token(token))
    return token


class Surroundings(Protocol):
    """What serving needs of the world: the time in UTC, and a line of talk."""

    @property
    def now(self) -> Callable[[], datetime]:
        """Gives the time in UTC."""

    @property
    def tell(self) -> Callable[[str], None]:
        """Says one line to the operator."""


def serve(  # noqa: PLR0913 - each is an option of the command
    data: Path,
    host: str,
    port: int,
    *,
    context: Surroundings,
    server: str = THREADS,
    insecure_http: bool = False,
    max_bytes: int = DEFAULT_MAX_FILE_BYTES,
) -> None:
    """Serve the index in ``data`` until SIGINT or SIGTERM; requests in hand finish.

    The first line told holds the URL of the simple API; ``port`` 0 takes a free
    one. ``server`` is ``threads`` or ``uvicorn``; ``insecure_http`` allows other
    hosts than loopback. Must be called in the main thread.

    Raises ``InsecureBindingError``, ``CannotListenError``,
    ``ServerLibraryMissingError``, ``DataFolderInUseError`` or ``StorageFailedError``.
    """
    now, tell = context.now, context.tell
    run = _import_uvicorn() if server == UVICORN else _run_threads
    with (
        open_listener(host, port, insecure=insecure_http) as listener,
        open_index(data, now=now, tell=tell, max_bytes=max_bytes) as index,
        _stop_signals() as stopped,
    ):
        tell(f"serving {data} at {url_of(listener)}simple/")
        if not index.store.has_users():
            tell(
                "nobody may upload yet: pysetup index user add NAME --password-stdin"
                f" --data {data}"
            )
        run(listener, index, stopped, now)
    tell("stopped")


_Run = Callable[[socket.socket, Index, threading.Event, Callable[[], datetime]], None]


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Give an event that SIGINT and SIGTERM set, instead of ending the process."""
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda _number, _frame: stopped.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_threads(
    listener: socket.socket,
    index: Index,
    stopped: threading.Event,
    now: Callable[[], datetime],
) -> None:
    threaded = ThreadedServer(
        listener, partial(respond, index), now=now, tell=index.tell
    )
    serving = threading.Thread(target=threaded.serve)
    serving.start()
    stopped.wait()
    threaded.stop()
    serving.join()


def _import_uvicorn() -> _Run:
    try:
        import uvicorn
    except ImportError:
        raise ServerLibraryMissingError("uvicorn") from None

    def run(
        listener: socket.socket,
        index: Index,
        stopped: threading.Event,
        _now: Callable[[], datetime],
    ) -> None:
        config = uvicorn.Config(
            AsgiApp(partial(respond, index)),
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_UVICORN_GRACE,
        )
        # It has handlers of its own for the signals while it runs.
        if not stopped.is_set():
            uvicorn.Server(config).run(sockets=[listener])

    return run
