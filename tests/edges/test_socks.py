"""A SOCKS5 proxy on loopback, small and true (RFC 1928, RFC 1929)."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import pytest

from pysetup.edges.http import HttpSettings, HttpTransport
from pysetup.edges.proxies import InvalidProxyError
from pysetup.index.transport import Request


@dataclass
class Socks:
    """A proxy that leads every connection to one server."""

    target: tuple[str, int]
    listener: socket.socket
    seen: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._one(connection)

    def _one(self, connection: socket.socket) -> None:
        methods = connection.recv(64)
        if b"\x02" in methods[2:]:
            connection.sendall(b"\x05\x02")
            self.seen.append(connection.recv(512))
            connection.sendall(b"\x01\x00")
        else:
            connection.sendall(b"\x05\x00")
        self.seen.append(connection.recv(512))
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        with socket.create_connection(self.target) as server:
            server.sendall(connection.recv(65536))
            while piece := server.recv(65536):
                connection.sendall(piece)


@pytest.fixture
def socks(serve: Callable[..., Any]) -> Iterator[Socks]:
    server = serve(lambda e: (e.reply(200, b"page"), e.break_off()))
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = Socks(("127.0.0.1", server.server_port), listener)
    thread = threading.Thread(target=proxy.serve)
    thread.start()
    yield proxy
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_names_are_looked_up_by_the_proxy_and_credentials_go_to_it(
    socks: Socks,
) -> None:
    pytest.importorskip("socks")
    place = f"socks5h://me:secret@127.0.0.1:{socks.listener.getsockname()[1]}"
    settings = HttpSettings(
        retries=0,
        environ={"ALL_PROXY": place},
        trusted_hosts=("nowhere.invalid",),
    )
    with HttpTransport(settings).send(Request("http://nowhere.invalid/x")) as reply:
        assert (reply.status, reply.read(10)) == (200, b"page")
    login, asked = socks.seen
    assert b"secret" in login
    assert b"nowhere.invalid" in asked


@pytest.mark.skipif(find_spec("socks") is not None, reason="PySocks is here")
def test_without_the_package_it_is_said_what_is_missing() -> None:
    settings = HttpSettings(environ={"ALL_PROXY": "socks5://127.0.0.1:1"})
    with pytest.raises(InvalidProxyError, match="PySocks"):
        HttpTransport(settings).send(Request("https://index.example/"))
