"""Drawing a graph: deep ones as lines, and any of them as boxes that stand apart."""

import itertools
import xml.dom.minidom

from hypothesis import given
from hypothesis import strategies as st

from pysetup.cli.layers import layered
from pysetup.cli.tree_lines import Walk, tree_text
from pysetup.cli.tree_pictures import dot, html, mermaid, svg
from pysetup.interchange.dependency_graph import DependencyGraph, Edge, Node

HOSTILE = 'a"]<script>\x1b[2J'


def graph(pairs: list[tuple[str, str]]) -> DependencyGraph:
    edges = [Edge(one, two, f"{two}>=1") for one, two in pairs]
    names = {name for pair in pairs for name in pair}
    return DependencyGraph([Node(name, name, "1.0") for name in sorted(names)], edges)


def test_a_chain_longer_than_pythons_stack_is_drawn() -> None:
    names = [f"p{number:04}" for number in range(1500)]
    found = graph(list(itertools.pairwise(names)))
    lines = tree_text(Walk(found, found.roots())).splitlines()
    assert len(lines) == 1500
    assert lines[-1].endswith("p1499 1.0  >=1")
    assert "p0050" in html(Walk(found, found.roots()), found)


def test_names_drive_neither_a_terminal_nor_a_page() -> None:
    edges = [Edge("b", "a", HOSTILE, extra=HOSTILE, marker=HOSTILE)]
    found = DependencyGraph(
        [Node("a", HOSTILE, HOSTILE), Node("b", "b", "1", note=HOSTILE)], edges
    )
    walk = Walk(found, found.roots())
    for text in (svg(found), html(walk, found)):
        assert "<script>" not in text
    for text in (svg(found), html(walk, found), mermaid(found), dot(found)):
        assert "\x1b" not in text
    assert '"]<' not in mermaid(found)
    xml.dom.minidom.parseString(svg(found))


pairs = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20
)


@given(pairs)
def test_no_two_boxes_touch_and_all_are_within_the_picture(
    found: list[tuple[str, str]],
) -> None:
    whole = graph(found)
    layout = layered(whole)
    assert set(layout.boxes) == set(whole.nodes)
    width, height = layout.size
    boxes = list(layout.boxes.values())
    for number, (x, y, w, h) in enumerate(boxes):
        assert x >= 0
        assert x + w <= width
        assert y + h <= height
        for other_x, other_y, other_w, other_h in boxes[number + 1 :]:
            apart = x + w <= other_x or other_x + other_w <= x
            assert apart or y + h <= other_y or other_y + other_h <= y


@given(pairs)
def test_what_needs_another_stands_left_of_it_unless_they_go_in_a_circle(
    found: list[tuple[str, str]],
) -> None:
    forward = [(one, two) for one, two in found if one < two]
    layout = layered(graph(forward))
    for one, two in forward:
        assert layout.box(one)[0] < layout.box(two)[0]
