import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.phases.run.inline import InvalidScriptError, ScriptBlock

GOOD = """\
#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests<3",
#
#   "rich; python_version >= '3.8'",
# ]
# [tool.demo]
# key = 1
# ///
print("hello")
"""


def test_a_block_says_what_the_script_needs() -> None:
    block = ScriptBlock.parse(GOOD.encode(), source="demo.py")
    assert block is not None
    assert block.to_json() == {
        "requires_python": ">=3.11",
        "dependencies": ["requests<3", 'rich; python_version >= "3.8"'],
        "line": 2,
    }
    assert block.tool == {"demo": {"key": 1}}
    assert block.lines == (5, 7)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param("print('# /// script')\n", id="the words in a text"),
        pytest.param("# /// pyproject\n# a = 1\n# ///\n", id="a block of another type"),
        pytest.param("  # /// script\n  # a = 1\n  # ///\n", id="an indented comment"),
    ],
)
def test_a_file_without_a_block_has_none(text: str) -> None:
    assert ScriptBlock.parse(text.encode(), source="demo.py") is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: "\ufeff" + text, id="a byte order mark"),
        pytest.param(lambda text: text.partition('print("')[0], id="nothing after it"),
        pytest.param(
            lambda text: text.partition('print("')[0].rstrip("\n"),
            id="no newline at the end",
        ),
    ],
)
def test_the_envelope_of_the_block_does_not_matter(change: object) -> None:
    assert callable(change)
    block = ScriptBlock.parse(change(GOOD).encode(), source="demo.py")
    assert block is not None
    assert len(block.dependencies) == 2


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param(
            "# /// script\n# a = 1\nprint()\n", 1, "does not end", id="no end"
        ),
        pytest.param(GOOD + GOOD, 14, "another one in line 2", id="two blocks"),
        pytest.param(
            "\n# /// script\n#\n# a = [\n# ///\n", 4, "value", id="broken TOML"
        ),
        pytest.param(
            '# /// script\n# dependencies = "x"\n# ///\n', 2, "list", id="a bare text"
        ),
        pytest.param(
            '# /// script\n# dependencies = ["=="]\n# ///\n',
            2,
            "==",
            id="no requirement",
        ),
        pytest.param(
            '# /// script\n# requires-python = "abc"\n# ///\n',
            2,
            "abc",
            id="no version",
        ),
        pytest.param(
            "# /// script\n# requires-python = 3.11\n# ///\n", 2, "text", id="a number"
        ),
        pytest.param("# /// script\n# tool = 1\n# ///\n", 2, "table", id="tool"),
        pytest.param("\n\udce9# /// script\n", 2, "UTF-8", id="Latin-1"),
    ],
)
def test_a_faulty_block_is_told_with_its_line(
    text: str, line: int, reason: str
) -> None:
    content = text.encode("utf-8", "surrogateescape")
    with pytest.raises(InvalidScriptError) as caught:
        ScriptBlock.parse(content, source="demo.py")
    assert caught.value.message.startswith(f"demo.py:{line}: ")
    assert reason in caught.value.message


@given(st.lists(st.sampled_from(["# /// script", "# ///", "#", "# a = 1", "x = 1"])))
def test_no_file_fails_in_any_other_way(lines: list[str]) -> None:
    with contextlib.suppress(InvalidScriptError):
        ScriptBlock.parse("\n".join(lines).encode(), source="demo.py")
