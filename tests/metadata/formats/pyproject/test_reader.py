"""pyproject.toml: what each key becomes, and what is said of each fault."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.pyproject import (
    InvalidFieldError,
    InvalidTomlError,
    ProjectDraft,
    SeveralFaultsError,
    UnknownFieldError,
)
from pysetup.metadata.projections import find_differences, projections
from pysetup.metadata.schema import find_problems

NATIVE = """\
[build-system]
requires = ["pysetup"]
build-backend = "pysetup.backend"
"""
PROJECT = f"""\
{NATIVE}
[project]
name = "demo"
version = "1.0"
"""
FILES = {
    "README.md": "# Demo\r\n",
    "README.rst": "Demo\n",
    "README.txt": "Demo\n",
    "README": "Demo\n",
    "docs/empty.md": "",
    "latin.md": b"\xff",
    "LICENSE": "MIT text\n",
    "licenses/A.txt": "A\n",
    "licenses/B.txt": "B\n",
    "sub/deep/NOTICE": "N\n",
    "bad.bin": b"\xff",
}


@pytest.fixture
def read(fake_files: Any) -> Any:
    """Read a text as the pyproject.toml of a project with some files."""

    def read_text(text: str, files: dict[str, Any] | None = None) -> ProjectDraft:
        folder = fake_files(FILES if files is None else files)
        return pyproject.read(text.encode(), files=folder)

    return read_text


def document_of(draft: ProjectDraft) -> dict[str, Any]:
    """Return the document without what every document of these tests has."""
    values = draft.document().to_dict()
    common = ("document_version", "metadata_version", "name", "version", "license_file")
    return {key: value for key, value in values.items() if key not in common}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param(
            'description = " One line "', {"summary": "One line"}, id="summary"
        ),
        pytest.param(
            'readme = "README.md"',
            {"description": "# Demo\n", "description_content_type": "text/markdown"},
            id="a readme in Markdown",
        ),
        pytest.param(
            'readme = "./README.rst"',
            {"description": "Demo\n", "description_content_type": "text/x-rst"},
            id="a readme in reStructuredText",
        ),
        pytest.param(
            'readme = "README.txt"',
            {"description": "Demo\n", "description_content_type": "text/plain"},
            id="a plain readme",
        ),
        pytest.param('readme = "docs/empty.md"', {}, id="an empty readme"),
        pytest.param(
            'readme = {file = "README", content-type = "text/plain; charset=UTF-8"}',
            {
                "description": "Demo\n",
                "description_content_type": "text/plain; charset=UTF-8",
            },
            id="a readme table with a file",
        ),
        pytest.param(
            'readme = {text = "Hi", content-type = "text/markdown"}',
            {"description": "Hi", "description_content_type": "text/markdown"},
            id="a readme table with a text",
        ),
        pytest.param(
            'requires-python = ">=3.11"',
            {"requires_python": ">=3.11"},
            id="requires-python",
        ),
        pytest.param(
            'license = "mit or apache-2.0"',
            {"license_expression": "MIT OR Apache-2.0"},
            id="a licence expression",
        ),
        pytest.param(
            'license = {text = "Free"}', {"license": "Free"}, id="a licence text"
        ),
        pytest.param(
            'license = {file = "LICENSE"}',
            {"license": "MIT text"},
            id="a licence file, the old way",
        ),
        pytest.param(
            'authors = [{name = "A"}, {email = "b@c.d"}, '
            '{name = "E F", email = "e@f.g"}, {name = "H"}, '
            '{name = "I. \\"J\\" K", email = "i@k.l"}]',
            {
                "author": "A, H",
                "author_email": 'b@c.d, E F <e@f.g>, "I. \\"J\\" K" <i@k.l>',
            },
            id="authors",
        ),
        pytest.param(
            'maintainers = [{name = "J\u00f6rg", email = "j@x.y"}]',
            {"maintainer_email": "J\u00f6rg <j@x.y>"},
            id="maintainers",
        ),
        pytest.param(
            'keywords = ["a", "b c"]', {"keywords": ["a", "b c"]}, id="keywords"
        ),
        pytest.param(
            'classifiers = ["A :: B"]', {"classifier": ["A :: B"]}, id="classifiers"
        ),
        pytest.param(
            'urls = {Home = "https://a", "Bug Tracker" = "https://b"}',
            {"project_url": {"Home": "https://a", "Bug Tracker": "https://b"}},
            id="urls",
        ),
        pytest.param(
            'dependencies = ["a>=1", " b @ https://h/b.whl "]',
            {"requires_dist": ["a>=1", "b @ https://h/b.whl"]},
            id="dependencies",
        ),
        pytest.param(
            'optional-dependencies = {My_Extra = ["a>1", '
            "\"b; os_name == 'x'\", \"c; os_name == 'x' or os_name == 'y'\", "
            '"d @ https://h/d.whl"], none = []}\ndependencies = ["z"]',
            {
                "requires_dist": [
                    "z",
                    'a>1; extra == "my-extra"',
                    'b; os_name == "x" and extra == "my-extra"',
                    'c; (os_name == "x" or os_name == "y") and extra == "my-extra"',
                    'd @ https://h/d.whl ; extra == "my-extra"',
                ],
                "provides_extra": ["my-extra", "none"],
            },
            id="optional dependencies after the others",
        ),
        pytest.param(
            'import-names = ["demo", "_demo ; private"]\nimport-namespaces = ["ns"]',
            {"import_name": ["demo", "_demo ; private"], "import_namespace": ["ns"]},
            id="import names",
        ),
        pytest.param("import-names = []", {"import_name": []}, id="no import names"),
        pytest.param(
            'scripts = {demo = "demo:main"}\ngui-scripts = {win = "demo.w:m.n"}\n'
            '[project.entry-points."a.b"]\none = "demo"\ntwo = "demo:x [e]"',
            {
                "extensions": {
                    "python.commands": {
                        "wrap_console": {"demo": "demo:main"},
                        "wrap_gui": {"win": "demo.w:m.n"},
                    },
                    "python.exports": {
                        "exports": {"a.b": {"one": "demo", "two": "demo:x [e]"}}
                    },
                }
            },
            id="entry points",
        ),
        pytest.param(
            '[dependency-groups]\ntest = ["a>1", {include-group = "My_Docs"}, "b"]\n'
            'my-docs = ["c", "a"]',
            {
                "extensions": {
                    "python.groups": {
                        "test": ["a>1", "c", "a", "b"],
                        "my-docs": ["c", "a"],
                    }
                }
            },
            id="dependency groups with includes",
        ),
        pytest.param(
            '[external]\nhost-requires = ["dep:generic/zlib"]',
            {
                "extensions": {
                    "python.external": {"host-requires": ["dep:generic/zlib"]}
                }
            },
            id="external dependencies",
        ),
        pytest.param(
            '[tool.pysetup.build]\nhook = "make:build"\nrequires = ["cython"]\n'
            'options = {level = 2, on = true, f = 1.5}\ndynamic = ["python.exports"]',
            {
                "build": {
                    "hook": "make:build",
                    "requires": ["cython"],
                    "options": {"level": 2, "on": True, "f": 1.5},
                    "dynamic": ["python.exports"],
                }
            },
            id="a build hook",
        ),
        pytest.param(
            '[tool.pysetup.sources]\nroot = "lib"\nmodules = ["a", "b-stubs", "c.d"]\n'
            'include = ["x/*"]\nexclude = ["/y"]\n'
            'package-data = {a = ["*.json"]}\ndata-files = {"share/x" = ["z/*"]}',
            {
                "sources": {
                    "root": "lib",
                    "modules": ["a", "b-stubs", "c.d"],
                    "include": ["x/*"],
                    "exclude": ["/y"],
                    "package_data": {"a": ["*.json"]},
                    "data_files": {"share/x": ["z/*"]},
                }
            },
            id="sources",
        ),
        pytest.param(
            '[tool.pysetup.commands.bdist_deb]\ncallable = "a:b"\noptions = {x = "y"}',
            {"commands": {"bdist_deb": {"callable": "a:b", "options": {"x": "y"}}}},
            id="commands",
        ),
        pytest.param(
            '[tool.pysetup.extensions."demo"]\nx = [1, {y = "z"}]\n'
            '[tool.pysetup.extensions."python.commands"]\nprebuilt = ["p"]\n'
            '[project.scripts]\ndemo = "demo:main"',
            {
                "extensions": {
                    "demo": {"x": [1, {"y": "z"}]},
                    "python.commands": {
                        "wrap_console": {"demo": "demo:main"},
                        "prebuilt": ["p"],
                    },
                }
            },
            id="extensions, one of them in two places",
        ),
        pytest.param(
            '[tool.pysetup]\nlink-mode = "copy"\n[tool.other]\nx = 1979-05-27\n',
            {},
            id="settings and other tools' tables",
        ),
    ],
)
def test_keys_become_keys_of_the_document(
    read: Any, lines: str, expected: dict[str, Any]
) -> None:
    draft = read(PROJECT + lines)
    assert document_of(draft) == expected
    assert draft.missing == ()
    assert draft.is_native
    document = draft.document()
    assert [p for p in find_problems(document.to_dict()) if p.severity == "error"] == []
    assert find_differences(document, projections(document)) == ()


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        pytest.param(
            'license-files = ["LICEN[CS]E", "licenses/*"]',
            ["LICENSE", "licenses/A.txt", "licenses/B.txt"],
            id="globs",
        ),
        pytest.param(
            'license-files = ["**/NOTICE", "./LICENSE"]',
            ["LICENSE", "sub/deep/NOTICE"],
            id="any depth",
        ),
        pytest.param("license-files = []", [], id="none on purpose"),
        pytest.param("", ["LICENSE"], id="by default, those at the top"),
        pytest.param(
            'license = {file = "licenses/A.txt"}',
            ["LICENSE", "licenses/A.txt"],
            id="the one that is named in the old way",
        ),
    ],
)
def test_licence_files_are_found(read: Any, lines: str, files: list[str]) -> None:
    assert read(PROJECT + lines).mapping.get("license_file", []) == files


FAULTS = [
    ("name = 1", "project.name", "must be a string"),
    ('name = "a b"', "project.name", "'a b' is not a project name"),
    ('version = "1.x"', "project.version", "'1.x' is not a version"),
    ('description = "a\\nb"', "project.description", "must be one line"),
    ('readme = "NONE.md"', "project.readme", "no such file"),
    ('readme = "../README.md"', "project.readme", "climbs out"),
    ('readme = "/README.md"', "project.readme", "absolute"),
    ('readme = "README"', "project.readme", "unknown type"),
    ('readme = "latin.md"', "project.readme", "not UTF-8"),
    ("readme = 1", "project.readme", "must be a table"),
    ('readme = {file = "README.md"}', "project.readme", "needs a content-type"),
    (
        'readme = {content-type = "text/plain"}',
        "project.readme",
        "one of file and text",
    ),
    (
        'readme = {file = "README.md", text = "x", content-type = "text/plain"}',
        "project.readme",
        "not both",
    ),
    (
        'readme = {text = "x", content-type = "text/html"}',
        "project.readme.content-type",
        "is none of text/plain",
    ),
    (
        'readme = {text = "x", content-type = "text/plain; charset=latin-1"}',
        "project.readme.content-type",
        "charset other than UTF-8",
    ),
    ('requires-python = "3.8"', "project.requires-python", "not a version specifier"),
    ('license = "MITT"', "project.license", "not an SPDX"),
    ("license = 1", "project.license", "must be a string"),
    ('license = {file = "LICENSE", text = "x"}', "project.license", "not both"),
    ("license = {}", "project.license", "one of file and text"),
    ('license = {file = "NONE"}', "project.license.file", "no such file"),
    (
        'license = "MIT"\nclassifiers = ["License :: OSI Approved"]',
        "project.classifiers[0]",
        "beside a licence expression",
    ),
    ('license-files = "LICENSE"', "project.license-files", "array of strings"),
    ('license-files = {globs = ["L*"]}', "project.license-files", "array of globs"),
    ('license-files = ["NONE*"]', "project.license-files[0]", "matches no file"),
    ('license-files = ["../L"]', "project.license-files[0]", "is no glob"),
    ('license-files = ["/L"]', "project.license-files[0]", "is no glob"),
    ('license-files = ["L{a}"]', "project.license-files[0]", "is no glob"),
    ('license-files = ["L[a"]', "project.license-files[0]", "is no glob"),
    ("license-files = ['a\\b']", "project.license-files[0]", "is no glob"),
    ('license-files = ["bad.bin"]', "project.license-files", "not UTF-8"),
    ('authors = "A"', "project.authors", "array of tables"),
    ('authors = ["A"]', "project.authors[0]", "must be a table"),
    ("authors = [{}]", "project.authors[0]", "needs a name or an email"),
    ('authors = [{name = "A, B"}]', "project.authors[0].name", "without comma"),
    ('authors = [{name = "A\\nB"}]', "project.authors[0].name", "line break"),
    ('authors = [{email = "nobody"}]', "project.authors[0].email", "no e-mail"),
    ('authors = [{email = "a@b, c@d"}]', "project.authors[0].email", "no e-mail"),
    ("authors = [{name = 1}]", "project.authors[0].name", "must be a string"),
    ('keywords = "a"', "project.keywords", "array of strings"),
    ('keywords = ["a", 1]', "project.keywords[1]", "must be a string"),
    ('classifiers = ["a\\nb"]', "project.classifiers[0]", "must be one line"),
    ('urls = ["a"]', "project.urls", "must be a table"),
    ('urls = {"a,b" = "c"}', "project.urls.a,b", "without comma"),
    ('urls = {a = "c\\nd"}', "project.urls.a", "one line"),
    ("urls = {a = 1}", "project.urls.a", "must be a string"),
    ('dependencies = ["no good"]', "project.dependencies[0]", "not a requirement"),
    (
        'optional-dependencies = {"a b" = []}',
        "project.optional-dependencies.a b",
        "not a project name",
    ),
    (
        "optional-dependencies = {a_b = [], a-b = []}",
        "project.optional-dependencies.a-b",
        "a second time",
    ),
    (
        'optional-dependencies = {a = ["-"]}',
        "project.optional-dependencies.a[0]",
        "not a requirement",
    ),
    ('import-names = ["1a"]', "project.import-names[0]", "no import name"),
    ('import-names = ["a; public"]', "project.import-names[0]", "no import name"),
    ("import-namespaces = []", "project.import-namespaces", "must not be empty"),
    (
        'import-names = ["a;private"]\nimport-namespaces = ["a"]',
        "project.import-namespaces[0]",
        "import-names too",
    ),
    ('scripts = {a = "b"}', "project.scripts.a", "must name a function"),
    ('scripts = {a = "b c"}', "project.scripts.a", "not an entry point"),
    ('scripts = ["a"]', "project.scripts", "must be a table"),
    ("scripts = {a = 1}", "project.scripts.a", "must be a string"),
    (
        '[project.entry-points.console_scripts]\na = "b:c"',
        "project.entry-points.console_scripts",
        "cannot stand here",
    ),
    (
        '[project.entry-points.gui_scripts]\na = "b:c"',
        "project.entry-points.gui_scripts",
        "cannot stand here",
    ),
    (
        'entry-points = {g = {s = {a = "b:c"}}}',
        "project.entry-points.g.s",
        "must be a string",
    ),
    ('entry-points = {g = "a:b"}', "project.entry-points.g", "must be a table"),
    ('dynamic = ["version"]', "project.dynamic[0]", "has a value too"),
    ('dynamic = ["name"]', "project.dynamic[0]", "cannot be dynamic"),
    ('dynamic = ["licence"]', "project.dynamic[0]", "cannot be dynamic"),
    ('dynamic = ["dynamic"]', "project.dynamic[0]", "cannot be dynamic"),
    ('dynamic = ["classifiers"]', "project.dynamic", "needs a build hook"),
    ('[dependency-groups]\na = ["-"]', "dependency-groups.a[0]", "not a requirement"),
    ('[dependency-groups]\na = "b"', "dependency-groups.a", "must be an array"),
    (
        '[dependency-groups]\na = [{include-group = "b"}]',
        "dependency-groups.a[0]",
        "no group",
    ),
    (
        '[dependency-groups]\na = [{include = "b"}]',
        "dependency-groups.a[0]",
        "neither requirement nor include",
    ),
    (
        '[dependency-groups]\na = [{include-group = "a"}]',
        "dependency-groups.a",
        "includes itself",
    ),
    ("[dependency-groups]\na_b = []\na-b = []", "dependency-groups.a-b", "second time"),
    ('[dependency-groups]\n"a b" = []', "dependency-groups.a b", "not a project name"),
    ('[tool.pysetup.build]\nhook = "a"', "tool.pysetup.build.hook", "no callable"),
    (
        '[tool.pysetup.build]\nrequires = ["-"]',
        "tool.pysetup.build.requires[0]",
        "not a requirement",
    ),
    (
        "[tool.pysetup.build]\noptions = {a = 1979-05-27}",
        "tool.pysetup.build.options.a",
        "no JSON form",
    ),
    (
        "[tool.pysetup.build]\noptions = {a = [inf]}",
        "tool.pysetup.build.options.a[0]",
        "no JSON form",
    ),
    (
        "[tool.pysetup.build]\noptions = {a = 9007199254740993}",
        "tool.pysetup.build.options.a",
        "no JSON form",
    ),
    (
        '[tool.pysetup.build]\ndynamic = ["a b"]',
        "tool.pysetup.build.dynamic[0]",
        "not a project name",
    ),
    (
        '[tool.pysetup.sources]\nroot = "../x"',
        "tool.pysetup.sources.root",
        "climbs out",
    ),
    (
        '[tool.pysetup.sources]\nmodules = ["a/b"]',
        "tool.pysetup.sources.modules[0]",
        "is no module",
    ),
    (
        '[tool.pysetup.sources]\ninclude = [""]',
        "tool.pysetup.sources.include[0]",
        "glob pattern",
    ),
    (
        '[tool.pysetup.sources]\npackage-data = ["a"]',
        "tool.pysetup.sources.package-data",
        "must be a table",
    ),
    (
        '[tool.pysetup.commands.deb]\ncallable = "a:b"',
        "tool.pysetup.commands.deb",
        "must be called bdist_",
    ),
    (
        "[tool.pysetup.extensions]\nx = 1",
        "tool.pysetup.extensions.x",
        "must be a table",
    ),
    (
        '[tool.pysetup.extensions."a b"]',
        "tool.pysetup.extensions.a b",
        "not a project name",
    ),
    ("[tool]\npysetup = 1", "tool.pysetup", "must be a table"),
]


@pytest.mark.parametrize(
    ("lines", "field", "reason"),
    [pytest.param(*fault, id=fault[0].replace("\n", " ")) for fault in FAULTS],
)
def test_a_fault_names_its_field_its_line_and_its_reason(
    read: Any, lines: str, field: str, reason: str
) -> None:
    base = PROJECT
    for key in ("name", "version"):
        if lines.startswith(f"{key} = "):
            base = "".join(
                line
                for line in PROJECT.splitlines(keepends=True)
                if not line.startswith(f"{key} = ")
            )
    with pytest.raises(InvalidFieldError) as caught:
        read(base + lines)
    assert caught.value.field == field
    assert reason in caught.value.message
    assert caught.value.message.startswith(
        f"pyproject.toml:{caught.value.place.line}: "
    )
    first = base.count("\n") + 1
    assert first <= caught.value.place.line <= first + lines.count("\n")
    assert caught.value.hints


@pytest.mark.parametrize(
    ("text", "field", "line", "hint"),
    [
        pytest.param(
            '[project]\nname = "a"\nversion = "1"\nlicence = "MIT"',
            "licence",
            4,
            'did you mean "license"?',
            id="a misspelt key",
        ),
        pytest.param(
            '[project]\nname = "a"\nversion = "1"\nxyz = 1',
            "xyz",
            4,
            "",
            id="a key like no other",
        ),
        pytest.param(
            '[projet]\nname = "a"',
            "projet",
            1,
            'did you mean "project"?',
            id="a misspelt table",
        ),
        pytest.param(
            '[build-system]\nrequires = []\nbackend = "a"',
            "backend",
            3,
            'did you mean "backend-path"?',
            id="a key of build-system",
        ),
        pytest.param(
            '[project]\nname = "a"\nversion = "1"\nauthors = [{nam = "x"}]',
            "nam",
            4,
            'did you mean "name"?',
            id="a key of an author",
        ),
        pytest.param(
            '[project]\nname = "a"\nversion = "1"\nlicense = {path = "x", text = "y"}',
            "path",
            4,
            "",
            id="a key of a licence table",
        ),
        pytest.param(
            "[tool.pysetup.source]\nx = 1",
            "source",
            1,
            'did you mean "sources"?',
            id="a misspelt section of ours",
        ),
        pytest.param(
            "[tool.pysetup.build]\nhok = 1",
            "hok",
            2,
            'did you mean "hook"?',
            id="a misspelt key of ours",
        ),
        pytest.param(
            "[external]\nrequires = []",
            "requires",
            2,
            'did you mean "host-requires"?',
            id="a key of external",
        ),
    ],
)
def test_an_unknown_field_is_told_with_the_nearest_name(
    read: Any, text: str, field: str, line: int, hint: str
) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        read(text)
    error = caught.value
    assert (error.code, error.field, error.place.line) == ("PS2007", field, line)
    assert (hint in error.hints) is bool(hint)
    assert str(error.facts["here"]).rstrip().endswith(hint or "^")


def test_the_fields_of_the_message_are_those_of_the_design(read: Any) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        read('\n\n\n\n\n[project]\nname = "a"\nversion = "1"\nlicence = "MIT"\n')
    error = caught.value
    assert error.message == 'pyproject.toml:9: "licence" is not a field of [project]'
    assert error.facts["here"] == (
        '9 | licence = "MIT"\n  | ^^^^^^^ did you mean "license"?'
    )


def test_a_document_with_five_faults_reports_five(read: Any) -> None:
    text = """\
