"""Why a distribution is installed: asked for, or needed by what is; and by whom.

That one was asked for, the standard file REQUESTED says; with which extras, no standard
says, so ``pysetup.json`` beside it does. What needs what follows from the requirements.
"""

import os
from collections.abc import Iterable, Mapping, Sequence

from pysetup.errors import EnvironmentRefusedError, PysetupError
from pysetup.interchange.dist_info import SUFFIX
from pysetup.interchange.installed import InstalledDistribution
from pysetup.metadata.document import Metadata
from pysetup.phases.install.reading import read_file
from pysetup.standards.jsontext import JSON, parse_json_object, to_canonical_json
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement, marker_holds
from pysetup.values import dataclass

# A file of ours in the dist-info, listed in RECORD; others leave it alone.
OWN_RECORD = "pysetup.json"
_EXTRAS = "requested_extras"
# Tools that say with REQUESTED what was asked for. What another tool installed may all
# have been asked for, so it counts as that.
_SAYS_WHAT_WAS_ASKED = ("pysetup", "pip", "uv")


class NothingRequestedError(EnvironmentRefusedError):
    """No distribution of the environment is marked as asked for, so all would go.

    Old installers, and some that restore a locked set, write no REQUESTED file. Then
    nobody can tell what is still wanted.
    """

    code = "PS7390"

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"nothing in {prefix} is marked as asked for, so everything would go",
            facts={"environment": prefix},
            hints=(
                "name what you want:  pysetup install NAME...  marks it",
                "or remove by name:  pysetup uninstall NAME...",
            ),
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one distribution is there.

    ``extras`` are those that were asked for with it, None if nobody knows;
    ``needed_by`` are (name, extra) of what requires it, the extra empty for a plain
    requirement. ``foreign`` says that a tool installed it that tells no reasons.
    """

    requested: bool
    foreign: bool
    extras: tuple[str, ...] | None
    needed_by: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "requested": self.requested,
            "foreign": self.foreign,
            "requested_extras": None if self.extras is None else list(self.extras),
            "needed_by": [
                {"name": name, "extra": extra or None} for name, extra in self.needed_by
            ],
        }

    def __str__(self) -> str:
        told = ["asked for"] if self.requested else []
        if self.extras:
            told = [f"asked for with [{','.join(self.extras)}]"]
        if self.foreign and not self.requested:
            told.append("installed by a tool that tells no reason")
        told += [
            f"extra {extra} of {name}" if extra else f"dependency of {name}"
            for name, extra in self.needed_by
        ]
        return "; ".join(told) or "nobody asked for it, and nothing needs it"


def own_record(extras: Iterable[str], metadata: Metadata) -> bytes | None:
    """Return the content of ``pysetup.json`` for what was asked for with ``extras``.

    None where there is nothing to say: the distribution has no extras.
    """
    if not metadata.texts("provides_extra"):
        return None
    names = sorted({normalize_name(extra) for extra in extras})
    return to_canonical_json({_EXTRAS: list[JSON](names)})


def requested_extras(info_dir: str) -> tuple[str, ...] | None:
    """Return the extras that were asked for with a distribution; None if unknown."""
    if not info_dir.endswith(SUFFIX):
        return None
    path = os.path.join(info_dir, OWN_RECORD)
    try:
        content = read_file(path)
        if content is None:
            return None
        extras = parse_json_object(content, source=path).get(_EXTRAS)
    except PysetupError:
        return None
    return tuple(map(str, extras)) if isinstance(extras, list) else None


def _asked_extras(one: InstalledDistribution) -> tuple[str, ...] | None:
    """Return the extras that were asked for; without a word of ours there are none."""
    known = requested_extras(one.info_dir)
    return () if known is None and one.installer == "pysetup" else known


def find_reasons(
    distributions: Sequence[InstalledDistribution], markers: Mapping[str, str]
) -> dict[str, Reason]:
    """Return why each distribution is there, by normalised name.

    Extras count where they were asked for, by the user or by another distribution.
    Where it is not known which the user asked for, all of them do.
    """
    needed_by: dict[str, set[tuple[str, str]]] = {}
    graph = _Graph(distributions, markers)
    for name, extras in graph.reach(graph.names):
        owner = graph.by_name[name].metadata.name
        for extra in ("", *sorted(extras)):
            for needed in graph.needs(name, extra):
                needed_by.setdefault(needed, set()).add((owner, extra))
    return {
        name: Reason(
            requested=one.requested,
            foreign=_is_foreign(one),
            extras=_asked_extras(one) if one.requested else None,
            needed_by=tuple(sorted(needed_by.get(name, ()))),
        )
        for name, one in graph.by_name.items()
    }


def find_orphans(
    distributions: Sequence[InstalledDistribution],
    markers: Mapping[str, str],
    *,
    without: Iterable[str] = (),
) -> tuple[InstalledDistribution, ...]:
    """Return what nobody asked for and nothing needs, circles too.

    As if ``without`` (in any spelling) were not installed. What a tool installed that
    tells no reasons is never among them, and neither is what it needs.
    """
    left_out = {normalize_name(name) for name in without}
    left = [d for d in distributions if d.metadata.normalized_name not in left_out]
    graph = _Graph(left, markers)
    roots = [n for n, d in graph.by_name.items() if d.requested or _is_foreign(d)]
    wanted = {name for name, _ in graph.reach(roots)}
    return tuple(d for name, d in graph.by_name.items() if name not in wanted)


def refuse_without_requests(
    distributions: Iterable[InstalledDistribution], *, prefix: str
) -> None:
    """Raise ``NothingRequestedError`` if nothing at all was asked for."""
    found = list(distributions)
    if found and not any(one.requested for one in found):
        raise NothingRequestedError(prefix)


def _is_foreign(distribution: InstalledDistribution) -> bool:
    return distribution.installer.lower() not in _SAYS_WHAT_WAS_ASKED


class _Graph:
    """What is installed, and what of it each one needs."""

    def __init__(
        self,
        distributions: Sequence[InstalledDistribution],
        markers: Mapping[str, str],
    ) -> None:
        self.by_name = {one.metadata.normalized_name: one for one in distributions}
        self.names = tuple(self.by_name)
        self._markers = markers
        self._requirements: dict[str, tuple[Requirement, ...]] = {}

    def reach(self, roots: Iterable[str]) -> set[tuple[str, frozenset[str]]]:
        """Return each name with its extras that ``roots`` lead to, roots included."""
        pending = [(name, self._asked_extras(name)) for name in roots]
        seen = set(pending)
        while pending:
            name, extras = pending.pop()
            for extra in ("", *extras):
                for requirement in self._active(name, extra):
                    needed = normalize_name(requirement.name)
                    node = (needed, frozenset(map(normalize_name, requirement.extras)))
                    if needed in self.by_name and node not in seen:
                        seen.add(node)
                        pending.append(node)
        return seen

    def needs(self, name: str, extra: str) -> list[str]:
        """Return what is installed of that which ``name`` needs for ``extra`` alone."""
        plain = set(self._active(name, "")) if extra else set()
        found = (r for r in self._active(name, extra) if r not in plain)
        needed = [normalize_name(requirement.name) for requirement in found]
        return [one for one in needed if one in self.by_name]

    def _asked_extras(self, name: str) -> frozenset[str]:
        one = self.by_name[name]
        if not one.requested and not _is_foreign(one):
            return frozenset()
        known = _asked_extras(one)
        if known is None:
            known = one.metadata.texts("provides_extra")
        return frozenset(map(normalize_name, known))

    def _active(self, name: str, extra: str) -> list[Requirement]:
        if name not in self._requirements:
            try:
                found = self.by_name[name].metadata.requires_dist
            except PysetupError:
                found = ()  # `check` says what is wrong with it
            self._requirements[name] = found
        extras = frozenset([extra]) if extra else frozenset[str]()
        return [
            one
            for one in self._requirements[name]
            if _holds(one, self._markers, extras)
        ]


def _holds(
    requirement: Requirement, markers: Mapping[str, str], extras: frozenset[str]
) -> bool:
    try:
        return marker_holds(requirement.marker, markers, extras=extras)
    except PysetupError:
        return True  # rather keep one too many
