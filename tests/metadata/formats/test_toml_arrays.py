"""Items of arrays: exactly one line changes, whatever style the file is written in."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.formats.toml_arrays import (
    with_item,
    with_other_item,
    without_item,
)
from pysetup.metadata.formats.toml_edits import UneditableTomlError

PATH = ("project", "dependencies")
LINES = """\
[project]
# all that it needs
dependencies = [  # in order
    "attrs>=1",  # for values
    # a web thing
    'flask>=2', # why
    "zope" # last
    # the end
]

[tool.other]
key = 1
"""


def changed(before: str, after: bytes) -> list[str]:
    """Return the lines that differ, as a reader of a diff sees them."""
    old, new = before.splitlines(), after.decode().splitlines()
    return [f"-{line}" for line in old if line not in new] + [
        f"+{line}" for line in new if line not in old
    ]


@pytest.mark.parametrize(
    ("index", "lines"),
    [
        pytest.param(0, ['+    "bar",'], id="first, above the comments of the next"),
        pytest.param(1, ['+    "bar",'], id="in the middle"),
        pytest.param(
            3,
            ['-    "zope" # last', '+    "zope", # last', '+    "bar"'],
            id="last, where no comma stands",
        ),
    ],
)
def test_a_new_item_has_a_line_of_its_own(index: int, lines: list[str]) -> None:
    after = with_item(LINES.encode(), PATH, index, "bar", source="p")
    assert changed(LINES, after) == lines
    assert tomllib.loads(after.decode())["project"]["dependencies"][index] == "bar"


@pytest.mark.parametrize(
    ("index", "lines"),
    [
        pytest.param(0, ['-    "attrs>=1",  # for values'], id="with its own comment"),
        pytest.param(1, ["-    'flask>=2', # why"], id="the comment above it stays"),
        pytest.param(
            2,
            ["-    'flask>=2', # why", '-    "zope" # last', "+    'flask>=2' # why"],
            id="last, so that the one before it is",
        ),
    ],
)
def test_an_item_goes_with_its_line(index: int, lines: list[str]) -> None:
    assert (
        changed(LINES, without_item(LINES.encode(), PATH, index, source="p")) == lines
    )


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        pytest.param('["a", "c"]', 1, '["a", "b", "c"]', id="on one line"),
        pytest.param('["a"]', 0, '["b", "a"]', id="before the first"),
        pytest.param('[ "a", ]', 1, '[ "a", "b", ]', id="with a comma at the end"),
        pytest.param("['a']", 1, "['a', 'b']", id="in single quotes"),
        pytest.param("[]", 0, '[\n    "b",\n]', id="into nothing"),
        pytest.param("[ # none\n]", 0, '[ # none\n    "b",\n]', id="below a comment"),
        pytest.param('[\n\t"a",\n]', 1, '[\n\t"a",\n\t"b",\n]', id="after a tab"),
        pytest.param('[\n"a"\n, "c"]', 2, '[\n"a"\n, "c",\n"b"]', id="comma in front"),
    ],
)
def test_the_style_of_the_array_stays(text: str, index: int, expected: str) -> None:
    before = f"[project]\ndependencies = {text}\nname = 'x'\n"
    after = with_item(before.encode(), PATH, index, "b", source="p").decode()
    assert after == f"[project]\ndependencies = {expected}\nname = 'x'\n"
    back = without_item(after.encode(), PATH, index, source="p").decode()
    assert tomllib.loads(back) == tomllib.loads(before)


def test_an_array_that_is_not_there_is_made_with_its_table() -> None:
    before = b"[project]\nname = 'x'\n\n[tool.x]\na = 1\n"
    after = with_item(before, ("dependency-groups", "dev"), 0, "b", source="p")
    assert after == before + b'\n[dependency-groups]\ndev = [\n    "b",\n]\n'


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    before = b"\xef\xbb\xbf[project]\r\ndependencies = [\r\n  'a',\r\n]\r\n"
    after = with_item(before, PATH, 1, "b", source="p")
    assert after == before.replace(b"'a',", b"'a',\r\n  'b',")


def test_another_item_takes_its_place_in_the_same_quotes() -> None:
    before = "[project]\ndependencies = ['a', 'b'] # both\n"
    after = with_other_item(before.encode(), PATH, 1, "b>=2", source="p").decode()
    assert after == "[project]\ndependencies = ['a', 'b>=2'] # both\n"


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(UneditableTomlError):
        with_item(b'[project]\ndependencies = "a"\n', PATH, 0, "b", source="p")


words = st.text("abc'\"#,[]\\ ", min_size=1, max_size=5)


@given(
    items=st.lists(words, max_size=4),
    new=words,
    layout=st.sampled_from(["{}", "\n  {}", '\n  {} # it\'s, "so"\n']),
    comma=st.sampled_from(["", ","]),
    data=st.data(),
)
def test_any_array_says_afterwards_what_was_wanted(
    items: list[str], new: str, layout: str, comma: str, data: st.DataObject
) -> None:
    quoted = [
        f"'{item}'" if "'" not in item else '"' + _escaped(item) + '"' for item in items
    ]
    separator = "," if "#" not in layout else "\n,"
    body = separator.join(layout.format(item) for item in quoted)
    before = f"x = 1\n[project]\ndependencies = [{body}{comma if items else ''}"
    before += "\n]\n[tool]\ny = 2\n"
    index = data.draw(st.integers(0, len(items)))
    after = with_item(before.encode(), PATH, index, new, source="p")
    wanted = [*items[:index], new, *items[index:]]
    assert tomllib.loads(after.decode())["project"]["dependencies"] == wanted
    back = without_item(after, PATH, index, source="p")
    assert tomllib.loads(back.decode()) == tomllib.loads(before)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
