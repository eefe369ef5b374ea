"""RECORD: both ways, and what is no RECORD."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.hashes import Hash
from pysetup.standards.record import (
    InvalidRecordError,
    RecordEntry,
    parse_record,
    to_record_text,
)

DIGEST = Hash.of(b"").to_record()


def test_lines_are_read() -> None:
    text = f'a.py,{DIGEST},0\r\n\n"b,c.py",{DIGEST},12\n"d""e",,\nx/RECORD,,\n'
    assert parse_record(text, source="demo") == (
        RecordEntry("a.py", Hash.of(b""), 0),
        RecordEntry("b,c.py", Hash.of(b""), 12),
        RecordEntry('d"e'),
        RecordEntry("x/RECORD"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "a.py",
        "a.py,,,",
        ",,",
        "a,,\na,,",
        f"a,{DIGEST},-1",
        f"a,{DIGEST},1.5",
        f"a,{DIGEST}x,1",
        "a,md5=x,1",
        f"a,{DIGEST},\u0661",
        f"a,{DIGEST},{'9' * 20}",
        '"a,,',
        '"a"b,,',
        "a\0,,x",
    ],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        parse_record(text, source="demo")
    assert "demo" in caught.value.message


@pytest.mark.law
@given(
    entries=st.lists(
        st.builds(
            RecordEntry,
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
            st.none() | st.binary().map(Hash.of),
            st.none() | st.integers(0, 2**40),
        ),
        unique_by=lambda entry: entry.path,
    )
)
def test_what_is_written_is_read(entries: list[RecordEntry]) -> None:
    text = to_record_text(entries)
    assert parse_record(text, source="demo") == tuple(entries)
