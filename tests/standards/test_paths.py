"""Which paths of an archive may be written."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.standards.paths import UnsafePathError, check_path, path_fault


@pytest.mark.parametrize(
    "name", ["a", "a/b.c", "a b", "\u00e9/\U0001f600", ".hidden", "a..b", "..."]
)
def test_a_good_path_is_returned(name: str) -> None:
    assert check_path(name, source="x.whl") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a",
        "//a",
        "a/",
        "a//b",
        "./a",
        "a/./b",
        "..",
        "../a",
        "a/../b",
        "a/..",
        "C:/a",
        "c:a",
        "a\\b",
        "..\\a",
        "a\0",
        "a\nb",
        "a\x7f",
        "a\x85",
        "\ud800",
        "a" * 256,
        "\u00e9" * 128,
        "a/" * 512 + "b",
        "a:b",
    ],
)
def test_a_bad_path_is_refused(name: str) -> None:
    with pytest.raises(UnsafePathError) as caught:
        check_path(name, source="x.whl")
    assert caught.value.source == "x.whl"
    assert len(caught.value.message) < 400


@pytest.mark.law
@given(name=st.text("ab./\\:\0\n", max_size=12))
def test_a_good_path_stays_below_its_folder(name: str) -> None:
    if path_fault(name) is None:
        joined = os.path.normpath(os.path.join("/root/folder", name))
        assert joined == f"/root/folder/{name}"


@pytest.mark.law
@given(st.text(alphabet="ab./\\:-_é\x00\n\x85~", max_size=12))
def test_the_plain_rules_say_the_same(name: str) -> None:
    parts = name.split("/")
    good = not set(name) & set("\\:\x00\n\x85") and not {"", ".", ".."} & {*parts}
    assert (path_fault(name) is None) == good
