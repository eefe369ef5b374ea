"""Decision diagrams over ordered variables: equal conditions are the same node.

A node asks for the value of one variable and leads on by the answer. The variables
of every way down come in one fixed order, no node asks what does not matter, and no
two nodes are alike: so two conditions hold in the same worlds exactly if they are
one object (Bryant's reduced ordered diagrams, with more than two ways out).

Functions of nodes call themselves once for each variable on the way down, and nothing
between: no ``map`` and no generator, which would need the stack of C. So who has many
variables needs a higher recursion limit, and nothing else (``deep_diagrams``).
"""

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

Key = str | tuple[int, ...]


class Variable(NamedTuple):
    """A variable; ``rank`` and then ``name`` give its place in the order.

    The values of an ``ordered`` one are intervals between cuts; those of any other
    are some named values, and one more that stands for all the rest.
    """

    rank: int
    name: str
    ordered: bool = False


# Calls for each variable on the way down, in operations that stand in another.
_FRAMES: Final = 12
_LAST: Final = Variable(1 << 30, "")


class Node:
    """One question; equal by identity, since ``Diagrams`` makes each only once.

    Of an ordered variable ``children[i]`` is for values from ``keys[i - 1]`` up to,
    but without, ``keys[i]``. Of any other it is for the value ``keys[i]``, and the
    last child for every value that is not named.
    """

    __slots__ = ("children", "keys", "variable")

    def __init__(
        self, variable: Variable, keys: tuple[Key, ...], children: tuple["Node", ...]
    ) -> None:
        self.variable = variable
        self.keys = keys
        self.children = children

    def child(self, value: Key) -> "Node":
        """Return the child for a value."""
        if self.variable.ordered:
            return self.children[bisect_right(self.keys, value)]
        if value in self.keys:
            return self.children[self.keys.index(value)]
        return self.children[-1]

    def edges(self) -> Iterator[tuple[Key | None, "Node"]]:
        """Yield each key with its child; the key of the last child is None."""
        yield from zip((*self.keys, None), self.children, strict=True)


FALSE: Final = Node(_LAST, (), ())
TRUE: Final = Node(_LAST, (), ())


@contextmanager
def deep_diagrams(variables: int) -> Iterator[None]:
    """Allow calls as deep as conditions of so many variables need, and a few more."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES * variables + before))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class Diagrams:
    """Makes nodes, and remembers what was computed of them."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[Variable, tuple[Key, ...], tuple[Node, ...]], Node] = {}
        self._both: dict[tuple[Node, Node], Node] = {}
        self._not: dict[Node, Node] = {TRUE: FALSE, FALSE: TRUE}
        self._restricted: dict[tuple[Node, Node], Node] = {}

    def node(
        self, variable: Variable, keys: tuple[Key, ...], children: tuple[Node, ...]
    ) -> Node:
        """Return the node that asks this, without what makes no difference."""
        join = _joined if variable.ordered else _named
        keys, children = join(keys, children)
        if not keys:
            return children[-1]
        found = self._nodes.get((variable, keys, children))
        if found is None:
            found = Node(variable, keys, children)
            self._nodes[variable, keys, children] = found
        return found

    def both(self, one: Node, other: Node) -> Node:
        """Return the condition that both hold."""
        if one is FALSE or other is FALSE:
            return FALSE
        if one is TRUE or one is other:
            return other
        if other is TRUE:
            return one
        key = (one, other) if id(one) < id(other) else (other, one)
        found = self._both.get(key)
        if found is None:
            found = self._both[key] = self._each(one, other)
        return found

    def either(self, one: Node, other: Node) -> Node:
        """Return the condition that at least one of them holds."""
        return self.negated(self.both(self.negated(one), self.negated(other)))

    def negated(self, node: Node) -> Node:
        """Return the condition that ``node`` does not hold."""
        found = self._not.get(node)
        if found is None:
            children = [self.negated(child) for child in node.children]
            made = self.node(node.variable, node.keys, tuple(children))
            found = self._not[node] = made
            self._not[found] = node
        return found

    def restricted(self, node: Node, care: Node) -> Node:
        """Return a smaller condition that is equal to ``node`` wherever ``care`` holds.

        What it says elsewhere does not matter (Coudert and Madre's restriction).
        """
        if care is TRUE or node is TRUE or node is FALSE:
            return node
        if care is FALSE:
            return FALSE
        key = (node, care)
        found = self._restricted.get(key)
        if found is None:
            found = self._restricted[key] = self._restrict(node, care)
        return found

    def first(self, node: Node, variable: Variable) -> Node:
        """Return where ``node`` can hold, as far as ``variable``, the first, tells."""
        if node.variable != variable:
            return FALSE if node is FALSE else TRUE
        # No node but FALSE itself is false for all values of its variables.
        children = tuple(FALSE if it is FALSE else TRUE for it in node.children)
        return self.node(variable, node.keys, children)

    def assigned(self, node: Node, decided: Callable[[Variable], Key | None]) -> Node:
        """Return what is left of ``node`` when some variables have their values."""
        if not node.children:
            return node
        key = decided(node.variable)
        if key is not None:
            return self.assigned(node.child(key), decided)
        children = [self.assigned(child, decided) for child in node.children]
        return self.node(node.variable, node.keys, tuple(children))

    def variables(self, node: Node) -> set[Variable]:
        """Return the variables that ``node`` asks for."""
        return {each.variable for each in _nodes(node)}

    def keys(self, node: Node, variable: Variable) -> set[str]:
        """Return the words that ``node`` tells apart for a variable."""
        found: set[str] = set()
        for each in _nodes(node):
            if each.variable == variable:
                found.update(map(str, each.keys))
        return found

    def _restrict(self, node: Node, care: Node) -> Node:
        if care.variable < node.variable:
            wider = FALSE
            for child in care.children:
                wider = self.either(wider, child)
            return self.restricted(node, wider)
        variable, keys = node.variable, _all_keys(node, care)
        pairs = list(
            zip(
                _spread(node, variable, keys),
                _spread(care, variable, keys),
                strict=True,
            )
        )
        cared = [
            None if wanted is FALSE else self.restricted(child, wanted)
            for child, wanted in pairs
        ]
        return self.node(variable, keys, _filled(cared, ordered=variable.ordered))

    def _each(self, one: Node, other: Node) -> Node:
        """Return the node whose children are the common ones of two nodes."""
        variable = min(one.variable, other.variable)
        keys = _all_keys(*(each for each in (one, other) if each.variable == variable))
        pairs = zip(
            _spread(one, variable, keys), _spread(other, variable, keys), strict=True
        )
        children = [self.both(*pair) for pair in pairs]
        return self.node(variable, keys, tuple(children))


