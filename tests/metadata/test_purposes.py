"""Dependencies by what they are for (row M15): one mapping, both ways."""

import pytest

from pysetup.metadata.document import Metadata
from pysetup.metadata.purposes import (
    NoSuchExtraError,
    by_purpose,
    extra_to_group,
    group_to_extra,
    groups_of,
)
from pysetup.standards.jsontext import JSON

BARE: dict[str, JSON] = {"name": "demo", "version": "1.0"}
DOCUMENT = Metadata.from_dict(
    {
        "metadata_version": "2.1",
        "name": "demo",
        "version": "1.0",
        "requires_dist": ["six", 'numpy; extra == "fast"', 'a; os_name == "nt"'],
        "provides_extra": ["fast"],
        "build": {"backend": "x", "requires": ["x"]},
        "extensions": {
            "python.groups": {"tests": ["pytest"], "docs": ["sphinx"], "lint": ["ruff"]}
        },
    }
)


def test_m15_each_purpose_has_its_place() -> None:
    assert by_purpose(DOCUMENT) == {
        "run": ("six", 'a; os_name == "nt"'),
        "build": ("x",),
        "test": ("pytest",),
        "doc": ("sphinx",),
        "dev": (),
    }


def test_m15_an_extra_becomes_a_group_and_back() -> None:
    grouped = extra_to_group(DOCUMENT, "Fast")
    assert groups_of(grouped)["fast"] == ["numpy"]
    assert grouped.get("provides_extra") is None
    assert grouped.texts("requires_dist") == ("six", 'a; os_name == "nt"')
    back = group_to_extra(grouped, "fast")
    assert set(back.texts("requires_dist")) == set(DOCUMENT.texts("requires_dist"))
    assert back.get("provides_extra") == ["fast"]
    assert groups_of(back) == groups_of(DOCUMENT)


def test_m15_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(NoSuchExtraError) as caught:
        extra_to_group(DOCUMENT, "slow")
    assert caught.value.hints == ("choose one of fast",)
    with pytest.raises(NoSuchExtraError) as caught:
        group_to_extra(DOCUMENT, "slow")
    assert caught.value.hints == ("choose one of docs, lint, tests",)


def test_m15_an_extra_without_requirements_is_one_too() -> None:
    made = extra_to_group(Metadata.from_dict({**BARE, "provides_extra": ["x"]}), "X")
    assert made.to_dict() == BARE
