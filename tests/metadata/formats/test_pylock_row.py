"""Rows of pylock.toml (PEP 751)."""

import contextlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.pylock_row import (
    InvalidPackageRowError,
    losses,
    read,
    read_row,
    write,
    write_row,
)
from pysetup.metadata.formats.pyproject import InvalidTomlError

LOCK = b"""\
lock-version = "1.0"
created-by = "hand"

[[packages]]
name = "attrs"
version = "25.1.0"
requires-python = ">=3.8"
wheels = [
  {name = "a.whl", upload-time = 2025-01-25T11:30:10.164985+00:00, hashes = {b = "c"}},
]
[[packages.attestation-identities]]
environment = "release"
kind = "GitHub"

[[packages]]
name = "cattrs"
version = "24.1"
marker = "python_version > '3'"
dependencies = [{name = "attrs"}, {name = "two", version = "1.0"}]
index = "https://i/simple"

[[packages]]
name = "local"
directory = {path = "."}
"""


def test_a_row_by_its_name() -> None:
    draft = read(LOCK, name="Cattrs")
    mapping = dict(draft.mapping)
    legacy = mapping.pop("extensions")
    assert mapping == {
        "document_version": "1.0",
        "name": "cattrs",
        "version": "24.1",
        "requires_dist": ["attrs", "two==1.0"],
    }
    assert legacy == {
        "pysetup.legacy": {
            "pylock": {
                "marker": "python_version > '3'",
                "index": "https://i/simple",
            }
        }
    }


@pytest.mark.parametrize("name", ["attrs", "cattrs"])
def test_a_row_comes_back_as_it_was(name: str) -> None:
    rows = {row["name"]: row for row in tomllib.loads(LOCK.decode())["packages"]}
    metadata = read(LOCK, name=name).stated()
    assert write_row(metadata) == rows[name]
    assert tomllib.loads(write(metadata).decode())["packages"] == [rows[name]]


def test_a_source_tree_has_no_version() -> None:
    assert read(LOCK, name="local").missing == ("version",)


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        pytest.param(b"", "/packages", id="no packages"),
        pytest.param(b"[[packages]]\nname='a'\n" * 2, "/packages", id="two to choose"),
        pytest.param(b"[[packages]]\nversion='1'", "/packages/0/name", id="no name"),
        pytest.param(b"packages=[1]", "/packages/0", id="no table"),
        pytest.param(b"[[packages]]\nname=1", "/packages/0/name", id="no text"),
        pytest.param(
            b"[[packages]]\nname='a'\nversion='x'", "/packages/0/version", id="version"
        ),
        pytest.param(
            b"[[packages]]\nname='a'\ndependencies=['b']",
            "/packages/0/dependencies/0",
            id="a dependency that is no table",
        ),
        pytest.param(
            b"[[packages]]\nname='a'\ndependencies=[{name='b c'}]",
            "/packages/0/dependencies/0",
            id="a dependency with a bad name",
        ),
        pytest.param(
            b"[[packages]]\nname='a'\nsize=inf", "/packages/0/size", id="infinity"
        ),
    ],
)
def test_bad_rows_are_refused_with_their_place(content: bytes, pointer: str) -> None:
    with pytest.raises(InvalidPackageRowError) as caught:
        read(content)
    assert caught.value.pointer == pointer


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(InvalidTomlError):
        read(b"[[")


def test_an_edited_key_wins() -> None:
    metadata = read(LOCK, name="cattrs").stated()
    row = write_row(metadata.replaced(version="9", requires_dist=["x>1"], name="n"))
    assert (row["name"], row["version"], row["dependencies"]) == (
        "n", "9", [{"name": "x"}],
    )  # fmt: skip


def test_losses_are_all_that_a_row_does_not_hold(example: Metadata) -> None:
    pointers = {loss.pointer for loss in losses(example)}
    assert {"/summary", "/requires_dist"} <= pointers
    assert not {"/name", "/version", "/requires_python"} & pointers


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.law
@given(
    st.dictionaries(
        st.sampled_from(["name", "version", "dependencies", "wheels", "marker"]),
        json_values | st.sampled_from(["a", "1.0"]),
    )
)
def test_any_row_is_read_or_refused(row: dict[str, object]) -> None:
    with contextlib.suppress(PysetupError):
        draft = read_row(row)
        if "version" in draft.mapping:
            write_row(draft.stated())
