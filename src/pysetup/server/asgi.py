"""The other shell: an ASGI callable, for uvicorn and other servers."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pysetup.server.http import (
    CHUNK,
    BrokenRequestError,
    FilePart,
    Request,
    Response,
    text_response,
)
from pysetup.server.wire import decode_path

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class AsgiApp:
    """Answers with ``respond``, which runs in threads: it waits for disks.

    ``respond`` may raise ``BrokenRequestError`` when the client has gone.
    """

    def __init__(self, respond: Callable[[Request], Response]) -> None:
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection scope (ASGI 3): ``http`` or ``lifespan``."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = _request(scope, _AsgiBody(receive))
            response = await asyncio.to_thread(self._respond, request)
        except BrokenRequestError as error:
            response = text_response(400, f"{error.code}: {error.message}\n")
        headers = [
            (name.lower().encode("ascii"), value.encode("ascii"))
            for name, value in response.headers
        ]
        if response.status != 304:  # noqa: PLR2004 - Not Modified has no body
            headers.append((b"content-length", str(response.size).encode("ascii")))
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": headers,
            }
        )
        await _send_body(response, send, wanted=scope["method"] != "HEAD")


async def _send_body(response: Response, send: Send, *, wanted: bool) -> None:
    body = response.body
    if isinstance(body, FilePart):
        with body.stream as stream:
            stream.seek(body.offset)
            left = body.size if wanted else 0
            while left:
                chunk = await asyncio.to_thread(stream.read, min(CHUNK, left))
                if not chunk:
                    break
                left -= len(chunk)
                await send(
                    {"type": "http.response.body", "body": chunk, "more_body": True}
                )
        body = b""
    await send({"type": "http.response.body", "body": body if wanted else b""})


def _request(scope: Scope, body: "_AsgiBody") -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raw = scope.get("raw_path") or scope["path"].encode()
    path = decode_path(raw.decode("latin-1"))
    length = headers.get("content-length", "")
    return Request(
        scope["method"],
        "/" + path.removeprefix(scope.get("root_path", "")).lstrip("/"),
        headers,
        body,
        int(length) if length.isdecimal() else None,
    )


class _AsgiBody:
    """The body of a request, read by a worker thread from the loop's messages."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._held = b""
        self._more = True

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end of the body.

        Raises ``BrokenRequestError`` if the client breaks off.
        """
        while not self._held and self._more:
            message = asyncio.run_coroutine_threadsafe(
                self._next(), self._loop
            ).result()
            if message["type"] == "http.disconnect":
                raise BrokenRequestError("the client has gone")
            self._held = message.get("body", b"")
            self._more = message.get("more_body", False)
        data, self._held = self._held[:size], self._held[size:]
        return data

    async def _next(self) -> Message:
        return await self._receive()


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
