"""The header structure: known bytes, round trips, and damage."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.platforms.rpm.header import (
    DamagedRpmError,
    Entry,
    decode_header,
    encode_header,
    integers,
    text,
    texts,
    translated,
)
from pysetup.platforms.rpm.tags import INT8, INT16, INT32, INT64


def test_a_small_header_has_these_bytes() -> None:
    entries = [text(1000, "demo"), integers(1003, INT32, 7), integers(5, INT16, 1)]

    assert encode_header(entries, region=63).hex() == (
        # Magic number, reserved, four entries, 28 bytes of values.
        "8eade80100000000000000040000001c"
        # The region: tag 63, kind 7, its value is at 12 and has 16 bytes.
        "0000003f000000070000000c00000010"
        # Tags 5, 1000, 1003, sorted: kind, offset, count.
        "00000005000000030000000000000001"
        "000003e8000000060000000200000001"
        "000003eb000000040000000800000001"
        # 1; "demo"; a gap, since numbers of 32 bits stand at multiples of 4; 7.
        "000164656d6f000000000007"
        # The region's value points back over four entries.
        "0000003f00000007ffffffc000000010"
    )


names = st.text("az Aü€~^%\n", max_size=20)
entries = st.one_of(
    st.lists(st.integers(0, 2**8 - 1), min_size=1).map(lambda v: (INT8, tuple(v))),
    st.lists(st.integers(0, 2**16 - 1), min_size=1).map(lambda v: (INT16, tuple(v))),
    st.lists(st.integers(0, 2**32 - 1), min_size=1).map(lambda v: (INT32, tuple(v))),
    st.lists(st.integers(0, 2**64 - 1), min_size=1).map(lambda v: (INT64, tuple(v))),
    st.lists(names, min_size=1).map(lambda v: (8, tuple(v))),
)


@pytest.mark.law
@settings(deadline=None)
@given(st.dictionaries(st.integers(100, 9000), entries, max_size=12))
def test_what_is_written_is_read_again(values: dict[int, tuple[int, tuple]]) -> None:  # type: ignore[type-arg]
    written = [Entry(tag, kind, found) for tag, (kind, found) in values.items()]
    content = encode_header(written, region=63)

    header, end = decode_header(b"before" + content, 6, source="a test")

    assert end == len(content) + 6
    for tag, (_, found) in values.items():
        assert header.numbers(tag) + header.texts(tag) == found


@pytest.mark.law
@settings(deadline=None)
@given(st.data())
def test_damage_is_told_and_nothing_else_happens(data: st.DataObject) -> None:
    whole = bytearray(
        encode_header(
            [text(1000, "demo"), texts(1117, ["a", "b"]), translated(1004, "ü")],
            region=63,
        )
    )
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    content = bytes(whole[: data.draw(st.integers(0, len(whole)))])

    try:
        header, _ = decode_header(content, 0, source="a test")
    except DamagedRpmError:
        return
    assert isinstance(header.text(1000), str)


def test_a_zero_byte_cannot_be_in_a_text() -> None:
    with pytest.raises(ValueError, match="zero byte"):
        encode_header([text(1000, "a\0b")], region=63)
