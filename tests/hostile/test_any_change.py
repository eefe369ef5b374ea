"""Whatever byte of a wheel changes: its content is the same, or it is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.interchange.wheel_file import open_wheel

NAME = "demo-1.0-py3-none-any.whl"
FORMS = ("deflated", "stored", "with descriptors", "by zipfile")


def content_of(path: Path) -> dict[str, bytes]:
    with open_wheel(path) as wheel:
        return {one.path: b"".join(wheel.chunks(one.path)) for one in wheel.members}


@pytest.fixture(scope="module")
def sound(wheels_by_hand: Any) -> dict[str, bytes]:
    return dict(wheels_by_hand)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changed") / NAME


def check(raw: bytes, place: Path, expected: dict[str, bytes]) -> None:
    place.write_bytes(raw)
    try:
        found = content_of(place)
    except PysetupError:
        return
    assert found == expected


@pytest.mark.parametrize("form", FORMS)
def test_a_bit_of_every_byte(form: str, sound: dict[str, bytes], place: Path) -> None:
    raw = sound[form]
    place.write_bytes(raw)
    expected = content_of(place)
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1 << position % 8
        check(bytes(changed), place, expected)


@pytest.mark.law
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_change(data: st.DataObject, sound: dict[str, bytes], place: Path) -> None:
    raw = sound[data.draw(st.sampled_from(FORMS))]
    place.write_bytes(raw)
    expected = content_of(place)
    changed = bytearray(raw)
    begin = data.draw(st.integers(0, len(raw) - 1))
    kind = data.draw(st.sampled_from(("byte", "cut", "insert", "repeat", "remove")))
    length = data.draw(st.integers(1, 64))
    if kind == "byte":
        changed[begin] = data.draw(st.integers(0, 255))
    elif kind == "cut":
        del changed[begin:]
    elif kind == "insert":
        changed[begin:begin] = data.draw(st.binary(min_size=1, max_size=64))
    elif kind == "repeat":
        changed[begin:begin] = raw[begin : begin + length]
    else:
        del changed[begin : begin + length]
    check(bytes(changed), place, expected)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_every_bit(form: str, sound: dict[str, bytes], place: Path) -> None:
    raw = sound[form]
    place.write_bytes(raw)
    expected = content_of(place)
    for position in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[position // 8] ^= 1 << position % 8
        check(bytes(changed), place, expected)
