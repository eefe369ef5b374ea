"""Dependencies by what they are for (row M15): one mapping, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.document import Metadata
from pysetup.metadata.purposes import (
    PURPOSES,
    by_purpose,
    extra_to_group,
    group_to_extra,
    groups_of,
    with_purpose,
)

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


@pytest.mark.law
@given(
    purpose=st.sampled_from(PURPOSES),
    texts=st.lists(st.sampled_from(["a", "b>=1", "c[d]"]), unique=True),
)
def test_m15_a_purpose_that_is_set_comes_back(purpose: str, texts: list[str]) -> None:
    made = with_purpose(DOCUMENT, purpose, texts)
    before, after = by_purpose(DOCUMENT), by_purpose(made)
    assert after == {**before, purpose: tuple(texts)}
    assert 'numpy; extra == "fast"' in made.texts("requires_dist")
    assert groups_of(made)["lint"] == ["ruff"]


def test_m15_an_extra_becomes_a_group_and_back() -> None:
    grouped = extra_to_group(DOCUMENT, "Fast")
    assert groups_of(grouped)["fast"] == ["numpy"]
    assert grouped.get("provides_extra") is None
    assert grouped.texts("requires_dist") == ("six", 'a; os_name == "nt"')
    back = group_to_extra(grouped, "fast")
    assert set(back.texts("requires_dist")) == set(DOCUMENT.texts("requires_dist"))
    assert back.get("provides_extra") == ["fast"]
    assert groups_of(back) == groups_of(DOCUMENT)
