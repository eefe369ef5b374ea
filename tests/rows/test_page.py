"""The page of rows names tests that are there, and every row has its own."""

import ast
import re
from pathlib import Path

import pytest

ROWS = [
    *(f"M{number}" for number in range(1, 17)),
    *("G4", "G7", "G8", "G9", "G10", "G17", "G18", "G19", "G20", "G21"),
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


def test_every_row_of_metadata_has_a_test_of_its_name(
    rows: dict[str, list[str]], project_root: Path
) -> None:
    named = functions(project_root / "tests" / "rows" / "test_m_rows.py")
    for number in range(1, 17):
        (own,) = [name for name in named if name.startswith(f"test_m{number:02}_")]
        assert rows[f"M{number}"][0] == f"tests/rows/test_m_rows.py::{own}"
