import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.server.http import BrokenRequestError
from pysetup.server.wire import Head, decode_path, read_head


def head_of(text: str) -> Head | None:
    return read_head(io.BufferedReader(io.BytesIO(text.encode("latin-1"))))


def all_of(head: Head | None, *, step: int = 3) -> bytes:
    assert head is not None
    return b"".join(iter(lambda: head.request.body.read(step), b""))


GET = "GET /simple/a%20b/?x=1 HTTP/1.1\r\nHost: h\r\n"
POST = "POST / HTTP/1.1\r\nHost: h\r\n"


def test_a_request_is_read() -> None:
    head = head_of(GET + "Accept: a\r\nACCEPT:  b \r\n\r\n")
    assert head is not None
    assert (head.request.method, head.request.path) == ("GET", "/simple/a b/")
    assert head.request.headers == {"host": "h", "accept": "a, b"}
    assert (head.keep_alive, head.wants_continue) == (True, False)


@pytest.mark.parametrize(
    ("text", "keep_alive"),
    [
        pytest.param(GET + "\r\n", True, id="1.1"),
        pytest.param(GET + "Connection: Close\r\n\r\n", False, id="1.1 with close"),
        pytest.param("GET / HTTP/1.0\r\n\r\n", False, id="1.0"),
        pytest.param("\r\n" + GET + "\r\n", True, id="behind an empty line"),
    ],
)
def test_a_connection_is_kept_or_not(text: str, *, keep_alive: bool) -> None:
    head = head_of(text)
    assert head is not None
    assert head.keep_alive is keep_alive


def test_nothing_more_is_the_end() -> None:
    assert head_of("") is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GET /\r\n\r\n", id="HTTP 0.9"),
        pytest.param("GET / HTTP/2.0\r\n\r\n", id="another version"),
        pytest.param("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", id="two blanks"),
        pytest.param(
            "get / HTTP/1.1\r\nHost: h\r\n\r\n", id="a method in small letters"
        ),
        pytest.param("GET / HTTP/1.1\nHost: h\n\n", id="bare line feeds"),
        pytest.param("GET / HTTP/1.1\r\n\r\n", id="no Host"),
        pytest.param("GET * HTTP/1.1\r\nHost: h\r\n\r\n", id="a target without a path"),
        pytest.param("GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n", id="a path not in UTF-8"),
        pytest.param(
            "GET /%0d%0aX HTTP/1.1\r\nHost: h\r\n\r\n", id="a line break in it"
        ),
        pytest.param("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", id="a NUL in the path"),
        pytest.param(GET + "Bad Name: x\r\n\r\n", id="a blank in a name"),
        pytest.param(GET + "Accept : x\r\n\r\n", id="a blank before the colon"),
        pytest.param(GET + " folded\r\n\r\n", id="a folded line"),
        pytest.param(GET + "no colon\r\n\r\n", id="a line without a colon"),
        pytest.param(GET + "A: x\x00y\r\n\r\n", id="a NUL in a value"),
        pytest.param(GET + "A: " + "x" * 70_000 + "\r\n\r\n", id="a line without end"),
        pytest.param(GET + "A: xxxxxxxx\r\n" * 9000 + "\r\n", id="headers without end"),
        pytest.param(GET + "Host: other\r\n\r\n", id="two Hosts"),
        pytest.param(
            POST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", id="2 CL"
        ),
        pytest.param(POST + "Content-Length: +1\r\n\r\n", id="a signed length"),
        pytest.param(POST + "Content-Length: 0x1\r\n\r\n", id="a length in hex"),
        pytest.param(
            POST + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            id="length and chunks",
        ),
        pytest.param(POST + "Transfer-Encoding: gzip, chunked\r\n\r\n", id="gzip"),
        pytest.param(GET, id="broken off"),
    ],
)
def test_what_is_not_plainly_http_is_refused(text: str) -> None:
    with pytest.raises(BrokenRequestError):
        head_of(text)


@pytest.mark.law
@given(text=st.text(st.characters(max_codepoint=255), max_size=200))
def test_any_bytes_are_a_request_or_one_clear_error(text: str) -> None:
    for begin in ("", GET, POST):
        with contextlib.suppress(BrokenRequestError):
            head_of(begin + text)


def test_a_body_ends_where_it_was_announced() -> None:
    assert all_of(head_of(POST + "Content-Length: 4\r\n\r\nabcdGET")) == b"abcd"
    with pytest.raises(BrokenRequestError):
        all_of(head_of(POST + "Content-Length: 9\r\n\r\nabcd"))


@pytest.mark.law
@given(chunks=st.lists(st.binary(min_size=1, max_size=20)), step=st.integers(1, 30))
def test_chunks_come_back_as_one_body(chunks: list[bytes], step: int) -> None:
    coded = "".join(
        f"{len(chunk):x};note\r\n{chunk.decode('latin-1')}\r\n" for chunk in chunks
    )
    head = head_of(
        POST + f"Transfer-Encoding: chunked\r\n\r\n{coded}0\r\nT: x\r\n\r\nrest"
    )
    assert all_of(head, step=step) == b"".join(chunks)


@pytest.mark.parametrize(
    "coded",
    [
        pytest.param("x\r\n", id="a size that is none"),
        pytest.param("-1\r\n", id="a size below zero"),
        pytest.param("1\r\nabc\r\n0\r\n\r\n", id="a longer chunk"),
        pytest.param("5\r\nabc", id="a shorter chunk"),
        pytest.param("3\r\nabc\r\n", id="no last chunk"),
        pytest.param("f" * 20 + "\r\n", id="a size without end"),
    ],
)
def test_broken_chunks_are_refused(coded: str) -> None:
    head = head_of(POST + f"Transfer-Encoding: chunked\r\n\r\n{coded}")
    with pytest.raises(BrokenRequestError):
        all_of(head)


def test_a_path_is_decoded_once_and_may_come_with_a_host() -> None:
    assert decode_path("http://h/a%2520b?x=/y") == "/a%20b"
