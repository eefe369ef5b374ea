"""A real server on loopback, driven by one function a test."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Exchange(BaseHTTPRequestHandler):
    """One request, for a test's function to answer."""

    protocol_version = "HTTP/1.1"

    def handle_one(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        self.received = self.rfile.read(length)
        assert isinstance(self.server, LoopbackServer)
        self.server.seen.append(self)
        self.server.answer(self)

    do_GET = do_POST = do_PUT = do_HEAD = do_CONNECT = handle_one  # noqa: N815

    def reply(self, status: int, content: bytes = b"", **headers: str) -> None:
        """Answer completely; ``_`` in header names means ``-``."""
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def break_off(self) -> None:
        """Close the connection without another word."""
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""


class LoopbackServer(ThreadingHTTPServer):
    """A server that remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Exchange], None]) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.answer = answer
        self.seen: list[Exchange] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [exchange.path for exchange in self.seen]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


@dataclass
class Servers:
    """The servers of one test."""

    running: list[LoopbackServer] = field(default_factory=list)

    def __call__(
        self,
        answer: Callable[[Exchange], None],
        *,
        wrap: Callable[[LoopbackServer], None] = lambda _: None,
    ) -> LoopbackServer:
        server = LoopbackServer(answer)
        wrap(server)
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        self.running.append(server)
        return server


@pytest.fixture
def serve() -> Iterator[Servers]:
    """Start loopback servers; they end with the test."""
    servers = Servers()
    yield servers
    for server in servers.running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """An event that a server may wait for; it comes when the test is over."""
    event = threading.Event()
    yield event
    event.set()
