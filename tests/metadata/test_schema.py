"""The schema and ``find_problems``, held to the verdicts of the jsonschema library."""

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pysetup.metadata.document import OWN_SECTIONS, Metadata
from pysetup.metadata.fields import BY_KEY
from pysetup.metadata.json_schema import ANNOTATIONS, KEYWORDS
from pysetup.metadata.problems import Problem
from pysetup.metadata.schema import find_problems, schema_text
from pysetup.standards.names import is_name
from pysetup.standards.requirements import InvalidRequirementError, parse_requirement
from pysetup.standards.versions import InvalidVersionError, parse_version

SCHEMA: dict[str, Any] = json.loads(schema_text())
STOCK = jsonschema.Draft202012Validator(SCHEMA)
SMALL = {"metadata_version": "2.1", "name": "demo", "version": "1.0"}


def errors(document: dict[str, Any]) -> list[Problem]:
    return [p for p in find_problems(document) if p.severity == "error"]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_uses_no_keyword_that_our_validator_lacks() -> None:
    assert _keywords(SCHEMA) <= KEYWORDS | ANNOTATIONS


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


def test_the_schema_knows_every_key_of_the_model() -> None:
    assert set(SCHEMA["properties"]) == {*BY_KEY, *OWN_SECTIONS}


def test_every_key_says_who_writes_and_who_reads_it() -> None:
    for key, schema in SCHEMA["properties"].items():
        assert schema["description"], key
        assert schema["$comment"].startswith("written by: "), key
        assert "; read by: " in schema["$comment"], key


def test_the_example_uses_every_key_and_has_no_problem(example: Metadata) -> None:
    # license and license_expression exclude each other.
    assert set(SCHEMA["properties"]) - set(example.to_dict()) == {"license"}
    assert find_problems(example.to_dict()) == ()
    assert STOCK.is_valid(example.to_dict())


def test_the_example_is_written_as_we_write(
    example: Metadata, example_path: Any
) -> None:
    assert example_path.read_bytes() == example.to_json()


