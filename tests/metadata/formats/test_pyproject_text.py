"""Writing pyproject.toml: new ones, and changes that leave the rest as it is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import InvalidDocumentError, Metadata
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.headers import UnwritableMetadataError
from pysetup.metadata.formats.pyproject import InvalidFieldError, UnknownFieldError
from pysetup.metadata.formats.pyproject_text import (
    get_value,
    losses,
    set_value,
    update,
    write,
)
from pysetup.metadata.formats.toml_paths import InvalidTomlPathError
from pysetup.metadata.formats.toml_writer import Inline, to_toml_text
from pysetup.metadata.meaning import same_meaning
from pysetup.metadata.pointers import NothingThereError

REQUIRED = {"metadata_version": "2.1", "name": "demo", "version": "1.0"}
SETUPTOOLS = {"backend": "setuptools.build_meta", "requires": ["setuptools>=77"]}
WRITTEN = b"""\
# The project
[build-system]
requires = ['setuptools>=77'] # quoted so
build-backend = "setuptools.build_meta"

[project] # all of it
name = "Demo_Project"
version = '1.0'
description   =   "A demo"   # with spaces
readme = "README.md"
requires-python = ">=3.9"
license = "MIT"
license-files = ["LICEN[CS]E*"]
authors = [ {name = "A", email = "a@b.c"} ]
keywords = ["one", 'two',
            "three"]
dependencies = [
    "six>=1", # the first
    # about the second
    "idna ; python_version<'3.12'",
    "attrs",
]
dynamic = ["classifiers"]

[project.urls]
"Bug Tracker" = "https://bugs" # where they live
Home = "https://home"

[project.optional-dependencies]
Fast_Er = ["cython"]

[dependency-groups]
test = ["pytest", {include-group = "lint"}]
lint = ["ruff"]

[tool.other]
x = 1 # not ours

[project.scripts]
demo = "demo:main"
"""


def document(**keys: Any) -> Metadata:
    return Metadata.from_dict({"document_version": "1.0", **REQUIRED, **keys})


def read_written(content: bytes, files: Any) -> Metadata:
    return pyproject.read(content, files=files).document()


def files(fake_files: Any) -> Any:
    return fake_files({"README.md": "# Demo\n", "LICENSE": "MIT\n"})


def changed_lines(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    old, new = before.decode().splitlines(), after.decode().splitlines()
    return [x for x in old if x not in new], [x for x in new if x not in old]


def test_a_new_file_states_the_whole_example(
    example: Metadata, fake_files: Any
) -> None:
    content = write(example)
    folder = fake_files({"LICENSE": "", "licenses/APACHE.txt": ""})
    again = read_written(content, folder)
    for key in {*example.to_dict(), *again.to_dict()} - {"build", "extensions"}:
        assert same_meaning(key, again.get(key), example.get(key)), key
    assert again.extensions == example.extensions
    assert again.section("build") == example.section("build")
    assert losses(example) == ()


def test_a_new_file_reads_well() -> None:
    metadata = document(
        summary='Says "hi"',
        requires_python=">=3.11",
        author_email="A <a@b.c>",
        requires_dist=["six", 'cython>=3; extra == "fast"'],
        provides_extra=["fast"],
        project_url={"Bug Tracker": "https://b"},
        extensions={
            "python.commands": {"wrap_console": {"demo": "demo:main"}},
            "python.groups": {"test": ["pytest"]},
        },
        sources={"root": "src", "modules": ["demo"]},
    )
    assert (
        write(metadata).decode()
        == """\
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"

[project]
name = "demo"
version = "1.0"
description = "Says \\"hi\\""
requires-python = ">=3.11"
authors = [{ name = "A", email = "a@b.c" }]
dependencies = ["six"]

[project.urls]
"Bug Tracker" = "https://b"

[project.scripts]
demo = "demo:main"

[project.optional-dependencies]
fast = ["cython>=3"]

[dependency-groups]
test = ["pytest"]

