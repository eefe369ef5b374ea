"""The reference page of the document says what the schema says."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pysetup.metadata.document import Metadata
from pysetup.metadata.extensions import STANDARD_EXTENSIONS, extension_schemas
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.formats import pep819
from pysetup.metadata.projections import find_differences, projections
from pysetup.metadata.schema import find_problems, schema_text

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


_EXAMPLE = re.compile(r"^\| \[`(\w+)`\]\((\S+)\) \| `(.*)` \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def key_examples(project_root: Path) -> dict[str, Path]:
    folder = project_root / "tests" / "examples" / "keys"
    return {path.stem: path for path in folder.iterdir()}


def test_every_key_has_its_example_and_the_page_shows_it(
    page: str, key_examples: dict[str, Path], project_root: Path
) -> None:
    shown = {key: (link, value) for key, link, value in _EXAMPLE.findall(page)}
    assert list(shown) == list(SCHEMA["properties"])
    assert set(key_examples) == set(shown)
    for key, (link, value) in shown.items():
        path = (project_root / "docs" / "reference" / link).resolve()
        assert path == key_examples[key].resolve()
        assert json.loads(path.read_text("utf-8"))[key] == json.loads(value)


@pytest.mark.parametrize("key", SCHEMA["properties"])
def test_the_example_of_a_key_is_accepted_read_and_written(
    key: str, key_examples: dict[str, Path]
) -> None:
    content = key_examples[key].read_bytes()
    metadata = Metadata.from_json(content)
    assert metadata.get(key) is not None
    assert find_problems(metadata.to_dict()) == ()
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(json.loads(content))
    assert metadata.to_json() == content
    files = projections(metadata)
    assert find_differences(metadata, files) == ()
    if key in BY_KEY:
        assert pep819.read(files["METADATA.json"]).get(key) == metadata.get(key)


def test_the_page_lists_the_standard_extensions_and_their_keys(page: str) -> None:
    rows = re.findall(r"^\| `(p[\w.]+\.\w+)` \| (.*?) \| (.*?) \|", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(STANDARD_EXTENSIONS)
    reserved = {"extension_version", "extension_schema", "installer_must_handle"}
    for name, text, keys in rows:
        schema: Any = extension_schemas()[name]
        assert schema["title"] == f"{name}: {text}"
        named = set(re.findall(r"`([^`]+)`", keys)) - {"NAME", "FORMAT"}
        assert named == set(schema["properties"]) - reserved
