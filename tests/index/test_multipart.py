import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.index.multipart import (
    FormFile,
    FormTooLargeError,
    InvalidFormError,
    Read,
    boundary_of,
    encode_form,
    iter_parts,
)

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters='\\%"'),
    min_size=1,
    max_size=20,
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=80)


def in_steps(body: bytes, step: int) -> Read:
    position = 0

    def read(size: int, /) -> bytes:
        nonlocal position
        piece = body[position : position + min(size, step)]
        position += len(piece)
        return piece

    return read


def parse(body: bytes, *, step: int = 1 << 16) -> list[tuple[str, str | None, bytes]]:
    return [
        (part.name, part.filename, b"".join(part.chunks()))
        for part in iter_parts(in_steps(body, step), b"XX")
    ]


def part(disposition: str, content: str = "v") -> str:
    return f"--XX\r\nContent-Disposition: {disposition}\r\n\r\n{content}\r\n"


@pytest.mark.law
@given(
    fields=st.lists(st.tuples(NAMES, TEXTS), max_size=5),
    filename=NAMES,
    content=st.binary(max_size=300),
    step=st.integers(1, 200),
)
def test_a_form_comes_back_as_it_was_however_it_arrives(
    fields: list[tuple[str, str]], filename: str, content: bytes, step: int
) -> None:
    kind, pieces = encode_form(fields, FormFile("content", filename, content))
    read = in_steps(b"".join(pieces), step)
    found = [
        (part.name, part.filename, b"".join(part.chunks()))
        for part in iter_parts(read, boundary_of(kind))
    ]
    assert found == [
        *((name, None, value.encode()) for name, value in fields),
        ("content", filename, content),
    ]


@pytest.mark.law
@given(body=st.binary(max_size=200), head=st.sampled_from([b"", b"--XX\r\n", b"--XX"]))
def test_any_bytes_are_a_form_or_one_clear_error(body: bytes, head: bytes) -> None:
    with contextlib.suppress(InvalidFormError):
        parse(head + body)


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_what_is_left_unread_is_passed_over(step: int) -> None:
    body = (
        part('form-data; name="a"', "\r\n--X\r\n--")
        + part('form-data; name="b"')
        + "--XX--"
    )
    names = [found.name for found in iter_parts(in_steps(body.encode(), step), b"XX")]
    assert names == ["a", "b"]


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        pytest.param('form-data; name="a"', ("a", None), id="a field"),
        pytest.param("form-data; name=a; filename=b.whl", ("a", "b.whl"), id="tokens"),
        pytest.param(
            'form-data; name="a"; filename="b\\"c"', ("a", 'b"c'), id="an escaped quote"
        ),
        pytest.param(
            'form-data; name="a"; filename="b%22c"',
            ("a", 'b"c'),
            id="a browser's quote",
        ),
        pytest.param('FORM-DATA; NAME="a"', ("a", None), id="in capitals"),
    ],
)
def test_a_disposition_is_read(disposition: str, expected: tuple[str, str]) -> None:
    ((name, filename, _),) = parse((part(disposition) + "--XX--\r\n").encode())
    assert (name, filename) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("text before" + part('form-data; name="a"'), id="a preamble"),
        pytest.param(part('form-data; name="a"'), id="no closing boundary"),
        pytest.param(
            part('form-data; name="a"') + "--XX", id="half a closing boundary"
        ),
        pytest.param(part('form-data; name="a"') + "--XXY--", id="another boundary"),
        pytest.param(
            part('form-data; name="a"') + "--XX--\r\nmore", id="text behind the end"
        ),
        pytest.param(part("attachment") + "--XX--", id="not form-data"),
        pytest.param(part("form-data") + "--XX--", id="no name"),
        pytest.param(part('form-data; name="a') + "--XX--", id="an open quote"),
        pytest.param(
            part('form-data; name="a"; name="b"') + "--XX--", id="a name given twice"
        ),
        pytest.param(
            part('form-data; name="a"; filename="x\x00.whl"') + "--XX--",
            id="a NUL in a file name",
        ),
        pytest.param(
            part('form-data; name="a"; filename="x\ny.whl"') + "--XX--",
            id="a line break in a file name",
        ),
        pytest.param(
            part('form-data; name="a"\r\nContent-Disposition: form-data; name="b"')
            + "--XX--",
            id="two dispositions",
        ),
        pytest.param(
            part('form-data; name="a"\r\n folded: x') + "--XX--", id="a folded header"
        ),
        pytest.param(
            part('form-data; name="a"\r\nContent-Transfer-Encoding: base64') + "--XX--",
            id="a transfer encoding",
        ),
        pytest.param("--XX\r\n" + "x" * 20_000, id="an endless header"),
        pytest.param("--XX\r\n\r\nv\r\n--XX--", id="no header at all"),
    ],
)
def test_a_broken_form_is_refused(body: str) -> None:
    with pytest.raises(InvalidFormError):
        parse(body.encode())


def test_bytes_that_are_no_text_are_refused_in_a_field_and_a_header() -> None:
    for body in (
        b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--XX--',
        b'--XX\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nv\r\n--XX--',
    ):
        parts = iter_parts(in_steps(body, 100), b"XX")
        with pytest.raises(InvalidFormError, match="UTF-8"):
            next(parts).text(limit=100)


def test_a_field_and_the_number_of_parts_have_limits() -> None:
    body = (part('form-data; name="a"', "long") + "--XX--").encode()
    with pytest.raises(FormTooLargeError):
        next(iter_parts(in_steps(body, 100), b"XX")).text(limit=3)
    many = (part('form-data; name="a"') * 9000 + "--XX--").encode()
    with pytest.raises(FormTooLargeError):
        parse(many)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        pytest.param("multipart/form-data; boundary=abc", b"abc", id="a token"),
        pytest.param('multipart/form-data; boundary="a b"', None, id="a blank in it"),
        pytest.param('Multipart/Form-Data;boundary="a:b"', b"a:b", id="quoted"),
        pytest.param("multipart/form-data", None, id="no boundary"),
        pytest.param(f"multipart/form-data; boundary={'x' * 71}", None, id="too long"),
        pytest.param("multipart/mixed; boundary=abc", None, id="another type"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_boundary_is_read(content_type: str, expected: bytes | None) -> None:
    if expected is None:
        with pytest.raises(InvalidFormError):
            boundary_of(content_type)
    else:
        assert boundary_of(content_type) == expected
