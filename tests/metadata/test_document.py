"""The document as a value: whole, unchanging, and filled only where it says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.errors import PysetupError
from pysetup.metadata.document import (
    FieldNotDynamicError,
    InvalidDocumentError,
    Metadata,
    with_entry_points,
)
from pysetup.standards.entry_points import EntryPoint, InvalidEntryPointError
from pysetup.standards.jsontext import JSON, InvalidJsonError
from pysetup.standards.names import InvalidNameError
from pysetup.standards.versions import InvalidVersionError

SMALL: dict[str, JSON] = {"name": "Demo.Project", "version": "1.0"}
# Numbers that every reader reads alike.
JSON_VALUES: st.SearchStrategy[JSON] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), below, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.law
@given(
    extra=st.dictionaries(
        st.text(st.characters(codec="utf-8")), JSON_VALUES, max_size=4
    )
)
def test_what_the_model_does_not_know_comes_back_unchanged(
    extra: dict[str, JSON],
) -> None:
    mapping = {**extra, **SMALL}
    document = Metadata.from_dict(mapping)
    assert document.to_dict() == mapping
    again = Metadata.from_json(document.to_json())
    assert again == document
    assert again.to_json() == document.to_json()
    assert again.digest() == document.digest()
    assert hash(again) == hash(document)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param([], InvalidDocumentError, id="a list"),
        pytest.param({"version": "1"}, InvalidDocumentError, id="no name"),
        pytest.param({"name": "a"}, InvalidDocumentError, id="no version"),
        pytest.param({"name": "a", "version": 1}, InvalidDocumentError, id="a number"),
        pytest.param({"name": "a b", "version": "1"}, InvalidNameError, id="bad name"),
        pytest.param(
            {"name": "a", "version": "x"}, InvalidVersionError, id="bad version"
        ),
    ],
)
def test_what_is_no_document_is_refused(value: JSON, error: type[PysetupError]) -> None:
    with pytest.raises(error):
        Metadata.from_value(value)


def test_a_file_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidJsonError):
        Metadata.from_json(b"{", source="pydist.json")


def test_nothing_can_be_changed_from_outside() -> None:
    given_mapping: dict[str, JSON] = {
        **SMALL,
        "classifier": ["A"],
        "build": {"options": {}},
    }
    document = Metadata.from_dict(given_mapping)
    classifier = given_mapping["classifier"]
    assert isinstance(classifier, list)
    classifier.append("B")
    copied = document.to_dict()
    copied["name"] = "other"
    options = document.section("build")["options"]
    assert isinstance(options, dict)
    options["x"] = 1
    assert document.to_dict() == {
        **SMALL,
        "classifier": ["A"],
        "build": {"options": {}},
    }
    with pytest.raises(AttributeError):
        document.name = "other"  # type: ignore[misc] # that is the point


def test_properties_are_views() -> None:
    document = Metadata.from_dict(
        {
            **SMALL,
            "requires_dist": ["a>=1", 'b; extra == "x"'],
            "requires_python": ">=3.11",
            "dynamic": ["classifier"],
            "extensions": {"demo": {"a": 1}, "odd": 1},
        }
    )
    assert document.normalized_name == "demo-project"
    assert [requirement.name for requirement in document.requires_dist] == ["a", "b"]
    assert "3.12" in document.requires_python
    assert document.dynamic == {"classifier"}
    assert document.extension("demo") == {"a": 1}
    assert document.extension("odd") == {}
    assert document.extensions == {"demo": {"a": 1}, "odd": 1}
    assert document.text("summary") == ""
    assert document.texts("name") == ()
    assert repr(document) == "<Metadata Demo.Project 1.0>"
    assert document != SMALL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({}, {"classifier": ["A"]}, id="an absent field"),
        pytest.param(
            {"classifier": ["A"]}, {"classifier": ["A", "B"]}, id="a list, longer"
        ),
        pytest.param(
            {"project_url": {"a": "b"}},
            {"project_url": {"a": "b", "c": "d"}},
            id="an object, larger",
        ),
        pytest.param({"summary": "x"}, {"summary": "x"}, id="a static field, as it is"),
    ],
)
def test_dynamic_fields_are_filled(
    before: dict[str, JSON], after: dict[str, JSON]
) -> None:
    dynamic: list[JSON] = ["classifier", "project_url"]
    document = Metadata.from_dict({**SMALL, **before, "dynamic": dynamic})
    filled = document.filled(after)
    assert filled.to_dict() == {**document.to_dict(), **after}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({}, {"summary": "x"}, id="a field that is not dynamic"),
        pytest.param(
            {"classifier": ["A"]}, {"classifier": ["B"]}, id="an item taken away"
        ),
        pytest.param(
            {"project_url": {"a": "b"}}, {"project_url": {"a": "c"}}, id="a URL changed"
        ),
        pytest.param({"classifier": "A"}, {"classifier": "B"}, id="a text changed"),
        pytest.param({}, {"version": "2.0"}, id="the version"),
    ],
)
def test_everything_else_stays(before: dict[str, JSON], after: dict[str, JSON]) -> None:
    dynamic: list[JSON] = ["classifier", "project_url"]
    document = Metadata.from_dict({**SMALL, **before, "dynamic": dynamic})
    with pytest.raises(FieldNotDynamicError) as caught:
        document.filled(after)
    assert next(iter(after)) in caught.value.message


def test_keys_are_replaced_and_removed() -> None:
    document = Metadata.from_dict({**SMALL, "summary": "x"})
    assert document.replaced(summary=None, version="2.0").to_dict() == {
        **SMALL,
        "version": "2.0",
    }


ENTRIES = (
    EntryPoint("console_scripts", "demo", "demo", "main"),
    EntryPoint("demo.plugins", "one", "demo.one"),
    EntryPoint("gui_scripts", "demo-window", "demo", "window"),
)


def test_entry_points_stand_in_two_extensions() -> None:
    extensions = with_entry_points({"demo": {}, "python.commands": {"old": 1}}, ENTRIES)
    assert extensions == {
        "demo": {},
        "python.commands": {
            "wrap_console": {"demo": "demo:main"},
            "wrap_gui": {"demo-window": "demo:window"},
        },
        "python.exports": {"exports": {"demo.plugins": {"one": "demo.one"}}},
    }
    document = Metadata.from_dict({**SMALL, "extensions": extensions})
    assert document.entry_points == ENTRIES
    assert Metadata.from_dict(SMALL).entry_points == ()


def test_a_bad_entry_point_is_refused_when_it_is_asked_for() -> None:
    commands: JSON = {"python.commands": {"wrap_console": {"a": "b c"}}}
    document = Metadata.from_dict({**SMALL, "extensions": commands})
    with pytest.raises(InvalidEntryPointError):
        _ = document.entry_points
