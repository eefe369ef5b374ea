"""METADATA.json: strict when written, forgiving when read."""

import json
from typing import Any

import pytest

from pysetup.errors import PysetupError
from pysetup.metadata.document import InvalidDocumentError, Metadata
from pysetup.metadata.fields import (
    InvalidCoreMetadataError,
    UnsupportedMetadataVersionError,
)
from pysetup.metadata.formats.pep819 import (
    MAX_BYTES,
    find_deviations,
    losses,
    read,
    write,
)
from pysetup.standards.jsontext import InvalidJsonError
from pysetup.standards.names import InvalidNameError
from pysetup.standards.versions import InvalidVersionError

REQUIRED = {"metadata_version": "2.4", "name": "demo", "version": "1.0"}


def text(**keys: Any) -> bytes:
    return json.dumps({**REQUIRED, **keys}).encode()


@pytest.mark.parametrize(
    ("keys", "expected", "rules"),
    [
        pytest.param({"summary": "x"}, {"summary": "x"}, [], id="as the PEP has it"),
        pytest.param(
            {"classifiers": ["A"]},
            {"classifier": ["A"]},
            ["pep819-key"],
            id="a plural key",
        ),
        pytest.param(
            {"Requires-Dist": ["a"]},
            {"requires_dist": ["a"]},
            ["pep819-key"],
            id="a header's spelling",
        ),
        pytest.param(
            {"import_names": [], "license_files": []},
            {},
            ["pep819-key", "pep819-empty"] * 2,
            id="empty lists under plural keys",
        ),
        pytest.param(
            {"summary": None, "classifiers": None},
            {},
            ["pep819-null", "pep819-key", "pep819-null"],
            id="null",
        ),
        pytest.param(
            {"keywords": "a, b"},
            {"keywords": ["a", "b"]},
            ["pep819-type"],
            id="keywords in one string",
        ),
        pytest.param(
            {"keywords": "a,,b"},
            {
                "keywords": ["a", "b"],
                "extensions": {"pysetup.legacy": {"keywords": "a,,b"}},
            },
            ["pep819-type"],
            id="empty keywords in one string",
        ),
        pytest.param(
            {"license_file": "LICENSE"},
            {"license_file": ["LICENSE"]},
            ["pep819-type"],
            id="a string for a list",
        ),
        pytest.param(
            {"dynamic": ["Requires-Dist"]},
            {"dynamic": ["requires_dist"]},
            [],
            id="dynamic as headers",
        ),
        pytest.param(
            {"project_url": [{"label": "A", "url": "u"}]},
            {"project_url": {"A": "u"}},
            ["pep819-type"],
            id="URLs as the PEP's schema has them",
        ),
        pytest.param(
            {"project_urls": ["B, 1", "A, 2"]},
            {
                "project_url": {"A": "2", "B": "1"},
                "extensions": {"pysetup.legacy": {"project_url": ["B, 1", "A, 2"]}},
            },
            ["pep819-key", "pep819-type"],
            id="URLs as headers, in an order",
        ),
        pytest.param(
            {"default_extra": ["x"]},
            {"default_extra": ["x"]},
            [],
            id="a key of the future",
        ),
        pytest.param(
            {"provides": ["a"], "requires": ["b"]},
            {"provides": ["a"], "requires": ["b"]},
            [],
            id="singular keys that end in s",
        ),
    ],
)
def test_what_others_write_is_read(
    keys: dict[str, Any], expected: dict[str, Any], rules: list[str]
) -> None:
    metadata = read(text(**keys))
    assert metadata.to_dict() == {"document_version": "1.0", **REQUIRED, **expected}
    deviations = find_deviations(text(**keys))
    assert [problem.rule for problem in deviations] == rules
    assert {problem.severity for problem in deviations} <= {"warning"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"[]", InvalidJsonError, id="a list"),
        pytest.param(b'{"name": 1, "name": 2}', InvalidJsonError, id="a key twice"),
        pytest.param(b" " * (MAX_BYTES + 1), InvalidJsonError, id="too large"),
        pytest.param(
            b'{"name": "a", "version": "1"}',
            InvalidDocumentError,
            id="without a metadata version",
        ),
        pytest.param(
            text(metadata_version="9.0"),
            UnsupportedMetadataVersionError,
            id="an unknown major version",
        ),
        pytest.param(
            text(metadata_version="x"),
            InvalidCoreMetadataError,
            id="a metadata version that is none",
        ),
        pytest.param(text(name=None), InvalidDocumentError, id="without a name"),
        pytest.param(text(name="a b"), InvalidNameError, id="a bad name"),
        pytest.param(text(version="x"), InvalidVersionError, id="a bad version"),
        pytest.param(
            text(version=1), InvalidDocumentError, id="a number for a version"
        ),
        pytest.param(text(summary=["x"]), InvalidDocumentError, id="a list for a line"),
        pytest.param(
            text(classifier=[1]), InvalidDocumentError, id="a list of numbers"
        ),
        pytest.param(
            text(classifier={"a": "b"}), InvalidDocumentError, id="an object for a list"
        ),
        pytest.param(text(project_url={"a": 1}), InvalidDocumentError, id="a number"),
        pytest.param(text(project_url="a, b"), InvalidDocumentError, id="one URL"),
        pytest.param(
            text(project_url=[{"label": "a"}]),
            InvalidDocumentError,
            id="a label without URL",
        ),
        pytest.param(
            text(classifier=["a"], classifiers=["b"]),
            InvalidDocumentError,
            id="singular and plural",
        ),
    ],
)
def test_what_has_no_reading_is_refused(
    content: bytes, error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        read(content)


def test_what_is_written_holds_core_keys_only(example: Metadata) -> None:
    made = json.loads(write(example))
    assert not {"build", "commands", "sources", "extensions"} & made.keys()
    assert made["project_url"]["Documentation"] == "https://example.org/demo"
    assert made["metadata_version"] == "2.6"
    again = read(write(example))
    assert find_deviations(write(example)) == ()
    assert {loss.pointer for loss in losses(example)} == {
        "/build",
        "/commands",
        "/sources",
        *(f"/extensions/{name}" for name in example.extensions),
    }
    assert all(again.get(key) == example.get(key) for key in made)


def test_empty_values_are_left_out_and_that_is_told() -> None:
    metadata = Metadata.from_dict(
        {**REQUIRED, "version": "1.0a", "summary": "", "import_name": []}
    )
    made = json.loads(write(metadata))
    assert "summary" not in made
    assert made["import_name"] == []
    assert made["version"] == "1.0a0"
    assert {loss.pointer for loss in losses(metadata)} == {"/summary", "/version"}


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"classifier": "A"}, id="a string for a list"),
        pytest.param({"project_url": ["A, b"]}, id="a list for an object"),
        pytest.param({"project_url": {"A": 1}}, id="a number for a URL"),
        pytest.param({"summary": 1}, id="a number for a line"),
    ],
)
def test_the_writer_is_strict(keys: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocumentError):
        write(Metadata.from_dict({**REQUIRED, **keys}))
