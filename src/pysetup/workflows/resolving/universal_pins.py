"""What a universal resolution says: pins, each with the environments that get it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pysetup.index.model import File
from pysetup.metadata.document import Metadata
from pysetup.resolve.provider import Candidate
from pysetup.resolve.terms import Rejection
from pysetup.resolve.universal import Chosen, ChosenEdge, UniversalSolution
from pysetup.standards.condition_text import marker_text
from pysetup.standards.conditions import Condition
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.vcs_urls import VcsUrl
from pysetup.standards.versions import Version
from pysetup.values import dataclass, field
from pysetup.workflows.resolving.resolve import Pin
from pysetup.workflows.resolving.resolve_provider import IndexProvider
from pysetup.workflows.resolving.universal_source import UniversalSource


@dataclass(frozen=True, slots=True)
class UniversalEdge:
    """What a pin requires: another pin, and where; no marker is always.

    It holds for ``extra`` of the pin alone, if that is not empty; ``extras`` are those
    that it requires of the other.
    """

    name: str
    version: Version
    marker: str | None = None
    extra: str = ""
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalPin:
    """One version of a project, and the environments that get it.

    ``marker`` is None where every environment does. ``files`` are all that any of
    these may need, ``location`` is a file or folder on this machine. ``extras`` are
    those of the pin itself that are needed, with their markers. ``by_extras`` and
    ``by_groups`` are the extras and groups of the project that lead to it, and
    ``always`` tells whether it is needed without any.
    """

    name: str
    version: Version
    marker: str | None
    metadata: Metadata
    files: tuple[File, ...] = ()
    location: Path | None = None
    direct_url: str = ""
    vcs: VcsUrl | None = None
    requested: bool = False
    extras: Mapping[str, str | None] = field(default_factory=dict)
    requires: tuple[UniversalEdge, ...] = ()
    required_by: tuple[str, ...] = ()
    always: bool = True
    by_extras: tuple[str, ...] = ()
    by_groups: tuple[str, ...] = ()

    @property
    def pin(self) -> Pin:
        """The same as the pin of one environment, with one of the files."""
        return Pin(
            name=self.name,
            version=self.version,
            metadata=self.metadata,
            file=self.files[0] if self.files else None,
            location=self.location,
            vcs=self.vcs,
            direct_url=self.direct_url,
            requested=self.requested,
            extras=frozenset(self.extras),
            required_by=self.required_by,
        )

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; the metadata is told by name and version only."""
        return {
            "name": self.name,
            "version": str(self.version),
            "marker": self.marker,
            "files": [file.filename for file in self.files],
            "location": None if self.location is None else str(self.location),
            "requested": self.requested,
            "extras": dict(self.extras),
            "requires": [
                {
                    "name": edge.name,
                    "version": str(edge.version),
                    "marker": edge.marker,
                    "extra": edge.extra or None,
                    "extras": list(edge.extras),
                }
                for edge in self.requires
            ],
            "required_by": list(self.required_by),
            "always": self.always,
            "by_extras": list(self.by_extras),
            "by_groups": list(self.by_groups),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalResolution:
    """All pins, by name and version; in no environment there are two of one name.

    ``requires_python`` and ``environments`` are what the markers take for granted;
    ``notes`` are sentences for the user. ``rounds`` and ``variants`` tell the effort:
    how often it was solved, and how many variants of projects there were.
    """

    pins: tuple[UniversalPin, ...]
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rounds: int = 0
    variants: int = 0

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "requires_python": self.requires_python or None,
            "environments": list(self.environments),
            "pins": [pin.to_json() for pin in self.pins],
            "notes": list(self.notes),
        }


