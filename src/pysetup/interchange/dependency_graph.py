"""What needs what: distributions and requirements as a graph, and walks over it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# fits: what is there satisfies it; conflict: another version is; missing: none is;
# unasked: nobody asked for the extra that it belongs to.
State = Literal["fits", "conflict", "missing", "unasked"]
PROBLEMS: tuple[State, ...] = ("conflict", "missing")
# Steps that a search for chains takes at most: circles can make very many of them.
_MOST_STEPS = 50_000


@dataclass(frozen=True, slots=True)
class Node:
    """One distribution; ``key`` is its normalised name.

    ``version`` is empty for what is needed and not there. ``note`` is what people
    should know of it: that it is developed here, or comes from the system.
    """

    key: str
    name: str
    version: str
    requested: bool = False
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Edge:
    """One requirement: of ``parent`` on ``child``, both normalised names.

    ``requirement`` is its text without the marker, ``extra`` the extra of the parent
    that it belongs to, ``marker`` what else it depends on.
    """

    parent: str
    child: str
    requirement: str
    extra: str = ""
    marker: str = ""
    state: State = "fits"

    @property
    def specifier(self) -> str:
        """The requirement without the name: extras, versions or URL."""
        end = len(self.requirement)
        for index, char in enumerate(self.requirement):
            if not (char.isalnum() or char in "-_."):
                end = index
                break
        return self.requirement[end:].strip()

    @property
    def conditions(self) -> str:
        """The extra and the marker, as people read them; perhaps empty."""
        told = [f"extra {self.extra}"] if self.extra else []
        return "; ".join([*told, *([self.marker] if self.marker else [])])


class DependencyGraph:
    """Nodes by key, and edges between them: a value that remembers what it found."""

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
        self.nodes: Mapping[str, Node] = {node.key: node for node in nodes}
        self.edges: tuple[Edge, ...] = tuple(edges)

    @cached_property
    def below(self) -> Mapping[str, Sequence[Edge]]:
        """What each one needs, by name."""
        found: dict[str, list[Edge]] = {key: [] for key in self.nodes}
        for edge in sorted(self.edges, key=lambda e: (e.child, e.extra, e.requirement)):
            found[edge.parent].append(edge)
        return found

    @cached_property
    def above(self) -> Mapping[str, Sequence[Edge]]:
        """What needs each one, by name."""
        found: dict[str, list[Edge]] = {key: [] for key in self.nodes}
        for edge in sorted(self.edges, key=lambda e: (e.parent, e.extra)):
            found[edge.child].append(edge)
        return found

    def roots(self, *, invert: bool = False) -> tuple[str, ...]:
        """Return where a walk begins: what nothing needs; with ``invert`` the leaves.

        Of a circle that nothing leads into, what was asked for is one, else the first.
        """
        into, onto = (self.below, self.above) if invert else (self.above, self.below)
        order = sorted(self.nodes, key=lambda key: (not self.nodes[key].requested, key))
        found = [key for key in order if not any(_other(e, key) for e in into[key])]
        seen = set(self._reached(found, onto, invert=invert))
        for key in order:
            if key not in seen:
                found.append(key)
                seen.update(self._reached([key], onto, invert=invert))
        return tuple(sorted(found))

    def _reached(
        self, roots: Sequence[str], onto: Mapping[str, Sequence[Edge]], *, invert: bool
    ) -> Iterator[str]:
        seen: set[str] = set()
        waiting = list(roots)
        while waiting:
            key = waiting.pop()
            if key not in seen:
                seen.add(key)
                yield key
                waiting += [e.parent if invert else e.child for e in onto[key]]

    def within(
        self, roots: Sequence[str], *, invert: bool = False, depth: int | None = None
    ) -> "DependencyGraph":
        """Return what ``roots`` lead to, at most ``depth`` steps away."""
        onto = self.above if invert else self.below
        far = dict.fromkeys(roots, 0)
        waiting, edges = list(roots), []
        for key in waiting:  # it grows meanwhile
            if depth is not None and far[key] >= depth:
                continue
            for edge in onto[key]:
                edges.append(edge)
                other = edge.parent if invert else edge.child
                if other not in far:
                    far[other] = far[key] + 1
                    waiting.append(other)
        return DependencyGraph((self.nodes[key] for key in far), edges)

    def chains(self, key: str, *, limit: int) -> tuple[tuple[Edge, ...], ...]:
        """Return the ways from roots to ``key``, shortest first, at most ``limit``.

        A root is what was asked for, or what nothing needs; no way goes in a circle.
        """
        found: list[tuple[Edge, ...]] = []
        waiting: list[tuple[str, tuple[Edge, ...]]] = [(key, ())]
        roots = set(self.roots())
        for at, way in waiting:  # it grows meanwhile
            if len(waiting) > _MOST_STEPS:
                break
            if way and (self.nodes[at].requested or at in roots):
                found.append(way)
                if len(found) >= limit:
                    break
                if at in roots:
                    continue
            passed = {key, *(edge.parent for edge in way)}
            waiting += [
                (edge.parent, (edge, *way))
                for edge in self.above[at]
                if edge.parent not in passed and edge.state != "unasked"
            ]
        return tuple(found)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "roots": list(self.roots()),
            "packages": [
                {
                    "name": node.name,
                    "key": node.key,
                    "version": node.version or None,
                    "requested": node.requested,
                    "note": node.note or None,
                    "requires": [edge_json(edge) for edge in self.below[node.key]],
                }
                for node in sorted(self.nodes.values(), key=lambda node: node.key)
            ],
        }


def edge_json(edge: Edge) -> dict[str, JSON]:
    """Return the JSON form of a requirement."""
    return {
        "parent": edge.parent,
        "child": edge.child,
        "requirement": edge.requirement,
        "extra": edge.extra or None,
        "marker": edge.marker or None,
        "state": edge.state,
    }


def _other(edge: Edge, key: str) -> bool:
    return edge.parent != edge.child and key in (edge.parent, edge.child)
