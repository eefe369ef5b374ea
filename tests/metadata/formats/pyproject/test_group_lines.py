"""One dependency group: what it holds, where, and what is wrong with it."""

import pytest

from pysetup.errors import PysetupError
from pysetup.metadata.formats.pyproject.group_lines import (
    UnknownGroupError,
    group_lines,
)

SOURCE = "pyproject.toml"


def lines(text: str, name: str) -> list[tuple[str, int]]:
    found = group_lines(text.encode(), name, source=SOURCE)
    return [(line.text, line.line) for line in found]


GROUPS = """\
[dependency-groups]
Test_Group = ["one>=1", {include-group = "lint"}, "two"]
lint = [
  "three",
  "four; python_version < '4'",
]
both = [{include-group = "LINT"}, {include-group = "test-group"}]
empty = []
broken = ["not a requirement at all"]
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "lint",
            [("three", 4), ("four; python_version < '4'", 5)],
            id="requirements with their lines",
        ),
        pytest.param(
            "test-group",
            [
                ("one>=1", 2),
                ("three", 4),
                ("four; python_version < '4'", 5),
                ("two", 2),
            ],
            id="includes in their place, the name in any spelling",
        ),
        pytest.param("EMPTY", [], id="an empty group"),
    ],
)
def test_a_group_is_read(name: str, expected: list[tuple[str, int]]) -> None:
    assert lines(GROUPS, name) == expected


def test_a_group_may_be_reached_twice() -> None:
    assert [text for text, _ in lines(GROUPS, "both")].count("three") == 2


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        pytest.param(GROUPS, "broken", r":9: .*is wrong", id="a broken requirement"),
        pytest.param(
            'dependency-groups.a = [{include-group = "b"}]\n'
            'dependency-groups.b = [{include-group = "a"}]',
            "a",
            r"includes itself: a -> b -> a",
            id="a circle",
        ),
        pytest.param(
            'dependency-groups.a = [{include-group = "a"}]',
            "a",
            r"includes itself: a -> a",
            id="a group in itself",
        ),
        pytest.param(
            'dependency-groups.a = [{include-group = "b"}]',
            "a",
            "which is no group",
            id="an include of nothing",
        ),
        pytest.param(
            'dependency-groups.a = [{other = "b"}]',
            "a",
            "neither requirement nor include",
            id="an unknown key",
        ),
        pytest.param(
            "dependency-groups.a = [1]", "a", "neither requirement", id="a number"
        ),
        pytest.param(
            'dependency-groups.a = "x"', "a", "must be an array", id="no array"
        ),
        pytest.param("dependency-groups = 1", "a", "must be a table", id="no table"),
        pytest.param(
            'dependency-groups.a-b = []\ndependency-groups.a_B = ["x"]',
            "a-b",
            "a second time",
            id="two spellings of one name",
        ),
        pytest.param(
            "\n".join(
                f"dependency-groups.g{i} = "
                f'[{{include-group = "g{i + 1}"}}, {{include-group = "g{i + 1}"}}]'
                for i in range(40)
            )
            + '\ndependency-groups.g40 = ["x"]',
            "g0",
            "more than",
            id="includes that double at each step",
        ),
        pytest.param("dependency-groups.a = [", "a", "pyproject.toml:1", id="no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, name: str, told: str) -> None:
    with pytest.raises(PysetupError, match=told):
        lines(text, name)


def test_what_other_groups_do_wrong_is_no_matter() -> None:
    assert lines(GROUPS, "empty") == []


@pytest.mark.parametrize("text", ["", GROUPS])
def test_an_unknown_group_is_told(text: str) -> None:
    with pytest.raises(UnknownGroupError, match="no dependency group 'lnt'"):
        lines(text, "lnt")