[project]
licence = "MIT"
version = "1.x"
dependencies = ["ok", "no good"]
authors = [{email = "x"}]
"""
    with pytest.raises(SeveralFaultsError) as caught:
        read(text)
    error = caught.value
    assert [fault.code for fault in error.errors] == [
        "PS2127",
        "PS2007",
        "PS2127",
        "PS2127",
        "PS2127",
    ]
    assert "5 faults" in error.message
    lines = [fault.facts["line"] for fault in error.errors]
    assert lines == [1, 2, 3, 4, 5]
    assert isinstance(error.facts["faults"], list)
    assert len(error.facts["faults"]) == 5


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param('[project]\nversion = "1"', "lacks the key name", id="no name"),
        pytest.param('[project]\nname = "a"', "lacks the key version", id="no version"),
        pytest.param(
            '[build-system]\nbuild-backend = "a"',
            "lacks the key requires",
            id="no requires",
        ),
        pytest.param(
            '[build-system]\nrequires = []\nbackend-path = ["."]',
            "needs a build-backend",
            id="a path without back end",
        ),
        pytest.param(
            '[build-system]\nrequires = []\nbuild-backend = "a b"',
            "names no module",
            id="a back end that is no module",
        ),
        pytest.param(
            '[build-system]\nrequires = []\nbuild-backend = "a"\n'
            'backend-path = ["../x"]',
            "climbs out",
            id="a path outside",
        ),
        pytest.param(
            '[build-system]\nrequires = ["-"]',
            "not a requirement",
            id="a bad requirement",
        ),
        pytest.param(
            '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n'
            '[tool.pysetup.build]\nhook = "a:b"',
            "needs our own back end",
            id="a hook beside another back end",
        ),
        pytest.param(
            '[build-system]\nrequires = []\nbuild-backend = "pysetup.backend"\n'
            '[project]\nname = "a"\ndynamic = ["version"]',
            "pysetup.backend computes none",
            id="our back end knows no version",
        ),
        pytest.param("project = 1", "must be a table", id="a table that is none"),
    ],
)
def test_what_is_needed_is_missed(read: Any, lines: str, reason: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        read(lines)
    assert reason in caught.value.message


def test_a_foreign_back_end_may_take_a_licence_classifier_beside_an_expression(
    read: Any,
) -> None:
    draft = read(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "demo"\nversion = "1"\nlicense = "MIT"\n'
        'classifiers = ["License :: OSI Approved :: MIT License"]\n'
    )
    assert not draft.is_native
    assert draft.mapping["license_expression"] == "MIT"
    assert draft.mapping["classifier"] == ["License :: OSI Approved :: MIT License"]


def test_a_syntax_error_is_told(read: Any) -> None:
    with pytest.raises(InvalidTomlError):
        read("[project")


@pytest.mark.law
@given(
    name=st.sampled_from(["demo", "Demo.X", "a_b"]),
    keywords=st.lists(st.text("abc \u00e9", min_size=1).filter(str.strip), max_size=3),
    people=st.lists(
        st.fixed_dictionaries(
            {
                "name": st.text('A b.\u00e9"', min_size=1).filter(str.strip),
                "email": st.sampled_from(["a@b.c", "x.y+z@example.org"]),
            }
        ),
        max_size=3,
    ),
    requires=st.lists(
        st.sampled_from(["a", "b>=1; os_name == 'x'", "c[d]"]), max_size=3
    ),
)
def test_what_is_read_is_valid_and_reaches_metadata(
    fake_files: Any, **table: Any
) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    people = ", ".join(
        f"{{name = {quoted(p['name'])}, email = {quoted(p['email'])}}}"
        for p in table["people"]
    )
    text = f"""{NATIVE}
