"""Where the boxes of a picture stand: in layers, each right of all that needs it."""

from collections.abc import Mapping

from pysetup.interchange.dependency_graph import DependencyGraph
from pysetup.values import dataclass

_CHAR, _PADDING, _HEIGHT, _GAP, _MARGIN = 7, 18, 26, 14, 12
_BETWEEN = 130
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """The box of each node by its key: x, y, width and height in pixels."""

    boxes: Mapping[str, tuple[int, int, int, int]]
    longest_label: int = 20

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole."""
        right = max((x + width for x, _, width, _ in self.boxes.values()), default=0)
        low = max((y + height for _, y, _, height in self.boxes.values()), default=0)
        return right + _MARGIN, low + _MARGIN

    def box(self, key: str) -> tuple[int, int, int, int]:
        """Return the box of a node."""
        return self.boxes[key]

    def left(self, key: str) -> tuple[int, int]:
        """Return the middle of the left side."""
        x, y, _, height = self.boxes[key]
        return x, y + height // 2

    def right(self, key: str) -> tuple[int, int]:
        """Return the middle of the right side."""
        x, y, width, height = self.boxes[key]
        return x + width, y + height // 2


def layered(graph: DependencyGraph) -> Layout:
    """Return a layout with short arrows and few crossings: layers, then their order."""
    levels = _levels(graph)
    layers: dict[int, list[str]] = {}
    for key in sorted(levels):
        layers.setdefault(levels[key], []).append(key)
    _order(layers, graph)
    boxes: dict[str, tuple[int, int, int, int]] = {}
    x = _MARGIN
    tallest = max((len(keys) for keys in layers.values()), default=0)
    for level in sorted(layers):
        keys = layers[level]
        widths = [_width(graph, key) for key in keys]
        y = _MARGIN + (tallest - len(keys)) * (_HEIGHT + _GAP) // 2
        for key, width in zip(keys, widths, strict=True):
            boxes[key] = (x, y, width, _HEIGHT)
            y += _HEIGHT + _GAP
        x += max(widths) + _BETWEEN
    return Layout(boxes)


def _width(graph: DependencyGraph, key: str) -> int:
    node = graph.nodes[key]
    text = str(node) if node.version else f"{node.name} (missing)"
    return len(text) * _CHAR + _PADDING


def _levels(graph: DependencyGraph) -> dict[str, int]:
    """Return the longest way to each node; arrows that close a circle do not count."""
    order: list[str] = []
    state: dict[str, str] = {}
    back: set[tuple[str, str]] = set()
    for root in (*graph.roots(), *sorted(graph.nodes)):
        waiting = [(root, iter(graph.below[root]))] if root not in state else []
        if waiting:
            state[root] = "open"
        while waiting:
            key, edges = waiting[-1]
            edge = next(edges, None)
            if edge is None:
                state[key] = "done"
                order.append(key)
                waiting.pop()
            elif state.get(edge.child) == "open":
                back.add((edge.parent, edge.child))
            elif edge.child not in state:
                state[edge.child] = "open"
                waiting.append((edge.child, iter(graph.below[edge.child])))
    levels = dict.fromkeys(graph.nodes, 0)
    for key in reversed(order):
        for edge in graph.below[key]:
            if (edge.parent, edge.child) not in back:
                levels[edge.child] = max(levels[edge.child], levels[key] + 1)
    return levels


def _order(layers: dict[int, list[str]], graph: DependencyGraph) -> None:
    """Sort each layer by the middle of its neighbours, to and fro a few times."""
    for sweep in range(_SWEEPS):
        onto = graph.above if sweep % 2 == 0 else graph.below
        place = {k: i for keys in layers.values() for i, k in enumerate(keys)}
        for level in sorted(layers, reverse=sweep % 2 == 1):
            middles = {}
            for key in layers[level]:
                others = [
                    place[edge.parent if sweep % 2 == 0 else edge.child]
                    for edge in onto[key]
                ]
                middles[key] = sum(others) / len(others) if others else place[key]
            layers[level].sort(key=lambda key: (middles[key], key))
            place.update({key: i for i, key in enumerate(layers[level])})
