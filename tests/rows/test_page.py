"""The page of rows names tests that are there, and every row has its own."""

import ast
import re
from pathlib import Path

import pytest

GOALS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
# The rows of which every one has a test of its name, by the file that has it.
OWN = {
    "m": range(1, 17),
    "g": (2, 3, 5, 6, 13, 14, 15, 16, 22, 23),
    "d": range(1, 8),
    "r": range(1, 8),
    "b": range(1, 13),
    "p": range(1, 13),
    "i": (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
    "n": (5,),
    "t": (3, 5),
}
ROWS = [
    *(f"M{number}" for number in OWN["m"]),
    *(f"G{number}" for number in GOALS),
    *(f"{letter.upper()}{number}" for letter in "drbpint" for number in OWN[letter]),
]


@pytest.fixture(scope="module")
def rows(project_root: Path) -> dict[str, list[str]]:
    """The tests of each row, as the page gives them."""
    page = (project_root / "docs" / "reference" / "rows.md").read_text("utf-8")
    found = re.findall(r"^\| ([A-Z]+\d+) \| [^|]+ \| (.*) \|$", page, re.MULTILINE)
    assert len(found) == len(dict(found))
    return {row: re.findall(r"`([^`]+)`", tests) for row, tests in found}


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_is_on_the_page(rows: dict[str, list[str]]) -> None:
    assert list(rows) == ROWS


def test_every_test_on_the_page_is_there(
    rows: dict[str, list[str]], project_root: Path
) -> None:
    for row, tests in rows.items():
        assert tests, row
        for test in tests:
            file, _, name = test.partition("::")
            assert (project_root / file).is_file(), test
            assert not name or name in functions(project_root / file), test


@pytest.mark.parametrize("letter", OWN)
def test_a_row_has_a_test_of_its_name(
    letter: str, rows: dict[str, list[str]], project_root: Path
) -> None:
    file = f"tests/rows/test_{letter}_rows.py"
    named = functions(project_root / file)
    for number in OWN[letter]:
        start = f"{file}::test_{letter}{number:02}_"
        first = rows[f"{letter.upper()}{number}"][0]
        assert first.startswith(start), first
        assert first.partition("::")[2] in named
