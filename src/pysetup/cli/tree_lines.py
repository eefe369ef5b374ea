"""A graph as a tree of lines: each thing once in full, a mark where it comes again."""

import os
import sys
from collections.abc import Iterator

from pysetup.cli.terminal import RED, can_print, is_terminal, may_color, painted
from pysetup.interchange.dependency_graph import DependencyGraph, Edge
from pysetup.values import dataclass, field

_SIGNS = ("├── ", "└── ", "│   ", "    ")
_ASCII = ("|-- ", "`-- ", "|   ", "    ")
AGAIN, CIRCLE = "(*)", "(circle)"
_LEGEND = {
    AGAIN: "(*) its branch is shown above",
    CIRCLE: "(circle) it needs itself, by way of the others",
    "!": "! does not fit, or is missing:  pysetup check",
    "?": "? belongs to an extra that nobody asked for",
}


@dataclass(frozen=True, slots=True)
class Walk:
    """How a graph is walked over: from ``roots``, downwards or upwards, so far."""

    graph: DependencyGraph
    roots: tuple[str, ...]
    invert: bool = False
    depth: int | None = None

    def edges(self, key: str) -> list[Edge]:
        """Return the steps on from ``key``."""
        onto = self.graph.above if self.invert else self.graph.below
        return list(onto[key])

    def other(self, edge: Edge) -> str:
        """Return where a step leads."""
        return edge.parent if self.invert else edge.child


@dataclass(slots=True)
class _Drawing:
    """The lines so far; ``marks`` are those that need a word of explanation."""

    walk: Walk
    signs: tuple[str, str, str, str]
    color: bool
    shown: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)

    def lines(self) -> Iterator[str]:
        for root in self.walk.roots:
            node = self.walk.graph.nodes[root]
            yield f"{node}{_note(node.note)}"
            yield from self.below(root)

    def below(self, root: str) -> Iterator[str]:
        """Give the lines below ``root``; a way may be longer than Python's stack."""
        waiting = [(self._edges_at(root, 0), "")]
        way = [root]
        while waiting:
            edges, indent = waiting[-1]
            if not edges:
                waiting.pop()
                way.pop()
                continue
            edge = edges.pop(0)
            other = self.walk.other(edge)
            mark = self.mark(other, way)
            branch = self.signs[0 if edges else 1]
            yield f"{indent}{branch}{self.label(edge, other, mark)}"
            if not mark:
                inner = indent + self.signs[2 if edges else 3]
                waiting.append((self._edges_at(other, len(way)), inner))
                way.append(other)

    def _edges_at(self, key: str, depth: int) -> list[Edge]:
        self.shown.add(key)
        far = self.walk.depth is not None and depth >= self.walk.depth
        return [] if far else self.walk.edges(key)

    def mark(self, other: str, way: list[str]) -> str:
        """Return why the walk does not go on here, if it does not."""
        mark = ""
        if other in way:
            mark = CIRCLE
        elif other in self.shown and self.walk.edges(other):
            mark = AGAIN
        if mark:
            self.marks.add(mark)
        return mark

    def label(self, edge: Edge, other: str, mark: str) -> str:
        node = self.walk.graph.nodes[other]
        told = [str(node), edge.specifier]
        told += [f"[{edge.conditions}]"] if edge.conditions else []
        text = "  ".join(part for part in told if part)
        if edge.state in ("conflict", "missing"):
            reason = "does not fit" if edge.state == "conflict" else "missing"
            text = f"! {text}  ({reason})"
            self.marks.add("!")
            text = painted(text, RED) if self.color else text
        elif edge.state == "unasked":
            text = f"? {text}"
            self.marks.add("?")
        return f"{text}{_note(node.note)}{f'  {mark}' if mark else ''}"


def _note(note: str) -> str:
    return f"  ({note})" if note else ""


def tree_text(walk: Walk) -> str:
    """Return the lines, in the signs and colours that standard output can show."""
    color = may_color("auto", os.environ, terminal=is_terminal(sys.stdout))  # noqa: TID251 - the door reads it
    signs = _SIGNS if can_print("".join(_SIGNS), sys.stdout) else _ASCII
    drawing = _Drawing(walk, signs, color)
    lines = list(drawing.lines())
    legend = [text for mark, text in _LEGEND.items() if mark in drawing.marks]
    if not lines:
        lines = ["Nothing is installed."]
    return "".join(f"{line}\n" for line in [*lines, *([""] * bool(legend)), *legend])
