"""The derived files, and what is said when one of them does not agree."""

import json

import pytest

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.projections import (
    MetadataDisagreementError,
    check_agreement,
    find_differences,
    projections,
)
from pysetup.standards.jsontext import JSON

PLAIN: dict[str, JSON] = {
    "metadata_version": "2.1",
    "name": "Demo.Project",
    "version": "1.0",
    "requires_dist": ["b>=1", "a (<2)"],
    "requires_python": ">=3.11, <4",
    "classifier": ["B", "A"],
    "description": "Text\nmore\n",
}


def test_every_file_is_derived(example: Metadata) -> None:
    files = projections(example)
    assert set(files) == {
        "METADATA",
        "METADATA.json",
        "pydist.json",
        "entry_points.txt",
    }
    assert files["pydist.json"] == example.to_json()
    assert b"[demo.colours]\ngreen = demo.colours\n" in files["entry_points.txt"]


def test_without_entry_points_there_is_no_file_of_them() -> None:
    assert "entry_points.txt" not in projections(Metadata.from_dict(PLAIN))


def test_projections_agree_with_their_document(example: Metadata) -> None:
    files = projections(example)
    assert find_differences(example, {**files, "PKG-INFO": files["METADATA"]}) == ()
    check_agreement(example, files, source="demo.whl")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            "METADATA",
            b"Metadata-Version: 2.4\nName: demo_project\n"
            b"Version: v1.0\nClassifier: A\nClassifier: B\n"
            b"Requires-Python: <4,>=3.11\n"
            b"Requires-Dist: A<2\nRequires-Dist: b >= 1\nLicense: UNKNOWN\n"
            b"\nText\r\nmore",
            id="METADATA in other words",
        ),
        pytest.param(
            "METADATA.json",
            json.dumps(
                {
                    "metadata_version": "2.1",
                    "name": "demo-project",
                    "version": "1.0.0",
                    "requires_dist": ["a<2", "b>=1"],
                    "requires_python": "<4,>=3.11",
                    "classifiers": ["A", "B"],
                    "description": "Text\nmore",
                }
            ).encode(),
            id="METADATA.json in other words",
        ),
        pytest.param("entry_points.txt", b"# none\n", id="no entry points"),
        pytest.param("RECORD", b"anything", id="a file that is no projection"),
    ],
)
def test_another_spelling_is_no_difference(name: str, content: bytes) -> None:
    assert find_differences(Metadata.from_dict(PLAIN), {name: content}) == ()


def _edited(
    metadata: Metadata, name: str, before: bytes, after: bytes
) -> dict[str, bytes]:
    content = projections(metadata)[name]
    assert before in content
    return {name: content.replace(before, after)}


@pytest.mark.parametrize(
    ("name", "before", "after", "pointer"),
    [
        pytest.param(
            "METADATA",
            b"Version: 2.1.0",
            b"Version: 2.1.1",
            "/version",
            id="another version",
        ),
        pytest.param(
            "METADATA",
            b"packaging>=26.0",
            b"packaging>=1",
            "/requires_dist",
            id="another requirement",
        ),
        pytest.param(
            "METADATA",
            b"Summary: Shows",
            b"Summary: Hides",
            "/summary",
            id="another summary",
        ),
        pytest.param(
            "METADATA",
            b"X-Built-By: hand",
            b"X-Built-By: foot",
            "/extensions/pysetup.legacy/headers",
            id="another unknown header",
        ),
        pytest.param(
            "METADATA",
            b"project that uses",
            b"project without",
            "/description",
            id="another description",
        ),
        pytest.param("METADATA", b"Name: demo-project", b"X: y", "", id="no name"),
        pytest.param(
            "METADATA.json",
            b'"MIT OR Apache-2.0"',
            b'"MIT"',
            "/license_expression",
            id="another licence in JSON",
        ),
        pytest.param("METADATA.json", b"{", b"[", "", id="no JSON"),
        pytest.param(
            "entry_points.txt",
            b"demo.command:main",
            b"evil:main",
            "/extensions",
            id="another entry point",
        ),
        pytest.param(
            "entry_points.txt",
            b"[gui_scripts]",
            b"[other]",
            "/extensions",
            id="another group",
        ),
        pytest.param("entry_points.txt", b"=", b":", "", id="no entry points"),
        pytest.param(
            "pydist.json", b"hand", b"foot", "/extensions", id="another document"
        ),
    ],
)
def test_the_first_difference_is_named(
    example: Metadata, name: str, before: bytes, after: bytes, pointer: str
) -> None:
    files = _edited(example, name, before, after)
    (problem,) = find_differences(example, files)
    assert (problem.rule, problem.pointer) == (name, pointer)
    assert name in problem.hint
    with pytest.raises(MetadataDisagreementError) as caught:
        check_agreement(example, files, source="demo.whl")
    assert "demo.whl" in caught.value.message
    assert caught.value.problems == (problem,)


@pytest.mark.parametrize(
    ("key", "value"),
    [("requires_dist", ["no good"]), ("requires_python", "what?")],
)
def test_what_is_not_understood_is_compared_as_text(key: str, value: JSON) -> None:
    metadata = Metadata.from_dict({**PLAIN, key: value})
    assert find_differences(metadata, projections(metadata)) == ()


def test_a_document_that_cannot_be_projected_is_refused() -> None:
    with pytest.raises(PysetupError):
        projections(Metadata.from_dict({**PLAIN, "summary": "a\nb"}))
