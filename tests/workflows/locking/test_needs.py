"""Which part of a lock needs what: the markers of multi-use locks."""

import pytest

from pysetup.metadata.document import Metadata
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import parse_version
from pysetup.workflows.locking.inputs import BASE_PART, Part
from pysetup.workflows.locking.needs import find_needs, part_marker
from pysetup.workflows.resolving.resolve import Pin

MARKERS = {"python_version": "3.11", "sys_platform": "linux"}
WEB, DEV = Part("extra", "web"), Part("group", "dev")


def pin(name: str, *requires: str) -> Pin:
    document = Metadata.from_dict(
        {"name": name, "version": "1", "requires_dist": list(requires)}
    )
    return Pin(name=name, version=parse_version("1"), metadata=document)


PINS = (
    pin("a", "b", 'c; extra == "x"', 'gone; sys_platform == "win32"'),
    pin("b"),
    pin("c", "a"),
    pin("d", "a[x]"),
    pin("gone"),
)


def needs(**roots: list[str]) -> dict[str, set[str]]:
    parts = {"base": BASE_PART, "web": WEB, "dev": DEV}
    asked = {
        parts[key]: [parse_requirement(text) for text in texts]
        for key, texts in roots.items()
    }
    found = find_needs(asked, PINS, MARKERS)
    return {name: {part.kind for part in one.parts} for name, one in found.items()}


def test_what_a_part_leads_to_is_needed_by_it() -> None:
    found = needs(base=["a"], web=["d"])
    assert found["a"] == {"base", "extra"}
    assert found["b"] == {"base", "extra"}
    assert found["c"] == {"extra"}, "only d asks for the extra of a"
    assert found["d"] == {"extra"}
    assert found["gone"] == set(), "its marker does not hold here"


def test_a_circle_ends() -> None:
    assert needs(base=["a[x]"])["c"] == {"base"}


def test_dependencies_are_those_that_hold_here() -> None:
    found = find_needs({BASE_PART: [parse_requirement("d")]}, PINS, MARKERS)
    assert found["a"].requires == ("b", "c")
    assert found["d"].requires == ("a",)
    assert found["b"].requires == ()


@pytest.mark.parametrize(
    ("parts", "has_groups", "marker"),
    [
        pytest.param({BASE_PART}, False, "", id="always"),
        pytest.param({BASE_PART, WEB}, False, "", id="always, so extras add nothing"),
        pytest.param({WEB}, False, "'web' in extras", id="an extra"),
        pytest.param(
            {BASE_PART}, True, "'default' in dependency_groups", id="by default"
        ),
        pytest.param(
            {BASE_PART, WEB, DEV},
            True,
            "'default' in dependency_groups or 'web' in extras"
            " or 'dev' in dependency_groups",
            id="by default, by an extra, by a group",
        ),
    ],
)
def test_markers_of_parts(parts: set[Part], *, has_groups: bool, marker: str) -> None:
    assert part_marker(frozenset(parts), has_groups=has_groups) == marker
