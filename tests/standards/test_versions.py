"""Versions and specifiers: what is one, and what is refused without harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.versions import (
    InvalidSpecifiersError,
    InvalidVersionError,
    parse_specifiers,
    parse_version,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("1.0", "1.0"),
        ("v1.0", "1.0"),
        ("1.0a", "1.0a0"),
        ("1!2.0-1", "1!2.0.post1"),
        ("1.0+Local_1", "1.0+local.1"),
        ("2.0.DEV3", "2.0.dev3"),
        ("1.0-rc.1", "1.0rc1"),
    ],
)
def test_versions_have_a_normal_form(text: str, normal: str) -> None:
    assert str(parse_version(text)) == normal


@pytest.mark.parametrize(
    "text", ["", "latest", "1.x", "1..0", "1.0-", "9" * 5000, "\u0661"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionError) as caught:
        parse_version(text)
    assert len(caught.value.message) < 200


def test_versions_are_in_the_order_of_pep_440() -> None:
    texts = [
        "1.0.dev1",
        "1.0a1.dev1",
        "1.0a1",
        "1.0b2",
        "1.0rc1",
        "1.0",
        "1.0+a",
        "1.0+1",
        "1.0.post1.dev1",
        "1.0.post1",
        "1.1",
        "1!0.1",
    ]
    assert sorted(set(texts), key=parse_version) == texts


@pytest.mark.parametrize(
    "text", ["", ">=1", ">=1,<2", "~=1.4", "==1.*", "!=1.5", "===x"]
)
def test_specifiers_are_read(text: str) -> None:
    assert parse_specifiers(text) == parse_specifiers(text + " ")


@pytest.mark.parametrize(
    "text", ["1.0", ">1.x", "=>1", ">=1;", "~=1", ">=" + "1" * 5000]
)
def test_what_is_no_specifier_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpecifiersError):
        parse_specifiers(text)


@pytest.mark.law
@given(text=st.text("0123.!+-_ abcrvpostdev>=<~*,", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse, error in (
        (parse_version, InvalidVersionError),
        (parse_specifiers, InvalidSpecifiersError),
    ):
        try:
            parse(text)
        except error:
            continue
