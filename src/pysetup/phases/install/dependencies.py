"""The graph of what is installed: each requirement, whether it holds, and for what."""

from collections.abc import Mapping, Sequence

from pysetup.errors import PysetupError
from pysetup.interchange.dependency_graph import DependencyGraph, Edge, Node, State
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.reasons import requested_extras
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds, split_marker


def installed_graph(
    distributions: Sequence[InstalledDistribution],
    markers: Mapping[str, str],
    *,
    notes: Mapping[str, str],
    unasked_extras: Sequence[str] | None = (),
) -> DependencyGraph:
    """Return what ``distributions`` require of each other, in ``markers``.

    Requirements whose marker does not hold are left out. Extras count where they were
    asked for; for the distributions in ``unasked_extras`` (None: all of them) also
    those that nobody asked for, told as such. ``notes`` are by normalised name.
    """
    by_name = {one.metadata.normalized_name: one for one in distributions}
    extras = _asked_extras(by_name, markers)
    nodes = {
        key: Node(
            key,
            one.metadata.name,
            str(one.metadata.version),
            one.requested,
            notes.get(key, ""),
        )
        for key, one in by_name.items()
    }
    edges = []
    for key, one in by_name.items():
        asked = extras[key]
        edges += _edges(one, markers, asked, by_name)
        if unasked_extras is None or key in unasked_extras:
            known = map(normalize_name, one.metadata.texts("provides_extra"))
            edges += [
                _as_unasked(edge)
                for edge in _edges(one, markers, frozenset(known) - asked, by_name)
                if edge.extra
            ]
    for edge in edges:
        nodes.setdefault(edge.child, Node(edge.child, _name(edge), ""))
    return DependencyGraph(nodes.values(), edges)


def _asked_extras(
    by_name: Mapping[str, InstalledDistribution], markers: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    """Return the extras of each distribution that somebody asks for."""
    found = {
        key: frozenset(map(normalize_name, requested_extras(one.info_dir) or ()))
        for key, one in by_name.items()
    }
    waiting = list(by_name)
    while waiting:
        key = waiting.pop()
        for requirement, _ in _active(by_name[key], markers, found[key]):
            child = normalize_name(requirement.name)
            more = frozenset(map(normalize_name, requirement.extras))
            if child in by_name and not more <= found[child]:
                found[child] |= more
                waiting.append(child)
    return found


def _active(
    one: InstalledDistribution, markers: Mapping[str, str], extras: frozenset[str]
) -> list[tuple[Requirement, str]]:
    """Return the requirements that hold, each with the extra that it needs to."""
    try:
        requirements = one.metadata.requires_dist
    except PysetupError:
        return []  # `check` says what is wrong with it
    found = []
    for requirement in requirements:
        for extra in ("", *sorted(extras)):
            if _holds(requirement, markers, extra):
                found.append((requirement, extra))
                break
    return found


def _holds(requirement: Requirement, markers: Mapping[str, str], extra: str) -> bool:
    extras = frozenset([extra]) if extra else frozenset[str]()
    try:
        return marker_holds(requirement.marker, markers, extras=extras)
    except PysetupError:
        return False


def _edges(
    one: InstalledDistribution,
    markers: Mapping[str, str],
    extras: frozenset[str],
    by_name: Mapping[str, InstalledDistribution],
) -> list[Edge]:
    edges = []
    for requirement, extra in _active(one, markers, extras):
        child = normalize_name(requirement.name)
        bare, marker = split_marker(requirement)
        edges.append(
            Edge(
                one.metadata.normalized_name,
                child,
                bare,
                extra,
                _without_extra(marker),
                _state(requirement, by_name.get(child)),
            )
        )
    return edges


def _without_extra(marker: str) -> str:
    """Return a marker without the clause about the extra, if it is one of several."""
    if "extra" not in marker or " or " in marker:
        return marker
    return " and ".join(c for c in marker.split(" and ") if not c.startswith("extra "))


def _state(requirement: Requirement, found: InstalledDistribution | None) -> State:
    if found is None:
        return "missing"
    version = found.metadata.version
    fits = requirement.specifier.contains(version, prereleases=True)
    return "fits" if fits else "conflict"


def _as_unasked(edge: Edge) -> Edge:
    return Edge(
        edge.parent, edge.child, edge.requirement, edge.extra, edge.marker, "unasked"
    )


def _name(edge: Edge) -> str:
    return edge.requirement[: len(edge.requirement) - len(edge.specifier)].strip()
