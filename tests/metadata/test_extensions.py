"""Extensions: the registry, who owns a name, and schemas that extensions bring."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.extensions import (
    STANDARD_EXTENSIONS,
    extension_schema_text,
    extension_schemas,
)
from pysetup.metadata.json_schema import ANNOTATIONS, KEYWORDS
from pysetup.metadata.patterns import is_simple_pattern
from pysetup.metadata.problems import Problem
from pysetup.metadata.schema import find_problems, schema_text

SMALL = {"metadata_version": "2.1", "name": "Demo", "version": "1.0"}
# A right value for every standard extension, with every key of its schema.
RIGHT: dict[str, dict[str, Any]] = {
    "pysetup.legacy": {
        "headers": [["X-Built-By", "hand"]],
        "keywords": "a,,b",
        "project_url": ["Home, https://example.org"],
        "bytes": {"\u00e9": "6Q=="},
        "setup.cfg": {"anything": ["goes"]},
    },
    "pysetup.platform": {
        "targets": {
            "fedora+42": {
                "name": "python3-demo",
                "requires": ["zlib >= 1.2"],
                "build_requires": ["gcc"],
                "recommends": ["less"],
                "suggests": ["emacs"],
                "provides": ["demo"],
                "conflicts": ["olddemo"],
                "replaces": ["olddemo < 2"],
                "names": {"requests": ["python3-requests"]},
                "options": {"section": "text"},
            }
        }
    },
    "python.commands": {
        "wrap_console": {"demo": "demo.command:main"},
        "wrap_gui": {"demo-window": "demo.window:main"},
        "prebuilt": ["demo.sh"],
    },
    "python.constraints": {
        "environments": ["python_version >= '3.11'", "'linux' in sys_platform"],
        "extension_metadata": {"org.example.abi": {"level": 2}},
    },
    "python.details": {
        "license": "MIT, but for the pictures",
        "keywords": ["demo"],
        "classifiers": ["Topic :: Text Processing"],
        "document_names": {
            "description": "README.md",
            "license": "LICENSE",
            "changelog": "NEWS.md",
        },
    },
    "python.exports": {
        "modules": ["demo", "demo.colours"],
        "namespaces": ["example_plugins"],
        "exports": {"demo.colours": {"red": "demo.colours:Red [fast]"}},
    },
    "python.external": {
        "build-requires": ["dep:virtual/compiler/c"],
        "host-requires": ["dep:generic/zlib@>=1.2,<2", "dep:github/apache/arrow@1.0"],
        "dependencies": ["dep:generic/git; sys_platform != 'win32'"],
        "optional-build-requires": {"fast": ["dep:virtual/compiler/rust"]},
        "optional-host-requires": {"fast": ["dep:generic/openssl"]},
        "optional-dependencies": {"pdf": ["dep:generic/poppler?arch=any#bin"]},
        "dependency-groups": {
            "test": ["dep:generic/valgrind", {"include-group": "base"}],
            "base": ["dep:pypi/pytest"],
        },
    },
    "python.files": {
        "categories": {"mandir": {"man1/demo.1": "docs/demo.1"}},
        "man_pages": ["docs/demo.1"],
        "completions": {
            "bash": ["complete/demo.bash"],
            "fish": ["complete/demo.fish"],
            "nushell": ["complete/demo.nu"],
            "powershell": ["complete/demo.ps1"],
            "zsh": ["complete/_demo"],
        },
        "desktop_entries": ["share/org.example.Demo.desktop"],
        "icons": {"48x48": ["share/demo.png"], "scalable": ["share/demo.svg"]},
        "metainfo": ["share/org.example.Demo.metainfo.xml"],
        "units": {"system": ["share/demo.service"], "user": ["share/demo.timer"]},
        "configuration": {"demo/demo.toml": "share/demo.toml"},
    },
    "python.groups": {"test": ["pytest>=8"], "docs": []},
    "python.integrator": {
        "contacts": [{"name": "The packagers", "email": "packagers@example.org"}],
        "contributors": [],
        "project_urls": {"Bugs": "https://bugs.example.org"},
    },
    "python.project": {
        "contacts": [
            {
                "name": "Ada Example",
                "email": "ada@example.org",
                "url": "https://example.org/ada",
                "role": "author",
            }
        ],
        "contributors": [{"name": "Grace Example"}],
        "project_urls": {"Documentation": "https://docs.example.org"},
    },
}
RESERVED = {
    "extension_version": "1.0",
    "extension_schema": "https://example.org/schema.json",
    "installer_must_handle": False,
}


def problems(extensions: dict[str, Any], **keys: Any) -> tuple[Problem, ...]:
    return find_problems({**SMALL, **keys, "extensions": extensions})


def stock(extensions: dict[str, Any]) -> bool:
    document = {**SMALL, "extensions": extensions}
    return jsonschema.Draft202012Validator(json.loads(schema_text())).is_valid(document)


def test_the_registry_and_the_folder_agree(project_root: Path) -> None:
    folder = project_root / "src" / "pysetup" / "metadata" / "schema" / "extensions"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{name}.schema.json" for name in STANDARD_EXTENSIONS
    ]
    assert tuple(sorted(RIGHT)) == STANDARD_EXTENSIONS


@pytest.mark.parametrize("name", STANDARD_EXTENSIONS)
def test_a_schema_stands_alone_and_knows_every_key_of_the_example(name: str) -> None:
    schema = json.loads(extension_schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:pysetup:extension:{name}:1.0"
    assert set(RESERVED) <= set(schema["properties"])
    if name not in ("python.groups", "pysetup.legacy"):
        assert {*RIGHT[name], *RESERVED} == set(schema["properties"])
    assert all(text.get("description") for text in schema["properties"].values())
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({**RIGHT[name], **RESERVED})


def test_definitions_of_one_name_are_the_same_everywhere() -> None:
    seen: dict[str, Any] = {}
    document = json.loads(schema_text())
    named = {key: one for key, one in document["$defs"].items() if "$id" not in one}
    for schema in ({"$defs": named}, *extension_schemas().values()):
        definitions: Any = schema["$defs"]
        for name, definition in definitions.items():
            assert seen.setdefault(name, definition) == definition, name


def test_schemas_use_no_keyword_that_our_validator_lacks() -> None:
    for schema in (schema_text(), *map(extension_schema_text, STANDARD_EXTENSIONS)):
        assert _keywords(json.loads(schema)) <= KEYWORDS | ANNOTATIONS


def _keywords(schema: dict[str, Any]) -> set[str]:
    found = set(schema)
    for key in ("properties", "$defs"):
        for below in schema.get(key, {}).values():
            found |= _keywords(below)
    for key in ("items", "additionalProperties", "propertyNames", "not"):
        if isinstance(schema.get(key), dict):
            found |= _keywords(schema[key])
    for below in schema.get("anyOf", []):
        found |= _keywords(below)
    return found


@pytest.mark.parametrize("name", STANDARD_EXTENSIONS)
def test_a_right_standard_extension_has_no_problem(name: str) -> None:
    extension = {**RIGHT[name], **RESERVED}
    assert problems({name: extension}) == ()
    assert stock({name: extension})


@pytest.mark.parametrize(
    ("name", "extension", "pointer", "rule"),
    [
        ("pysetup.legacy", {"headers": [["X"]]}, "/headers/0", "minItems"),
        ("pysetup.legacy", {"bytes": {"a": "!"}}, "/bytes/a", "pattern"),
        ("pysetup.platform", {"targets": {"A B": {}}}, "/targets/A B", "pattern"),
        (
            "pysetup.platform",
            {"targets": {"deb": {"depends": []}}},
            "/targets/deb/depends",
            "additionalProperties",
        ),
        (
            "python.commands",
            {"wrap_consol": {}},
            "/wrap_consol",
            "additionalProperties",
        ),
        ("python.commands", {"prebuilt": ["a/b"]}, "/prebuilt/0", "pattern"),
        (
            "python.commands",
            {"wrap_gui": {"a\u202eb": "c:d"}},
            "/wrap_gui/a\u202eb",
            "pattern",
        ),
        (
            "python.constraints",
            {"environments": ["x\ny"]},
            "/environments/0",
            "pattern",
        ),
        (
            "python.constraints",
            {"environments": ["3 == 3"]},
            "/environments/0",
            "marker",
        ),
        (
            "python.details",
            {"document_names": {"readme": "x"}},
            "/document_names/readme",
            "additionalProperties",
        ),
        ("python.exports", {"modules": ["1a"]}, "/modules/0", "pattern"),
        ("python.exports", {"exports": {"a]": {}}}, "/exports/a]", "pattern"),
        ("python.external", {"requires": []}, "/requires", "additionalProperties"),
        ("python.external", {"dependencies": ["zlib"]}, "/dependencies/0", "pattern"),
        (
            "python.external",
            {"dependencies": ["dep:generic/zlib@~=1"]},
            "/dependencies/0",
            "pattern",
        ),
        (
            "python.external",
            {"dependency-groups": {"a": [{"include": "b"}]}},
            "/dependency-groups/a/0",
            "anyOf",
        ),
        ("python.files", {"man_pages": ["../a.1"]}, "/man_pages/0", "pattern"),
        (
            "python.files",
            {"categories": {"bin": {}}},
            "/categories/bin",
            "additionalProperties",
        ),
        ("python.groups", {"test": "pytest"}, "/test", "type"),
        ("python.integrator", {"contacts": [{}]}, "/contacts/0/name", "required"),
        (
            "python.project",
            {"contacts": [{"name": "a", "email": "b"}]},
            "/contacts/0/email",
            "pattern",
        ),
    ],
)
def test_a_wrong_standard_extension_is_an_error(
    name: str, extension: dict[str, Any], pointer: str, rule: str
) -> None:
    (problem,) = problems({name: extension})
    assert problem.severity == "error"
    assert (problem.pointer, problem.rule) == (f"/extensions/{name}{pointer}", rule)
    assert stock({name: extension}) is (rule == "marker")


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("Demo", "demo"),
        ("Demo", "Demo.colours"),
        ("zope.interface", "zope.interface"),
        ("zope.interface", "zope-interface.x"),
        ("zope.interface", "zope.interface.x"),
        ("Demo", "org.example.thing"),
        ("Demo", "io.github.someone"),
        ("Demo", "de.example"),
        ("Demo", "python.details"),
    ],
)
def test_these_names_have_an_owner(project: str, name: str) -> None:
    assert problems({name: {}}, name=project) == ()


@pytest.mark.parametrize(
    ("name", "rule", "hint"),
    [
        ("other", "extension-owner", "begin it with demo"),
        ("demo-extra.x", "extension-owner", "begin it with demo"),
        ("other.thing", "extension-owner", "begin it with demo"),
        ("org", "extension-owner", "begin it with demo"),
        ("python", "extension-unknown", "begin it with demo"),
        ("python.detail", "extension-unknown", 'did you mean "python.details"?'),
        ("pysetup.legcy", "extension-unknown", 'did you mean "pysetup.legacy"?'),
    ],
)
def test_a_foreign_label_is_a_warning(name: str, rule: str, hint: str) -> None:
    (problem,) = problems({name: {}})
    assert (problem.pointer, problem.rule) == (f"/extensions/{name}", rule)
    assert (problem.severity, problem.hint) == ("warning", hint)


COLOURS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["colours"],
    "properties": {
        "colours": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/one"}},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "extension_version": {"const": "1.0"},
    },
    "additionalProperties": False,
    "$defs": {"one": {"enum": ["red", "green"]}},
}


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        ({"colours": ["red"], "count": 3.0}, []),
        ({"colours": ["red"], "extension_version": "1.0"}, []),
        ({}, ["/colours"]),
        ({"colours": ["blue"]}, ["/colours/0"]),
        ({"colours": ["red"] * 3}, ["/colours"]),
        ({"colours": [], "count": True}, ["/count"]),
        ({"colours": [], "count": 10, "size": 1}, ["/count", "/size"]),
    ],
)
def test_an_extension_is_held_to_the_schema_that_it_brings(
    content: dict[str, Any], pointers: list[str]
) -> None:
    found = problems({"demo": {**content, "extension_schema": COLOURS}})
    assert [problem.pointer for problem in found] == [
        f"/extensions/demo{pointer}" for pointer in pointers
    ]
    assert all(problem.severity == "error" for problem in found)
    assert jsonschema.Draft202012Validator(COLOURS).is_valid(content) is (not found)


def test_a_schema_behind_a_url_is_passed_over() -> None:
    extension = {"extension_schema": "https://example.org/x.json", "anything": 1}
    assert problems({"demo": extension}) == ()


@pytest.mark.parametrize(
    ("schema", "pointer", "severity"),
    [
        pytest.param({"type": "text"}, "/type", "error", id="an unknown type"),
        pytest.param({"properties": []}, "/properties", "error", id="a wrong type"),
        pytest.param({"items": {"not": 1}}, "/items/not", "error", id="no schema"),
        pytest.param(
            {"$schema": "http://json-schema.org/draft-07/schema#"},
            "/$schema",
            "error",
            id="another dialect",
        ),
        pytest.param(
            {"$ref": "https://example.org/x"}, "/$ref", "error", id="a remote schema"
        ),
        pytest.param(
            {"$ref": "#/$defs/a"}, "/$ref", "error", id="a reference to nothing"
        ),
        pytest.param(
            {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
            "",
            "error",
            id="a circle",
        ),
        pytest.param(
            {
                "$ref": "#/$defs/d0",
                "$defs": {
                    **{
                        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 9}
                        for n in range(30)
                    },
                    "d30": {},
                },
            },
            "",
            "error",
            id="an explosion",
        ),
        pytest.param(
            {"dependentRequired": {}}, "", "warning", id="a keyword that is not checked"
        ),
        pytest.param(
            {"propertyNames": {"pattern": "^(a+)+$"}},
            "/propertyNames/pattern",
            "warning",
            id="a pattern that could hang",
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_told(
    schema: dict[str, Any], pointer: str, severity: str
) -> None:
    extension = {"extension_schema": schema, "a" * 5000 + "!": 1}
    (problem,) = problems({"demo": extension})
    assert problem.pointer == f"/extensions/demo/extension_schema{pointer}"
    assert problem.severity == severity


@pytest.mark.parametrize(
    ("pattern", "simple"),
    [
        ("^[a-z]+$", True),
        ("^[0-9]{4}-[0-9]{2}$", True),
        (r"^\(?a|b$", True),
        ("(?:a|b)c", True),
        ("[", False),
        ("(a+)+", False),
        ("a*a*a*", False),
        (r"(a)\1", False),
        ("(?=a)", False),
        ("a{5000}", False),
        ("(a|b){3}", False),
    ],
)
def test_only_simple_patterns_are_run(pattern: str, simple: bool) -> None:  # noqa: FBT001 - a column of a table
    assert is_simple_pattern(pattern) is simple


@pytest.mark.law
@given(pattern=st.text("ab*+?{},0123[]()^$|\\.:-", max_size=12))
def test_a_simple_pattern_is_a_pattern_and_is_fast(pattern: str) -> None:
    if is_simple_pattern(pattern):
        re.compile(pattern).search("ab" * 200 + "a" * 200)
