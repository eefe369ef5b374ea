"""Where things stand in a TOML text, and its syntax errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.formats.pyproject.toml_text import InvalidTomlError, TomlText

TEXT = """\
# a comment with [brackets] and = signs
top = 1979-05-27 07:32:00

[project] # the table
name = "demo"          # a name
"quoted key" = 'x'
a.b.c = 1.5
keywords = ["one", 'two',
  # between
  "three",
]
text = \"\"\"
[not.a.table]
key = "no"\"\"\"\"
raw = '''
it's ['''
inline = { x = [1, { y = 2 }], z = "}" }

[[project.authors]]
name = "A"
[[project.authors]]
name = "B"
[project.authors.more]
deep = true
["a.b".c]
last = 1"""


@pytest.mark.parametrize(
    ("path", "line", "column", "length"),
    [
        pytest.param(("top",), 2, 1, 3, id="a key at the top"),
        pytest.param(("project",), 4, 1, 9, id="a table"),
        pytest.param(("project", "name"), 5, 1, 4, id="a key"),
        pytest.param(("project", "quoted key"), 6, 1, 12, id="a quoted key"),
        pytest.param(("project", "a", "b", "c"), 7, 1, 5, id="a dotted key"),
        pytest.param(("project", "keywords", 1), 8, 20, 5, id="an item"),
        pytest.param(("project", "keywords", 2), 10, 3, 7, id="an item below"),
        pytest.param(("project", "text"), 12, 1, 4, id="a text of several lines"),
        pytest.param(("project", "raw"), 15, 1, 3, id="after such a text"),
        pytest.param(("project", "inline", "x", 1, "y"), 17, 22, 1, id="deep inside"),
        pytest.param(("project", "inline", "z"), 17, 32, 1, id="after something deep"),
        pytest.param(("project", "authors", 0, "name"), 20, 1, 4, id="first of many"),
        pytest.param(("project", "authors", 1, "name"), 22, 1, 4, id="second of many"),
        pytest.param(
            ("project", "authors", 1, "more", "deep"), 24, 1, 4, id="below it"
        ),
        pytest.param(("a.b", "c", "last"), 26, 1, 4, id="a quoted table"),
        pytest.param(("project", "missing"), 4, 1, 9, id="what is missing: its table"),
        pytest.param(("nowhere", "at", "all"), 1, 1, 1, id="nothing: the first line"),
    ],
)
def test_keys_and_items_have_a_place(
    path: tuple[str | int, ...], line: int, column: int, length: int
) -> None:
    place = TomlText.parse(TEXT.encode(), source="x.toml").place(path)
    assert (place.line, place.column, place.length) == (line, column, length)
    assert place.text == TEXT.split("\n")[line - 1]


def test_a_place_is_shown_with_a_marker() -> None:
    toml = TomlText.parse(b'\r\n[project]\r\nlicence = "MIT"\r\n', source="x.toml")
    facts = toml.place(("project", "licence")).facts("what?")
    assert facts == {
        "file": "x.toml",
        "line": 3,
        "column": 1,
        "here": '3 | licence = "MIT"\n  | ^^^^^^^ what?',
    }


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        pytest.param(b"a = 1\nb = \n", 2, 5, id="a missing value"),
        pytest.param(b"a = 1\na = 2", 2, 6, id="a key twice"),
        pytest.param(b"a = [1,\n", 1, 8, id="an array without end"),
        pytest.param(b"a = 1\nb = '\xff'\n", 2, 6, id="not UTF-8"),
        pytest.param(b"a = " + b"9" * 5000, 1, 1, id="a number too long"),
        pytest.param(b"a = " + b"[" * 100_000, 1, 1, id="nested too deeply"),
        pytest.param(b"#" * (8 * 1024 * 1024 + 1), 1, 1, id="too large"),
    ],
)
def test_a_syntax_error_has_a_place(content: bytes, line: int, column: int) -> None:
    with pytest.raises(InvalidTomlError) as caught:
        TomlText.parse(content, source="x.toml")
    place = caught.value.place
    assert (place.line, place.column) == (line, column)
    assert caught.value.message.startswith(f"x.toml:{line}:{column}: ")


_KEYS = st.text("ab-_ .\"'\u00e9#=[", min_size=1, max_size=4)
_VALUES = st.recursive(
    st.integers(0, 9) | st.booleans() | st.text("ab ]}'\"#,=\n\\", max_size=5),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=3)
    ),
    max_leaves=8,
)


def _written(value: object) -> str:
    """Write TOML in one line a key, with texts in several ways."""
    if isinstance(value, dict):
        inside = ", ".join(f"{_quoted(k)} = {_written(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return f"[ {', '.join(map(_written, value))} ]"
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.mark.law
@given(table=st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_every_key_is_found_in_its_line(table: dict[str, object]) -> None:
    lines = ["[t]", *(f"{_quoted(k)} = {_written(v)}" for k, v in table.items())]
    toml = TomlText.parse("\n".join(lines).encode(), source="x.toml")
    assert toml.values == {"t": table}
    for number, key in enumerate(table, start=2):
        place = toml.place(("t", key))
        assert (place.line, place.column) == (number, 1)
        assert place.length == len(_quoted(key))


@pytest.mark.law
@given(
    content=st.binary(max_size=60)
    | st.text("a=[]{}\"'\n. ,#1", max_size=40).map(str.encode)
)
def test_any_bytes_have_places_or_an_error(content: bytes) -> None:
    try:
        toml = TomlText.parse(content, source="x.toml")
    except InvalidTomlError:
        return
    for key in toml.values:
        assert toml.place((key,)).line >= 1
