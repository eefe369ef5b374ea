"""METADATA as JSON in the form of PEP 566, as importlib.metadata and pip show it."""

import importlib.metadata
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import InvalidDocumentError, Metadata
from pysetup.metadata.fields import InvalidCoreMetadataError
from pysetup.metadata.formats import core_metadata, pep566
from pysetup.metadata.meaning import same_meaning
from pysetup.standards.jsontext import InvalidJsonError

REQUIRED = {"metadata_version": "2.1", "name": "demo", "version": "1.0"}


def content(**keys: Any) -> bytes:
    return json.dumps({**REQUIRED, **keys}).encode()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param(
            {"classifier": ["A"], "requires_dist": ["a"]},
            {"classifier": ["A"], "requires_dist": ["a"]},
            id="fields of multiple use",
        ),
        pytest.param(
            {"project_url": ["A, 1", "B, 2"]},
            {"project_url": {"A": "1", "B": "2"}},
            id="URLs as in the headers",
        ),
        pytest.param(
            {"keywords": ["a", "b"]}, {"keywords": ["a", "b"]}, id="keywords in a list"
        ),
        pytest.param(
            {"keywords": ["two,", "words", "here,three"]},
            {
                "keywords": ["two", "words here", "three"],
                "extensions": {
                    "pysetup.legacy": {
                        "pep566": {"keywords": ["two,", "words", "here,three"]}
                    }
                },
            },
            id="keywords that were split at white space",
        ),
        pytest.param(
            {"license_file": "LICENSE"},
            {"license_file": ["LICENSE"]},
            id="one value of a field that the tool did not know",
        ),
        pytest.param(
            {"dynamic": ["Requires-Dist"]},
            {"dynamic": ["requires_dist"]},
            id="dynamic as headers",
        ),
        pytest.param({"description": "body\n"}, {"description": "body\n"}, id="body"),
        pytest.param({"import_name": []}, {"import_name": []}, id="nothing to import"),
        pytest.param({"summary": None}, {}, id="null"),
        pytest.param(
            {"home_page": "UNKNOWN", "x_built_by": "hand"},
            {
                "extensions": {
                    "pysetup.legacy": {
                        "headers": [["Home-page", "UNKNOWN"], ["X-Built-By", "hand"]]
                    }
                }
            },
            id="an unknown header, and a value that says nothing",
        ),
        pytest.param(
            {"a b": 1, "future": {"x": [None]}},
            {
                "extensions": {
                    "pysetup.legacy": {"pep566": {"a b": 1, "future": {"x": [None]}}}
                }
            },
            id="keys that are no headers",
        ),
    ],
)
def test_the_form_is_read_and_comes_back(
    keys: dict[str, Any], expected: dict[str, Any]
) -> None:
    metadata = pep566.read(content(**keys))
    assert metadata.to_dict() == {"document_version": "1.0", **REQUIRED, **expected}
    again = pep566.read(pep566.write(metadata))
    assert again.replaced(metadata_version="2.1") == metadata
    assert pep566.losses(metadata) == ()


def test_it_is_written_as_pep_566_says(example: Metadata) -> None:
    made = json.loads(pep566.write(example))
    assert made["project_url"] == [
        "Source, https://example.org/demo/git",
        "Documentation, https://example.org/demo",
    ]
    assert made["keywords"] == ["demo", "example"]
    assert made["dynamic"] == ["Requires-Dist"]
    assert made["description"].startswith("# Demo")
    assert made["x_built_by"] == "hand"
    lost = {loss.pointer for loss in pep566.losses(example)}
    assert {"/build", "/sources", "/commands", "/extensions/python.groups"} <= lost
    assert not {p for p in lost if p.startswith("/requires") or p == "/keywords"}


def test_bytes_that_are_no_text_become_readable() -> None:
    raw = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nAuthor: J\xf6rg\n"
    metadata = core_metadata.read(raw)
    assert json.loads(pep566.write(metadata))["author"] == "Jörg"


def test_an_edited_list_of_keywords_wins() -> None:
    metadata = pep566.read(content(keywords=["a,", "b"]))
    assert json.loads(pep566.write(metadata))["keywords"] == ["a,", "b"]
    edited = metadata.replaced(keywords=["a"])
    assert json.loads(pep566.write(edited))["keywords"] == ["a"]


def test_what_importlib_metadata_shows_is_read() -> None:
    for distribution in importlib.metadata.distributions():
        text = distribution.read_text("METADATA")
        if text is None:
            continue
        told = distribution.metadata.json
        metadata = pep566.read(json.dumps(told).encode())
        expected = core_metadata.read(text.encode())
        # It splits keywords at white space, and shows one licence file of several.
        for key in {*metadata.to_dict(), *expected.to_dict()} - {
            "extensions",
            "keywords",
            "license_file",
            "import_name",
            "import_namespace",
        }:
            assert same_meaning(key, metadata.get(key), expected.get(key)), told["name"]
        assert pep566.losses(metadata) == ()


@pytest.mark.parametrize(
    ("given_content", "error"),
    [
        pytest.param(b"[]", InvalidJsonError, id="a list"),
        pytest.param(b'{"name": "a"}', InvalidCoreMetadataError, id="no version"),
        pytest.param(content(summary=1), InvalidDocumentError, id="a number"),
        pytest.param(content(classifier=[1]), InvalidDocumentError, id="numbers"),
        pytest.param(
            content(name=["a", "b"]), InvalidCoreMetadataError, id="two names"
        ),
    ],
)
def test_what_has_no_reading_is_refused(
    given_content: bytes, error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        pep566.read(given_content)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)


@pytest.mark.law
@given(
    st.dictionaries(
        st.sampled_from(
            ["author", "summary", "keywords", "classifier", "project_url", "x_y", "a-b"]
        ),
        _TEXT | st.lists(_TEXT, max_size=3),
        max_size=4,
    )
)
def test_what_is_written_means_what_was_read(keys: dict[str, Any]) -> None:
    try:
        metadata = pep566.read(content(**keys))
        written = pep566.write(metadata)
    except PysetupError:
        return
    again = pep566.read(written)
    told = {loss.pointer.split("/")[1] for loss in pep566.losses(metadata)}
    for key in {*metadata.to_dict(), *again.to_dict()} - {"metadata_version", *told}:
        assert same_meaning(key, metadata.get(key), again.get(key))
