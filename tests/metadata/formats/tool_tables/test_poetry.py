"""[tool.poetry] in the terms of the document, as Poetry itself converts it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.pyproject import InvalidFieldError, ProjectDraft
from pysetup.metadata.formats.toml_writer import to_toml_text
from pysetup.metadata.formats.tool_tables.poetry_versions import (
    ConstraintError,
    parse_constraint,
    to_platform_marker,
    to_python_marker,
    to_requires_python,
    to_specifiers,
)
from pysetup.metadata.schema import find_problems
from pysetup.standards.requirements import parse_marker, parse_requirement
from pysetup.standards.versions import parse_specifiers

HEAD = """\
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"

[tool.poetry]
name = "demo"
version = "1.0"
description = "A demo"
authors = ["Ada <ada@example.org>", "B. Example"]
"""


@pytest.fixture
def read(fake_files: Any) -> Any:
    def read_text(text: str, files: dict[str, Any] | None = None) -> ProjectDraft:
        return pyproject.read(text.encode(), files=fake_files(files or {}))

    return read_text


# What poetry-core 2.5 writes into METADATA for each.
CONSTRAINTS = {
    "^1.2.3": ">=1.2.3,<2.0.0",
    "^1.2": ">=1.2,<2.0",
    "^1": ">=1,<2",
    "^0.2": ">=0.2,<0.3",
    "^0.2.3": ">=0.2.3,<0.3.0",
    "^0.0.3": ">=0.0.3,<0.0.4",
    "^0.0": ">=0.0,<0.1",
    "^0": ">=0,<1",
    "^0.0.0": ">=0.0.0,<0.0.1",
    "^1.2.3.4": ">=1.2.3.4,<2.0.0.0",
    "^1.0.0rc1": ">=1.0.0rc1,<2.0.0",
    "^1.0b2": ">=1.0b2,<2.0",
    "^v1.2": ">=1.2,<2.0",
    "^2021.1": ">=2021.1,<2022.0",
    "~1.2.3": ">=1.2.3,<1.3.0",
    "~1.2": ">=1.2,<1.3",
    "~1": ">=1,<2",
    "~0.1": ">=0.1,<0.2",
    "~1.2.post1": ">=1.2.post1,<1.3",
    "~1.2.0a1": ">=1.2.0a1,<1.3.0",
    "~=1.2": ">=1.2,<2.0",
    "~=1.2.3": ">=1.2.3,<1.3.0",
    "1.*": "==1.*",
    "1.2.*": "==1.2.*",
    "==1.*": "==1.*",
    "!=1.5.*": "!=1.5.*",
    "*": "",
    "1.2.3": "==1.2.3",
    "=1.2": "==1.2",
    "==1.2.3": "==1.2.3",
    "v1.2": "==1.2",
    "1.2.3+local": "==1.2.3+local",
    ">= 1.2": ">=1.2",
    ">1": ">1",
    "!=1.5": "!=1.5",
    ">=1.2 <2": ">=1.2,<2",
    ">=1.2,<2": ">=1.2,<2",
    ">=1.0,!=1.5,<2.0": ">=1.0,!=1.5,<2.0",
    ">=1.0.0-alpha.1": ">=1.0.0a1",
    # Poetry writes these with "||", which no other tool can read.
    "^1.0 || ^2.0": ">=1.0,<3.0",
    "<2 || >1": "",
    "<1.5 || >1.5": "!=1.5",
    "1.2 | >1.2": ">=1.2",
    "* || ^1": "",
}


@pytest.mark.parametrize(("constraint", "specifiers"), CONSTRAINTS.items())
def test_constraints_become_specifiers(constraint: str, specifiers: str) -> None:
    made = to_specifiers(parse_constraint(constraint))
    assert parse_specifiers(made) == parse_specifiers(specifiers)


@pytest.mark.parametrize(
    "constraint",
    [
        "",
        "x",
        "1.x",
        "^",
        "^1.*",
        "~",
        "1.2 || ",
        ">=",
        "^1 || ^3",
        "!=1 || 2",
        "é" * 2000,
    ],
)
def test_what_pep_440_cannot_say_is_refused(constraint: str) -> None:
    with pytest.raises(ConstraintError):
        to_specifiers(parse_constraint(constraint))


@pytest.mark.parametrize(
    ("constraint", "requires_python", "marker"),
    [
        (
            "^3.8",
            ">=3.8,<4.0",
            'python_version >= "3.8" and python_version < "4.0"',
        ),
        (
            "~2.7 || ^3.5",
            ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,!=3.4.*",
            (
                'python_version == "2.7" or '
                'python_version >= "3.5" and python_version < "4.0"'
            ),
        ),
        (
            "^2.7 || ^3.4",
            ">=2.7,!=3.1.*,!=3.2.*,!=3.3.*,!=3.0.*",
            (
                'python_version >= "2.7" and python_version < "3.0" or '
                'python_version >= "3.4" and python_version < "4.0"'
            ),
        ),
        ("*", "", ""),
        ("~3.8", ">=3.8,<3.9", 'python_version == "3.8"'),
        ("3.8.*", ">=3.8,<3.9", 'python_version == "3.8"'),
        ("3.8", ">=3.8,<3.9", 'python_version == "3.8"'),
        (">=3.6", ">=3.6", 'python_version >= "3.6"'),
        (
            ">=3.6.1,<4",
            ">=3.6.1,<4",
            'python_full_version >= "3.6.1" and python_version < "4"',
        ),
        (
            "^3.8.1",
            ">=3.8.1,<4.0.0",
            'python_full_version >= "3.8.1" and python_full_version < "4.0.0"',
        ),
        (
            ">3.6,<=3.8",
            ">3.6,<=3.8",
            'python_full_version > "3.6.0" and python_full_version <= "3.8.0"',
        ),
        (
            ">=2.7, !=3.0.*",
            ">=2.7,!=3.0.*",
            'python_version >= "2.7" and python_version != "3.0"',
        ),
    ],
)
def test_python_constraints(constraint: str, requires_python: str, marker: str) -> None:
    assert parse_specifiers(to_requires_python(constraint)) == parse_specifiers(
        requires_python
    )
    made = to_python_marker(constraint)
    assert made == marker
    assert not made or parse_marker(made) == parse_marker(marker)


@pytest.mark.parametrize(
    ("platform", "marker"),
    [
        ("linux", 'sys_platform == "linux"'),
        ("!=win32", 'sys_platform != "win32"'),
        ("win32 || darwin", 'sys_platform == "win32" or sys_platform == "darwin"'),
        ("*", ""),
    ],
)
def test_platforms(platform: str, marker: str) -> None:
    assert to_platform_marker(platform) == marker


@pytest.mark.parametrize(
    ("dependency", "requirement"),
    [
        pytest.param('"^1.2"', "foo>=1.2,<2.0", id="a constraint"),
        pytest.param('{version = "^1", extras = ["e"]}', "foo[e]>=1,<2", id="extras"),
        pytest.param(
            '{version = "^1", platform = "linux"}',
            'foo>=1,<2; sys_platform == "linux"',
            id="a platform",
        ),
        pytest.param(
            "{version = \"^1\", markers = \"os_name=='nt' or os_name=='posix'\", "
            'python = "^3.8"}',
            'foo>=1,<2; python_version >= "3.8" and python_version < "4.0" and '
            '(os_name == "nt" or os_name == "posix")',
            id="markers and a Python",
        ),
        pytest.param(
            '{git = "https://x.org/a.git", branch = "main"}',
            "foo @ git+https://x.org/a.git@main",
            id="a branch of git",
        ),
        pytest.param(
            '{git = "https://x.org/a.git", tag = "v1", subdirectory = "s", '
            'extras = ["e", "f"]}',
            "foo[e,f] @ git+https://x.org/a.git@v1#subdirectory=s",
            id="a tag, a folder and extras",
        ),
        pytest.param(
            '{git = "git@github.com:a/b.git"}',
            "foo @ git+ssh://git@github.com/a/b.git",
            id="git by ssh",
        ),
        pytest.param(
            '{git = "https://x.org/a.git", markers = "os_name == \'nt\'"}',
            'foo @ git+https://x.org/a.git ; os_name == "nt"',
            id="git under a marker",
        ),
        pytest.param(
            '{url = "https://x/foo-1.0.zip"}', "foo @ https://x/foo-1.0.zip", id="a URL"
        ),
        pytest.param(
            '{version = "^1", allow-prereleases = true, source = "x"}',
            "foo>=1,<2",
            id="keys that say nothing in PEP 508",
        ),
    ],
)
def test_dependencies_become_requirements(
    read: Any, dependency: str, requirement: str
) -> None:
    draft = read(f"{HEAD}[tool.poetry.dependencies]\nfoo = {dependency}\n")
    (made,) = draft.document().texts("requires_dist")
    assert parse_requirement(made) == parse_requirement(requirement)


def test_several_constraints_on_one_dependency(read: Any) -> None:
    draft = read(
        f"{HEAD}[tool.poetry.dependencies]\n"
        'foo = [{version = "1", python = "<3"}, {version = "2", python = ">=3"}]\n'
    )
    assert draft.document().texts("requires_dist") == (
        'foo==1; python_version < "3"',
        'foo==2; python_version >= "3"',
    )


def test_a_whole_project_needs_no_code(read: Any) -> None:
    draft = read(
        HEAD
        + """