[project]
name = {quoted(table["name"])}
version = "1.0"
keywords = [{", ".join(map(quoted, table["keywords"]))}]
authors = [{people}]
dependencies = [{", ".join(map(quoted, table["requires"]))}]
"""
    document = pyproject.read(text.encode(), files=fake_files({})).document()
    assert [p for p in find_problems(document.to_dict()) if p.severity == "error"] == []
    assert find_differences(document, projections(document)) == ()
    assert Metadata.from_json(document.to_json()) == document


@pytest.mark.law
@given(
    table=st.dictionaries(
        st.sampled_from(
            [
                "name",
                "version",
                "readme",
                "license",
                "authors",
                "urls",
                "dependencies",
                "dynamic",
                "scripts",
                "entry-points",
                "optional-dependencies",
                "license-files",
                "import-names",
                "import-namespaces",
                "odd",
            ]
        ),
        st.sampled_from(
            [
                '"a"',
                "1",
                "[]",
                "{}",
                '["a"]',
                '[{a = "b"}]',
                '{a = "b"}',
                "[1]",
                "{a = 1}",
                "true",
                "1979-05-27",
                "[[]]",
                '{a = ["b"]}',
                '""',
                '["version"]',
                '["classifiers", "name"]',
            ]
        ),
    )
)
def test_any_table_is_read_or_refused(fake_files: Any, table: dict[str, str]) -> None:
    text = "[project]\n" + "".join(f"{key} = {value}\n" for key, value in table.items())
    try:
        pyproject.read(text.encode(), files=fake_files(FILES))
    except PysetupError:
        return


def test_groups_that_double_at_each_step_are_refused(read: Any) -> None:
    include = '{include-group = "g%d"}'
    groups = [f"g{n} = [{include % (n + 1)}, {include % (n + 1)}]" for n in range(60)]
    with pytest.raises(PysetupError) as caught:
        read("\n".join([PROJECT, "[dependency-groups]", *groups, 'g60 = ["a"]']))
    assert "more than 10000 requirements" in caught.value.message
