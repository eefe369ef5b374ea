"""The header syntax against the standard library's parser, and folding both ways."""

import email.parser
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.metadata.formats.headers import (
    UnwritableMetadataError,
    parse_headers,
    write_headers,
)

LINES = st.sampled_from(
    [
        "Name: demo",
        "X-A:b",
        "Name:",
        " more",
        "\tmore",
        "       |piped",
        "",
        "no header",
        "a b: c",
        "Key: with: colons",
        "        eight",
        "Key:é",
        "  ",
        ": nameless",
    ]
)


@pytest.mark.parametrize(
    ("text", "fields", "body"),
    [
        pytest.param("A: 1\nB: 2\n", [("A", "1"), ("B", "2")], "", id="no body"),
        pytest.param("A: 1", [("A", "1")], "", id="no newline at the end"),
        pytest.param("A: 1\n\nbody\n", [("A", "1")], "body\n", id="a body"),
        pytest.param("A: 1\n\n\nbody", [("A", "1")], "\nbody", id="body begins empty"),
        pytest.param("\nbody", [], "body", id="only a body"),
        pytest.param("", [], "", id="nothing"),
        pytest.param(
            "A: 1\r\nB: 2\r\n\r\nx\r\ny",
            [("A", "1"), ("B", "2")],
            "x\r\ny",
            id="CRLF in the head goes, in the body stays",
        ),
        pytest.param("A: 1\rB: 2\r\rx", [("A", "1"), ("B", "2")], "x", id="lone CR"),
        pytest.param("A: 1\n  two\n", [("A", "1\ntwo")], "", id="folded"),
        pytest.param(
            "A: 1\n        two\n          three\n",
            [("A", "1\ntwo\n  three")],
            "",
            id="folded by eight spaces",
        ),
        pytest.param(
            "A: 1\n       |two\n       |\n       |  three\n",
            [("A", "1\ntwo\n\n  three")],
            "",
            id="folded by pipes",
        ),
        pytest.param(
            "A: 1\n        |two\n",
            [("A", "1\ntwo")],
            "",
            id="folded by pipes as in the example of the specification",
        ),
        pytest.param("A:\n        text\n", [("A", "text")], "", id="begins folded"),
        pytest.param(
            "A: 1\nno header\nB: 2\n",
            [("A", "1")],
            "no header\nB: 2\n",
            id="a line that is no header begins the body",
        ),
        pytest.param("A:\tx \n", [("A", "x")], "", id="blanks around a value"),
    ],
)
def test_headers_are_read(text: str, fields: list[tuple[str, str]], body: str) -> None:
    assert parse_headers(text) == (fields, body)


@pytest.mark.law
@settings(max_examples=300)
@given(lines=st.lists(LINES, max_size=8), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_standard_library_finds_the_same_headers(
    lines: list[str], end: str
) -> None:
    text = end.join(["First: 1", *lines]) + end
    message = email.parser.Parser(policy=email.policy.compat32).parsestr(text)
    fields, body = parse_headers(text)
    assert [name for name, _ in fields] == message.keys()
    assert [_words(value) for _, value in fields] == [
        _words(str(value)) for value in message.values()
    ]
    payload = message.get_payload()
    assert isinstance(payload, str)
    assert _words(body) == _words(payload)


def _words(text: str) -> list[str]:
    # Unfolding takes pipes away; the parser of the library leaves it to others.
    return text.replace("|", " ").split()


@pytest.mark.law
@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["A", "Project-URL", "x_y"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(
                lambda text: text.strip(" \t\n")
            ),
        )
    )
)
def test_what_is_written_is_read(fields: list[tuple[str, str]]) -> None:
    assert parse_headers(write_headers(fields) + "\nbody") == (fields, "body")


@pytest.mark.law
@given(text=st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_read(text: str) -> None:
    parse_headers(text)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "\u00e9", "a\x7f"])
def test_a_name_that_is_no_header_name_is_refused(name: str) -> None:
    with pytest.raises(UnwritableMetadataError):
        write_headers([(name, "value")])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_break_in_a_value_never_begins_a_header(end: str) -> None:
    fields, body = parse_headers(write_headers([("A", f"x{end}Version: 9{end}{end}y")]))
    assert fields == [("A", "x\nVersion: 9\n\ny")]
    assert body == ""
