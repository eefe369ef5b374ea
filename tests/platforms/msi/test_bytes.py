"""The bytes of an MSI package: compound files, cabinets, tables, names, summaries."""

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.platforms.msi import summary
from pysetup.platforms.msi.cabinet import CabinetError, read_cabinet, write_cabinet
from pysetup.platforms.msi.compound import (
    CompoundFileError,
    read_compound_file,
    write_compound_file,
)
from pysetup.platforms.msi.database import Database, Row, read_database, write_database
from pysetup.platforms.msi.names import (
    decode_stream_name,
    encode_stream_name,
    short_names,
)

CLASS = bytes(range(16))
contents = st.one_of(
    st.binary(max_size=200),
    st.integers(0, 9000).map(
        lambda size: bytes(number % 251 for number in range(size))
    ),
)
names = st.text(
    st.characters(exclude_categories=["C", "Zs"], max_codepoint=0x37FF),
    min_size=1,
    max_size=31,
)


@pytest.mark.law
@given(streams=st.dictionaries(names, contents, max_size=40))
def test_streams_come_back_from_a_compound_file(streams: dict[str, bytes]) -> None:
    by_capitals = {name.upper(): name for name in streams}
    streams = {name: streams[name] for name in by_capitals.values()}
    written = write_compound_file(streams, class_id=CLASS)
    assert read_compound_file(written) == streams
    backwards = dict(reversed(streams.items()))
    assert write_compound_file(backwards, class_id=CLASS) == written


def test_a_compound_file_may_be_larger_than_its_header_can_list() -> None:
    # More than 109 sectors of the allocation table: 109 * 128 * 512 bytes.
    large = bytes(8_000_000)
    found = read_compound_file(write_compound_file({"a": large}, class_id=CLASS))
    assert found == {"a": large}


@pytest.mark.parametrize("size", [0, 40, 600, 3000])
def test_a_compound_file_cut_short_is_refused(size: int) -> None:
    whole = write_compound_file({"a": bytes(5000), "b": b"small"}, class_id=CLASS)
    with pytest.raises(CompoundFileError):
        read_compound_file(whole[:size])


def test_a_circle_of_sectors_is_refused() -> None:
    whole = bytearray(write_compound_file({"a": bytes(5000)}, class_id=CLASS))
    # The second entry of the allocation table leads to itself.
    whole[512 + 8 : 512 + 12] = (2).to_bytes(4, "little")
    with pytest.raises(CompoundFileError):
        read_compound_file(bytes(whole))


@pytest.mark.law
@given(parts=st.lists(contents, max_size=12))
def test_files_come_back_from_a_cabinet(parts: list[bytes]) -> None:
    files = [(f"f{number}", part) for number, part in enumerate(parts)]
    written = write_cabinet(files, epoch=1_000_000_000)
    assert read_cabinet(written) == dict(files)


def test_a_cabinet_holds_what_cannot_be_compressed() -> None:
    noise = io.BytesIO()
    number = 1
    while noise.tell() < 100_000:
        number = number * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        noise.write(number.to_bytes(8, "little")[4:])
    files = [("a", noise.getvalue()), ("b", b"")]
    assert read_cabinet(write_cabinet(files, epoch=0)) == dict(files)


def test_a_changed_cabinet_is_refused() -> None:
    whole = bytearray(write_cabinet([("a", b"text" * 4000)], epoch=0))
    whole[-3] ^= 1
    with pytest.raises(CabinetError):
        read_cabinet(bytes(whole))


@pytest.mark.interop
def test_other_readers_read_a_cabinet(
    need_tool: Callable[[str], str], tmp_path: Path
) -> None:
    tool = need_tool("7z")
    content = b"".join(str(number).encode() for number in range(50_000))
    place = tmp_path / "a.cab"
    place.write_bytes(write_cabinet([("a", content), ("b", b"x")], epoch=315532800))
    subprocess.run([tool, "t", place], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([tool, "x", place, f"-o{tmp_path}"], check=True, capture_output=True)
    assert (tmp_path / "a").read_bytes() == content
    assert (tmp_path / "b").read_bytes() == b"x"


@pytest.mark.law
@given(
    name=st.text(st.sampled_from("abcXYZ019._ -!"), max_size=40), table=st.booleans()
)
def test_names_of_streams_come_back(name: str, *, table: bool) -> None:
    assert decode_stream_name(encode_stream_name(name, table=table)) == (name, table)


@pytest.mark.law
@given(names=st.lists(st.text("abAB.~_ é", min_size=1, max_size=20), unique=True))
def test_short_names_are_short_and_differ(names: list[str]) -> None:
    given_names = short_names(names)
    assert set(given_names) == set(names)
    shorts = [short.upper() for short in given_names.values()]
    assert len(set(shorts)) == len(names)
    for short in shorts:
        stem, _, extension = short.partition(".")
        assert 1 <= len(stem) <= 8
        assert len(extension) <= 3
        assert short.isascii()


values = st.integers(-(2**31) + 1, 2**31 - 1)
short_values = st.integers(-(2**15) + 1, 2**15 - 1)
texts = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30)


@pytest.mark.law
@given(
    media=st.dictionaries(
        short_values,
        st.tuples(values, st.none() | texts, st.none() | texts),
        max_size=8,
    ),
    properties=st.dictionaries(texts, texts, max_size=8),
)
def test_rows_come_back_from_a_database(
    media: dict[int, tuple[int, str | None, str | None]], properties: dict[str, str]
) -> None:
    tables: dict[str, list[Row]] = {
        "Media": [(key, *row, None, None) for key, row in media.items()],
        "Property": list(properties.items()),
    }
    database = Database(tables, {"product.cab": b"cab"}, b"summary")
    found = read_database(write_database(database))
    assert {key: set(map(tuple, rows)) for key, rows in found.tables.items()} == {
        key: set(rows) for key, rows in tables.items()
    }
    assert found.streams == database.streams
    assert found.summary == database.summary


def test_a_database_with_many_strings_uses_wide_numbers() -> None:
    rows: list[Row] = [(f"name{number}", f"value{number}") for number in range(40_000)]
    found = read_database(write_database(Database({"Property": rows}, {}, b"")))
    assert sorted(map(tuple, found.tables["Property"])) == sorted(rows)


@pytest.mark.parametrize("text", ["plain", "grün", "日本語"])
def test_a_summary_comes_back(text: str) -> None:
    written = summary.write_summary(
        {summary.TITLE: text, summary.TEMPLATE: "x64;1033"},
        {summary.SOURCE_KIND: 2},
        epoch=1_000_000_000,
    )
    found = summary.read_summary(written)
    assert found[summary.TITLE] == text
    assert found[summary.SOURCE_KIND] == 2
