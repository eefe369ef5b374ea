"""Project names: grammar, normal form, form in file names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from pysetup.standards.names import (
    MAX_NAME_LENGTH,
    InvalidNameError,
    filename_name,
    is_name,
    normalize_name,
    parse_name,
)

NAMES = st.from_regex(
    re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?"), fullmatch=True
)


@pytest.mark.parametrize(
    "text", ["a", "A1", "Foo.Bar", "a_-.b", "0", "a" * MAX_NAME_LENGTH]
)
def test_a_name_is_returned_as_it_is(text: str) -> None:
    assert parse_name(text) == text
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-a",
        "a-",
        ".a",
        "a_",
        "a b",
        "a\n",
        "a/b",
        "..",
        "\u00e9",
        "\u212a",
        "\u0661",
        "a" * (MAX_NAME_LENGTH + 1),
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    assert not is_name(text)
    with pytest.raises(InvalidNameError) as caught:
        parse_name(text)
    assert caught.value.hints


@pytest.mark.parametrize(
    ("text", "normal", "in_files"),
    [("Foo.Bar", "foo-bar", "foo_bar"), ("a-_.b", "a-b", "a_b"), ("X", "x", "x")],
)
def test_names_are_normalized(text: str, normal: str, in_files: str) -> None:
    assert normalize_name(text) == normal
    assert filename_name(text) == in_files


@pytest.mark.law
@given(name=NAMES)
def test_normal_names_are_those_of_the_packaging_library(name: str) -> None:
    assert normalize_name(name) == canonicalize_name(name)
    assert normalize_name(filename_name(name)) == normalize_name(name)
    assert normalize_name(normalize_name(name)) == normalize_name(name)
