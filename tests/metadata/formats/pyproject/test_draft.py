"""Drafts that wait for a back end: what is missing, and how it is filled."""

from typing import Any

import pytest

from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata, pyproject
from pysetup.metadata.formats.pyproject import IncompleteProjectError, ProjectDraft
from pysetup.standards.jsontext import JSON

FLIT = (
    '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
)
CORE = core_metadata.read(b"""\
Metadata-Version: 2.4
Name: demo
Version: 3.0
Summary: from the back end
Author-email: A <a@b.c>, B <b@b.c>
Requires-Dist: a >= 1
Requires-Dist: extra-one
Project-URL: Home, https://back.end
Project-URL: Docs, https://docs
License-File: LICENSE
X-Unknown: kept
""")


@pytest.fixture
def read(fake_files: Any) -> Any:
    def read_text(text: str) -> ProjectDraft:
        return pyproject.read(text.encode(), files=fake_files({}))

    return read_text


def test_a_static_project_of_any_back_end_needs_nobody(read: Any) -> None:
    draft = read(FLIT + '[project]\nname = "demo"\nversion = "1.0"')
    assert draft.missing == ()
    assert not draft.is_native
    assert draft.build == {"backend": "flit_core.buildapi", "requires": ["flit_core"]}
    document = draft.document()
    # What [project] does not mention is the back end's to choose (PEP 639, PEP 794).
    late: JSON = ["import_name", "import_namespace", "license_file"]
    assert document.section("build") == {**draft.build, "dynamic": late}
    assert document.get("metadata_version") == "2.1"


def test_dynamic_keys_come_from_the_back_end(read: Any) -> None:
    draft = read(
        FLIT
        + '[project]\nname = "demo"\ndynamic = ["version", "description", "readme"]\n'
        'requires-python = ">=3"'
    )
    assert draft.missing == (
        "version",
        "summary",
        "description",
        "description_content_type",
    )
    with pytest.raises(IncompleteProjectError) as caught:
        draft.document()
    assert caught.value.missing == draft.missing
    assert "back end" in caught.value.hints[0]
    document = draft.document(CORE)
    assert str(document.version) == "3.0"
    assert document.text("summary") == "from the back end"
    assert document.get("requires_dist") is None
    assert document.text("requires_python") == ">=3"
    assert document.dynamic == {"summary", "description", "description_content_type"}
    assert document.get("metadata_version") == "2.4"
    assert document.extension("pysetup.legacy")["headers"] == [["X-Unknown", "kept"]]
    assert document.texts("license_file") == ("LICENSE",)


def test_what_is_static_and_dynamic_is_added_to(read: Any) -> None:
    draft = read(
        FLIT + '[project]\nname = "demo"\nversion = "1.0"\nlicense-files = []\n'
        'dependencies = ["a>=1"]\nauthors = [{name = "A", email = "a@b.c"}]\n'
        'urls = {Home = "https://static"}\n'
        'dynamic = ["dependencies", "authors", "urls"]'
    )
    document = draft.document(CORE)
    assert document.texts("requires_dist") == ("a>=1", "extra-one")
    assert document.text("author_email") == "A <a@b.c>, B <b@b.c>"
    assert document.get("project_url") == {
        "Home": "https://static",
        "Docs": "https://docs",
    }
    assert document.texts("license_file") == ()
    assert str(document.version) == "1.0"


def test_dynamic_entry_points_are_extensions_that_the_build_fills(read: Any) -> None:
    draft = read(
        FLIT + '[project]\nname = "demo"\nversion = "1.0"\n'
        'dynamic = ["scripts", "entry-points"]\nscripts = {one = "demo:one"}'
    )
    assert draft.build["dynamic"] == ["python.commands", "python.exports"]
    assert draft.missing == ()
    core = CORE.replaced(
        extensions={
            "python.commands": {"wrap_console": {"one": "x:y", "two": "demo:two"}},
            "other": {},
        }
    )
    assert draft.document(core).extensions == {
        "python.commands": {"wrap_console": {"one": "demo:one", "two": "demo:two"}}
    }


@pytest.mark.parametrize("text", ["", "[tool.other]\nx = 1"])
def test_without_a_project_table_everything_is_the_back_ends(
    read: Any, text: str
) -> None:
    draft = read(text)
    assert draft.build == {
        "backend": "setuptools.build_meta:__legacy__",
        "requires": ["setuptools>=40.8.0"],
        "dynamic": ["python.commands", "python.exports"],
    }
    assert not draft.is_native
    assert draft.missing[:2] == ("name", "version")
    document = draft.document(CORE)
    assert document.name == "demo"
    assert document.texts("requires_dist") == ("a >= 1", "extra-one")
    assert {"requires_dist", "summary"} <= document.dynamic
    assert not {"name", "version", "dynamic"} & document.dynamic


def test_our_own_back_end_needs_name_and_version(read: Any) -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"'
    draft = read(text)
    assert draft.is_native
    assert draft.missing == ("name", "version")
    with pytest.raises(IncompleteProjectError) as caught:
        draft.document()
    assert "computes no value" in caught.value.hints[0]


@pytest.mark.parametrize(
    ("text", "build"),
    [
        pytest.param(
            'requires = ["pysetup>=0.1", "other"]\nbuild-backend = "pysetup.backend"',
            {"requires": ["other"]},
            id="ourselves are not a requirement",
        ),
        pytest.param(
            'requires = ["x"]\nbuild-backend = "a.b:c.d"\n'
            'backend-path = ["./src", "."]',
            {"backend": "a.b:c.d", "requires": ["x"], "backend_path": ["src", "."]},
            id="a back end in the project",
        ),
        pytest.param(
            'requires = ["setuptools"]',
            {"backend": "setuptools.build_meta:__legacy__", "requires": ["setuptools"]},
            id="no back end named",
        ),
    ],
)
def test_the_build_section_says_who_builds(
    read: Any, text: str, build: dict[str, Any]
) -> None:
    draft = read(f'[build-system]\n{text}\n[project]\nname = "demo"\nversion = "1"')
    assert draft.build == build
    assert build.items() <= draft.document().section("build").items()


def test_requirements_of_the_hook_are_added(read: Any) -> None:
    draft = read(
        '[build-system]\nrequires = ["a"]\nbuild-backend = "pysetup.backend"\n'
        '[tool.pysetup.build]\nhook = "x:y"\nrequires = ["b"]\n'
        '[project]\nname = "demo"\nversion = "1"\ndynamic = ["dependencies"]'
    )
    assert draft.build == {"hook": "x:y", "requires": ["a", "b"]}
    assert draft.missing == ()
    document = draft.document()
    assert isinstance(document, Metadata)
    assert document.dynamic == {"requires_dist"}
    assert document.get("metadata_version") == "2.2"
