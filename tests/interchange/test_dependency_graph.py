"""The graph of who needs what: roots, chains and cuts, also where it is circular."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysetup.interchange.dependency_graph import DependencyGraph, Edge, Node


def graph(*arrows: str, asked: str = "", lone: str = "") -> DependencyGraph:
    """Make a graph of ``a>b`` arrows; names have one letter."""
    edges = [Edge(arrow[0], arrow[2], arrow[2]) for arrow in arrows]
    names = {name for edge in edges for name in (edge.parent, edge.child)} | {*lone}
    nodes = [Node(name, name, "1.0", name in asked) for name in sorted(names)]
    return DependencyGraph(nodes, edges)


def ways(found: DependencyGraph, key: str, limit: int = 99) -> list[str]:
    return [
        chain[0].parent + "".join(edge.child for edge in chain)
        for chain in found.chains(key, limit=limit)
    ]


@pytest.mark.parametrize(
    ("found", "roots"),
    [
        pytest.param(graph("a>b", "b>c", lone="z"), "az", id="what nothing needs"),
        pytest.param(graph("a>b", "b>a"), "a", id="one of a circle"),
        pytest.param(graph("a>b", "b>a", asked="b"), "b", id="the one asked for"),
        pytest.param(graph("a>a"), "a", id="what needs itself"),
        pytest.param(graph("x>a", "a>b", "b>a"), "x", id="what leads into a circle"),
        pytest.param(graph("a>b", "c>d", "d>c"), "ac", id="a circle of its own"),
    ],
)
def test_a_walk_begins_where_nothing_leads(found: DependencyGraph, roots: str) -> None:
    assert "".join(found.roots()) == roots


def test_upside_down_it_begins_at_the_leaves() -> None:
    assert graph("a>b", "a>c", "c>d").roots(invert=True) == ("b", "d")


@pytest.mark.parametrize(
    ("found", "key", "chains"),
    [
        pytest.param(graph("a>b", "b>c"), "c", ["abc"], id="one way"),
        pytest.param(
            graph("a>b", "a>c", "b>d", "c>d", "a>d"),
            "d",
            ["ad", "abd", "acd"],
            id="every way, the shortest first",
        ),
        pytest.param(
            graph("a>b", "b>c", asked="b"), "c", ["bc", "abc"], id="from what was asked"
        ),
        pytest.param(graph("a>b", "b>a", "b>c"), "c", ["abc"], id="not in circles"),
        pytest.param(graph("a>b"), "a", [], id="a root itself"),
    ],
)
def test_chains_lead_from_roots(
    found: DependencyGraph, key: str, chains: list[str]
) -> None:
    assert ways(found, key) == chains


def test_no_more_chains_are_sought_than_are_wanted() -> None:
    layers = "abcdefghij"
    arrows = []
    for upper, lower in itertools.pairwise(layers):
        for one in (upper, upper.upper()):
            arrows += [f"{one}>{lower}", f"{one}>{lower.upper()}"]
    assert len(ways(graph(*arrows), "j", limit=7)) == 7


def test_a_part_is_what_is_within_so_many_steps() -> None:
    whole = graph("a>b", "b>c", "c>d")
    assert sorted(whole.within(["a"], depth=2).nodes) == ["a", "b", "c"]
    assert sorted(whole.within(["c"], invert=True).nodes) == ["a", "b", "c"]
    assert sorted(whole.within(["a"], depth=0).nodes) == ["a"]


@pytest.mark.parametrize(
    ("requirement", "specifier"),
    [
        pytest.param("six", "", id="a name alone"),
        pytest.param("zope.interface>=5", ">=5", id="a version"),
        pytest.param("a-b_c[x,y]<2", "[x,y]<2", id="extras"),
        pytest.param("lib @ https://host/lib.whl", "@ https://host/lib.whl", id="URL"),
    ],
)
def test_the_name_is_told_once(requirement: str, specifier: str) -> None:
    assert Edge("a", "b", requirement).specifier == specifier


arrows = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=15
)


@given(arrows)
def test_every_node_is_reached_from_the_roots(pairs: list[tuple[str, str]]) -> None:
    found = graph(*(f"{one}>{two}" for one, two in pairs), lone="abcdef")
    assert set(found.within(found.roots()).nodes) == set("abcdef")
    for key in "abcdef":
        for chain in found.chains(key, limit=50):
            passed = [chain[0].parent, *(edge.child for edge in chain)]
            assert passed[-1] == key
            assert len(set(passed)) == len(passed)
