import pytest

from pysetup.server.http import ByteRange, Response, etag_matches, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("bytes=0-0", ByteRange(0, 1), id="the first byte"),
        pytest.param("bytes=2-", ByteRange(2, 8), id="from the third on"),
        pytest.param("bytes=-3", ByteRange(7, 3), id="the last three"),
        pytest.param("bytes=-99", ByteRange(0, 10), id="a longer tail is everything"),
        pytest.param("bytes=5-99", ByteRange(5, 5), id="an end beyond the file"),
        pytest.param("bytes=10-", ByteRange(10, 0), id="behind the end: nothing"),
        pytest.param("bytes=-0", ByteRange(10, 0), id="no bytes at all: nothing"),
        pytest.param("bytes=5-4", None, id="backwards"),
        pytest.param("bytes=-", None, id="no number"),
        pytest.param("bytes=0-1,3-4", None, id="two ranges"),
        pytest.param("lines=0-1", None, id="another unit"),
        pytest.param("", None, id="no header"),
        pytest.param(f"bytes={'9' * 40}-", None, id="a number without end"),
    ],
)
def test_a_range_of_ten_bytes(header: str, expected: ByteRange | None) -> None:
    assert parse_range(header, total=10) == expected


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        pytest.param('"a"', True, id="the same"),
        pytest.param('W/"a"', True, id="the same, weak"),
        pytest.param('"b", "a"', True, id="in a list"),
        pytest.param("*", True, id="any"),
        pytest.param('"b"', False, id="another"),
        pytest.param("", False, id="none"),
    ],
)
def test_an_entity_tag_is_compared(header: str, *, matches: bool) -> None:
    assert etag_matches(header, '"a"') is matches


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("Location", "x\r\nSet-Cookie: a=b"), id="a line break"),
        pytest.param(("Location", "x\x00"), id="a NUL"),
        pytest.param(("Location", "caf\u00e9"), id="not ASCII"),
        pytest.param(("Bad Name", "x"), id="a blank in the name"),
    ],
)
def test_nobody_writes_headers_through_a_value(header: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="is not a header"):
        Response(200, (header,))


def test_nobody_writes_headers_through_the_reason() -> None:
    with pytest.raises(ValueError, match="is not a reason"):
        Response(400, reason="x\r\nSet-Cookie: a=b")