@pytest.mark.parametrize(
    ("keys", "pointer", "rule"),
    [
        pytest.param({"name": None}, "/name", "type", id="null"),
        pytest.param({"name": "a b"}, "/name", "pattern", id="a bad name"),
        pytest.param({"name": "a\n"}, "/name", "pattern", id="a line feed at the end"),
        pytest.param({"name": "a" * 215}, "/name", "maxLength", id="a long name"),
        pytest.param({"version": "1.x"}, "/version", "pattern", id="a bad version"),
        pytest.param(
            {"metadata_version": "3.0"},
            "/metadata_version",
            "pattern",
            id="an unknown major version",
        ),
        pytest.param(
            {"document_version": "2.0"},
            "/document_version",
            "const",
            id="another document version",
        ),
        pytest.param({"summary": "a\nb"}, "/summary", "pattern", id="two lines"),
        pytest.param({"summary": ""}, "/summary", "minLength", id="an empty text"),
        pytest.param(
            {"classifier": "A"}, "/classifier", "type", id="a string for a list"
        ),
        pytest.param(
            {"classifier": ["A", 1]}, "/classifier/1", "type", id="a number in a list"
        ),
        pytest.param(
            {"dynamic": ["version"]}, "/dynamic/0", "pattern", id="a dynamic version"
        ),
        pytest.param({"dynamic": ["a", "a"]}, "/dynamic", "uniqueItems", id="twice"),
        pytest.param(
            {"requires_dist": ["a b"]},
            "/requires_dist/0",
            "pattern",
            id="a bad requirement",
        ),
        pytest.param(
            {"requires_dist": ["a; b"]},
            "/requires_dist/0",
            "requirement",
            id="a bad marker",
        ),
        pytest.param(
            {"requires_python": "3.8"},
            "/requires_python",
            "pattern",
            id="a bare version as specifier",
        ),
        pytest.param(
            {"requires_python": ">=3.x"},
            "/requires_python",
            "specifiers",
            id="a bad version in a specifier",
        ),
        pytest.param(
            {"license_expression": "MITT"},
            "/license_expression",
            "license-expression",
            id="an unknown licence",
        ),
        pytest.param(
            {"license": "MIT", "license_expression": "MIT"},
            "/license",
            "license-twice",
            id="two ways to say the licence",
        ),
        pytest.param(
            {"license_file": ["../LICENSE"]},
            "/license_file/0",
            "pattern",
            id="a path that climbs out",
        ),
        pytest.param(
            {"license_file": ["a//b"]},
            "/license_file/0",
            "path",
            id="a path with an empty part",
        ),
        pytest.param(
            {"import_name": ["a", "1a"]},
            "/import_name/1",
            "pattern",
            id="a bad import name",
        ),
        pytest.param(
            {"import_name": ["a; private"], "import_namespace": ["a"]},
            "/import_namespace/0",
            "import-ambiguous",
            id="name and namespace",
        ),
        pytest.param(
            {"project_url": {"a,b": "c"}},
            "/project_url/a,b",
            "pattern",
            id="a comma in a label",
        ),
        pytest.param(
            {"project_url": {"a/~": "c\nd"}},
            "/project_url/a~1~0",
            "pattern",
            id="a pointer with escapes",
        ),
        pytest.param({"Summary": "x"}, "/Summary", "pattern", id="a key in capitals"),
        pytest.param(
            {"future": {"a": ["b"]}},
            "/future",
            "anyOf",
            id="a future key deeper than core metadata",
        ),
        pytest.param(
            {"build": {"hook": "a:b", "backend": "c"}},
            "/build",
            "not",
            id="hook and back end",
        ),
        pytest.param(
            {"build": {"hoook": "a:b"}},
            "/build/hoook",
            "additionalProperties",
            id="an unknown key of build",
        ),
        pytest.param(
            {"build": {"hook": "a"}}, "/build/hook", "pattern", id="no callable"
        ),
        pytest.param(
            {"build": {"requires": ["a>>1"]}},
            "/build/requires/0",
            "pattern",
            id="a bad build requirement",
        ),
        pytest.param(
            {"commands": {"deb": {"callable": "a:b"}}},
            "/commands/deb",
            "pattern",
            id="a command without bdist",
        ),
        pytest.param(
            {"commands": {"bdist_deb": {"function": "a:b"}}},
            "/commands/bdist_deb/function",
            "additionalProperties",
            id="a command with an unknown key",
        ),
        pytest.param(
            {"sources": {"modules": ["a/b"]}},
            "/sources/modules/0",
            "pattern",
            id="a path as module",
        ),
        pytest.param(
            {"extensions": {"demo": 1}},
            "/extensions/demo",
            "type",
            id="an extension that is no object",
        ),
        pytest.param(
            {"extensions": {"demo": {"installer_must_handle": "yes"}}},
            "/extensions/demo/installer_must_handle",
            "type",
            id="a string for a boolean",
        ),
        pytest.param(
            {"extensions": {"python.commands": {"wrap_console": {"a": "b c"}}}},
            "/extensions/python.commands/wrap_console/a",
            "pattern",
            id="no reference",
        ),
        pytest.param(
            {"extensions": {"python.commands": {"wrap_console": {"a=b": "c:d"}}}},
            "/extensions/python.commands/wrap_console/a=b",
            "pattern",
            id="a bad name of an entry point",
        ),
        pytest.param(
            {"extensions": {"python.groups": {"g": ["a; b"]}}},
            "/extensions/python.groups/g/0",
            "requirement",
            id="a bad requirement in a group",
        ),
    ],
)
def test_problems_have_pointer_and_rule(
    keys: dict[str, Any], pointer: str, rule: str
) -> None:
    document = {**SMALL, **keys}
    (problem,) = errors(document)
    assert (problem.pointer, problem.rule) == (pointer, rule)
    assert problem.message
    assert STOCK.is_valid(document) is (rule not in KEYWORDS)
    assert problem.to_json()["severity"] == "error"


@pytest.mark.parametrize("key", ["metadata_version", "name", "version"])
def test_what_is_required_is_missed(key: str) -> None:
    document = {name: value for name, value in SMALL.items() if name != key}
    (problem,) = errors(document)
    assert (problem.pointer, problem.rule) == (f"/{key}", "required")


@pytest.mark.parametrize(
    ("keys", "pointer", "hint"),
    [
        pytest.param(
            {"licence": "MIT"},
            "/licence",
            'did you mean "license"?',
            id="a misspelt key",
        ),
        pytest.param(
            {"default_extra": ["x"]}, "/default_extra", "", id="a key of the future"
        ),
        pytest.param(
            {"metadata_version": "2.9"},
            "/metadata_version",
            "",
            id="a newer minor version",
        ),
        pytest.param(
            {"dynamic": ["require_dist"]},
            "/dynamic/0",
            'did you mean "requires_dist"?',
            id="an unknown dynamic field",
        ),
        pytest.param(
            {"description_content_type": "text/html"},
            "/description_content_type",
            "",
            id="another content type",
        ),
        pytest.param(
            {"project_url": {"a" * 33: "b"}},
            f"/project_url/{'a' * 33}",
            "",
            id="a long label",
        ),
        pytest.param(
            {"provides_extra": ["a_b", "a-b"]},
            "/provides_extra/1",
            "join the two",
            id="two spellings of an extra",
        ),
        pytest.param(
            {"extensions": {"other": {}}},
            "/extensions/other",
            "begin it with demo",
            id="an extension of nobody",
        ),
    ],
)
def test_oddities_are_warnings(keys: dict[str, Any], pointer: str, hint: str) -> None:
    (problem,) = find_problems({**SMALL, **keys})
    assert problem.severity == "warning"
    assert (problem.pointer, problem.hint) == (pointer, hint)
    assert STOCK.is_valid({**SMALL, **keys})


