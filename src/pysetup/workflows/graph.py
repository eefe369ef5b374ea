"""What is installed as a graph: who needs what, who asked for it, and where."""

import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pysetup.errors import PysetupError
from pysetup.interchange.dependency_graph import DependencyGraph, Edge, edge_json
from pysetup.interchange.environment import Environment
from pysetup.interchange.installed import InstalledDistribution
from pysetup.phases.install.dependencies import installed_graph
from pysetup.phases.install.remove import NotInstalledError
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.installing.history import read_history
from pysetup.workflows.installing.inspect import read_environment
from pysetup.workflows.managing.project_file import (
    asked_by,
    open_project,
    sections_of,
    stated,
)

MOST_CHAINS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One requirement of a chain: who has it, and what it leads to, with versions.

    ``place`` is the file and line that state it, if known.
    """

    edge: Edge
    parent: str
    child: str
    place: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            **edge_json(self.edge),
            "parent": self.parent,
            "child": self.child,
            "place": self.place or None,
        }


@dataclass(frozen=True, slots=True)
class Why:
    """Why one distribution is installed.

    ``asked`` says how it was asked for itself, empty if nobody did; ``chains`` lead
    from what was asked for to it; ``more`` says that there are others.
    """

    name: str
    version: str
    asked: str
    chains: tuple[tuple[Step, ...], ...]
    more: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "asked": self.asked or None,
            "chains": [[step.to_json() for step in chain] for chain in self.chains],
            "more": self.more,
        }


def environment_graph(
    environment: Environment,
    context: Context,
    *,
    unasked_extras: Sequence[str] | None = (),
) -> DependencyGraph:
    """Return the graph of what is installed; ``unasked_extras`` as for the phase."""
    distributions = read_environment(environment, context).distributions()
    own = (environment.scheme.purelib, environment.scheme.platlib)
    notes = {one.metadata.normalized_name: _note(one, own) for one in distributions}
    return installed_graph(
        distributions,
        environment.markers,
        notes=notes,
        unasked_extras=unasked_extras,
    )


def _note(one: InstalledDistribution, own: Sequence[str]) -> str:
    if one.editable:
        return f"developed in {one.location}"
    folder = os.path.dirname(one.info_dir)
    return "" if folder in own else f"from {folder}"


def chosen_nodes(
    names: Sequence[str], graph: DependencyGraph, environment: Environment
) -> tuple[str, ...]:
    """Return the keys of ``names``; raises ``NotInstalledError``."""
    keys = tuple(map(normalize_name, names))
    for name, key in zip(names, keys, strict=True):
        if key not in graph.nodes or not graph.nodes[key].version:
            raise NotInstalledError(name, environment.prefix)
    return keys


def why(
    names: Sequence[str], *, environment: Environment, context: Context
) -> tuple[Why, ...]:
    """Return why each of ``names`` is installed; raises ``NotInstalledError``."""
    graph = environment_graph(environment, context)
    places = _Places(graph, environment, context)
    asked = _asked_words(environment, context)
    stated_here = _project_places(environment)
    found = []
    for key in chosen_nodes(names, graph, environment):
        node = graph.nodes[key]
        chains = graph.chains(key, limit=MOST_CHAINS + 1)
        told = asked.get(key, "by name") if node.requested else ""
        told = ", ".join(filter(None, (stated_here.get(key, ""), told)))
        steps = (tuple(places.step(edge) for edge in way) for way in chains)
        found.append(
            Why(
                node.name,
                node.version,
                told,
                tuple(steps)[:MOST_CHAINS],
                len(chains) > MOST_CHAINS,
            )
        )
    return tuple(found)


class _Places:
    """Finds the line of a developed project that states a requirement."""

    def __init__(
        self, graph: DependencyGraph, environment: Environment, context: Context
    ) -> None:
        self._nodes = graph.nodes
        self._folders = {
            one.metadata.normalized_name: Path(one.location)
            for one in read_environment(environment, context).distributions()
            if one.editable
        }
        self._known: dict[str, Mapping[str, str]] = {}

    def step(self, edge: Edge) -> Step:
        """Return the requirement with its place."""
        parent, child = str(self._nodes[edge.parent]), str(self._nodes[edge.child])
        if edge.parent not in self._folders:
            return Step(edge, parent, child)
        if edge.parent not in self._known:
            self._known[edge.parent] = _places_in(self._folders[edge.parent])
        place = self._known[edge.parent].get(edge.child, "")
        return Step(edge, parent, child, place)


def _places_in(root: Path) -> Mapping[str, str]:
    """Return the place that asks for each project, as far as the files tell it."""
    found: dict[str, str] = {}
    with suppress(PysetupError, OSError):
        project = open_project(root)
        texts = stated(project)
        for one in asked_by(project, sections_of(texts), texts):
            if one.requirement is not None:
                found.setdefault(normalize_name(one.requirement.name), one.source)
    return found


def _project_places(environment: Environment) -> Mapping[str, str]:
    """Return where the project that the environment belongs to asks for what.

    That is the project in the folder around a ``.venv``, unless it is developed there:
    then the chains lead through it.
    """
    root = Path(environment.prefix).parent
    places: dict[str, str] = {}
    with suppress(PysetupError, OSError):
        project = open_project(root)
        texts = stated(project)
        for section in sections_of(texts):
            if section.kind != "group" and project.is_package:
                continue
            for one in asked_by(project, [section], texts):
                if one.requirement is not None:
                    where = f" [{section}]" if section.name else ""
                    name = normalize_name(one.requirement.name)
                    places.setdefault(name, f"{one.source}{where}")
    return places


def _asked_words(environment: Environment, context: Context) -> dict[str, str]:
    """Return by which command each distribution was first asked for, from the history.

    A history that cannot be read tells nothing: `history` says what is wrong with it.
    """
    try:
        entries = read_history(environment).entries
    except PysetupError as error:
        context.tell(f"note: {error.message}")
        return {}
    found: dict[str, str] = {}
    for entry in entries:
        day = entry.time.partition("T")[0]
        told = f"{shlex.join(entry.command)} ({day}, history {entry.number})"
        for change in entry.changes:
            if change.new is None or not change.new.requested:
                found.pop(normalize_name(change.name), None)
            else:
                found.setdefault(normalize_name(change.name), told)
    return found
