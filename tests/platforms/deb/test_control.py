"""Control files: what is written comes back, and no value can add a field."""

import pytest
from hypothesis import given
from hypothesis.strategies import dictionaries, from_regex, text

from pysetup.platforms.deb.control import (
    ControlFieldError,
    checked_package,
    checked_version,
    folded,
    paragraph,
    parse_paragraph,
    relation_field,
)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a\nDepends: evil", id="a newline"),
        pytest.param("a\r\nDepends: evil", id="a return and a newline"),
        pytest.param("a\rDepends: evil", id="a return"),
        pytest.param("a\x0bDepends: evil", id="a vertical tab"),
        pytest.param("a\x85Depends: evil", id="a next line of ISO 6429"),
        pytest.param("a\u2028Depends: evil", id="a line separator"),
        pytest.param("a\n\nPackage: evil", id="a new paragraph"),
        pytest.param("a\x00\nDepends: evil", id="a NUL"),
    ],
)
def test_no_value_adds_a_field_or_a_paragraph(value: str) -> None:
    written = paragraph({"Package": "demo", "Description": value})
    assert set(parse_paragraph(written)) == {"Package", "Description"}
    assert all(line.strip() for line in written.splitlines())


@pytest.mark.law
@given(dictionaries(from_regex(r"[A-Z][A-Za-z-]{0,10}", fullmatch=True), text()))
def test_no_field_is_added_whatever_the_values(fields: dict[str, str]) -> None:
    unique = {name.lower(): name for name in fields if name != "Last"}
    written = paragraph({**{n: fields[n] for n in unique.values()}, "Last": "x"})
    back = parse_paragraph(written)
    assert back.keys() <= {*unique.values(), "Last"}
    assert back["Last"] == "x"


@pytest.mark.law
@given(text())
def test_folded_text_stays_in_its_field(value: str) -> None:
    written = paragraph({"Description": f"short\n{folded(value)}"})
    assert all(line[0] == " " for line in written.splitlines()[1:])


def test_empty_lines_of_a_description_are_dots() -> None:
    written = paragraph({"Description": "short\n" + folded("one\n\n  two\n")})
    assert written == "Description: short\n one\n .\n   two\n"


@pytest.mark.parametrize("name", ["", "x", "Demo", "demo_x", "-demo", "dé", "a b"])
def test_names_that_no_package_may_have_are_refused(name: str) -> None:
    with pytest.raises(ControlFieldError) as caught:
        checked_package(name)
    assert caught.value.code == "PS6540"


@pytest.mark.parametrize("version", ["", "x1", "1 2", "1\n", "1_2"])
def test_versions_that_dpkg_does_not_take_are_refused(version: str) -> None:
    with pytest.raises(ControlFieldError):
        checked_version(version)


def test_relations_stand_once_and_on_one_line() -> None:
    assert relation_field(("a (>= 1)", "b", "a (>= 1)", "c\n(<< 2)")) == (
        "a (>= 1), b, c (<< 2)"
    )


def test_names_of_fields_are_checked() -> None:
    with pytest.raises(ControlFieldError, match="no name of a field"):
        paragraph({"De pends": "x"})


@pytest.mark.parametrize(
    ("written", "reason"),
    [(" a: b\n", "begins with a line"), ("a\n", "no field"), ("A: 1\na: 2\n", "twice")],
)
def test_what_is_no_paragraph_is_refused(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_paragraph(written)
