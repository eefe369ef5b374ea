import gzip
from collections.abc import Iterator, Mapping

import pytest

from pysetup.edges.replies import (
    AnswerTooLargeError,
    BrokenTransferError,
    HttpReply,
    StalledTransferError,
    UnreadableAnswerError,
)


class Pieces:
    """A body that comes in given pieces, and fails at the end if told so."""

    def __init__(self, *pieces: bytes, fails: bool = False) -> None:
        self.pieces = list(pieces)
        self.fails = fails
        self.closed = False

    def read1(self, amount: int) -> bytes:
        if self.pieces:
            assert len(self.pieces[0]) <= amount
            return self.pieces.pop(0)
        if self.fails:
            raise OSError("the line is cut")
        return b""

    def close(self) -> None:
        self.closed = True


def reply(
    body: Pieces, headers: Mapping[str, str] | None = None, *, seconds: float = 0
) -> HttpReply:
    """An answer for which ``seconds`` pass each time somebody looks at the clock."""
    ticks: Iterator[float] = iter(index * seconds for index in range(10_000))
    return HttpReply(
        "https://host/x", 200, headers or {}, body=body, clock=lambda: next(ticks)
    )


def test_a_body_is_read_whole_and_closed() -> None:
    body = Pieces(b"ab", b"c")
    with reply(body, {"content-length": "3"}) as answer:
        assert answer.read(3) == b"abc"
    assert body.closed


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"content-length": "4"}, Pieces(b"abc"), id="an end too early"),
        pytest.param({}, Pieces(b"abc", fails=True), id="a failing connection"),
        pytest.param(
            {"content-encoding": "gzip"},
            Pieces(gzip.compress(b"abc")[:-4]),
            id="half of a gzip",
        ),
        pytest.param({"content-encoding": "gzip"}, Pieces(b"no"), id="no gzip at all"),
    ],
)
def test_a_body_that_breaks_off(headers: dict[str, str], body: Pieces) -> None:
    with pytest.raises(BrokenTransferError) as caught:
        reply(body, headers).read(100)
    assert caught.value.retryable
    assert caught.value.exit_code == 4


def test_more_than_the_limit_is_refused() -> None:
    with pytest.raises(AnswerTooLargeError):
        reply(Pieces(b"x" * 11)).read(10)


def test_gzip_is_decoded_whatever_the_pieces() -> None:
    plain = b"page " * 50_000
    packed = gzip.compress(plain)
    pieces = Pieces(*(packed[i : i + 7] for i in range(0, len(packed), 7)))
    assert reply(pieces, {"content-encoding": "GZip"}).read(len(plain)) == plain


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    packed = gzip.compress(b"\0" * (200 << 20), compresslevel=9)
    with pytest.raises(AnswerTooLargeError, match="100 times"):
        reply(Pieces(packed), {"content-encoding": "gzip"}).read(1 << 30)


def test_an_encoding_that_nobody_asked_for() -> None:
    with pytest.raises(UnreadableAnswerError, match="br"):
        reply(Pieces(b"x"), {"content-encoding": "br"}).read(10)


def test_chunks_are_never_decoded() -> None:
    packed = gzip.compress(b"file")
    answer = reply(Pieces(packed), {"content-encoding": "gzip"})
    assert b"".join(answer.chunks()) == packed


def test_a_drip_is_not_waited_for() -> None:
    body = Pieces(*[b"x" * 64] * 1000)
    with pytest.raises(StalledTransferError):
        reply(body, seconds=1).read(1 << 20)
    assert len(body.pieces) > 900


def test_a_slow_but_steady_server_is_fine() -> None:
    body = Pieces(*[b"x" * 30_000] * 40)
    assert len(reply(body, seconds=10).read(1 << 21)) == 1_200_000
