"""The default shell: HTTP/1.1 over threads of the standard library."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from pysetup.errors import EnvironmentRefusedError, UsageError
from pysetup.server.http import (
    CHUNK,
    BrokenRequestError,
    FilePart,
    Request,
    Response,
    text_response,
)
from pysetup.server.wire import Head, Incoming, read_head

_MAX_CONNECTIONS = 256
_MAX_PORT = 65535
# What a client may leave unread of a refused upload, so that it still gets to the
# answer; and how long anybody may keep us waiting.
_MAX_DRAIN = 64 * 1024 * 1024
_TIMEOUT = 30.0
_POLL = 0.2
_GRACE = 10.0


class InsecureBindingError(UsageError):
    """The index server was told to listen beyond this machine without TLS.

    Passwords and packages would cross the network in the clear. Let it listen on
    loopback and put a server with TLS in front of it, or say ``--insecure-http``
    where the network itself is trusted (a container's own network, say).
    """

    code = "PS2500"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"listening on {host} with plain http would show passwords to the network",
            facts={"host": host},
            hints=(
                "listen on 127.0.0.1 and put a TLS proxy in front",
                "or insist:  --insecure-http",
            ),
        )


class CannotListenError(EnvironmentRefusedError):
    """The index server cannot listen on the host and port it was given.

    The port is in use, needs more rights (below 1024), or the host is not an
    address of this machine. Port 0 takes any free port.
    """

    code = "PS7502"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {host} port {port}: {reason}",
            facts={"host": host, "port": port},
            hints=("choose another port, or  --port 0  for any free one",),
        )


def open_listener(host: str, port: int, *, insecure: bool) -> socket.socket:
    """Return a listening socket; ``port`` 0 takes a free one.

    Raises ``InsecureBindingError`` for other places than loopback unless ``insecure``
    is set, and ``CannotListenError``.
    """
    if not 0 <= port <= _MAX_PORT:
        raise CannotListenError(host, port, "there is no such port")
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        if not insecure and not ipaddress.ip_address(address[0]).is_loopback:
            raise InsecureBindingError(host)
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_MAX_CONNECTIONS)
        except BaseException:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        raise CannotListenError(host, port, str(error)) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL at which ``listener`` can be reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class ThreadedServer:
    """Serves each connection of ``listener`` in a thread of its own.

    ``respond`` answers one request; it may raise ``BrokenRequestError``.
    """

    def __init__(
        self,
        listener: socket.socket,
        respond: Callable[[Request], Response],
        *,
        now: Callable[[], datetime],
        tell: Callable[[str], None],
    ) -> None:
        self._listener = listener
        self._respond, self._now, self._tell = respond, now, tell
        self._changed = threading.Condition()
        # Connection -> whether a request on it is being answered.
        self._busy: dict[socket.socket, bool] = {}
        self._stopping = threading.Event()

    def serve(self) -> None:
        """Serve until ``stop`` is called from another thread."""
        self._listener.settimeout(_POLL)
        while not self._stopping.is_set():
            with self._changed:
                if len(self._busy) >= _MAX_CONNECTIONS:
                    self._changed.wait(_POLL)
                    continue
            # One client's failure, or too many open files, must not end the loop.
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                with self._changed:
                    self._busy[connection] = False
                threading.Thread(
                    target=self._converse, args=(connection,), daemon=True
                ).start()

    def stop(self) -> None:
        """End ``serve`` and let requests in hand finish, for some seconds."""
        self._stopping.set()
        with self._changed:
            for connection, busy in self._busy.items():
                if not busy:
                    _stop_reading(connection)
            self._changed.wait_for(lambda: not self._busy, timeout=_GRACE)

    def _converse(self, connection: socket.socket) -> None:
        """Answer the requests of one connection until either side ends it."""
        try:
            connection.settimeout(_TIMEOUT)
            # An answer is written in one or two pieces; none of them may wait.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream:
                while self._answer_one(connection, stream):
                    self._mark(connection, busy=False)
        except ConnectionError:
            pass  # the client has gone, which is its right
        except (OSError, BrokenRequestError) as error:
            self._tell(f"a request broke off: {error}")
        finally:
            connection.close()
            with self._changed:
                del self._busy[connection]
                self._changed.notify_all()

    def _mark(self, connection: socket.socket, *, busy: bool) -> None:
        with self._changed:
            self._busy[connection] = busy
            if self._stopping.is_set() and not busy:
                _stop_reading(connection)

    def _answer_one(self, connection: socket.socket, stream: Incoming) -> bool:
        """Answer the next request; tell whether another one may follow."""
        try:
            head = read_head(stream)
        except BrokenRequestError as error:
            answer = text_response(400, f"{error.code}: {error.message}\n")
            self._send(connection, answer, keep_alive=False, with_body=True)
            return False
        if head is None:
            return False
        self._mark(connection, busy=True)
        if head.wants_continue:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        response = self._respond(head.request)
        length = head.request.length
        # Who is refused may still be sending much; then this connection ends.
        is_short = length is not None and length <= CHUNK
        keep_alive = (
            head.keep_alive
            and not self._stopping.is_set()
            and (is_short or response.status == HTTPStatus.OK)
        )
        with_body = head.request.method != "HEAD"
        self._send(connection, response, keep_alive=keep_alive, with_body=with_body)
        self._drain(connection, head, closing=not keep_alive)
        return keep_alive

    def _send(
        self,
        connection: socket.socket,
        response: Response,
        *,
        keep_alive: bool,
        with_body: bool,
    ) -> None:
        body = response.body
        with _closing(body):
            head = self._head(response, keep_alive=keep_alive)
            if isinstance(body, bytes):
                connection.sendall(head + (body if with_body else b""))
                return
            connection.sendall(head)
            if with_body and body.size:
                connection.sendfile(body.stream, body.offset, body.size)

    def _head(self, response: Response, *, keep_alive: bool) -> bytes:
        reason = response.reason or HTTPStatus(response.status).phrase
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        lines.append(f"Date: {format_datetime(self._now(), usegmt=True)}")
        if response.status != HTTPStatus.NOT_MODIFIED:
            lines.append(f"Content-Length: {response.size}")
        if not keep_alive:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _drain(self, connection: socket.socket, head: Head, *, closing: bool) -> None:
        """Read what is left of the body: a reset would take our answer with it."""
        if not closing:
            while head.request.body.read(CHUNK):
                pass
            return
        left = _MAX_DRAIN
        with contextlib.suppress(OSError, BrokenRequestError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(_GRACE)
            while left > 0 and (data := head.request.body.read(CHUNK)):
                left -= len(data)


def _stop_reading(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


@contextlib.contextmanager
def _closing(body: bytes | FilePart) -> Iterator[None]:
    try:
        yield
    finally:
        if isinstance(body, FilePart):
            body.stream.close()
