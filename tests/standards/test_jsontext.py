"""JSON: strict reading, one written form, RFC 8785."""

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.standards.jsontext import (
    JSON,
    MAX_DEPTH,
    InvalidJsonError,
    copied_json,
    escape_pointer,
    parse_json,
    parse_json_object,
    to_canonical_json,
    to_json_text,
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "line 1, column 1", id="empty"),
        pytest.param(b"{]", "line 1, column 2", id="broken"),
        pytest.param(b"[1] x", "line 1, column 5", id="more than one value"),
        pytest.param(b'"\xff"', "not UTF-8", id="not UTF-8"),
        pytest.param(
            b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice", id="a key twice"
        ),
        pytest.param(b"NaN", "NaN", id="NaN"),
        pytest.param(b"[-Infinity]", "Infinity", id="infinity"),
        pytest.param(b"1e400", "too large", id="infinity as a number"),
        pytest.param(b"9007199254740992", "2**53", id="an integer too large"),
        pytest.param(b"-9007199254740992", "2**53", id="an integer too small"),
        pytest.param(b"9" * 5000, "2**53", id="a very long integer"),
        pytest.param(b'"\\ud800"', "lone surrogate", id="a lone surrogate"),
        pytest.param(
            b'{"\\udc00": 1}', "lone surrogate", id="a lone surrogate in a key"
        ),
        pytest.param(b"[" * 66 + b"]" * 66, "nested deeper", id="too deep"),
        pytest.param(b"[" * 200_000, "nested too deeply", id="far too deep"),
        pytest.param(b" " * 101, "larger than 100", id="too large"),
    ],
)
def test_what_readers_read_differently_is_refused(content: bytes, reason: str) -> None:
    limit = 100 if reason.startswith("larger") else 1_000_000
    with pytest.raises(InvalidJsonError) as caught:
        parse_json(content, source="x.json", limit=limit)
    assert reason in caught.value.message
    assert caught.value.message.startswith("x.json is not acceptable JSON")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'\xef\xbb\xbf{"a": [1, -1.5, true, null]}', {"a": [1, -1.5, True, None]}),
        ('"\u00e9\\ud83d\\ude00"', "\u00e9\U0001f600"),
        (b"-9007199254740991", -(2**53) + 1),
        (b"-0", 0),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
)
def test_json_is_read(content: bytes | str, value: Any) -> None:
    parsed = parse_json(content, source="x")
    assert value is None or parsed == value


@pytest.mark.parametrize("content", [b"[]", b"1", b'"a"', b"null"])
def test_a_document_is_an_object(content: bytes) -> None:
    with pytest.raises(InvalidJsonError):
        parse_json_object(content, source="x")


# The outputs of ECMAScript for these doubles: RFC 8785, appendix B, by their bits.
ECMASCRIPT = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(
    ("bits", "text"), [pytest.param(*row, id=row[1] or row[0]) for row in ECMASCRIPT]
)
def test_numbers_are_written_as_ecmascript_does(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert to_canonical_json(number).decode() == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (123456789012345680000.0, "123456789012345680000"),
        (-1.5, "-1.5"),
        (100.5, "100.5"),
        (7, "7"),
        (True, "true"),
    ],
)
def test_common_numbers(number: float, text: str) -> None:
    assert to_canonical_json(number).decode() == text


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), -float("inf"), 2**53, -(2**60)]
)
def test_a_number_without_a_canonical_form_is_refused(number: float) -> None:
    with pytest.raises(InvalidJsonError):
        to_canonical_json([number])


def test_the_example_of_rfc_8785() -> None:
    text = (
        '{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3,'
        " 0.000000000000000000000000001],"
        ' "string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/",'
        ' "literals": [null, true, false]}'
    )
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert to_canonical_json(parse_json(text, source="x")).decode() == expected


def test_keys_are_in_the_order_of_utf16() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    made = json.loads(to_canonical_json(dict.fromkeys(keys, 1)))
    assert list(made) == [
        "\r",
        "1",
        "\u0080",
        "\u00f6",
        "\u20ac",
        "\U0001f600",
        "\ufb33",
    ]


