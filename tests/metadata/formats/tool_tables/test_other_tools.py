"""Flit, Hatch, PDM and setuptools: what their tables state, and what they leave."""

from typing import Any

import pytest

from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.pyproject import InvalidFieldError, ProjectDraft
from pysetup.metadata.formats.tool_tables.patterns import find_version

MODULE = '"""A demo.\n\nMore."""\n\n__version__ = "1.5"\n'


@pytest.fixture
def read(fake_files: Any) -> Any:
    def read_text(text: str, files: dict[str, Any] | None = None) -> ProjectDraft:
        return pyproject.read(text.encode(), files=fake_files(files or {}))

    return read_text


def dynamic(backend: str, names: str, table: str = "") -> str:
    return (
        f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
        f'[project]\nname = "demo-x"\ndynamic = [{names}]\n{table}'
    )


OLD_FLIT = """\
[build-system]
requires = ["flit_core >=2,<4"]
build-backend = "flit_core.buildapi"

[tool.flit.metadata]
module = "demo"
dist-name = "demo-dist"
author = "A"
author-email = "a@b.c"
home-page = "https://h"
license = "MIT"
keywords = "one, two"
classifiers = ["Topic :: X"]
requires = ["six >=1", "idna; python_version < '3.9'"]
requires-python = ">=3.6"
description-file = "README.rst"
dev-requires = ["ruff"]

[tool.flit.metadata.requires-extra]
Test_It = ["pytest"]

[tool.flit.metadata.urls]
Docs = "https://d"

[tool.flit.scripts]
demo = "demo:main"

[tool.flit.entrypoints."demo.plugins"]
one = "demo.one"

[tool.flit.sdist]
include = ["docs/"]
"""


def test_an_old_flit_project_needs_no_code(read: Any) -> None:
    draft = read(OLD_FLIT, {"src/demo/__init__.py": MODULE, "README.rst": "Demo\n"})
    assert draft.missing == ()
    document = draft.document()
    assert document.name == "demo-dist"
    assert str(document.version) == "1.5"
    assert document.text("summary") == "A demo."
    assert document.text("author") == "A"
    assert document.text("home_page") == "https://h"
    assert document.texts("keywords") == ("one", "two")
    assert document.texts("requires_dist") == (
        "six >=1",
        "idna; python_version < '3.9'",
        'pytest; extra == "test-it"',
        'ruff; extra == "dev"',
    )
    assert document.texts("provides_extra") == ("test-it", "dev")
    assert document.text("description_content_type") == "text/x-rst"
    assert document.get("sources") == {
        "root": "src",
        "modules": ["demo"],
        "include": ["docs/"],
    }
    assert [entry.name for entry in document.entry_points] == ["demo", "one"]
    assert document.section("build")["backend"] == "flit_core.buildapi"


@pytest.mark.parametrize(
    ("module", "missing", "reason"),
    [
        pytest.param(
            {},
            ("version", "summary"),
            "there is no module demo to read it from",
            id="no module",
        ),
        pytest.param(
            {"demo.py": '"""D."""\n__version__ = get()\n'},
            ("version",),
            "demo.py sets __version__ to something that is no literal",
            id="a computed version",
        ),
        pytest.param(
            {"demo.py": '"""D."""\nif 1:\n    __version__ = "1"\n'},
            ("version",),
            "demo.py assigns no __version__ at its top",
            id="a version in a condition",
        ),
        pytest.param(
            {"demo/__init__.py": "def ("},
            ("version", "summary"),
            "demo/__init__.py is no Python that can be read here",
            id="a module with a mistake",
        ),
        pytest.param(
            {"demo/__init__.py": ""},
            ("version", "summary"),
            "demo/__init__.py assigns no __version__ at its top",
            id="an empty module",
        ),
    ],
)
def test_what_flit_must_compute_is_named(
    read: Any, module: dict[str, str], missing: tuple[str, ...], reason: str
) -> None:
    draft = read(OLD_FLIT, {**module, "README.rst": "Demo\n"})
    assert draft.missing == missing
    place = "pyproject.toml:6: tool.flit.metadata.module"
    assert draft.reasons["version"] == f"{place}: {reason}"


