"""METADATA: every version, every kind of field, and the way there and back."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.fields import (
    FIELDS,
    InvalidCoreMetadataError,
    UnsupportedMetadataVersionError,
    lowest_version,
)
from pysetup.metadata.formats.core_metadata import MAX_BYTES, losses, read, write
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import InvalidNameError
from pysetup.standards.versions import InvalidVersionError

HEAD = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
NAME_AND_VERSION: dict[str, JSON] = {"name": "demo", "version": "1.0"}


def document(**keys: JSON) -> Metadata:
    return Metadata.from_dict({**NAME_AND_VERSION, **keys})


def read_more(lines: str) -> dict[str, JSON]:
    """Read ``lines`` below the required fields; return what they give."""
    values = read(HEAD + lines.encode()).to_dict()
    required = ("document_version", "metadata_version", "name", "version")
    return {key: value for key, value in values.items() if key not in required}


def legacy(**values: JSON) -> dict[str, JSON]:
    return {"extensions": {"pysetup.legacy": values}}


@pytest.mark.parametrize(
    "version",
    [
        "1.0",
        "1.1",
        "1.2",
        "2.0",
        "2.1",
        "2.2",
        "2.3",
        "2.4",
        "2.5",
        "2.6",
        "2.7",
        "2.99",
    ],
)
def test_every_version_below_three_is_read(version: str) -> None:
    metadata = read(f"Metadata-Version: {version}\nName: a\nVersion: 1\n".encode())
    assert metadata.get("metadata_version") == version


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(
            b"Name: a\nVersion: 1\n",
            InvalidCoreMetadataError,
            id="without a metadata version",
        ),
        pytest.param(
            b"Metadata-Version: 2.1\nVersion: 1\n",
            InvalidCoreMetadataError,
            id="without a name",
        ),
        pytest.param(
            b"Metadata-Version: 2.1\nName: a\n",
            InvalidCoreMetadataError,
            id="without a version",
        ),
        pytest.param(b"", InvalidCoreMetadataError, id="empty"),
        pytest.param(b"\n" + HEAD, InvalidCoreMetadataError, id="all of it is body"),
        pytest.param(HEAD + b"Name: other\n", InvalidCoreMetadataError, id="two names"),
        pytest.param(
            HEAD + b"version: 1.0\n",
            InvalidCoreMetadataError,
            id="two versions, even equal ones",
        ),
        pytest.param(
            HEAD.replace(b"2.1", b"two"),
            InvalidCoreMetadataError,
            id="a metadata version that is none",
        ),
        pytest.param(
            HEAD.replace(b"2.1", b"3.0"),
            UnsupportedMetadataVersionError,
            id="major version 3",
        ),
        pytest.param(
            HEAD.replace(b"demo", b"../demo"), InvalidNameError, id="bad name"
        ),
        pytest.param(
            HEAD.replace(b"1.0", b"latest"), InvalidVersionError, id="bad version"
        ),
        pytest.param(b"x" * (MAX_BYTES + 1), InvalidCoreMetadataError, id="too large"),
    ],
)
def test_what_is_no_core_metadata_is_refused(
    content: bytes, error: type[PysetupError]
) -> None:
    with pytest.raises(error) as caught:
        read(content, source="demo.whl")
    assert caught.value.hints


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param("Summary: A demo\n", {"summary": "A demo"}, id="one line"),
        pytest.param(
            "summary: A demo\n", {"summary": "A demo"}, id="any case of header"
        ),
        pytest.param("Summary: A\n  demo\n", {"summary": "A demo"}, id="folded line"),
        pytest.param(
            "License: MIT\n        \n        text\n",
            {"license": "MIT\n\ntext"},
            id="folded text",
        ),
        pytest.param("Author: A\n       |B\n", {"author": "A\nB"}, id="pipe folding"),
        pytest.param(
            "Keywords: a, b,c\n", {"keywords": ["a", "b", "c"]}, id="keywords"
        ),
        pytest.param(
            "Keywords: one two\n",
            {"keywords": ["one two"]},
            id="keywords without comma are one",
        ),
        pytest.param(
            "Classifier: A :: B\nClassifier: C\n",
            {"classifier": ["A :: B", "C"]},
            id="multiple use",
        ),
        pytest.param(
            "Project-URL: A, https://a/?x=1,2\n",
            {"project_url": {"A": "https://a/?x=1,2"}},
            id="URL with a comma",
        ),
        pytest.param(
            "Dynamic: Requires-Dist\n", {"dynamic": ["requires_dist"]}, id="dynamic"
        ),
        pytest.param(
            "Keywords: ,,\n", legacy(headers=[["Keywords", ",,"]]), id="only commas"
        ),
        pytest.param("Import-Name: \n", {"import_name": []}, id="no import names"),
        pytest.param(
            "License-File: LICENSE\n",
            {"license_file": ["LICENSE"]},
            id="a field newer than the version",
        ),
        pytest.param("\nText\n\nMore\n", {"description": "Text\n\nMore\n"}, id="body"),
        pytest.param("\n\n  \n", {}, id="empty body"),
        pytest.param(
            "Description: One\n        Two\n",
            {"description": "One\nTwo"},
            id="description header folded by spaces",
        ),
        pytest.param(
            "Description: One\n       |\n       |  Two\n",
            {"description": "One\n\n  Two"},
            id="description header folded by pipes",
        ),
        pytest.param(
            "Description: old\n\nnew",
            {"description": "new", **legacy(headers=[["Description", "old"]])},
            id="header and body",
        ),
        pytest.param(
            "X-Thing: 1\nx-thing: 2\n",
            legacy(headers=[["X-Thing", "1"], ["x-thing", "2"]]),
            id="unknown headers",
        ),
        pytest.param(
            "Summary: a\nSummary: b\n",
            {"summary": "a", **legacy(headers=[["Summary", "b"]])},
            id="a single field twice",
        ),
        pytest.param(
            "Summary: UNKNOWN\nPlatform: UNKNOWN\nLicense:\n",
            legacy(
                headers=[
                    ["Summary", "UNKNOWN"],
                    ["Platform", "UNKNOWN"],
                    ["License", ""],
                ]
            ),
            id="what old tools wrote for nothing",
        ),
        pytest.param(
            "Keywords: a,,b,\n",
            {"keywords": ["a", "b"], **legacy(keywords="a,,b,")},
            id="empty keywords",
        ),
        pytest.param(
            "Project-URL: B, 1\nProject-URL: A, 2\nProject-URL: B, 3\n",
            {
                "project_url": {"A": "2", "B": "1"},
                **legacy(project_url=["B, 1", "A, 2", "B, 3"]),
            },
            id="URLs in their own order, a label twice",
        ),
        pytest.param(
            "Project-URL: https://nowhere\n",
            legacy(headers=[["Project-URL", "https://nowhere"]]),
            id="URL without label",
        ),
    ],
)
def test_fields_have_their_place(lines: str, expected: dict[str, JSON]) -> None:
    assert read_more(lines) == expected


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        pytest.param(b"Author: Jos\xe9\n", "Jos\xe9", id="a Latin-1 header"),
        pytest.param(b"Author: A\n        Jos\xe9\n", "A\nJos\xe9", id="a folded one"),
    ],
)
def test_bytes_that_are_not_utf8_come_back(lines: bytes, text: str) -> None:
    metadata = read(HEAD + lines + "Summary: \u00fc\n".encode())
    assert metadata.get("author") == text
    assert metadata.get("summary") == "\u00fc"
    assert b"Jos\xe9" in write(metadata)
    assert read(write(metadata)) == metadata
    edited = metadata.replaced(author="Jos\xe9 M.")
    assert "Author: Jos\xe9 M.\n".encode() in write(edited)


def test_a_body_that_is_not_utf8_comes_back() -> None:
    content = HEAD + b"\nJos\xe9\r\n\xff"
    assert write(read(content)) == content


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b"\xef\xbb\xbf" + HEAD) == read(HEAD)


@pytest.mark.parametrize(
    ("keys", "version"),
    [
        pytest.param({}, "2.1", id="nothing special"),
        pytest.param({"requires_dist": ["a"]}, "2.1", id="old fields"),
        pytest.param({"dynamic": ["summary"]}, "2.2", id="dynamic"),
        pytest.param(
            {"dynamic": ["summary"], "summary": "x"},
            "2.2",
            id="a dynamic single field with a value",
        ),
        pytest.param({"license_expression": "MIT"}, "2.4", id="licence expression"),
        pytest.param({"license_file": ["L"]}, "2.4", id="licence file"),
        pytest.param({"license_file": []}, "2.1", id="no licence file"),
        pytest.param({"import_name": []}, "2.5", id="no import names"),
        pytest.param({"import_namespace": ["a"]}, "2.5", id="import namespace"),
        pytest.param(
            {"dynamic": ["requires_dist"], "requires_dist": ["a"]},
            "2.6",
            id="a dynamic list with values",
        ),
        pytest.param(
            {"dynamic": ["author_email"], "author_email": "a@b"},
            "2.6",
            id="dynamic addresses with values",
        ),
        pytest.param(
            {"metadata_version": "2.6"}, "2.1", id="what it says is not asked"
        ),
    ],
)
def test_the_lowest_sufficient_version_is_written(
    keys: dict[str, JSON], version: str
) -> None:
    metadata = document(**keys)
    assert lowest_version(metadata) == version
    assert write(metadata).startswith(f"Metadata-Version: {version}\n".encode())


def test_an_older_version_leaves_out_newer_fields_and_says_so() -> None:
    metadata = document(license_expression="MIT", summary="x")
    assert b"MIT" not in write(metadata, version="2.1")
    (loss,) = losses(metadata, version="2.1")
    assert loss.pointer == "/license_expression"
    assert "2.4" in loss.reason


@pytest.mark.parametrize("version", ["0.9", "1.3", "2.7", "3.0", "two"])
def test_only_known_versions_are_written(version: str) -> None:
    with pytest.raises(UnwritableMetadataError):
        write(document(), version=version)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"summary": "a\nVersion: 2"}, id="line feed in a line"),
        pytest.param({"summary": "a\rVersion: 2"}, id="carriage return in a line"),
        pytest.param({"requires_dist": ["a\n\nbody"]}, id="line feed in a list"),
        pytest.param({"project_url": {"a\nName": "b"}}, id="line feed in a label"),
        pytest.param({"dynamic": ["a\nname"]}, id="line feed in a field's name"),
        pytest.param({"import_name": ["a\nb"]}, id="line feed in an import name"),
        pytest.param({"classifier": "A"}, id="a string for a list"),
        pytest.param({"summary": ["A"]}, id="a list for a string"),
        pytest.param({"keywords": [1]}, id="a number"),
        pytest.param({"project_url": ["a, b"]}, id="a list for an object"),
        pytest.param({"project_url": {"a": 1}}, id="a number for a URL"),
        pytest.param({"description": {"text": "x"}}, id="an object for a text"),
        pytest.param(legacy(headers=[["Version", "2"]]), id="a hidden second version"),
        pytest.param(legacy(headers=[["name", "x"]]), id="a hidden second name"),
        pytest.param(legacy(headers=[["X: y\nVersion", "2"]]), id="a bad header name"),
        pytest.param(legacy(headers=["X: y"]), id="a header that is no pair"),
        pytest.param({"summary": "x", **legacy(bytes={"x": "???"})}, id="bad base64"),
        pytest.param(
            {
                "summary": "x",
                **legacy(bytes={"x": base64.b64encode(b"x\nVersion: 2").decode()}),
            },
            id="a line feed hidden in bytes",
        ),
        pytest.param({"summary": "\ud800"}, id="a lone surrogate"),
    ],
)
def test_what_cannot_be_written_is_refused(keys: dict[str, JSON]) -> None:
    with pytest.raises(UnwritableMetadataError) as caught:
        write(document(**keys))
    assert caught.value.hints


@pytest.mark.parametrize(
    ("keys", "lost"),
    [
        pytest.param({"keywords": ["a,b"]}, ["/keywords"], id="a comma in a keyword"),
        pytest.param(
            {"project_url": {"a,b": "c"}}, ["/project_url"], id="a comma in a label"
        ),
        pytest.param({"license": " MIT"}, ["/license"], id="white space at the ends"),
        pytest.param({"summary": ""}, ["/summary"], id="an empty value"),
        pytest.param({"build": {"hook": "a:b"}}, ["/build"], id="a section of our own"),
        pytest.param(
            {"extensions": {"demo": {}, "a/b": {}}},
            ["/extensions/a~1b", "/extensions/demo"],
            id="extensions",
        ),
        pytest.param({"future_field": "x"}, ["/future_field"], id="an unknown key"),
        pytest.param({"dynamic": ["version"]}, ["/dynamic"], id="a dynamic version"),
        pytest.param(
            {
                "description": "a\r\nb",
                "author": "a\nb",
                "metadata_version": "1.0",
                "document_version": "1.0",
            },
            [],
            id="nothing",
        ),
    ],
)
def test_losses_are_named(keys: dict[str, JSON], lost: list[str]) -> None:
    found = losses(document(**keys))
    assert [loss.pointer for loss in found] == lost
    assert all(loss.reason for loss in found)
    assert [loss.to_json()["pointer"] for loss in found] == lost


def test_a_raw_value_is_used_only_while_it_means_the_same() -> None:
    metadata = read(HEAD + b"Keywords: a,,b\nProject-URL: B, 1\nProject-URL: A, 2\n")
    edited = metadata.replaced(keywords=["c"], project_url={"C": "3"})
    assert b"Keywords: c\n" in write(edited)
    assert b"Project-URL: C, 3\n" in write(edited)
    assert b"A, 2" not in write(edited)


# Texts that each kind of field can hold: what the schema lets pass.
_CHARS = st.characters(codec="utf-8", exclude_characters="\r\n")
_LINE = st.text(_CHARS, min_size=1).filter(
    lambda text: text == text.strip(" \t") and text != "UNKNOWN"
)
_TEXT = (
    st.lists(_LINE, min_size=1, max_size=4)
    .map("\n".join)
    .filter(lambda text: text != "UNKNOWN")
)
_WORD = st.text("abc-|:. x", min_size=1).filter(lambda t: t == " ".join(t.split()))
_LABEL = _LINE.filter(lambda text: "," not in text and text == text.strip())
_VALUES = {
    "line": _LINE,
    "text": _TEXT,
    "list": st.lists(_LINE, min_size=1, max_size=4),
    "names": st.lists(
        st.sampled_from(["requires_dist", "summary", "x_thing"]), min_size=1, max_size=3
    ),
    "keywords": st.lists(_WORD, min_size=1, max_size=4).filter(
        lambda words: words != ["UNKNOWN"]
    ),
    "urls": st.dictionaries(_LABEL, _LINE.map(str.strip), min_size=1, max_size=3),
    "body": st.text(_CHARS, min_size=1).filter(
        lambda text: text.strip() not in ("", "UNKNOWN")
    ),
}
_FIELDS = {
    field.key: _VALUES[field.kind]
    for field in FIELDS
    if field.key not in ("metadata_version", "name", "version")
}
DOCUMENTS = st.fixed_dictionaries({}, optional=_FIELDS)


@pytest.mark.law
@given(keys=DOCUMENTS)
def test_what_is_written_is_read(keys: dict[str, JSON]) -> None:
    before = document(document_version="1.0", **keys)
    after = read(write(before))
    lost = {loss.pointer.split("/")[1] for loss in losses(before)} | {
        "metadata_version"
    }
    assert _without(after, lost) == _without(before, lost)


def _without(metadata: Metadata, keys: set[str]) -> dict[str, JSON]:
    kept = {key: metadata.get(key) for key in metadata.to_dict() if key not in keys}
    kept.pop("extensions", None)
    return kept


@pytest.mark.law
@given(
    lines=st.lists(
        st.one_of(
            st.builds(
                "{}: {}".format,
                st.sampled_from([field.header for field in FIELDS[3:]] + ["X-Other"]),
                st.sampled_from(["", "UNKNOWN", "a, b", "a,,b", "b, x", "value"]),
            ),
            st.sampled_from(["  more", "        more", "       |more"]),
        ),
        max_size=12,
    ),
    body=st.sampled_from([b"", b"\nText", b"\nUNKNOWN\n", b"\n\n", b"\nJos\xe9"]),
)
def test_reading_and_writing_again_changes_nothing(
    lines: list[str], body: bytes
) -> None:
    content = (
        HEAD + b"X-First: 1\n" + "".join(f"{line}\n" for line in lines).encode() + body
    )
    first = read(content)
    second = read(write(first))
    assert second.replaced(metadata_version="2.1") == first
    assert write(second) == write(first)


@pytest.mark.law
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for given_bytes in (content, HEAD + content):
        try:
            read(given_bytes)
        except PysetupError:
            continue
