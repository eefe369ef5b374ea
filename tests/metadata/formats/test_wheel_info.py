"""WHEEL and WHEEL.json, both ways."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.metadata.formats.wheel_info import (
    MAX_BYTES,
    InvalidWheelInfoError,
    UnsupportedWheelVersionError,
    WheelInfo,
    find_wheel_deviations,
)
from pysetup.standards.jsontext import InvalidJsonError

GOOD = (
    b"Wheel-Version: 1.0\nGenerator: maker 1.0\nRoot-Is-Purelib: true\n"
    b"Tag: py2-none-any\nTag: py3-none-any\n"
)
JSON_VALUES: dict[str, Any] = {
    "wheel_version": "1.1",
    "generator": "maker",
    "root_is_purelib": False,
    "tag": ["cp311-cp311-linux_x86_64"],
}


def test_a_wheel_file_is_read() -> None:
    info = WheelInfo.parse(GOOD)
    assert info == WheelInfo("1.0", "maker 1.0", True, ("py2-none-any", "py3-none-any"))
    assert info.to_text() == GOOD
    assert info.warning == ""


def test_tools_that_repair_a_wheel_add_themselves() -> None:
    repaired = GOOD + b"Generator: repairer 2.0\n"
    assert WheelInfo.parse(repaired) == WheelInfo.parse(GOOD)


def test_a_wheel_file_of_windows_is_read() -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n").replace(b"true", b"True")
    assert WheelInfo.parse(content) == WheelInfo.parse(GOOD)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"", InvalidWheelInfoError, id="empty"),
        pytest.param(
            GOOD.replace(b"Wheel-", b"X-"),
            InvalidWheelInfoError,
            id="without a version",
        ),
        pytest.param(
            GOOD.replace(b"Root-", b"X-"),
            InvalidWheelInfoError,
            id="without Root-Is-Purelib",
        ),
        pytest.param(
            GOOD.replace(b"true", b"yes"),
            InvalidWheelInfoError,
            id="neither true nor false",
        ),
        pytest.param(
            GOOD.replace(b"1.0\n", b"one\n", 1),
            InvalidWheelInfoError,
            id="a version that is none",
        ),
        pytest.param(
            GOOD + b"wheel-version: 1.0\n", InvalidWheelInfoError, id="two versions"
        ),
        pytest.param(GOOD + b"X: \xff\n", InvalidWheelInfoError, id="not UTF-8"),
        pytest.param(b" " * (MAX_BYTES + 1), InvalidWheelInfoError, id="too large"),
        pytest.param(
            GOOD.replace(b"1.0", b"2.0", 1),
            UnsupportedWheelVersionError,
            id="major version 2",
        ),
    ],
)
def test_a_bad_wheel_file_is_refused(content: bytes, error: type[PysetupError]) -> None:
    with pytest.raises(error) as caught:
        WheelInfo.parse(content, source="demo.whl/WHEEL")
    assert "demo.whl/WHEEL" in caught.value.message


@pytest.mark.parametrize(
    ("version", "warns"), [("1.1", False), ("1.2", True), ("1.9", True)]
)
def test_a_newer_minor_version_warns(version: str, warns: bool) -> None:  # noqa: FBT001 - a table
    info = WheelInfo.parse(GOOD.replace(b"1.0", version.encode(), 1))
    assert bool(info.warning) is warns


def test_the_json_form_is_read_and_written() -> None:
    info = WheelInfo.parse_json(json.dumps(JSON_VALUES).encode())
    assert json.loads(info.to_json()) == JSON_VALUES


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"wheel_version": None}, InvalidWheelInfoError, id="no version"),
        pytest.param(
            {"wheel_version": "2.0"}, UnsupportedWheelVersionError, id="major version 2"
        ),
        pytest.param({"generator": 1}, InvalidWheelInfoError, id="a number"),
        pytest.param({"root_is_purelib": "true"}, InvalidWheelInfoError, id="a string"),
        pytest.param({"tag": "py3-none-any"}, InvalidWheelInfoError, id="one tag"),
        pytest.param({"tag": [1]}, InvalidWheelInfoError, id="a number as tag"),
        pytest.param({"build": 1}, InvalidWheelInfoError, id="a number as build"),
    ],
)
def test_a_bad_json_form_is_refused(
    changes: dict[str, Any], error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        WheelInfo.parse_json(json.dumps({**JSON_VALUES, **changes}).encode())


def test_a_json_form_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidJsonError):
        WheelInfo.parse_json(b"{")


@pytest.mark.parametrize("generator", ["a\nb", "a\rTag: x"])
def test_a_line_break_is_never_written(generator: str) -> None:
    with pytest.raises(UnwritableMetadataError):
        WheelInfo("1.0", generator, True, ()).to_text()


_WORD = st.text("abc.-_ 1", min_size=1).map(str.strip).filter(bool)


@pytest.mark.law
@given(
    info=st.builds(
        WheelInfo,
        st.sampled_from(["1.0", "1.1", "1.9"]),
        _WORD,
        st.booleans(),
        st.lists(_WORD).map(tuple),
        st.sampled_from(["", "1", "2b"]),
    )
)
def test_both_forms_say_the_same(info: WheelInfo) -> None:
    assert WheelInfo.parse(info.to_text()) == info
    assert WheelInfo.parse_json(info.to_json()) == info


UV = b"""{"wheel-version":"1.0","generator":"uv 0.13.8","root-is-purelib":true,\
"tags":["py3-none-any"]}"""


@pytest.mark.parametrize(
    ("content", "expected", "rules"),
    [
        pytest.param(
            UV,
            WheelInfo("1.0", "uv 0.13.8", True, ("py3-none-any",)),
            ["pep819-key"] * 3,
            id="as uv 0.13 writes it",
        ),
        pytest.param(
            json.dumps({**JSON_VALUES, "build": None}).encode(),
            WheelInfo("1.1", "maker", False, ("cp311-cp311-linux_x86_64",)),
            ["pep819-null"],
            id="null",
        ),
        pytest.param(
            json.dumps(JSON_VALUES).encode(),
            WheelInfo("1.1", "maker", False, ("cp311-cp311-linux_x86_64",)),
            [],
            id="as the PEP has it",
        ),
    ],
)
def test_what_others_write_is_read(
    content: bytes, expected: WheelInfo, rules: list[str]
) -> None:
    assert WheelInfo.parse_json(content) == expected
    assert [one.rule for one in find_wheel_deviations(content)] == rules
    assert find_wheel_deviations(expected.to_json()) == ()


def test_two_spellings_of_one_key_are_refused() -> None:
    content = json.dumps({**JSON_VALUES, "tags": ["a-b-c"]}).encode()
    with pytest.raises(InvalidWheelInfoError):
        WheelInfo.parse_json(content)