@pytest.mark.parametrize(
    ("text", "files", "known"),
    [
        pytest.param(
            dynamic("flit_core.buildapi", '"version", "description"'),
            {"demo_x.py": MODULE},
            {"version": "1.5", "summary": "A demo."},
            id="flit: the module of the project's name",
        ),
        pytest.param(
            dynamic(
                "hatchling.build",
                '"version"',
                '[tool.hatch.version]\npath = "src/demo/about.py"\n',
            ),
            {"src/demo/about.py": "x = 1\n__version__: str = 'v1.5'\n"},
            {"version": "1.5"},
            id="hatch: the usual pattern",
        ),
        pytest.param(
            dynamic(
                "hatchling.build",
                '"version"',
                '[tool.hatch.version]\npath = "v.txt"\n'
                "pattern = 'release is (?P<version>[0-9.]+)'\n",
            ),
            {"v.txt": "The release is 1.5, of today\n"},
            {"version": "1.5"},
            id="hatch: a pattern",
        ),
        pytest.param(
            dynamic(
                "pdm.backend",
                '"version"',
                '[tool.pdm.version]\nsource = "file"\npath = "demo.py"\n',
            ),
            {"demo.py": MODULE},
            {"version": "1.5"},
            id="pdm: a file",
        ),
        pytest.param(
            dynamic(
                "setuptools.build_meta",
                '"version"',
                "[tool.setuptools.dynamic]\n"
                'version = {attr = "demo.about.__version__"}\n',
            ),
            {"src/demo/about.py": "import os\n__version__ = '1.5'\n"},
            {"version": "1.5"},
            id="setuptools: an attribute that is a literal",
        ),
        pytest.param(
            dynamic(
                "setuptools.build_meta",
                '"version", "readme", "dependencies", "optional-dependencies", '
                '"classifiers", "description"',
                "[tool.setuptools.dynamic]\n"
                'version = {file = "VERSION"}\n'
                'readme = {file = ["README.md", "NEWS.md"]}\n'
                'dependencies = {file = "req.txt"}\n'
                'optional-dependencies.test = {file = ["test.txt"]}\n'
                'classifiers = {file = "trove.txt"}\n'
                'description = {file = "about.txt"}\n',
            ),
            {
                "VERSION": "1.5\n",
                "README.md": "# Demo\n",
                "NEWS.md": "News\n",
                "req.txt": "# needed\nsix>=1  # why\n\nidna\n",
                "test.txt": "pytest\n",
                "trove.txt": "Topic :: X\n\n",
                "about.txt": "A demo.\n",
            },
            {
                "version": "1.5",
                "summary": "A demo.",
                "description": "# Demo\n\nNews\n",
                "description_content_type": "text/markdown",
                "requires_dist": ["six>=1", "idna", 'pytest; extra == "test"'],
                "provides_extra": ["test"],
                "classifier": ["Topic :: X"],
            },
            id="setuptools: files",
        ),
    ],
)
def test_dynamic_values_that_are_stated_after_all(
    read: Any, text: str, files: dict[str, Any], known: dict[str, Any]
) -> None:
    draft = read(text, files)
    assert draft.missing == ()
    assert draft.reasons == {}
    for key, value in known.items():
        assert draft.mapping[key] == value
    assert "dynamic" not in draft.mapping