class Reporter:
    """Turns a solution into pins: markers, files, and who needs what."""

    def __init__(
        self,
        solution: UniversalSolution,
        world: Condition,
        source: UniversalSource,
        provider: IndexProvider,
    ) -> None:
        self._solution = solution
        self._world = world
        self._source = source
        self._provider = provider
        self._where = {each.candidate: each.condition for each in solution.chosen}
        self._requires: dict[Candidate, list[ChosenEdge]] = {}
        self._parents: dict[Candidate, set[str]] = {}
        self._requested: set[Candidate] = set()
        for edge in solution.edges:
            if edge.parent is None:
                self._requested.add(edge.child)
                continue
            self._requires.setdefault(edge.parent, []).append(edge)
            if edge.parent.name != edge.child.name:
                self._parents.setdefault(edge.child, set()).add(edge.parent.name)

    def pins(
        self, *, extras: Iterable[str], groups: Iterable[str]
    ) -> tuple[UniversalPin, ...]:
        """Return the pins; ``extras`` and ``groups`` are those of the project."""
        names = sorted(map(normalize_name, extras)), sorted(map(normalize_name, groups))
        return tuple(self._pin(each, *names) for each in self._solution.chosen)

    def notes(self) -> tuple[str, ...]:
        """Return sentences that the user should read."""
        return tuple(
            note for each in self._solution.chosen for note in self._notes_of(each)
        )

    def _pin(
        self, chosen: Chosen, extras: list[str], groups: list[str]
    ) -> UniversalPin:
        candidate, condition = chosen.candidate, chosen.condition
        metadata = self._provider.metadata(candidate)
        assert not isinstance(metadata, Rejection), "the solver chose what is unusable"
        found, plain = self._provider.found(candidate), condition.choosing()
        return UniversalPin(
            name=candidate.name,
            version=candidate.version,
            marker=self._marker(condition),
            metadata=metadata,
            files=self._files(candidate, condition),
            location=found.path,
            vcs=found.vcs,
            direct_url=candidate.url,
            requested=candidate in self._requested,
            extras={
                name: self._marker(where, within=condition)
                for name, where in sorted(chosen.extras.items())
            },
            requires=tuple(
                self._edge(edge, condition)
                for edge in self._requires.get(candidate, ())
            ),
            required_by=tuple(sorted(self._parents.get(candidate, ()))),
            always=bool(plain),
            by_extras=tuple(
                it for it in extras if not condition.choosing([it]).implies(plain)
            ),
            by_groups=tuple(
                it for it in groups if not condition.choosing((), [it]).implies(plain)
            ),
        )

    def _files(self, candidate: Candidate, condition: Condition) -> tuple[File, ...]:
        """Return the files that may be needed; all, where none seems to fit."""
        usable = self._source.usable(candidate)
        fitting = [each.file for each in usable if each.condition & condition]
        return tuple(fitting or (each.file for each in usable))

    def _edge(self, edge: ChosenEdge, within: Condition) -> UniversalEdge:
        return UniversalEdge(
            edge.child.name,
            edge.child.version,
            self._marker(edge.condition, within=within),
            edge.extra,
            edge.extras,
        )

    def _marker(
        self, condition: Condition, *, within: Condition | None = None
    ) -> str | None:
        assumed = self._world if within is None else self._world & within
        return marker_text(condition, assuming=assumed) or None

    def _notes_of(self, chosen: Chosen) -> list[str]:
        candidate = chosen.candidate
        name = f"{candidate.name} {candidate.version}"
        metadata = self._provider.metadata(candidate)
        assert not isinstance(metadata, Rejection), "the solver chose what is unusable"
        known = {normalize_name(it) for it in metadata.texts("provides_extra")}
        notes = [f"{name} has no extra {it}" for it in sorted({*chosen.extras} - known)]
        usable = self._source.usable(candidate)
        if usable and all(it.file.yanked is not None for it in usable):
            reason = next((it.file.yanked for it in usable if it.file.yanked), "")
            notes.append(f"{name} is yanked{f': {reason}' if reason else ''}")
        python = metadata.text("requires_python")
        if candidate.name in self._source.relaxed and python:
            notes.append(
                f"{name} says Python {python}; later ones are taken to do as well,"
                " since nothing else fits"
            )
        return notes
