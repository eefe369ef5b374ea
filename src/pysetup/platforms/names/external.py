"""What a project needs from outside Python, by its own word (PEP 725, draft)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pysetup.metadata.document import Metadata
from pysetup.platforms.names.dep_urls import DepUrl, InvalidDepUrlError
from pysetup.platforms.names.system_packages import Need
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import InvalidRequirementError, marker_holds
from pysetup.values import dataclass

EXTENSION = "python.external"
_BY_ROLE = {
    "build": ("build-requires", "optional-build-requires"),
    "host": ("host-requires", "optional-host-requires"),
    "run": ("dependencies", "optional-dependencies"),
}
_GROUPS = "dependency-groups"
_UNDERSTOOD = ("generic", "virtual")
# The table of our own has this name for it.
_OTHER_NAMES = {"compiler/cxx": "compiler/c++"}


@dataclass(frozen=True, slots=True)
class ExternalNeed:
    """One thing that is needed: what, for which role, and for which extra or group."""

    dep: DepUrl
    role: str
    extra: str = ""
    group: str = ""

    @property
    def need(self) -> Need:
        """The need as our table of system packages knows it."""
        name = self.dep.name.lower()
        return Need("name", _OTHER_NAMES.get(name, name))

    @property
    def is_generic(self) -> bool:
        """Whether it is named without an ecosystem, or as a kind of thing."""
        return self.dep.type in _UNDERSTOOD

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        found: dict[str, JSON] = {"dependency": str(self.dep), "role": self.role}
        for key in ("extra", "group"):
            if text := getattr(self, key):
                found[key] = text
        return found


def external_needs(metadata: Metadata) -> tuple[Need, ...]:
    """Return the generic compilers, tools and libraries that building asks for.

    Packages of one certain ecosystem, conditions and what is no DepURL are left out:
    nothing is claimed of them.
    """
    table = _table(metadata)
    found = []
    for role in ("build", "host"):
        for text in _listed(table.get(_BY_ROLE[role][0])):
            try:
                need = ExternalNeed(DepUrl.parse(str(text)), role)
            except (InvalidDepUrlError, InvalidRequirementError):
                continue
            if need.is_generic and need.dep.marker is None:
                found.append(need.need)
    return tuple(dict.fromkeys(found))


def needs_in(
    metadata: Metadata,
    markers: Mapping[str, str],
    *,
    roles: Sequence[str] = ("build", "host", "run"),
    extras: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> tuple[ExternalNeed, ...]:
    """Return what the document needs where ``markers`` hold (PEP 508 variables).

    Raises ``InvalidDepUrlError`` or ``InvalidRequirementError``.
    """
    table = _table(metadata)
    chosen = [normalize_name(extra) for extra in extras]
    found = []
    for role in roles:
        plain, optional = _BY_ROLE[role]
        found += [ExternalNeed(dep, role) for dep in _deps(table.get(plain))]
        for extra, listed in _by_name(table.get(optional)):
            if extra in chosen:
                found += [ExternalNeed(dep, role, extra) for dep in _deps(listed)]
    by_group = dict(_by_name(table.get(_GROUPS)))
    for group in map(normalize_name, groups):
        texts = _of_group(group, by_group)
        found += [ExternalNeed(dep, "run", "", group) for dep in _deps(texts)]
    return tuple(one for one in dict.fromkeys(found) if _holds(one, markers))


def groups_in(metadata: Metadata) -> tuple[str, ...]:
    """Return the groups (PEP 735) for which it needs anything from outside."""
    return tuple(name for name, _ in _by_name(_table(metadata).get(_GROUPS)))


def extras_in(metadata: Metadata) -> tuple[str, ...]:
    """Return the extras for which the document needs anything from outside."""
    table = _table(metadata)
    names = [
        name
        for _, optional in _BY_ROLE.values()
        for name, _ in _by_name(table.get(optional))
    ]
    return tuple(dict.fromkeys(names))


def _holds(need: ExternalNeed, markers: Mapping[str, str]) -> bool:
    extras = frozenset((need.extra,)) if need.extra else frozenset[str]()
    return marker_holds(need.dep.marker, markers, extras=extras)


def _of_group(group: str, by_group: Mapping[str, JSON]) -> list[JSON]:
    """Return what ``group`` lists, and each group that it includes, once."""
    found: list[JSON] = []
    seen, waiting = {group}, [group]
    while waiting:
        for item in _listed(by_group.get(waiting.pop())):
            if not isinstance(item, Mapping):
                found.append(item)
                continue
            included = normalize_name(str(item.get("include-group", "")))
            if included not in seen:
                seen.add(included)
                waiting.append(included)
    return found


def _deps(value: JSON) -> Iterator[DepUrl]:
    """Yield the DepURLs in ``value``; nothing else may stand there."""
    if value is not None and not isinstance(value, list | tuple):
        raise InvalidDepUrlError(str(value))
    return (DepUrl.parse(str(text)) for text in _listed(value))


def _table(metadata: Metadata) -> Mapping[str, JSON]:
    value = metadata.extensions.get(EXTENSION)
    return value if isinstance(value, Mapping) else {}


def _listed(value: JSON) -> Sequence[JSON]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _by_name(value: JSON) -> Iterator[tuple[str, JSON]]:
    if isinstance(value, Mapping):
        for name, listed in value.items():
            yield normalize_name(name), listed