@pytest.mark.parametrize("name", ["demo", "Demo", "python.details", "org.example.x"])
def test_extensions_of_the_project_or_a_domain_are_as_they_should_be(name: str) -> None:
    assert find_problems({**SMALL, "extensions": {name: {}}}) == ()


# What a mutation puts in the place of a value.
ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "a", "a\n", "1.0", "a:b", "../x", "A B", ">=1", "bdist_x", "\u2028"]
    ),
    st.text(max_size=5),
    st.lists(st.sampled_from(["a", "", 1, None, "a:b", "a>=1"]), max_size=3),
    st.dictionaries(
        st.sampled_from(["hook", "backend", "callable", "a", "", "A,"]),
        st.sampled_from(["a", "a:b", 1, [], {}, ["a"]]),
        max_size=3,
    ),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _paths(item, (*path, index))
    return found


@pytest.mark.law
@settings(max_examples=400)
@given(data=st.data())
def test_the_stock_validator_agrees_about_every_mutation(
    data: st.DataObject, example: Metadata
) -> None:
    document: Any = copy.deepcopy(example.to_dict())
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(_paths(document)[1:]))
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        match data.draw(st.sampled_from(["replace", "remove", "rename", "add"])):
            case "replace":
                holder[path[-1]] = data.draw(ODD_VALUES)
            case "remove":
                del holder[path[-1]]
            case "rename" if isinstance(holder, dict):
                holder[data.draw(st.text("aA_,.~/", max_size=4))] = holder.pop(path[-1])
            case _ if isinstance(holder, dict):
                holder[data.draw(st.text("aA_b", max_size=4))] = data.draw(ODD_VALUES)
            case _:
                holder.append(data.draw(ODD_VALUES))
    ours = [p for p in find_problems(document) if p.rule in KEYWORDS]
    assert STOCK.is_valid(document) is (not ours)


def _matches(definition: str, text: str) -> bool:
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{definition}"}
    return jsonschema.Draft202012Validator(schema).is_valid(text)


@pytest.mark.law
@given(text=st.text("aZ09._-\n\u017f\u00e9", max_size=6))
def test_the_pattern_of_names_is_the_grammar_of_names(text: str) -> None:
    assert _matches("name", text) is is_name(text)


@pytest.mark.law
@settings(max_examples=500)
@given(
    text=st.lists(
        st.sampled_from(
            [
                "1",
                "0",
                ".",
                "!",
                "a",
                "b",
                "rc",
                "C",
                "alpha",
                "BETA",
                "pre",
                "post",
                "rev",
                "r",
                "dev",
                "-",
                "_",
                "+",
                "local",
                "v",
                "V",
                "\n",
                " ",
            ]
        ),
        max_size=7,
    ).map("".join)
)
def test_the_pattern_of_versions_is_the_grammar_of_versions(text: str) -> None:
    try:
        parse_version(text)
    except InvalidVersionError:
        assert not _matches("version", text)
    else:
        # Readers strip white space; a document holds none.
        assert _matches("version", text) is (text == text.strip())


@pytest.mark.law
@settings(max_examples=500)
@given(
    text=st.lists(
        st.sampled_from(
            [
                "name",
                "[",
                "]",
                "x",
                ",",
                ">=",
                "1.2",
                "~=",
                "==1.*",
                "(",
                ")",
                " ",
                "@ https://h/p",
                ";",
                ' os_name == "x"',
                "!",
                "\t",
            ]
        ),
        max_size=8,
    ).map("".join)
)
def test_the_pattern_of_requirements_refuses_no_good_one(text: str) -> None:
    try:
        parse_requirement(text)
    except InvalidRequirementError:
        return
    assert _matches("requirement", text)


@pytest.mark.parametrize(
    "text",
    [
        "a===odd-1",
        "a[b]===x[1]",
        "a (>=1,)",
        "a[ ]",
        "A.b-c[d , e]~= 1.4.2 ;os_name=='x'",
    ],
)
def test_rare_requirements_are_good(text: str) -> None:
    assert errors({**SMALL, "requires_dist": [text]}) == []
    assert STOCK.is_valid({**SMALL, "requires_dist": [text]})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" + "===1," * 800 + " x y", id="many equalities"),
        pytest.param("a" * 4000 + "!", id="a long name"),
        pytest.param("a[" + "b," * 2000, id="many extras"),
        pytest.param("a" + ">=1," * 1000 + "x y", id="many specifiers"),
        pytest.param("a" + "." * 4000, id="many dots"),
        pytest.param("a " + " " * 4000 + "!", id="many blanks"),
    ],
)
def test_no_pattern_is_slow(text: str) -> None:
    # A pattern that tries everything would not come back within the test run.
    assert errors(
        {**SMALL, "requires_dist": [text] * 20, "name": text, "version": text}
    )