_TEXT = st.text(st.characters(codec="utf-8"))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(_TEXT, below, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.law
@given(value=VALUES)
def test_both_written_forms_say_the_same(value: Any) -> None:
    text, canonical = to_json_text(value), to_canonical_json(value)
    assert text.endswith("\n")
    # ECMAScript writes 1e20 without point and exponent: for it there are only doubles.
    assert json.loads(text, parse_int=float) == json.loads(canonical, parse_int=float)
    assert to_canonical_json(json.loads(text)) == canonical


@pytest.mark.law
@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_the_canonical_number_is_the_same_number(number: float) -> None:
    assert float(to_canonical_json(number)) == number


def test_copies_are_deep_and_plain() -> None:
    inner: dict[str, JSON] = {"b": 1}
    made: Any = copied_json({"a": (inner, "c")})
    assert made == {"a": [{"b": 1}, "c"]}
    assert made["a"][0] is not inner


@pytest.mark.parametrize(("key", "token"), [("a/b", "a~1b"), ("~1", "~01"), ("x", "x")])
def test_pointers_are_escaped(key: str, token: str) -> None:
    assert escape_pointer(key) == token


def _strict(content: bytes | str) -> Any:
    """Read as ``parse_json`` promises, by the plain and slow way; ValueError if not."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if any(keys.count(key) > 1 for key in keys):
            raise ValueError(keys)
        return dict(pairs)

    def no(text: str) -> Any:
        raise ValueError(text)

    def integer(text: str) -> int:
        return no(text) if abs(float(text)) > 2**53 - 1 else int(text)

    def number(text: str) -> float:
        return no(text) if math.isinf(float(text)) else float(text)

    text = content.decode("utf-8") if isinstance(content, bytes) else content
    value = json.loads(
        text.removeprefix("\ufeff"),
        object_pairs_hook=unique,
        parse_constant=no,
        parse_int=integer,
        parse_float=number,
    )
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            item.encode("utf-8")
        elif isinstance(item, dict | list):
            if depth > MAX_DEPTH:
                raise ValueError(depth)
            below = [*item, *item.values()] if isinstance(item, dict) else item
            waiting += [(one, depth + 1) for one in below]
    return value


def _agree(content: bytes | str) -> None:
    try:
        expected = _strict(content)
    except (ValueError, RecursionError):
        with pytest.raises(InvalidJsonError):
            parse_json(content, source="x")
    else:
        found = parse_json(content, source="x")
        assert json.dumps(found) == json.dumps(expected)


_PIECES = st.sampled_from(
    [
        *("{", "}", "[", "]", ",", ":", '"', "\\", " ", "\n", "\t", "\r", "\ufeff"),
        *('"a"', '"b"', '"a":1', '"\\u0061":2', '"\\ud800"', '"\\udc00"', '"\u00e9"'),
        *('"\\ud83d\\ude00"', "\ud800", "NaN", "-Infinity", "1e999", "-0", "0.1", "1"),
        *("9007199254740991", "9007199254740992", "-9007199254740993", "true", "null"),
        *('"\\n"', '"\\ud8', 'dc00"', "[" * 62, "]" * 62, '{"a":' * 61, "}" * 61),
    ]
)


@pytest.mark.law
@settings(max_examples=500)
@given(pieces=st.lists(_PIECES, max_size=12))
def test_any_text_gets_the_verdict_of_the_slow_way(pieces: list[str]) -> None:
    _agree("".join(pieces))


@pytest.mark.law
@settings(max_examples=300)
@given(value=VALUES, data=st.data())
def test_a_damaged_document_gets_the_verdict_of_the_slow_way(
    value: Any, data: st.DataObject
) -> None:
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    at = data.draw(st.integers(0, len(text)))
    _agree(text[:at] + data.draw(_PIECES) + text[at + data.draw(st.integers(0, 3)) :])


@pytest.mark.law
@given(value=VALUES, depth=st.integers(0, 70), kind=st.sampled_from("[{"))
def test_depth_is_counted_as_the_slow_way_counts(
    value: Any, depth: int, kind: str
) -> None:
    before, after = ("[", "]") if kind == "[" else ('{"a":', "}")
    _agree(before * depth + json.dumps(value) + after * depth)


@pytest.mark.law
@given(content=st.binary(max_size=12))
def test_any_bytes_get_the_verdict_of_the_slow_way(content: bytes) -> None:
    _agree(content)
    _agree(b'{"a": "' + content + b'"}\n')
