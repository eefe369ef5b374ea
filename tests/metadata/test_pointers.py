"""Paths into the document: pointers, and the shorter forms that people type."""

import pytest

from pysetup.errors import PysetupError
from pysetup.metadata.pointers import (
    InvalidPointerError,
    NothingThereError,
    find_value,
    parse_pointer,
    pointer_of,
    with_value,
)
from pysetup.standards.jsontext import JSON

DOCUMENT: dict[str, JSON] = {
    "name": "demo",
    "requires_dist": ["a", "b"],
    "project_url": {"Source/Code": "https://x"},
    "build": {"requires": ["c"]},
    "extensions": {"python.commands": {"wrap_console": {"x": "m:f"}}},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("name", "demo", id="a key alone"),
        pytest.param("Name", "demo", id="a field as METADATA spells it"),
        pytest.param("Requires-Dist", ["a", "b"], id="a field with a hyphen"),
        pytest.param("/requires_dist/1", "b", id="a pointer"),
        pytest.param("requires_dist/1", "b", id="a pointer without its first slash"),
        pytest.param("requires_dist.1", "b", id="a dotted path into a list"),
        pytest.param("project_url/Source~1Code", "https://x", id="an escaped slash"),
        pytest.param("build.requires", ["c"], id="a dotted path"),
        pytest.param(
            "extensions.python.commands.wrap_console.x", "m:f", id="dots in a name"
        ),
        pytest.param(
            "extensions/python.commands/wrap_console/x", "m:f", id="the long way"
        ),
        pytest.param("/", DOCUMENT, id="the whole document"),
    ],
)
def test_a_value_is_found(path: str, value: JSON) -> None:
    assert find_value(DOCUMENT, path, source="demo") == value


@pytest.mark.parametrize(
    ("path", "pointer", "hint"),
    [
        pytest.param("nam", "/nam", 'did you mean "name"?', id="a key misspelt"),
        pytest.param("requires_dist/2", "/requires_dist/2", "show", id="too far"),
        pytest.param("name/x", "/name/x", "show", id="inside a text"),
    ],
)
def test_what_is_not_there_is_named(path: str, pointer: str, hint: str) -> None:
    with pytest.raises(NothingThereError) as caught:
        find_value(DOCUMENT, path, source="demo")
    assert caught.value.pointer == pointer
    assert hint in caught.value.hints[0]


def test_a_value_is_put_and_the_document_stays_as_it_was() -> None:
    made = with_value(DOCUMENT, ("extensions", "my.own", "deep"), 1)
    assert find_value(made, "extensions/my.own/deep", source="demo") == 1
    assert "my.own" not in str(DOCUMENT)


@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        pytest.param("/requires_dist/-", "c", ["a", "b", "c"], id="at the end"),
        pytest.param("/requires_dist/0", "c", ["c", "b"], id="in place"),
        pytest.param("/requires_dist/0", None, ["b"], id="taken away"),
    ],
)
def test_an_item_of_a_list_is_put(path: str, value: JSON, after: JSON) -> None:
    keys = parse_pointer(path, DOCUMENT)
    assert with_value(DOCUMENT, keys, value)["requires_dist"] == after


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/requires_dist/7", id="beyond the list"),
        pytest.param("/requires_dist/x", id="no number"),
        pytest.param("/name/x", id="inside a text"),
        pytest.param("/", id="everything"),
        pytest.param("/a//b", id="an empty key"),
    ],
)
def test_what_cannot_be_put_is_refused(path: str) -> None:
    with pytest.raises(InvalidPointerError) as caught:
        with_value(DOCUMENT, parse_pointer(path, DOCUMENT), "x")
    assert isinstance(caught.value, PysetupError)


def test_keys_are_escaped_in_pointers() -> None:
    assert pointer_of(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"