maintainers = ["M <m@example.org>"]
license = "MIT"
readme = ["README.md", "CHANGES.md"]
homepage = "https://h"
repository = "https://r"
keywords = ["a"]
classifiers = ["Topic :: X"]
packages = [{include = "demo", from = "src"}]
include = ["extra.txt", {path = "tests", format = "sdist"}]

[tool.poetry.urls]
"Bug Tracker" = "https://b"

[tool.poetry.dependencies]
python = "^3.8"
foo = {version = "^1", optional = true}
bar = {version = "^2", optional = true, python = "<3.10"}
baz = "*"
unused = {version = "1", optional = true}

[tool.poetry.extras]
All_x = ["foo", "bar"]
y = ["foo"]

[tool.poetry.group.test.dependencies]
pytest = "^8"
[tool.poetry.group.all]
include-groups = ["test"]
[tool.poetry.dev-dependencies]
ruff = ">=0.1"
here = {path = "../here", develop = true}
far = {git = "https://g/far.git", tag = "v1"}
url = {url = "https://u/u-1.tar.gz"}
gap = "<1 || >2"

[tool.poetry.scripts]
demo = "demo:main"
old = {reference = "demo:old", type = "console", extras = ["y"]}
file = {reference = "bin/x", type = "file"}

[tool.poetry.plugins."demo.plugins"]
one = "demo.one:One"
""",
        {"README.md": "# Demo\n", "CHANGES.md": "News\n"},
    )
    assert draft.missing == ()
    document = draft.document()
    assert document.to_dict() == {
        "document_version": "1.0",
        "metadata_version": document.text("metadata_version"),
        "name": "demo",
        "version": "1.0",
        "summary": "A demo",
        "author": "B. Example",
        "author_email": "Ada <ada@example.org>",
        "maintainer_email": "M <m@example.org>",
        "license": "MIT",
        "keywords": ["a"],
        "classifier": ["Topic :: X"],
        "description": "# Demo\n\nNews\n",
        "description_content_type": "text/markdown",
        "project_url": {
            "Homepage": "https://h",
            "Repository": "https://r",
            "Bug Tracker": "https://b",
        },
        "requires_python": ">=3.8,<4.0",
        "provides_extra": ["all-x", "y"],
        "requires_dist": [
            'foo<2,>=1; extra == "all-x" or extra == "y"',
            'bar<3,>=2; python_version < "3.10" and extra == "all-x"',
            "baz",
        ],
        "dynamic": [
            "author",
            "author_email",
            "maintainer",
            "maintainer_email",
            "classifier",
        ],
        "sources": {
            "root": "src",
            "modules": ["demo"],
            "include": ["extra.txt", "tests"],
        },
        "build": {
            "backend": "poetry.core.masonry.api",
            "requires": ["poetry-core"],
            "dynamic": ["import_name", "import_namespace", "license_file"],
        },
        "extensions": {
            "python.commands": {
                "wrap_console": {"demo": "demo:main", "old": "demo:old [y]"}
            },
            "python.exports": {"exports": {"demo.plugins": {"one": "demo.one:One"}}},
            "python.groups": {
                "test": ["pytest>=8,<9"],
                "dev": [
                    "ruff>=0.1",
                    "far @ git+https://g/far.git@v1",
                    "url @ https://u/u-1.tar.gz",
                ],
                "all": ["pytest>=8,<9"],
            },
            "pysetup.legacy": {
                "poetry": {
                    "script_files": ["file"],
                    "groups": {
                        "dev": {
                            "here": {"path": "../here", "develop": True},
                            "gap": "<1 || >2",
                        }
                    },
                }
            },
        },
    }
    problems = find_problems(document.to_dict())
    assert [one for one in problems if one.severity == "error"] == []


@pytest.mark.parametrize(
    ("dependency", "reason"),
    [
        pytest.param(
            '{path = "../foo"}',
            "pyproject.toml:11: tool.poetry.dependencies.foo: "
            "foo is a file or folder beside the project",
            id="a folder",
        ),
        pytest.param(
            '"^1 || ^3"',
            "pyproject.toml:11: tool.poetry.dependencies.foo: "
            "foo has a gap that no PEP 440 specifier can say",
            id="a choice with a gap",
        ),
    ],
)
def test_what_no_requirement_can_say_is_left_to_poetry(
    read: Any, dependency: str, reason: str
) -> None:
    draft = read(f'{HEAD}[tool.poetry.dependencies]\nfoo = {dependency}\nbar = "1"\n')
    assert draft.missing == ("requires_dist",)
    assert draft.reasons == {"requires_dist": reason}
    assert "requires_dist" not in draft.mapping


def test_a_plugin_that_sets_the_version_is_named(read: Any) -> None:
    draft = read(f"{HEAD}[tool.poetry-dynamic-versioning]\nenable = true\n")
    assert draft.missing == ("version",)
    assert draft.reasons["version"] == (
        "pyproject.toml:10: tool.poetry-dynamic-versioning: this plugin computes it"
    )


def test_dynamic_keys_beside_a_project_table_come_from_poetry(read: Any) -> None:
    draft = read(
        HEAD
        + '[tool.poetry.dependencies]\nfoo = "^1"\n'
        + '[project]\nname = "demo"\ndynamic = ["version", "dependencies", '
        '"classifiers"]\n'
    )
    assert draft.missing == ("classifier",)
    assert draft.mapping["version"] == "1.0"
    assert draft.mapping["requires_dist"] == ["foo>=1,<2"]
    assert "summary" not in draft.mapping


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ('version = "x"', "tool.poetry.version"),
        ('authors = ["<no name>"]', "tool.poetry.authors[0]"),
        ('readme = "none.md"', "tool.poetry.readme"),
        ("urls = {a = 1}", "tool.poetry.urls.a"),
        ("dependencies = {foo = 1}", "tool.poetry.dependencies.foo"),
        ('dependencies = {"a b" = "1"}', "tool.poetry.dependencies.a b"),
        ('dependencies = {python = "x"}', "tool.poetry.dependencies.python"),
        ('scripts = {a = "not one"}', "tool.poetry.scripts.a"),
        ('keywords = "a"', "tool.poetry.keywords"),
    ],
)
def test_faults_are_told_with_their_place(read: Any, lines: str, field: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        read(f'[tool.poetry]\nname = "demo"\n{lines}\n')
    assert caught.value.field == field


@pytest.mark.law
@given(st.text("^~=!<>|*., v0123456789abcx", max_size=12))
def test_any_constraint_is_valid_or_refused(text: str) -> None:
    for convert in (lambda t: to_specifiers(parse_constraint(t)), to_requires_python):
        try:
            made = convert(text)
        except ConstraintError:
            continue
        parse_specifiers(made)
    try:
        marker = to_python_marker(text)
    except ConstraintError:
        return
    if marker:
        parse_marker(marker)


_VALUES = st.recursive(
    st.booleans()
    | st.integers(0, 9)
    | st.sampled_from(["", "a", "^1", "a <b@c>", "x:y"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "python",
                    "version",
                    "git",
                    "path",
                    "dependencies",
                    "type",
                    "optional",
                ]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=5,
)


@pytest.mark.law
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "version",
                "description",
                "authors",
                "license",
                "readme",
                "homepage",
                "urls",
                "keywords",
                "scripts",
                "dependencies",
                "dev-dependencies",
                "group",
                "extras",
                "packages",
                "include",
                "plugins",
            ]
        ),
        _VALUES,
        max_size=4,
    )
)
def test_any_table_is_read_or_refused(fake_files: Any, table: dict[str, Any]) -> None:
    text = to_toml_text({"tool": {"poetry": {"name": "demo", **table}}})
    try:
        pyproject.read(text.encode(), files=fake_files({}))
    except PysetupError:
        return


def test_groups_that_include_each_other_end(read: Any) -> None:
    lines = [
        f'[tool.poetry.group.g{n}]\ninclude-groups = ["g{m}", "g{m}"]'
        for n in range(60)
        for m in [(n + 1) % 60]
    ]
    lines.append('[tool.poetry.group.g5.dependencies]\nsix = "*"')
    groups = read("\n".join([HEAD, *lines])).document().extension("python.groups")
    assert groups["g0"] == ["six"]
    assert len(groups) == 60
