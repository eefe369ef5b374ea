import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from pysetup.server.app import CannotListenError, InsecureBindingError, open_listener

JSON = "application/vnd.pypi.simple.v1+json"
AUTHORIZATION = "Basic YWxpY2U6c2VjcmV0"  # alice:secret


def connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)


def exchange(url: str, sent: bytes) -> bytes:
    """Send raw bytes and return all that comes until the server closes."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as raw:
        raw.sendall(sent)
        return b"".join(iter(lambda: raw.recv(65536), b""))


def upload(connection: http.client.HTTPConnection, archive: Any) -> int:
    kind, body = archive.form()
    headers = {"Content-Type": kind, "Authorization": AUTHORIZATION}
    connection.request("POST", "/legacy/", body, headers)
    response = connection.getresponse()
    response.read()
    return response.status


def get(
    connection: http.client.HTTPConnection, path: str, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=named)
    response = connection.getresponse()
    return response, response.read()


def test_one_connection_serves_many_requests(url: str, archives: Any) -> None:
    connection = connect(url)
    wheel = archives.wheel()
    assert upload(connection, wheel) == 200
    response, content = get(connection, "/simple/demo/", accept=JSON)
    (file,) = json.loads(content)["files"]
    path = "/" + file["url"].removeprefix("../../")
    assert get(connection, path)[1] == wheel.content
    part, content = get(connection, path, range="bytes=2-5")
    assert (part.status, content) == (206, wheel.content[2:6])
    assert get(connection, path, range="bytes=99999-")[0].status == 416
    again, content = get(
        connection, "/simple/demo/", accept=JSON, if_none_match=response.headers["ETag"]
    )
    assert (again.status, content) == (304, b"")
    assert again.headers["Content-Length"] is None
    connection.request("HEAD", path)
    head = connection.getresponse()
    assert (head.read(), head.headers["Content-Length"]) == (b"", str(file["size"]))
    assert head.headers["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    connection.close()


def test_a_refusal_of_a_small_upload_keeps_the_connection(
    url: str, archives: Any
) -> None:
    connection = connect(url)
    assert upload(connection, archives.wheel("demo", "1.0")) == 200
    other = archives.wheel("demo", "1.0", files={"demo.py": b"other"})
    assert upload(connection, other) == 409
    assert upload(connection, archives.wheel("demo", "2.0")) == 200
    connection.close()


def test_who_may_not_upload_gets_the_answer_though_the_body_is_long(url: str) -> None:
    connection = connect(url)
    body = bytes(8 << 20)
    connection.request("POST", "/legacy/", body, {"Content-Type": "x/y"})
    response = connection.getresponse()
    assert response.status == 401
    assert response.headers["Connection"] == "close"
    response.read()
    connection.close()


def test_a_refusal_says_why_in_its_first_line(url: str, archives: Any) -> None:
    connection = connect(url)
    kind, body = archives.wheel().form(version="2.0")
    headers = {"Content-Type": kind, "Authorization": AUTHORIZATION}
    connection.request("POST", "/legacy/", body, headers)
    response = connection.getresponse()
    assert response.status == 400
    assert "the form says demo 2.0" in response.reason
    response.read()
    connection.close()


def test_a_body_may_come_in_chunks(url: str, archives: Any) -> None:
    connection = connect(url)
    kind, body = archives.wheel().form()
    connection.request(
        "POST",
        "/legacy/",
        iter([body[:100], body[100:]]),
        {"Content-Type": kind, "Authorization": AUTHORIZATION},
        encode_chunked=True,
    )
    assert connection.getresponse().status == 200
    connection.close()


def test_a_client_that_waits_for_a_word_gets_it(url: str) -> None:
    answer = exchange(
        url,
        b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 ")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"NONSENSE\r\n\r\n", id="nonsense"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n", id="a TLS greeting"),
        pytest.param(b"GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", id="a NUL in the path"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n",
            id="a smuggled request",
        ),
    ],
)
def test_what_is_no_http_is_answered_and_closed(url: str, sent: bytes) -> None:
    answer = exchange(url, sent)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nConnection: close\r\n" in answer


def test_a_redirect_cannot_carry_a_header(url: str) -> None:
    answer = exchange(
        url,
        b"GET /simple/a%0d%0aSet-Cookie:%20x HTTP/1.1\r\nHost: h\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Set-Cookie" not in answer


def test_a_client_that_goes_away_harms_nobody(url: str, archives: Any) -> None:
    kind, body = archives.wheel().form()
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port)) as raw:
        raw.sendall(
            f"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\n"
            f"Authorization: {AUTHORIZATION}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        raw.sendall(body[: len(body) // 2])
    connection = connect(url)
    assert get(connection, "/simple/demo/")[0].status == 404
    assert upload(connection, archives.wheel()) == 200
    connection.close()


def test_it_listens_on_loopback_only_unless_it_is_told() -> None:
    with pytest.raises(InsecureBindingError) as caught:
        open_listener("0.0.0.0", 0, insecure=False)
    assert any("--insecure-http" in hint for hint in caught.value.hints)
    open_listener("0.0.0.0", 0, insecure=True).close()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        pytest.param("127.0.0.1", 99999, id="a port that is none"),
        pytest.param("192.0.2.1", 0, id="an address of another machine"),
        pytest.param("no such host", 0, id="a host that is none"),
    ],
)
def test_where_it_cannot_listen_is_told(host: str, port: int) -> None:
    with pytest.raises(CannotListenError):
        open_listener(host, port, insecure=True)


def test_a_port_in_use_is_told() -> None:
    with open_listener("127.0.0.1", 0, insecure=False) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CannotListenError):
            open_listener("127.0.0.1", port, insecure=False)
