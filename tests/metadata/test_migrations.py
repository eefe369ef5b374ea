"""Old spellings: replaced where it is certain, told where it is not."""

import pytest

from pysetup.metadata.migrations import license_advice, migrate, renamed_labels
from pysetup.metadata.schema import find_problems
from pysetup.standards.jsontext import JSON

OSI = "License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("text", "classifiers", "expression"),
    [
        pytest.param("MIT", [], "MIT", id="an identifier"),
        pytest.param("mit", [], "MIT", id="an identifier in lower case"),
        pytest.param("The MIT License", [], "MIT", id="a full name"),
        pytest.param("Apache License, Version 2.0", [], "Apache-2.0", id="a comma"),
        pytest.param("MIT OR Apache-2.0", [], "MIT OR Apache-2.0", id="an expression"),
        pytest.param("", [f"{OSI}MIT License"], "MIT", id="a classifier"),
        pytest.param("MIT", [f"{OSI}MIT License"], "MIT", id="both agree"),
        pytest.param(
            "BSD-3-Clause",
            [f"{OSI}BSD License"],
            "BSD-3-Clause",
            id="an open classifier beside an identifier",
        ),
        pytest.param("BSD", [], "", id="a name that many licences have"),
        pytest.param("", [f"{OSI}BSD License"], "", id="an open classifier"),
        pytest.param(
            "",
            [f"{OSI}GNU General Public License v3 (GPLv3)"],
            "",
            id="a classifier from which PEP 639 forbids to infer",
        ),
        pytest.param("GPL-3.0-only", [f"{OSI}MIT License"], "", id="both contradict"),
        pytest.param(
            "", [f"{OSI}MIT License", f"{OSI}ISC License (ISCL)"], "", id="two of them"
        ),
        pytest.param("x " * 300, [], "", id="the text of a licence"),
    ],
)
def test_a_licence_is_inferred_only_when_certain(
    text: str, classifiers: list[str], expression: str
) -> None:
    advice = license_advice(text, classifiers)
    assert advice is not None
    assert advice.value == expression
    assert advice.reason


def test_without_old_licence_metadata_there_is_nothing_to_say() -> None:
    assert license_advice(" ", ["Programming Language :: Python"]) is None


def test_well_known_labels_are_renamed_and_clashes_are_told() -> None:
    renamed, unclear = renamed_labels(
        ["Homepage", "Bug Tracker", "Source", "Repository", "What's New", "Chat"]
    )
    assert renamed == {"Bug Tracker": "Issues", "What's New": "Changelog"}
    assert unclear == {"Repository": "Source"}


def test_a_document_is_brought_up_to_date() -> None:
    old: dict[str, JSON] = {
        "metadata_version": "2.1",
        "name": "demo",
        "version": "1.0",
        "license": "MIT",
        "classifier": ["A", f"{OSI}MIT License"],
        "home_page": "https://h",
        "download_url": "https://d",
        "project_url": {"bugs": "https://b", "Download": "https://other"},
    }
    made, steps = migrate(old)
    assert made == {
        "metadata_version": "2.1",
        "name": "demo",
        "version": "1.0",
        "license_expression": "MIT",
        "classifier": ["A"],
        "download_url": "https://d",
        "project_url": {
            "Homepage": "https://h",
            "Issues": "https://b",
            "Download": "https://other",
        },
    }
    assert [(step.pointer, step.done) for step in steps] == [
        ("/license", True),
        ("/home_page", True),
        ("/download_url", False),
        ("/project_url/bugs", True),
    ]
    assert [one for one in find_problems(made) if one.severity == "error"] == []
    assert old["license"] == "MIT"


def test_a_current_document_stays_as_it_is() -> None:
    document: dict[str, JSON] = {"license_expression": "MIT", "project_url": {"A": "u"}}
    made, steps = migrate(document)
    assert (made, steps) == (document, ())


def test_a_licence_beside_another_expression_is_told() -> None:
    made, (step,) = migrate({"license": "MIT", "license_expression": "ISC"})
    assert made["license"] == "MIT"
    assert not step.done
