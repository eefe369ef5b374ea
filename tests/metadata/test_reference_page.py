"""The reference page of the document says what the schema says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pysetup.metadata.schema import schema_text

SCHEMA: dict[str, Any] = json.loads(schema_text())
_ROW = re.compile(r"^\| `(\w+)` \|" + r"([^|\n]+)\|" * 5 + "$", re.MULTILINE)


@pytest.fixture(scope="module")
def page(project_root: Path) -> str:
    path = project_root / "docs" / "reference" / "document.md"
    return path.read_text(encoding="utf-8")


def test_every_key_has_its_row_and_no_other_key_has_one(page: str) -> None:
    rows = _ROW.findall(page)
    assert sorted(row[0] for row in rows) == sorted(SCHEMA["properties"])
    for key, _, meaning, written, read, source in rows:
        schema = SCHEMA["properties"][key]
        assert meaning.strip() == schema["description"], key
        assert (
            f"written by: {written.strip()}; read by: {read.strip()}"
            == schema["$comment"]
        )
        assert source.strip()


@pytest.mark.parametrize("section", ["build", "sources"])
def test_every_key_of_a_section_has_its_row(page: str, section: str) -> None:
    part = page.partition(f"### `{section}`")[2].partition("\n##")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == set(
        SCHEMA["$defs"][section]["properties"]
    )


def test_the_page_shows_the_example(page: str, example_path: Path) -> None:
    assert f"```json\n{example_path.read_text(encoding='utf-8')}```\n" in page