@pytest.mark.parametrize(
    ("text", "files", "reason"),
    [
        pytest.param(
            dynamic("hatchling.build", '"version"'),
            {},
            "pyproject.toml:6: project.dynamic names version",
            id="no table at all",
        ),
        pytest.param(
            dynamic(
                "hatchling.build",
                '"version"',
                '[tool.hatch.version]\nsource = "vcs"\n',
            ),
            {},
            "pyproject.toml:8: tool.hatch.version.source: source = 'vcs' computes it",
            id="hatch: from git",
        ),
        pytest.param(
            dynamic(
                "hatchling.build",
                '"version"',
                '[tool.hatch.version]\npath = "a.py"\n',
            ),
            {"a.py": "__version__ = get()\n"},
            "pyproject.toml:8: tool.hatch.version.path: "
            "a.py assigns no version as a literal",
            id="hatch: nothing matches",
        ),
        pytest.param(
            dynamic("pdm.backend", '"version"', '[tool.pdm.version]\nsource = "scm"\n'),
            {},
            "pyproject.toml:8: tool.pdm.version.source: source = 'scm' computes it",
            id="pdm: from git",
        ),
        pytest.param(
            dynamic(
                "setuptools.build_meta",
                '"version"',
                '[tool.setuptools.dynamic]\nversion = {attr = "demo.version"}\n',
            ),
            {"demo/__init__.py": "version = compute()\n"},
            "pyproject.toml:8: tool.setuptools.dynamic.version.attr: it is the "
            "attribute demo.version: demo/__init__.py sets version to something that "
            "is no literal",
            id="setuptools: an attribute that is computed",
        ),
        pytest.param(
            # The table of another tool than the one that builds.
            dynamic(
                "setuptools.build_meta",
                '"version"',
                '[tool.hatch.version]\npath = "a.py"\n',
            ),
            {"a.py": "__version__ = '1'\n"},
            "pyproject.toml:6: project.dynamic names version",
            id="another tool's table",
        ),
    ],
)
def test_what_forces_code_is_named_with_its_place(
    read: Any, text: str, files: dict[str, Any], reason: str
) -> None:
    draft = read(text, files)
    assert draft.missing == ("version",)
    assert draft.reasons == {"version": reason}


def test_a_file_of_other_lines_leaves_the_requirements_to_setuptools(read: Any) -> None:
    draft = read(
        dynamic(
            "setuptools.build_meta",
            '"dependencies"',
            'version = "1"\n[tool.setuptools.dynamic]\n'
            'dependencies = {file = "req.txt"}\n',
        ),
        {"req.txt": "six\n-r other.txt\n"},
    )
    assert draft.missing == ("requires_dist",)
    assert "'-r other.txt' is not a requirement" in draft.reasons["requires_dist"]


def test_a_file_that_is_not_there_is_a_fault(read: Any) -> None:
    with pytest.raises(InvalidFieldError, match=r"there is no such file"):
        read(
            dynamic(
                "hatchling.build", '"version"', '[tool.hatch.version]\npath = "no.py"\n'
            )
        )


def test_without_a_project_table_the_reason_says_so(read: Any) -> None:
    draft = read("")
    assert draft.missing[:2] == ("name", "version")
    assert set(draft.reasons.values()) == {
        "pyproject.toml:1: there is no [project] table"
    }


def test_development_dependencies_of_pdm_are_groups(read: Any) -> None:
    draft = read(
        '[build-system]\nrequires = []\nbuild-backend = "pdm.backend"\n'
        '[project]\nname = "demo"\nversion = "1"\n'
        '[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n'
        'Dev_Tools = ["ruff>=0.1", "-e file:///${PROJECT_ROOT}/x"]\n'
        '[dependency-groups]\ntest = ["pytest>=8"]\n'
    )
    assert draft.document().extension("python.groups") == {
        "test": ["pytest>=8"],
        "dev-tools": ["ruff>=0.1"],
    }
    assert draft.document().extension("pysetup.legacy") == {
        "pdm": {"groups": {"dev-tools": ["-e file:///${PROJECT_ROOT}/x"]}}
    }


@pytest.mark.parametrize(
    ("text", "pattern", "version"),
    [
        ("VERSION = '1.2'", "", "1.2"),
        ('  __version__="2.0rc1"  # now', "", "2.0rc1"),
        ("not_version = '1'", "", ""),
        ("__version__ = other", "", ""),
        ("a=1.2;", r"a=(?P<version>[^;]+)", "1.2"),
        ("a=1.2;", r"a=([^;]+)", ""),
        ("a=1.2;", r"(?P<version>", ""),
        ("a=x;", r"a=(?P<version>[^;]+)", ""),
        ("a" * 150, r"(?P<version>(a+)+)$", ""),
        ("a" * 150, r"a*a*a*a*(?P<version>b)", ""),
    ],
)
def test_versions_are_found_by_patterns(text: str, pattern: str, version: str) -> None:
    found, reason = find_version(text, pattern)
    assert found == version
    assert bool(reason) is not bool(version)
