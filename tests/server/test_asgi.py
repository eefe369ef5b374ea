import asyncio
import http.client
import signal
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from pysetup.server.asgi import AsgiApp, Message
from pysetup.server.routes import respond

AUTHORIZATION = b"Basic YWxpY2U6c2VjcmV0"  # alice:secret


def call(
    client: Any,
    method: str,
    path: str,
    *,
    headers: dict[bytes, bytes] | None = None,
    body: list[Message] | None = None,
    root_path: str = "",
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Run one request through the application, as a server would."""
    sent: list[Message] = []
    messages = body or [{"type": "http.request", "body": b""}]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": root_path + path,
        "raw_path": (root_path + path).encode(),
        "root_path": root_path,
        "headers": list((headers or {}).items()),
    }
    asyncio.run(AsgiApp(partial(respond, client.index))(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in sent[1:])
    assert not sent[-1].get("more_body")
    return sent[0]["status"], dict(sent[0]["headers"]), content


def in_pieces(body: bytes, size: int) -> list[Message]:
    pieces: list[Message] = [
        {"type": "http.request", "body": body[i : i + size], "more_body": True}
        for i in range(0, len(body), size)
    ]
    return [*pieces, {"type": "http.request", "body": b"", "more_body": False}]


def upload(client: Any, archive: Any, *, size: int = 500) -> tuple[int, bytes]:
    kind, body = archive.form()
    headers = {b"content-type": kind.encode(), b"authorization": AUTHORIZATION}
    answer = call(
        client, "POST", "/legacy/", headers=headers, body=in_pieces(body, size)
    )
    return answer[0], answer[2]


def test_it_says_the_same_as_the_other_shell(
    client: Any, archives: Any, read: Callable[[Any], bytes]
) -> None:
    wheel = archives.wheel()
    assert upload(client, wheel)[0] == 200
    direct = client.get("/simple/demo/")
    status, headers, content = call(client, "GET", "/simple/demo/")
    assert (status, content) == (200, read(direct))
    assert headers[b"content-length"] == str(len(content)).encode()
    assert headers[b"etag"] == direct.header("ETag").encode()


def test_files_come_whole_in_part_and_not_at_all(client: Any, archives: Any) -> None:
    wheel = archives.wheel(files={"demo.py": bytes(200_000)})
    assert upload(client, wheel)[0] == 200
    path = f"/files/{wheel.sha256[:16]}/{wheel.filename}"
    assert call(client, "GET", path)[2] == wheel.content
    status, _, content = call(client, "GET", path, headers={b"range": b"bytes=3-6"})
    assert (status, content) == (206, wheel.content[3:7])
    status, headers, content = call(client, "HEAD", path)
    assert (status, content) == (200, b"")
    assert headers[b"content-length"] == str(len(wheel.content)).encode()


def test_it_may_stand_below_a_prefix(client: Any) -> None:
    assert call(client, "GET", "/simple/", root_path="/index")[0] == 200


def test_a_client_that_goes_away_leaves_nothing(client: Any, archives: Any) -> None:
    kind, body = archives.wheel().form()
    headers = {b"content-type": kind.encode(), b"authorization": AUTHORIZATION}
    pieces = [*in_pieces(body, 100)[:3], {"type": "http.disconnect"}]
    assert call(client, "POST", "/", headers=headers, body=pieces)[0] == 400
    assert client.get("/simple/demo/").status == 404


def test_a_path_that_is_none_is_refused(client: Any) -> None:
    assert call(client, "GET", "/%00")[0] == 400


def test_it_comes_up_and_goes_down_with_its_server(client: Any) -> None:
    sent: list[Message] = []
    messages: list[Message] = [
        {"type": "lifespan.startup"},
        {"type": "lifespan.shutdown"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    app = AsgiApp(partial(respond, client.index))
    asyncio.run(app({"type": "lifespan"}, receive, send))
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


@pytest.mark.parametrize("server", ["threads", "uvicorn"])
def test_both_servers_start_serve_and_stop(
    start_server: Callable[..., Any], archives: Any, server: str
) -> None:
    process, url = start_server(server)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    kind, body = archives.wheel().form()
    headers = {"Content-Type": kind, "Authorization": AUTHORIZATION.decode()}
    connection.request("POST", "/legacy/", body, headers)
    assert connection.getresponse().read().startswith(b"stored demo-1.0")
    connection.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert "stopped" in process.stderr.read()
