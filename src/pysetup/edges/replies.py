"""Answers on their way: bodies in pieces, with limits on size, ratio and patience."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from pysetup.errors import IntegrityError, NetworkError, redact

CHUNK = 1 << 18
# A sender that gives less than this for a minute will not be finished in time.
FLOOR_RATE = 1024
FLOOR_SECONDS = 60.0
# security.md: no honest page shrinks to a hundredth.
MAX_RATIO = 100
_RATIO_GRACE = 1 << 20


class BrokenTransferError(NetworkError):
    """The connection broke before the whole answer had arrived.

    Downloads go on where they stopped when the server can do that; this error
    means that several attempts failed. Trying again later can help.
    """

    code = "PS4201"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"the answer of {redact(url)} broke off: {reason}",
            facts={"url": redact(url), "because": reason},
            hints=("try again; if it happens always, look at proxies and firewalls",),
        )


class StalledTransferError(NetworkError):
    """A server sends less than 1 KiB/s for a minute.

    pysetup stops instead of waiting for hours. Trying again later, or another
    index, can help. ``network.min-speed`` (PYSETUP_NETWORK_MIN_SPEED) sets another
    floor, in bytes a second; 0 waits as long as anything comes.
    """

    code = "PS4202"

    def __init__(self, url: str, rate: int = FLOOR_RATE) -> None:
        speed = f"{rate / 1024:g} KiB/s" if rate >= FLOOR_RATE else f"{rate} bytes/s"
        super().__init__(
            f"{redact(url)} sends less than {speed} for {FLOOR_SECONDS:.0f} s",
            facts={"url": redact(url)},
            hints=(
                "try again later, or name another index with --index-url",
                "PYSETUP_NETWORK_MIN_SPEED=0  waits as long as anything comes",
            ),
        )


class UnreadableAnswerError(NetworkError):
    """A server encoded its answer in a way that it was not asked for.

    pysetup asks for plain or gzip content (``Accept-Encoding``); something on the
    way, often a proxy, did not keep to that.
    """

    code = "PS4203"
    retryable = False

    def __init__(self, url: str, encoding: str) -> None:
        super().__init__(
            f"{redact(url)} answers in the encoding {encoding[:40]!r},"
            " for which it was not asked",
            facts={"url": redact(url), "encoding": encoding[:40]},
            hints=("mend the server or the proxy in between",),
        )


class AnswerTooLargeError(IntegrityError):
    """An answer is larger than anything honest of its kind.

    Index pages may have 64 MiB, metadata files 8 MiB, and a compressed answer may
    not grow a hundredfold; a file may not be larger than the index said.
    """

    code = "PS5204"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"the answer of {redact(url)} is too large: {reason}",
            facts={"url": redact(url), "because": reason},
            hints=("do not use this index before its operator has explained it",),
        )


class Body(Protocol):
    """What an answer needs of the connection below."""

    def read1(self, amount: int) -> bytes:
        """Return what has come, at most ``amount`` bytes; empty at the end.

        Raises ``OSError`` when the connection fails.
        """

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read."""


class HttpReply:
    """One answer; ``url`` is the one that answered, header names are lower case."""

    def __init__(
        self,
        url: str,
        status: int,
        headers: Mapping[str, str],
        *,
        body: Body,
        clock: Callable[[], float],
        floor: int = FLOOR_RATE,
    ) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self._body = body
        self._clock = clock
        self._floor = floor

    def chunks(self) -> Iterator[bytes]:
        """Yield the body in pieces, undecoded.

        Raises ``BrokenTransferError`` or ``StalledTransferError``.
        """
        received = 0
        window_start, window_bytes = self._clock(), 0
        while piece := self._next_piece():
            received += len(piece)
            window_bytes += len(piece)
            passed = self._clock() - window_start
            if window_bytes >= self._floor * FLOOR_SECONDS:
                window_start, window_bytes = self._clock(), 0
            elif passed >= FLOOR_SECONDS:
                raise StalledTransferError(self.url, self._floor)
            yield piece
        promised = self.headers.get("content-length", "")
        if promised.isdecimal() and received < int(promised):
            reason = f"{received} of {promised} bytes arrived"
            raise BrokenTransferError(self.url, reason)

    def read(self, limit: int) -> bytes:
        """Return the whole body, decoded if it came in gzip.

        Raises ``AnswerTooLargeError`` beyond ``limit`` bytes, and as ``chunks``.
        """
        encoding = self.headers.get("content-encoding", "").strip().lower()
        pieces: Iterable[bytes] = self.chunks()
        if encoding in ("gzip", "x-gzip"):
            pieces = self._inflated()
        elif encoding not in ("", "identity"):
            raise UnreadableAnswerError(self.url, encoding)
        whole = bytearray()
        for piece in pieces:
            whole += piece
            if len(whole) > limit:
                reason = f"more than {limit} bytes"
                raise AnswerTooLargeError(self.url, reason)
        return bytes(whole)

    def _next_piece(self) -> bytes:
        try:
            return self._body.read1(CHUNK)
        except OSError as error:
            reason = str(error) or "the connection was lost"
            raise BrokenTransferError(self.url, reason) from None

    def _inflated(self) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=31)
        received = made = 0
        for piece in self.chunks():
            received += len(piece)
            rest = piece
            while rest and not inflater.eof:
                try:
                    plain = inflater.decompress(rest, CHUNK)
                except zlib.error as error:
                    raise BrokenTransferError(self.url, str(error)) from None
                made += len(plain)
                if made > max(_RATIO_GRACE, MAX_RATIO * received):
                    reason = f"it grows more than {MAX_RATIO} times when unpacked"
                    raise AnswerTooLargeError(self.url, reason)
                yield plain
                rest = inflater.unconsumed_tail
        if not inflater.eof:
            raise BrokenTransferError(self.url, "the gzip data end too early")

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
