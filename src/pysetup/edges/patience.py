"""Connections whose headers must come in bounded time, however they drip.

A time-out of a socket begins again with each byte, so a server that sends one now and
then would be waited for without end. Bodies have their own floor (``replies``).
"""

import time
from http.client import HTTPResponse
from io import BufferedReader
from typing import cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from pysetup.late import late_pattern

# An answer that is no announcement of another (1xx), and what its headers end with.
_FINAL = late_pattern(rb"HTTP/1\.[01] [2-5]")
_END = b"\r\n\r\n"


class _Hurried:
    """The part of a stream that reads lines, until a moment of the monotonic clock."""

    def __init__(self, stream: BufferedReader, until: float) -> None:
        self.stream = stream
        self._until = until

    def readline(self, limit: int = -1) -> bytes:
        """Return a line, or what there is of it at the end or at ``limit``."""
        line = bytearray()
        while limit < 0 or len(line) < limit:
            if time.monotonic() > self._until:
                raise TimeoutError
            ready = self.stream.peek(1)
            if not ready:
                break
            size = ready.find(b"\n") + 1 or len(ready)
            line += self.stream.read(
                size if limit < 0 else min(size, limit - len(line))
            )
            if line.endswith(b"\n"):
                break
        return bytes(line)

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()


def pool_classes(
    seconds: float,
) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return pools by scheme whose answers have their headers within ``seconds``."""

    class Response(HTTPResponse):
        def begin(self) -> None:
            ready = self.fp.peek(1)
            if _FINAL.match(ready) and _END in ready:
                super().begin()  # all of it is here, and nothing is waited for
                return
            hurried = _Hurried(self.fp, time.monotonic() + seconds)
            self.fp = cast("BufferedReader", hurried)
            try:
                super().begin()
            finally:
                # Where there is no body, the stream is given up already.
                if not self.isclosed():
                    self.fp = hurried.stream

    class Plain(HTTPConnection):
        response_class = Response  # type: ignore[mutable-override] # as the library says

    class Secure(HTTPSConnection):
        response_class = Response  # type: ignore[mutable-override] # as the library says

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain  # type: ignore[mutable-override] # the same

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure  # type: ignore[mutable-override] # the same

    return {"http": PlainPool, "https": SecurePool}
