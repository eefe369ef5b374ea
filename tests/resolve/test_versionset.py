"""Masks say the same as the specifiers they are made from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.resolve.versionset import VersionTable, bits, mask_of, newest, oldest
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    parse_specifiers,
    parse_version,
)

releases = st.sampled_from(["0", "1", "1.0.1", "1.1", "1.10", "2.0", "1!0.5", "1!1"])
pre = st.sampled_from(["", "", "a1", "b2", "rc1"])
post = st.sampled_from(["", "", ".post0", ".post1"])
dev = st.sampled_from(["", "", ".dev0", ".dev1"])
local = st.sampled_from(["", "", "", "+a", "+b.1"])
public = st.builds("".join, st.tuples(releases, pre, post, dev))
versions = st.builds("".join, st.tuples(public, local))
operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "~=", "==="])
wild = st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), releases)
single = wild | st.builds("{}{}".format, operators, versions)
specifiers = st.lists(single, max_size=3).map(",".join)


@pytest.mark.law
@settings(max_examples=400, deadline=None)
@given(st.lists(versions, max_size=12), specifiers)
def test_a_mask_holds_exactly_what_its_specifiers_admit(
    texts: list[str], specifier: str
) -> None:
    table = VersionTable(map(parse_version, texts))
    try:
        parsed = parse_specifiers(specifier)
    except InvalidSpecifiersError:
        return
    expected = mask_of(
        index
        for index, version in enumerate(table.versions)
        if parsed.contains(version, prereleases=True)
    )
    assert table.mask(parsed) == expected


@pytest.mark.law
@given(st.sets(st.integers(0, 300), min_size=1))
def test_bits_come_back_in_order(indexes: set[int]) -> None:
    mask = mask_of(indexes)
    assert list(bits(mask)) == sorted(indexes)
    assert (oldest(mask), newest(mask)) == (min(indexes), max(indexes))


@pytest.mark.parametrize(
    ("mask", "within", "runs"),
    [
        pytest.param(0b0, 0b11111, [], id="nothing"),
        pytest.param(0b11111, 0b11111, [(0, 4)], id="everything"),
        pytest.param(0b11011, 0b11111, [(0, 1), (3, 4)], id="a hole splits it"),
        pytest.param(0b11011, 0b11011, [(0, 4)], id="a hole outside does not"),
        pytest.param(0b00100, 0b11111, [(2, 2)], id="one alone"),
    ],
)
def test_runs(mask: int, within: int, runs: list[tuple[int, int]]) -> None:
    table = VersionTable(map(parse_version, "12345"))
    assert list(table.runs(mask, within=within)) == runs


def test_final_releases_are_told_from_prereleases() -> None:
    table = VersionTable(map(parse_version, ["1.0", "1.1a1", "1.1.dev0", "1.1.post1"]))
    finals = [str(table.versions[index]) for index in bits(table.finals)]
    assert finals == ["1.0", "1.1.post1"]
