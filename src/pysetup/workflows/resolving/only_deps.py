"""What the named projects need, without the projects themselves: ``--only-deps``."""

from collections.abc import Iterable, Mapping, Sequence

from pysetup.values import replace
from pysetup.workflows.resolving.resolve import Pin


def without_named(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return the pins that the requested ones need.

    A requested project stays if another requested one needs it. What the dropped ones
    need directly counts as requested: nothing else will say why it is there.
    """
    children: dict[str, list[str]] = {}
    for pin in pins:
        for parent in pin.required_by:
            children.setdefault(parent, []).append(pin.name)
    named = [pin.name for pin in pins if pin.requested]
    needed = {
        name
        for root in named
        for name in _below(children.get(root, ()), children)
        if name != root
    }
    dropped = set(named) - needed
    return tuple(
        replace(pin, requested=pin.requested or not dropped.isdisjoint(pin.required_by))
        for pin in pins
        if pin.name in needed
    )


def _below(start: Iterable[str], children: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += children.get(name, ())
    return seen