def _nodes(node: Node) -> Iterator[Node]:
    """Yield every node once that asks something."""
    waiting, seen = [node], {node}
    while waiting:
        current = waiting.pop()
        if current.children:
            yield current
        fresh = set(current.children) - seen
        seen |= fresh
        waiting += fresh


def _all_keys(*nodes: Node) -> tuple[Key, ...]:
    """Return the keys of nodes that ask for the same variable as the first does."""
    keys: set[Key] = set()
    for node in nodes:
        if node.variable == nodes[0].variable:
            keys.update(node.keys)
    return tuple(sorted(keys))


def _spread(node: Node, variable: Variable, keys: tuple[Key, ...]) -> list[Node]:
    """Return the children of ``node`` for ``keys``, which include its own."""
    if node.variable != variable:
        return [node] * (len(keys) + 1)
    if variable.ordered:
        return [node.children[0], *(node.child(key) for key in keys)]
    return [*(node.child(key) for key in keys), node.children[-1]]


def _joined(
    keys: tuple[Key, ...], children: tuple[Node, ...]
) -> tuple[tuple[Key, ...], tuple[Node, ...]]:
    """Drop the cuts of an ordered variable that divide nothing."""
    kept = [
        (key, after)
        for key, before, after in zip(keys, children, children[1:], strict=False)
        if before is not after
    ]
    return tuple(key for key, _ in kept), (children[0], *(it for _, it in kept))


def _named(
    keys: tuple[Key, ...], children: tuple[Node, ...]
) -> tuple[tuple[Key, ...], tuple[Node, ...]]:
    """Drop the values that make no difference to the unnamed ones."""
    rest = children[-1]
    kept = [
        (key, child)
        for key, child in zip(keys, children[:-1], strict=True)
        if child is not rest
    ]
    return tuple(key for key, _ in kept), (*(it for _, it in kept), rest)


def _filled(children: list[Node | None], *, ordered: bool) -> tuple[Node, ...]:
    """Give the children that do not matter the value that makes the node small."""
    known = [child for child in children if child is not None]
    if ordered:
        filled: list[Node] = []
        for child in children:
            filled.append(child or (filled[-1] if filled else known[0]))
        return tuple(filled)
    rest = children[-1]
    if rest is None:
        rest = max(known, key=known.count)
    return tuple(child or rest for child in children)
