"""Old spellings in a pyproject.toml: found, and mended without touching the rest."""

import tomllib
from collections.abc import Mapping

import pytest

from pysetup.metadata.formats.field_lines import field_lines
from pysetup.metadata.formats.pyproject_fixes import find_fixes, toml_path
from pysetup.metadata.formats.toml_edits import edited

MIT = "License :: OSI Approved :: MIT License"


def mended(text: str, **words: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the text with every safe fix made, and the rules that had none."""
    content, left = text.encode(), []
    for fix in find_fixes(tomllib.loads(text), **words):
        if fix.edits:
            content = edited(content, fix.edits, source="pyproject.toml")
        else:
            left.append(fix.rule)
    return content.decode(), left


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '[project]\nlicense = { text = "MIT" } # free\n'
            f'classifiers = ["{MIT}"]\n',
            '[project]\nlicense = "MIT" # free\n',
            id="a licence table and its classifier",
        ),
        pytest.param(
            f'[project]\nclassifiers = ["A", "{MIT}"]\n',
            '[project]\nclassifiers = ["A"]\nlicense = "MIT"\n',
            id="a classifier alone",
        ),
        pytest.param(
            f'[project]\nlicense = {{ file = "COPYING" }}\nclassifiers = ["{MIT}"]\n',
            '[project]\nlicense = "MIT"\nlicense-files = ["COPYING"]\n',
            id="a licence file",
        ),
        pytest.param(
            f'[project]\nlicense = "MIT"\nclassifiers = ["A", "{MIT}"] # c\n',
            '[project]\nlicense = "MIT"\nclassifiers = ["A"] # c\n',
            id="a classifier beside its expression",
        ),
        pytest.param(
            '[project]\nname = "x"\n[tool.setuptools]\nlicense-files = ["A*"] # a\n',
            '[project]\nname = "x"\nlicense-files = ["A*"]\n[tool.setuptools]\n',
            id="licence files in the table of setuptools",
        ),
        pytest.param(
            '[project.urls]\nRepository = "https://r" # r\n',
            '[project.urls]\nSource = "https://r" # r\n',
            id="a label",
        ),
    ],
)
def test_what_is_certain_is_mended(before: str, after: str) -> None:
    assert mended(before) == (after, [])


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param('[project]\nlicense = { text = "BSD" }\n', ["license"], id="BSD"),
        pytest.param(
            '[project]\nlicense = { file = "LICENSE" }\n',
            ["license"],
            id="a file alone",
        ),
        pytest.param(
            '[build-system]\nrequires = ["setuptools<70"]\n'
            '[project]\nlicense = { text = "MIT" }\n',
            ["license"],
            id="an old back end",
        ),
        pytest.param(
            f'[project]\nlicense = "ISC"\nclassifiers = ["{MIT}"]\n',
            ["license"],
            id="a classifier that contradicts",
        ),
        pytest.param(
            '[project.urls]\nSource = "a"\nRepository = "b"\n',
            ["url-label"],
            id="two labels of one meaning",
        ),
        pytest.param(
            '[project]\nlicense-files = ["A"]\n'
            '[tool.setuptools]\nlicense-files = ["B"]\n',
            ["license-files"],
            id="licence files in two places",
        ),
    ],
)
def test_what_is_not_certain_is_told_and_left(text: str, rules: list[str]) -> None:
    assert mended(text) == (text, rules)


def test_import_names_are_filled_where_they_are_certain() -> None:
    text = '[project]\nname = "x"\n'
    made, _ = mended(text, modules=("b", "a"))
    assert tomllib.loads(made)["project"]["import-names"] == ["a", "b"]
    stated = "[project]\nimport-names = []\n"
    assert mended(stated, modules=("a",)) == (stated, [])


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        pytest.param("/summary", ("project", "description"), id="a renamed key"),
        pytest.param("/classifier/1", ("project", "classifiers", 1), id="an item"),
        pytest.param(
            "/requires_dist/0", ("project", "dependencies", 0), id="a dependency"
        ),
        pytest.param(
            "/requires_dist/1", ("project", "optional-dependencies"), id="of an extra"
        ),
        pytest.param(
            "/extensions/python.commands/wrap_gui/x",
            ("project", "gui-scripts", "x"),
            id="a script",
        ),
        pytest.param(
            "/extensions/my.own/a~1b",
            ("tool", "pysetup", "extensions", "my.own", "a/b"),
            id="an extension",
        ),
        pytest.param("", (), id="the whole document"),
    ],
)
def test_pointers_of_the_document_lead_into_the_file(
    pointer: str, path: tuple[str | int, ...]
) -> None:
    values: Mapping[str, object] = {"project": {"dependencies": ["a"]}}
    assert toml_path(pointer, values) == path


def test_fields_of_a_metadata_file_have_lines() -> None:
    content = (
        b"Metadata-Version: 2.1\nName: x\nRequires-Dist: a\nX-Own: 1\n"
        b"Requires-Dist: b\nProject-URL: So/urce, https://x\n\nbody\n"
    )
    assert field_lines(content) == {
        "/metadata_version": 1,
        "/name": 2,
        "/requires_dist": 3,
        "/requires_dist/0": 3,
        "/requires_dist/1": 5,
        "/project_url": 6,
        "/project_url/So~1urce": 6,
        "/description": 8,
    }
