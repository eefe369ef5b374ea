"""Which part of a lock needs which package: the markers of a multi-use lock."""

from collections.abc import Iterable, Mapping, Sequence

from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds
from pysetup.values import dataclass
from pysetup.workflows.locking.inputs import BASE_PART, Part
from pysetup.workflows.resolving.resolve import Pin

DEFAULT_GROUP = "default"
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Needs:
    """``parts`` of the lock that need a package; the names that it ``requires``."""

    parts: frozenset[Part]
    requires: tuple[str, ...]


def find_needs(
    roots: Mapping[Part, Sequence[Requirement]],
    pins: Iterable[Pin],
    markers: Mapping[str, str],
    *,
    overrides: Sequence[Requirement] = (),
) -> dict[str, Needs]:
    """Return by name what needs each of ``pins``, in an environment of ``markers``.

    ``overrides`` stand in for what anybody requires of the same projects.

    ``roots`` are the requirements of each part. Extras are counted for each part by
    itself: what ``a[x]`` of one part adds is not added to another that asks for ``a``.
    """
    graph = _Graph(pins, markers, overrides)
    parts: dict[str, set[Part]] = {name: set() for name in graph.names}
    edges: dict[str, set[str]] = {name: set() for name in graph.names}
    for part, requirements in roots.items():
        for name, extras in graph.reached(requirements).items():
            parts[name].add(part)
            edges[name].update(child for child, _ in graph.children(name, extras))
    return {
        name: Needs(frozenset(parts[name]), tuple(sorted(edges[name] - {name})))
        for name in graph.names
    }


class _Graph:
    """The pins, and what each requires with which extras."""

    def __init__(
        self,
        pins: Iterable[Pin],
        markers: Mapping[str, str],
        overrides: Sequence[Requirement],
    ) -> None:
        self._overrides: dict[str, list[Requirement]] = {}
        for one in overrides:
            self._overrides.setdefault(normalize_name(one.name), []).append(one)
        self._pins = {pin.name: pin for pin in pins}
        self._markers = markers
        self._children: dict[
            tuple[str, frozenset[str]], tuple[tuple[str, frozenset[str]], ...]
        ] = {}
        self.names = tuple(self._pins)

    def reached(self, roots: Sequence[Requirement]) -> dict[str, frozenset[str]]:
        """Return what ``roots`` lead to, each with all extras that are asked for."""
        found: dict[str, frozenset[str]] = {}
        waiting = list(self._applying(roots, _NONE))
        while waiting:
            name, extras = waiting.pop()
            known = found.get(name)
            together = extras | (known or _NONE)
            if known == together:
                continue
            found[name] = together
            waiting += self.children(name, together)
        return found

    def children(
        self, name: str, extras: frozenset[str]
    ) -> tuple[tuple[str, frozenset[str]], ...]:
        """Return what the pin ``name`` requires with ``extras``."""
        key = (name, extras)
        if key not in self._children:
            requires = self._pins[name].requires_dist
            self._children[key] = tuple(self._applying(requires, extras))
        return self._children[key]

    def _applying(
        self, requirements: Iterable[Requirement], extras: frozenset[str]
    ) -> Iterable[tuple[str, frozenset[str]]]:
        for asked in requirements:
            name = normalize_name(asked.name)
            if name not in self._pins or not self._holds(asked, extras):
                continue
            for one in self._overrides.get(name, [asked]):
                if one is asked or self._holds(one, _NONE):
                    wanted = asked.extras | one.extras
                    yield name, frozenset(map(normalize_name, wanted))

    def _holds(self, one: Requirement, extras: frozenset[str]) -> bool:
        return marker_holds(one.marker, self._markers, extras=extras)


def part_marker(parts: frozenset[Part], *, has_groups: bool) -> str:
    """Return the marker for what ``parts`` need (PEP 751), empty for always.

    With ``has_groups`` the base is a default group, so that a group can be had alone.
    """
    if BASE_PART in parts and not has_groups:
        return ""
    clauses = [f"'{DEFAULT_GROUP}' in dependency_groups"] if BASE_PART in parts else []
    named = sorted(parts - {BASE_PART}, key=lambda part: (part.kind, part.name))
    clauses += [
        f"'{part.name}' in {'extras' if part.kind == 'extra' else 'dependency_groups'}"
        for part in named
    ]
    return " or ".join(clauses)
