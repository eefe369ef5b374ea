"""pydist.json of PEP 426 and metadata.json of old wheels, both ways."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import InvalidDocumentError, Metadata
from pysetup.metadata.fields import UnsupportedMetadataVersionError
from pysetup.metadata.formats.pep426 import losses, read, write
from pysetup.metadata.schema import find_problems
from pysetup.standards.jsontext import InvalidJsonError
from pysetup.standards.names import InvalidNameError
from pysetup.standards.versions import InvalidVersionError

REQUIRED = {"metadata_version": "2.0", "name": "demo", "version": "1.0"}
# As bdist_wheel 0.2x wrote it.
OLD_WHEEL: dict[str, Any] = {
    **REQUIRED,
    "classifiers": ["Topic :: X"],
    "description_content_type": "UNKNOWN",
    "extensions": {
        "python.commands": {"wrap_console": {"demo": "demo:main"}},
        "python.details": {
            "contacts": [{"email": "a@b.c", "name": "A. Uthor", "role": "author"}],
            "document_names": {"description": "DESCRIPTION.rst"},
            "project_urls": {"Home": "https://demo"},
        },
        "python.exports": {
            "console_scripts": {"demo": "demo:main"},
            "demo.plugins": {"one": "demo.one:One [fast]"},
        },
    },
    "extras": ["fast"],
    "generator": "bdist_wheel (0.29.0)",
    "keywords": ["a", "b"],
    "license": "MIT",
    "platform": "any",
    "run_requires": [
        {"requires": ["six (>=1.4)"]},
        {"environment": 'python_version=="2.7"', "requires": ["enum34"]},
        {"extra": "fast", "requires": ["cython", "numpy (>1)"]},
    ],
    "summary": "A demo",
    "test_requires": [{"requires": ["pytest"]}],
}
# As the schema beside PEP 426 has it.
PYDIST: dict[str, Any] = {
    **REQUIRED,
    "summary": "A demo",
    "source_label": "0badcafe",
    "source_url": "https://demo/demo-1.0.tar.gz",
    "document_names": {"license": "LICENSE.txt"},
    "contacts": [
        {"name": "A", "email": "a@b.c", "role": "author"},
        {"name": "M", "role": "maintainer"},
        {"name": "The list", "url": "https://list"},
    ],
    "contributors": [{"name": "C", "role": "author", "url": "https://c"}],
    "project_urls": {"Docs": "https://docs"},
    "meta_requires": [{"requires": ["demo-core == 1.0"]}],
    "build_requires": ["cython", {"requires": ["wheel"]}],
    "dev_requires": [{"requires": ["nox"]}],
    "test_requires": [{"requires": ["pytest"], "extra": "fast"}],
    "provides": ["demo_old (1.0)"],
    "modules": ["demo"],
    "namespaces": ["demo_plugins"],
    "commands": {"wrap_gui": {"win": "demo:win"}, "prebuilt": ["x"]},
    "exports": {"demo.plugins": {"one": "demo.one"}},
    "obsoleted_by": "demo2",
    "supports_environments": ["python_version >= '3'"],
    "install_hooks": {"postinstall": "demo:evil"},
    "extensions": {"demo.thing": {"answer": 42}},
}
# As the last text has it, with PEP 459.
LAST: dict[str, Any] = {
    **REQUIRED,
    "metadata_version": "3.0",
    "summary": "A demo",
    "extras": ["fast", "test"],
    "dependencies": [
        {"requires": ["six"]},
        {"requires": ["numpy"], "extra": "fast", "environment": "os_name == 'nt'"},
        {"requires": ["pytest"], "extra": "test"},
        {"requires": ["sphinx"], "extra": "doc"},
        {"requires": ["nox"], "extra": "dev", "environment": "os_name == 'nt'"},
        {"requires": ["setuptools"], "extra": "build"},
    ],
    "extensions": {
        "python.details": {"license": "MIT", "keywords": ["k"], "classifiers": ["C"]},
        "python.project": {"contacts": [{"name": "A", "role": "author"}]},
        "python.exports": {"modules": ["demo"], "exports": {"g": {"n": "demo:n"}}},
        "python.constraints": {
            "installer_must_handle": True,
            "environments": ["os_name == 'nt'"],
        },
        "python.integrator": {"contacts": [{"name": "Distro"}]},
    },
}


def content(**keys: Any) -> bytes:
    return json.dumps({**REQUIRED, **keys}).encode()


def test_an_old_wheels_metadata_fills_the_document() -> None:
    metadata = read(json.dumps(OLD_WHEEL).encode())
    assert metadata.get("author_email") == '"A. Uthor" <a@b.c>'
    assert metadata.get("project_url") == {"Home": "https://demo"}
    assert metadata.texts("requires_dist") == (
        "six (>=1.4)",
        'enum34; python_version == "2.7"',
        'cython; extra == "fast"',
        'numpy>1; extra == "fast"',
    )
    assert metadata.texts("platform") == ("any",)
    assert metadata.extension("python.groups") == {"test": ["pytest"]}
    assert metadata.extension("python.commands") == {
        "wrap_console": {"demo": "demo:main"}
    }
    assert metadata.extension("python.exports") == {
        "exports": {"demo.plugins": {"one": "demo.one:One [fast]"}}
    }
    assert metadata.extension("python.details") == {
        "document_names": {"description": "DESCRIPTION.rst"}
    }
    assert metadata.get("description_content_type") is None
    assert [entry.name for entry in metadata.entry_points] == ["demo", "one"]


def test_pydist_json_fills_the_document() -> None:
    metadata = read(json.dumps(PYDIST).encode())
    assert metadata.get("author_email") == "A <a@b.c>"
    assert metadata.get("maintainer") == "M"
    assert metadata.extension("python.project") == {
        "contacts": [{"name": "The list", "url": "https://list"}],
        "contributors": PYDIST["contributors"],
    }
    assert metadata.texts("requires_dist") == ("demo-core == 1.0",)
    assert metadata.section("build") == {"requires": ["cython", "wheel"]}
    assert metadata.extension("python.groups") == {
        "dev": ["nox"],
        "test-fast": ["pytest"],
    }
    assert metadata.texts("import_name") == ("demo",)
    assert metadata.texts("import_namespace") == ("demo_plugins",)
    assert metadata.texts("provides_dist") == ("demo_old (1.0)",)
    assert metadata.extension("python.constraints") == {
        "environments": ["python_version >= '3'"]
    }
    assert metadata.extension("demo.thing") == {"answer": 42}
    assert metadata.get("metadata_version") == "2.5"


def test_in_the_last_text_extras_are_purposes() -> None:
    metadata = read(json.dumps(LAST).encode())
    assert metadata.texts("requires_dist") == (
        "six",
        'numpy; os_name == "nt" and extra == "fast"',
    )
    assert metadata.texts("provides_extra") == ("fast",)
    assert metadata.section("build") == {"requires": ["setuptools"]}
    assert metadata.extension("python.groups") == {
        "test": ["pytest"],
        "doc": ["sphinx"],
        "dev": ['nox; os_name == "nt"'],
    }
    assert metadata.text("license") == "MIT"
    assert metadata.texts("import_name") == ("demo",)
    assert metadata.extension("python.constraints")["installer_must_handle"] is True
    assert metadata.extension("python.integrator") == {"contacts": [{"name": "Distro"}]}
    assert "python.details" not in metadata.extensions


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(OLD_WHEEL, id="an old wheel's"),
        pytest.param(PYDIST, id="the schema's"),
        pytest.param(LAST, id="the last text's"),
        pytest.param({**REQUIRED, "x_own": {"deep": [None]}}, id="an unknown key"),
        pytest.param({**REQUIRED, "keywords": "a, b,,c"}, id="keywords in a text"),
        pytest.param({**REQUIRED, "version": "1.0a"}, id="a version spelt otherwise"),
        pytest.param(
            {**REQUIRED, "run_requires": ["bad req!", {"requires": ["a;b;c"]}]},
            id="requirements of no grammar",
        ),
        pytest.param(
            {
                **REQUIRED,
                "license": "one",
                "extensions": {"python.details": {"license": "two"}},
            },
            id="two that do not agree",
        ),
    ],
)
def test_what_was_read_comes_back_exactly(raw: dict[str, Any]) -> None:
    metadata = read(json.dumps(raw).encode())
    assert json.loads(write(metadata)) == raw
    assert losses(metadata) == ()


def test_documents_come_back_exactly(example: Metadata) -> None:
    again = read(write(example))
    version = example.get("metadata_version")
    assert again.replaced(metadata_version=version) == example
    assert losses(example) == ()
    made = json.loads(write(example))
    assert made["metadata_version"] == "2.0"
    assert made["test_requires"] == [{"requires": ["pytest>=8"]}]
    assert made["commands"]["wrap_gui"] == {"demo-window": "demo.window:main"}


def test_an_edit_wins_over_what_was_kept() -> None:
    metadata = read(json.dumps(OLD_WHEEL).encode())
    edited = metadata.replaced(requires_dist=["six>=2"], license="BSD")
    made = json.loads(write(edited))
    assert made["run_requires"] == [{"requires": ["six>=2"]}]
    assert made["license"] == "BSD"
    assert made["generator"] == "bdist_wheel (0.29.0)"
    back = read(write(edited))
    assert back.get("requires_dist") == ["six>=2"]
    assert back.get("platform") == ["any"]


def test_an_edit_of_the_file_wins_over_what_it_carries(example: Metadata) -> None:
    made = json.loads(write(example))
    made["run_requires"] = [{"requires": ["only"]}]
    assert read(json.dumps(made).encode()).texts("requires_dist") == ("only",)


def test_documents_from_it_are_valid() -> None:
    for raw in (OLD_WHEEL, PYDIST, LAST):
        metadata = read(json.dumps(raw).encode())
        found = find_problems(metadata.to_dict())
        assert [p for p in found if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("given_content", "error"),
    [
        pytest.param(b"[]", InvalidJsonError, id="a list"),
        pytest.param(b'{"name": "a"}', InvalidDocumentError, id="without a version"),
        pytest.param(content(metadata_version="1.2"), InvalidDocumentError, id="1.2"),
        pytest.param(
            content(metadata_version="4.0"), UnsupportedMetadataVersionError, id="4.0"
        ),
        pytest.param(content(metadata_version=2), InvalidDocumentError, id="a number"),
        pytest.param(content(name="a b"), InvalidNameError, id="a bad name"),
        pytest.param(content(name=None), InvalidDocumentError, id="no name"),
        pytest.param(content(version="x"), InvalidVersionError, id="a bad version"),
        pytest.param(content(summary=[]), InvalidDocumentError, id="summary a list"),
        pytest.param(content(license={}), InvalidDocumentError, id="licence an object"),
        pytest.param(content(extras=[1]), InvalidDocumentError, id="extras numbers"),
        pytest.param(content(extensions=[]), InvalidDocumentError, id="extensions"),
        pytest.param(
            content(extensions={"a": 1}), InvalidDocumentError, id="extension a number"
        ),
        pytest.param(content(contacts={}), InvalidDocumentError, id="contacts"),
        pytest.param(content(project_urls=[]), InvalidDocumentError, id="URLs a list"),
        pytest.param(
            content(project_urls={"a": 1}), InvalidDocumentError, id="a URL a number"
        ),
        pytest.param(content(commands=[]), InvalidDocumentError, id="commands"),
        pytest.param(content(run_requires={}), InvalidDocumentError, id="an object"),
        pytest.param(content(run_requires=[1]), InvalidDocumentError, id="a row of 1"),
        pytest.param(
            content(run_requires=[{"requires": ["a"], "extra": 1}]),
            InvalidDocumentError,
            id="an extra that is a number",
        ),
    ],
)
def test_what_has_no_reading_is_refused(
    given_content: bytes, error: type[PysetupError]
) -> None:
    with pytest.raises(error):
        read(given_content)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    [*PYDIST, *OLD_WHEEL, *LAST, "requires_python", "author", "requires_dist"]
)


@pytest.mark.law
@given(st.dictionaries(_KEYS, _JSON, max_size=5))
def test_any_object_is_read_and_comes_back_or_is_refused(keys: dict[str, Any]) -> None:
    raw = {**keys, **REQUIRED}
    try:
        metadata = read(json.dumps(raw).encode())
    except PysetupError:
        return
    stated = {key: value for key, value in raw.items() if value is not None}
    assert json.loads(write(metadata)) == stated


_REQUIREMENT = st.sampled_from(
    [
        "a",
        "b (>=1)",
        'c; python_version < "3"',
        'd[x]>=1 ; extra == "fast"',
        "e @ https://e/e.zip",
        "not a requirement!",
        'f; extra == "fast" or extra == "slow"',
        'g; (os_name == "nt" or os_name == "posix") and extra == "fast"',
    ]
)
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "requires_dist": st.lists(_REQUIREMENT, min_size=1),
        "author": st.sampled_from(["A", "A, B", "A\n  | B", "x@y.z", ",", ""]),
        "author_email": st.sampled_from(["a@b.c", "A <a@b.c>", '"A, B" <a@b>', "no"]),
        "summary": st.text(max_size=5),
        "license": st.text(max_size=5),
        "keywords": st.lists(st.text(max_size=3), max_size=3),
        "description": st.text(max_size=9),
        "import_name": st.lists(st.sampled_from(["a", "b ; private"]), max_size=2),
        "build": st.sampled_from([{"requires": ["a"], "hook": "a:b"}, {"hook": "a:b"}]),
        "extensions": st.dictionaries(
            st.sampled_from(
                [
                    "python.groups",
                    "python.commands",
                    "python.exports",
                    "python.project",
                    "python.details",
                    "pysetup.legacy",
                    "x.y",
                ]
            ),
            st.dictionaries(
                st.sampled_from(["test", "exports", "contacts", "license", "headers"]),
                _JSON,
                max_size=2,
            ),
            max_size=3,
        ),
    },
)


@pytest.mark.law
@given(_DOCUMENTS)
def test_any_document_comes_back_or_its_losses_are_told(keys: dict[str, Any]) -> None:
    metadata = Metadata.from_dict({**REQUIRED, "document_version": "1.0", **keys})
    try:
        again, told = read(write(metadata)), losses(metadata)
    except InvalidDocumentError:
        return
    lost = {loss.pointer.split("/")[1] for loss in told}
    for key in {*metadata.to_dict(), *again.to_dict()} - {"metadata_version", *lost}:
        assert (again.get(key) or None) == (metadata.get(key) or None)