[tool.pysetup.sources]
root = "src"
modules = ["demo"]
"""
    )


@pytest.mark.parametrize(
    ("keys", "lost"),
    [
        pytest.param({"home_page": "https://h"}, {"/home_page"}, id="no key for it"),
        pytest.param({"license": " MIT "}, set(), id="space around a licence"),
        pytest.param({"author": "A, B"}, set(), id="two names"),
        pytest.param({"author": "A\n | B"}, {"/author"}, id="a name of two lines"),
        pytest.param(
            {"description": "x"}, {"/description_content_type"}, id="no content type"
        ),
        pytest.param(
            {"description": "x", "description_content_type": "text/odd"},
            {"/description", "/description_content_type"},
            id="an unknown content type",
        ),
        pytest.param(
            {"requires_dist": ["six", "not one!"]}, {"/requires_dist"}, id="no PEP 508"
        ),
        pytest.param(
            {"summary": "one", "dynamic": ["summary"]},
            {"/dynamic"},
            id="dynamic with a value",
        ),
        pytest.param(
            {"dynamic": ["summary", "license", "license_expression"]},
            set(),
            id="dynamic without a value",
        ),
        pytest.param(
            {"extensions": {"x.y": {"a": None, "b": 1}}},
            {"/extensions/x.y"},
            id="null in an extension",
        ),
        pytest.param(
            {"extensions": {"python.exports": {"modules": ["a"], "exports": {}}}},
            set(),
            id="exports with more than entry points",
        ),
    ],
)
def test_losses_are_told_for_another_back_end(
    keys: dict[str, Any], lost: set[str]
) -> None:
    metadata = document(
        build=SETUPTOOLS
        | {"dynamic": ["import_name", "import_namespace", "license_file"]},
        **keys,
    )
    assert {loss.pointer for loss in losses(metadata)} == lost


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(
            {"home_page": "https://h", "platform": ["any"]}, id="no key for it"
        ),
        pytest.param({"author": "A\n | B", "author_email": "x, y"}, id="odd people"),
        pytest.param(
            {"description": "a\r\nb", "description_content_type": "text/plain"},
            id="line ends",
        ),
        pytest.param(
            {"description": "x", "description_content_type": "text/odd"},
            id="an unknown content type",
        ),
        pytest.param({"requires_dist": ["six", "not one!"]}, id="no PEP 508"),
        pytest.param(
            {
                "requires_dist": [
                    'a; extra == "x" or extra == "y"',
                    'b @ https://b/b.zip ; extra == "x"',
                    'c; extra == "z"',
                ],
                "provides_extra": ["x", "y"],
            },
            id="extras of all shapes",
        ),
        pytest.param({"project_url": {"a,b": "https://x"}}, id="a label with a comma"),
        pytest.param({"license_file": ["A[1].txt"]}, id="a path that is a glob"),
        pytest.param({"import_name": []}, id="nothing to import"),
        pytest.param({"keywords": ["a\nb"]}, id="a keyword of two lines"),
        pytest.param(
            {"extensions": {"python.groups": {"Bad_Name": ["a"], "b": ["!"]}}},
            id="groups that no table holds",
        ),
        pytest.param(
            {
                "extensions": {
                    "python.commands": {"wrap_console": {"a b": "c", "d": "e:f"}}
                }
            },
            id="scripts that no table holds",
        ),
    ],
)
def test_nothing_is_lost_with_our_own_back_end(keys: dict[str, Any]) -> None:
    lost = {loss.pointer for loss in losses(document(**keys))}
    assert (
        lost <= {"/description_content_type"} if "description" not in keys else not lost
    )


@pytest.mark.parametrize(
    "value",
    [
        '"',
        '""',
        '"""',
        "\\",
        "a\\\n",
        "\x00\x1f\x7f",
        'a\n"""\n\'',
        'x\n"',
        "\ufeff",
        "é",
    ],
)
def test_every_text_has_a_form(value: str) -> None:
    tables = {"a": value, "b": [value], "t": {value: Inline({value: value})}}
    assert tomllib.loads(to_toml_text(tables)) == tables


def test_a_lone_surrogate_has_none() -> None:
    with pytest.raises(UnwritableMetadataError):
        write(document(extensions={"x.y": {"a": "\ud800"}}))


