"""Headers that drip: every byte in time, and all of them never."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pysetup.edges.http import HttpSettings, HttpTransport, UnreachableError
from pysetup.edges.replies import StalledTransferError
from pysetup.index.transport import Request


@pytest.fixture
def drip() -> Iterator[Callable[[bytes, bytes, float], str]]:
    """Start a server that sends its first words at once and repeats others slowly."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    threads: list[threading.Thread] = []

    def start(first: bytes, again: bytes, pause: float) -> str:
        def serve_one() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(65536)
                        connection.sendall(first)
                        while not over.wait(pause):
                            connection.sendall(again)
                    except OSError:
                        continue

        threads.append(threading.Thread(target=serve_one))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/x"

    yield start
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("first", "again"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", b"a", id="one line without an end"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", id="lines without an end"),
        pytest.param(b"", b"H", id="not even a status"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            id="soon, soon, soon",
        ),
    ],
)
def test_are_given_up(
    drip: Callable[[bytes, bytes, float], str], first: bytes, again: bytes
) -> None:
    url = drip(first, again, 0.05)
    started = time.monotonic()
    with pytest.raises(UnreachableError):
        HttpTransport(HttpSettings(timeout=0.2, retries=0)).send(Request(url))
    assert time.monotonic() - started < 5


def test_a_body_that_drips_has_a_floor(
    drip: Callable[[bytes, bytes, float], str],
) -> None:
    url = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a", 0.01)
    ticks = iter(range(0, 100_000, 7))
    transport = HttpTransport(
        HttpSettings(timeout=5, floor=2048), clock=lambda: float(next(ticks))
    )
    with transport.send(Request(url)) as reply:
        with pytest.raises(StalledTransferError, match="2 KiB/s") as caught:
            reply.read(1 << 20)
        assert "PYSETUP_NETWORK_MIN_SPEED" in str(caught.value.hints)
