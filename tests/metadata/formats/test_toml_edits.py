"""Edits of a TOML text: comments and order stay, and nothing else changes."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.formats.toml_edits import (
    Edit,
    Put,
    Rename,
    Take,
    UneditableTomlError,
    edited,
)

TEXT = """\
# head
[project]
name = "demo"  # the name
classifiers = [
  "A",  # first
  "B",
]

[project.urls]
"Bug Tracker" = "https://b" # here

[tool.x]
keep = 1
"""


def change(edit: Edit, text: str = TEXT) -> str:
    return edited(text.encode(), [edit], source="pyproject.toml").decode()


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        pytest.param(
            Put(("project", "name"), "other"),
            'name = "demo"  # the name',
            'name = "other"  # the name',
            id="a value",
        ),
        pytest.param(
            Take(("project", "classifiers", 1)), '  "B",\n', "", id="an item goes"
        ),
        pytest.param(
            Rename(("project", "urls", "Bug Tracker"), "Issues"),
            '"Bug Tracker" =',
            "Issues =",
            id="a key is renamed in its place",
        ),
        pytest.param(
            Rename(("project", "urls", "Bug Tracker"), "Release Notes"),
            '"Bug Tracker" =',
            '"Release Notes" =',
            id="a key that needs quotes",
        ),
    ],
)
def test_only_one_place_changes(edit: Edit, before: str, after: str) -> None:
    assert change(edit) == TEXT.replace(before, after)


def test_a_new_key_goes_into_its_table() -> None:
    made = change(Put(("project", "license"), "MIT"))
    assert tomllib.loads(made)["project"]["license"] == "MIT"
    for line in TEXT.splitlines():
        assert line in made.splitlines()


def test_a_new_table_is_made() -> None:
    made = change(Put(("tool", "pysetup", "sources", "root"), "src"))
    assert tomllib.loads(made)["tool"]["pysetup"] == {"sources": {"root": "src"}}
    assert made.startswith(TEXT.rstrip("\n"))


def test_line_ends_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    made = change(Put(("project", "name"), "other"), text)
    assert made == text.replace('"demo"', '"other"')


def test_what_cannot_be_done_alone_is_refused() -> None:
    with pytest.raises(UneditableTomlError) as caught:
        change(Rename(("a", "b"), "c"), "a.b = 1\n")
    assert caught.value.path == ("a", "b")


@pytest.mark.law
@given(
    name=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    value=st.one_of(st.text(max_size=20), st.lists(st.text(max_size=5), max_size=4)),
)
def test_what_is_put_is_read_and_the_rest_stays(name: str, value: object) -> None:
    made = change(Put(("project", f"x-{name}"), value))
    values = tomllib.loads(made)
    assert values["project"].pop(f"x-{name}") == value
    assert values == tomllib.loads(TEXT)