_JSON = st.recursive(
    st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.law
@given(
    keys=st.fixed_dictionaries(
        {},
        optional={
            "summary": st.text(max_size=6),
            "description": st.text(max_size=12),
            "description_content_type": st.sampled_from(["text/plain", "text/x", ""]),
            "author": st.text(max_size=6),
            "author_email": st.sampled_from(["a@b.c", "A <a@b.c>", "x", "A, B <a@b>"]),
            "license": st.text(max_size=6),
            "keywords": st.lists(st.text(max_size=4), max_size=3),
            "classifier": st.lists(st.text(max_size=4), max_size=3),
            "project_url": st.dictionaries(st.text(max_size=4), st.text(max_size=4)),
            "requires_dist": st.lists(
                st.sampled_from(["a", "b ; extra=='x'", "c!", "d @ https://d"])
            ),
            "provides_extra": st.lists(st.sampled_from(["x", "Y_z"]), unique=True),
            "home_page": st.text(max_size=4),
            "extensions": st.dictionaries(
                st.sampled_from(["x.y", "python.groups", "python.exports"]),
                st.dictionaries(st.text(max_size=3), _JSON, max_size=2),
                max_size=2,
            ),
        },
    )
)
def test_what_is_written_is_read_but_for_the_losses(keys: dict[str, Any]) -> None:
    metadata = document(**keys)
    try:
        told = losses(metadata)
    except UnwritableMetadataError:
        return
    # With our own back end all has a place, but for what says nothing.
    assert {loss.pointer for loss in told} <= {
        "/description_content_type",
        *(f"/extensions/{name}" for name in keys.get("extensions", {})),
    }


def test_nothing_changed_is_no_change_at_all(fake_files: Any) -> None:
    draft = pyproject.read(WRITTEN, files=files(fake_files))
    core = document(name="Demo_Project", classifier=["Computed"])
    built = draft.document(core)
    assert update(WRITTEN, built, files=files(fake_files)) == WRITTEN
    assert update(WRITTEN, built) == WRITTEN
    windows = WRITTEN.replace(b"\n", b"\r\n")
    assert update(windows, built) == windows


@pytest.mark.parametrize(
    ("path", "value", "removed", "added"),
    [
        pytest.param("summary", "New", ['description   =   "A demo"   # with spaces'],
            ['description   =   "New"   # with spaces'], id="a text"),
        pytest.param("/requires_dist/0", "six>=2", ['    "six>=1", # the first'],
            ['    "six>=2", # the first'], id="an item of a list"),
        pytest.param("/requires_dist/2", None, ['    "attrs",'], [], id="an item less"),
        pytest.param("/keywords/-", "four", ['            "three"]'],
            ['            "three",', '            "four"]'], id="an item more"),
        pytest.param("/project_url/Home", "https://new", ['Home = "https://home"'],
            ['Home = "https://new"'], id="a URL"),
        pytest.param("/extensions/python.groups/lint/0", "ruff>=1", ['lint = ["ruff"]'],
            ['lint = ["ruff>=1"]'], id="a group, and with it one that includes it"),
        pytest.param("requires_python", None, ['requires-python = ">=3.9"'], [],
            id="a key taken"),
        pytest.param("project.urls.Home", None, ['Home = "https://home"'], [],
            id="a path into the file"),
        pytest.param("tool.other.x", 2, ["x = 1 # not ours"], ["x = 2 # not ours"],
            id="a table that is not ours"),
        pytest.param("project.dependencies[0]", "six", ['    "six>=1", # the first'],
            ['    "six", # the first'], id="an item by its path"),
        pytest.param("project.authors[0].name", "B",
            ['authors = [ {name = "A", email = "a@b.c"} ]'],
            ['authors = [ {name = "B", email = "a@b.c"} ]'], id="a person"),
    ],
)  # fmt: skip
def test_a_change_leaves_the_rest_alone(
    fake_files: Any, path: str, value: Any, removed: list[str], added: list[str]
) -> None:
    made = set_value(WRITTEN, path, value, files=files(fake_files))
    assert changed_lines(WRITTEN, made) == (removed, added)


def test_extras_keep_their_spelling(fake_files: Any) -> None:
    made = set_value(
        WRITTEN,
        "/requires_dist/3",
        'cython>=3; extra == "fast-er"',
        files=files(fake_files),
    )
    assert b'Fast_Er = ["cython>=3"]' in made


def test_a_table_is_added_where_there_is_none() -> None:
    plain = b'[project]\nname = "demo"\nversion = "1.0"\n\n[tool.x]\na = 1\n'
    made = set_value(plain, "project_url", {"Home": "https://h"})
    assert tomllib.loads(made.decode())["project"]["urls"] == {"Home": "https://h"}
    assert made.endswith(b"[tool.x]\na = 1\n")
    assert b'"https://h"\n\n[tool.x]' in made


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        pytest.param(
            "project.requires-python", ">>3", InvalidFieldError, id="specifier"
        ),
        pytest.param("project.nmae", "x", UnknownFieldError, id="an unknown key"),
        pytest.param("project.name", None, PysetupError, id="no name"),
        pytest.param("version", "x", PysetupError, id="a bad version"),
        pytest.param("requires_dist", ["!!"], InvalidDocumentError, id="no PEP 508"),
        pytest.param("summary", 1, InvalidDocumentError, id="a number"),
        pytest.param("nothing", 1, InvalidTomlPathError, id="no key at all"),
        pytest.param("project..name", 1, InvalidTomlPathError, id="two full stops"),
        pytest.param("project.name.x", 1, InvalidTomlPathError, id="below a text"),
        pytest.param(
            "project.keywords.x", 1, InvalidTomlPathError, id="a key in a list"
        ),
        pytest.param("project.scripts.no", None, NothingThereError, id="taken twice"),
    ],
)
def test_a_change_that_makes_it_wrong_is_refused(
    path: str, value: Any, error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        set_value(WRITTEN, path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("project.name", "Demo_Project", id="a key"),
        pytest.param('project.urls."Bug Tracker"', "https://bugs", id="a quoted key"),
        pytest.param("project.authors[0].email", "a@b.c", id="a person"),
        pytest.param("summary", "A demo", id="a key of the document"),
        pytest.param("/requires_dist/2", "attrs", id="a JSON pointer"),
        pytest.param("extensions.python.groups.lint", ["ruff"], id="an extension"),
        pytest.param("tool.other", {"x": 1}, id="a table"),
    ],
)
def test_values_are_found(path: str, value: Any) -> None:
    assert get_value(WRITTEN, path) == value


