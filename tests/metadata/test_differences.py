"""What distinguishes two documents: changes of meaning, and of spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.metadata.differences import find_changes
from pysetup.metadata.document import Metadata
from pysetup.standards.jsontext import JSON


def document(**keys: JSON) -> Metadata:
    return Metadata.from_dict({"name": "demo", "version": "1.0", **keys})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param({}, {}, [], id="the same"),
        pytest.param({}, {"summary": "x"}, [("/summary", "added", False)], id="added"),
        pytest.param(
            {"summary": "x"}, {}, [("/summary", "removed", False)], id="removed"
        ),
        pytest.param(
            {"version": "1.0"},
            {"version": "1.1"},
            [("/version", "changed", False)],
            id="changed",
        ),
        pytest.param(
            {"version": "1.0"},
            {"version": "1.0.0"},
            [("/version", "changed", True)],
            id="a version in another spelling",
        ),
        pytest.param(
            {"requires_dist": ["a>=1", "b"]},
            {"requires_dist": ["B", "a (>=1)"]},
            [("/requires_dist", "changed", True)],
            id="requirements in another order and spelling",
        ),
        pytest.param(
            {"requires_dist": ["a>=1", "b"]},
            {"requires_dist": ["b", "a>=2", "c"]},
            [
                ("/requires_dist/0", "removed", False),
                ("/requires_dist/1", "added", False),
                ("/requires_dist/2", "added", False),
            ],
            id="requirements of which some differ",
        ),
        pytest.param(
            {"classifier": ["A", "A"]},
            {"classifier": ["A"]},
            [("/classifier/1", "removed", False)],
            id="an item that stood there twice",
        ),
        pytest.param(
            {"project_url": {"a": "1", "b": "2"}},
            {"project_url": {"a": "1", "b": "3"}},
            [("/project_url/b", "changed", False)],
            id="one of two URLs",
        ),
        pytest.param(
            {"extensions": {"x.y": {"a": {"b": [1, 2]}}}},
            {"extensions": {"x.y": {"a": {"b": [1, 3]}}}},
            [("/extensions/x.y/a/b/1", "changed", False)],
            id="deep in an extension",
        ),
        pytest.param(
            {"extensions": {"pysetup.legacy": {"keywords": "a, b"}}},
            {},
            [("/extensions/pysetup.legacy", "removed", True)],
            id="how an old file was spelt",
        ),
        pytest.param(
            {"metadata_version": "2.1"},
            {"metadata_version": "2.4"},
            [("/metadata_version", "changed", True)],
            id="the version of the form",
        ),
    ],
)
def test_differences_are_named(
    before: dict[str, JSON],
    after: dict[str, JSON],
    told: list[tuple[str, str, bool]],
) -> None:
    found = find_changes(document(**before), document(**after))
    assert [(one.pointer, one.kind, one.spelling) for one in found] == told


def test_some_keys_can_be_passed_over() -> None:
    one, other = document(build={"a": 1}), document(extensions={"x": {}})
    skipped = frozenset(("build", "extensions/x"))
    assert find_changes(one, other, passed_over=skipped) == ()


TEXTS = st.lists(st.sampled_from(["a", "a>=1", "b", "B", "c[x]"]), max_size=5)


@pytest.mark.law
@given(one=TEXTS, other=TEXTS)
def test_what_is_added_one_way_is_removed_the_other(
    one: list[str], other: list[str]
) -> None:
    first = document(requires_dist=list(one))
    second = document(requires_dist=list(other))
    there = find_changes(first, second)
    back = find_changes(second, first)
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted((d.pointer, mirrored[d.kind]) for d in there) == sorted(
        (d.pointer, d.kind) for d in back
    )
    assert bool(there) == (first != second)
