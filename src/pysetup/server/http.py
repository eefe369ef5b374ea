"""HTTP as values: a request, a response, and the header rules between them."""

import re
from collections.abc import Mapping
from typing import BinaryIO, Protocol

from pysetup.errors import NetworkError
from pysetup.values import dataclass, field

# Token characters of a header name, and values without controls (RFC 9110, 5.1, 5.5).
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
CHUNK = 1 << 16


class BrokenRequestError(NetworkError):
    """A client broke off in the middle of its request, or the request is no HTTP.

    The index tells it in its log and keeps nothing of the request. Behind a proxy,
    check that the proxy's limits for size and time suit the files you upload.
    """

    code = "PS4510"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the request broke off: {reason}", hints=("send it again",))


class Body(Protocol):
    """The body of a request, still on its way."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end of the body.

        Raises ``BrokenRequestError`` if the client breaks off.
        """


class NoBody:
    """The body of a request that has none."""

    def read(self, _size: int, /) -> bytes:
        """Return nothing."""
        return b""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``path`` is decoded, header names are lower case.

    ``length`` is the announced size of the body in bytes, None when it comes in
    chunks of unknown number.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=NoBody)
    length: int | None = 0


@dataclass(frozen=True, slots=True)
class FilePart:
    """``size`` bytes of an open file from ``offset``; the shell closes it."""

    stream: BinaryIO
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; the shell adds ``Content-Length`` and what the connection needs.

    ``reason`` takes the place of the status's own words: some clients show nothing
    else of an answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | FilePart = b""
    reason: str = ""

    def __post_init__(self) -> None:
        for name, value in self.headers:
            # A line break here would let whoever chose the value write headers.
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                raise ValueError(f"{name!r}: {value!r} is not a header")
        if not HEADER_VALUE.fullmatch(self.reason):
            raise ValueError(f"{self.reason!r} is not a reason phrase")

    @property
    def size(self) -> int:
        """The size of the body in bytes."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.size

    def header(self, name: str) -> str:
        """Return the value of one header, or an empty text."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")


def text_response(
    status: int, text: str, *headers: tuple[str, str], kind: str = "text/plain"
) -> Response:
    """Return an answer of UTF-8 text."""
    return Response(
        status,
        (
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ),
        text.encode("utf-8", "backslashreplace"),
    )


def etag_matches(header: str, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names ``etag`` (weak comparison, RFC 9110)."""
    wanted = [item.strip().removeprefix("W/") for item in header.split(",")]
    return "*" in wanted or etag in wanted


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file: ``size`` bytes from ``start``."""

    start: int
    size: int


def parse_range(header: str, *, total: int) -> ByteRange | None:
    """Read ``Range`` for a file of ``total`` bytes (RFC 9110, section 14).

    None means the whole file: other units, several ranges and malformed headers
    may be ignored. A range of size 0 cannot be satisfied.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0].endswith("=-"):
        return None
    if not match[1]:
        size = min(int(match[2]), total)
        return ByteRange(total - size, size)
    start = int(match[1])
    if match[2] and int(match[2]) < start:
        return None
    end = min(int(match[2]) + 1, total) if match[2] else total
    return ByteRange(start, max(0, end - start))