@pytest.mark.parametrize(
    "path", ["project.nothing", "project.keywords[9]", "home_page"]
)
def test_what_is_not_there_is_told(path: str) -> None:
    with pytest.raises(NothingThereError):
        get_value(WRITTEN, path)


def test_a_legacy_project_gets_a_project_table(fake_files: Any) -> None:
    old = (
        b'# mine\n[tool.poetry]\nname = "demo"\nversion = "1.0"\ndescription = "d"\n'
        b'authors = ["A <a@b.c>"]\n[tool.poetry.dependencies]\npython = "^3.8"\n'
        b'six = "^1.2"\n[build-system]\nrequires = ["poetry-core"]\n'
        b'build-backend = "poetry.core.masonry.api"\n'
    )
    document_of = read_written(old, fake_files({}))
    made = update(old, document_of)
    assert made.startswith(old.rstrip())
    again = read_written(made, fake_files({}))
    for key in ("name", "version", "summary", "author_email", "requires_dist"):
        assert same_meaning(key, again.get(key), document_of.get(key))


def test_our_own_file_can_be_changed(project_root: Path) -> None:
    content = (project_root / "pyproject.toml").read_bytes()
    before, _, after = content.partition(b"[tool.pysetup.sources]")
    after = after[after.index(b"\n[") :]
    made = set_value(content, "/sources", {"root": "src", "modules": ["pysetup"]})
    assert made.startswith(before)
    assert made.rstrip().endswith(after.rstrip())
    assert set_value(made, "/sources", None).startswith(before.rstrip())


def test_an_update_keeps_a_group_that_includes_a_changed_one(fake_files: Any) -> None:
    plain = WRITTEN.replace(b'dynamic = ["classifiers"]\n', b"")
    before = read_written(plain, files(fake_files))
    groups = {"test": ["pytest", "ruff"], "lint": ["mypy"]}
    wanted = {**before.extensions, "python.groups": groups}
    made = update(plain, before.replaced(extensions=wanted))
    assert tomllib.loads(made.decode())["dependency-groups"] == groups
