"""HTTP/1.1 on the wire, strictly: the head and the body of a request (RFC 9112)."""

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import unquote

from pysetup.server.http import (
    HEADER_NAME,
    HEADER_VALUE,
    Body,
    BrokenRequestError,
    NoBody,
    Request,
)
from pysetup.values import dataclass

_MAX_LINE = 16 * 1024
_MAX_HEAD = 64 * 1024
_REQUEST_LINE = re.compile(r"([A-Z]{1,16}) ([\x21-\x7e]+) HTTP/1\.([01])", re.ASCII)
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_CHUNK_SIZE = re.compile(r"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.ASCII)
# Headers that must not come twice: two readers could take different ones.
_SINGLE = ("content-length", "transfer-encoding", "host", "authorization")


class Incoming(Protocol):
    """The receiving side of a connection, buffered."""

    def readline(self, limit: int, /) -> bytes:
        """Return a line with its end, or ``limit`` bytes of it."""

    def read1(self, size: int, /) -> bytes:
        """Return what is there, up to ``size`` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request, as far as the connection needs to know it.

    ``wants_continue`` tells that the client waits for a word before its body.
    """

    request: Request
    keep_alive: bool
    wants_continue: bool


def decode_path(target: str) -> str:
    """Return the path of a request target, decoded once, without its query.

    Raises ``BrokenRequestError`` if it is no path or not UTF-8.
    """
    path = _ABSOLUTE.sub("", target, count=1).partition("?")[0]
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise BrokenRequestError("the path is not UTF-8") from None
    if not decoded.startswith("/") or not decoded.isprintable():
        raise BrokenRequestError("the target is not a path")
    return decoded


def read_head(stream: Incoming) -> Head | None:
    """Read the head of the next request; None if the client has closed.

    Raises ``BrokenRequestError`` for whatever is not plainly HTTP/1.0 or 1.1.
    """
    line = _read_line(stream, first=True)
    if line is None:
        return None
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise BrokenRequestError("the request line is malformed")
    modern = match[3] == "1"
    headers = _read_headers(stream)
    if modern and "host" not in headers:
        raise BrokenRequestError("there is no Host")
    body, length = _body_of(stream, headers)
    tokens = {
        token.strip() for token in headers.get("connection", "").lower().split(",")
    }
    return Head(
        Request(match[1], decode_path(match[2]), headers, body, length),
        keep_alive=modern and "close" not in tokens,
        wants_continue=modern and headers.get("expect", "").lower() == "100-continue",
    )


def _read_line(stream: Incoming, *, first: bool = False) -> str | None:
    """Return a line without its end; None at the end of the connection, if first."""
    try:
        line = stream.readline(_MAX_LINE)
        if first and line == b"\r\n":
            # Old clients send one behind a body (RFC 9112, 2.2).
            line = stream.readline(_MAX_LINE)
    except OSError as error:
        if first:
            return None
        raise BrokenRequestError(str(error)) from None
    if first and not line:
        return None
    if not line.endswith(b"\r\n"):
        raise BrokenRequestError("a line is too long or does not end in CR LF")
    return line[:-2].decode("latin-1")


def _read_headers(stream: Incoming) -> dict[str, str]:
    headers: dict[str, str] = {}
    size = 0
    while line := _read_line(stream):
        size += len(line)
        name, separator, value = line.partition(":")
        value = value.strip(" \t")
        name = name.lower()
        if not separator or not HEADER_NAME.fullmatch(name) or size > _MAX_HEAD:
            raise BrokenRequestError("a header is malformed, or there are too many")
        if not HEADER_VALUE.fullmatch(value) and not value.isprintable():
            raise BrokenRequestError("a header holds a control character")
        if name in headers:
            if name in _SINGLE:
                raise BrokenRequestError(f"{name} is given twice")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers


def _body_of(stream: Incoming, headers: Mapping[str, str]) -> tuple[Body, int | None]:
    """Return the body and its size, None where it comes in chunks."""
    coding = headers.get("transfer-encoding")
    length = headers.get("content-length")
    if coding is not None:
        # Both together is how requests are smuggled past a proxy (RFC 9112, 6.1).
        if coding.lower() != "chunked" or length is not None:
            raise BrokenRequestError("the transfer encoding cannot be used")
        return ChunkedBody(stream), None
    if length is None:
        return NoBody(), 0
    if not _LENGTH.fullmatch(length):
        raise BrokenRequestError("Content-Length is not a number")
    return LengthBody(stream, int(length)), int(length)


class LengthBody:
    """A body of announced size."""

    def __init__(self, stream: Incoming, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end of the body.

        Raises ``BrokenRequestError`` if the client breaks off.
        """
        if not self._left:
            return b""
        data = _read_some(self._stream, min(size, self._left))
        self._left -= len(data)
        return data


class ChunkedBody:
    """A body that comes in chunks (RFC 9112, 7.1); extensions do not matter."""

    def __init__(self, stream: Incoming) -> None:
        self._stream = stream
        self._left = 0
        self._begun = self._done = False

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end of the body.

        Raises ``BrokenRequestError`` if the client breaks off or errs.
        """
        if not self._left and not self._done:
            self._next_chunk()
        if self._done:
            return b""
        data = _read_some(self._stream, min(size, self._left))
        self._left -= len(data)
        return data

    def _next_chunk(self) -> None:
        if self._begun and _read_line(self._stream):
            raise BrokenRequestError("a chunk is longer than announced")
        self._begun = True
        match = _CHUNK_SIZE.fullmatch(_read_line(self._stream) or "")
        if match is None:
            raise BrokenRequestError("the size of a chunk is malformed")
        self._left = int(match[1], 16)
        if not self._left:
            self._done = True
            _read_headers(self._stream)


def _read_some(stream: Incoming, size: int) -> bytes:
    try:
        data = stream.read1(size)
    except OSError as error:
        raise BrokenRequestError(str(error)) from None
    if not data:
        raise BrokenRequestError("the body ends too early")
    return data
