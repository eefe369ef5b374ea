"""The conformance vectors: our verdict, and that of the jsonschema library."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.json_schema import KEYWORDS
from pysetup.metadata.schema import find_problems, schema_text
from pysetup.standards.jsontext import InvalidJsonError, parse_json

FOLDER = Path(__file__).parent / "vectors"
VALID = sorted((FOLDER / "valid").glob("*.json"))
INVALID: dict[str, dict[str, Any]] = json.loads(
    (FOLDER / "invalid.json").read_text("utf-8")
)
STOCK = jsonschema.Draft202012Validator(json.loads(schema_text()))
_AT_LEAST = 60


def content(name: str) -> bytes:
    made_of = INVALID[name].get("made_of")
    if made_of:
        return "".join(text * times for text, times in made_of).encode()
    return (FOLDER / "invalid" / name).read_bytes()


def test_the_index_names_every_file_and_all_who_decide() -> None:
    files = {path.name for path in (FOLDER / "invalid").iterdir()}
    assert files == {name for name, row in INVALID.items() if "made_of" not in row}
    assert len(INVALID) >= _AT_LEAST
    assert {row["by"] for row in INVALID.values()} == {"parser", "schema", "rules"}
    for row in INVALID.values():
        assert (row["rule"] in KEYWORDS) is (row["by"] == "schema") or (
            row["pointer"].startswith("/extensions/demo")
        )


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in VALID])
def test_a_valid_vector_is_read_written_and_valid(path: Path) -> None:
    metadata = Metadata.from_json(path.read_bytes())
    document = metadata.to_dict()
    assert [p for p in find_problems(document) if p.severity == "error"] == []
    assert STOCK.is_valid(document)
    again = Metadata.from_json(metadata.to_json())
    assert again == metadata
    assert again.to_json() == metadata.to_json()


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_vector_is_refused_where_the_index_says(name: str) -> None:
    row = INVALID[name]
    if "code" in row:
        with pytest.raises(PysetupError) as caught:
            Metadata.from_json(content(name))
        assert caught.value.code == row["code"]
    else:
        Metadata.from_json(content(name))
    if row["by"] == "parser":
        with pytest.raises(InvalidJsonError):
            parse_json(content(name), source=name)
        return
    document: Any = parse_json(content(name), source=name)
    if isinstance(document, dict):
        errors = [p for p in find_problems(document) if p.severity == "error"]
        assert (errors[0].pointer, errors[0].rule) == (row["pointer"], row["rule"])
    assert STOCK.is_valid(document) is (row["by"] == "rules")
