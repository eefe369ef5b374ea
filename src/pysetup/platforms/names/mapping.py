"""Names that somebody states: in the document, in a file of his own, in our tables.

Such a mapping says for each project, or each DepURL of PEP 725, the packages by role
and by extra. The form is the same wherever it stands.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pysetup.errors import UsageError
from pysetup.metadata.document import Metadata
from pysetup.metadata.pointers import pointer_of
from pysetup.platforms.names.found import ROLES, FoundName
from pysetup.platforms.target import PlatformTarget
from pysetup.standards.jsontext import JSON
from pysetup.standards.names import is_name, normalize_name
from pysetup.values import dataclass, field

EXTENSION = "pysetup.platform"
# A package becomes a word of a command that users may copy: no space, no quote.
_PACKAGE = re.compile(r"[A-Za-z0-9@/][A-Za-z0-9+._:@/~()\[\]-]{0,213}", re.ASCII)
_KEYS = frozenset((*ROLES, "extras", "version", "epoch"))
_PARTS = frozenset(("mapping_version", "names", "targets", "external"))


class InvalidMappingError(UsageError):
    """A mapping of names is not in the form that such mappings have.

    ``names`` maps each project to packages: a text, a list, or an object with lists
    for ``build``, ``host`` and ``run``, and ``extras``. ``targets`` has such ``names``
    for single targets, ``external`` maps what is no project of Python (PEP 725). An
    empty list means that nothing is needed.
    """

    code = "PS2740"

    def __init__(self, source: str, pointer: str, reason: str) -> None:
        super().__init__(
            f"the mapping of names in {source} {reason}",
            facts={"file": source, "field": pointer or "/"},
            hints=('write it like  {"names": {"some-project": ["python3-some"]}}',),
        )
        self.pointer, self.reason = pointer, reason


@dataclass(frozen=True, slots=True)
class MappedName:
    """The packages of one project by role, None where the mapping says nothing.

    ``extras`` are the packages that each extra needs beside the project's own.
    """

    run: tuple[str, ...] | None = None
    host: tuple[str, ...] | None = None
    build: tuple[str, ...] | None = None
    extras: "Mapping[str, MappedName]" = field(default_factory=dict)
    version: str = ""
    epoch: str = ""

    def packages(self, role: str) -> tuple[str, ...] | None:
        """Return the packages for ``role``; what serves a run serves a build too."""
        found: tuple[str, ...] | None = getattr(self, role)
        return self.run if found is None else found


@dataclass(frozen=True, slots=True)
class NameMapping:
    """Names of projects and of DepURLs, as ``label`` states them."""

    label: str
    names: Mapping[str, MappedName]
    external: Mapping[str, MappedName] = field(default_factory=dict)

    def find(
        self, project: str, *, extra: str = "", role: str = "run"
    ) -> FoundName | None:
        """Return what is mapped for ``project``, or for that extra of it."""
        return self._found(self.names, project, extra, role)

    def find_external(self, url: str, *, role: str = "run") -> FoundName | None:
        """Return what is mapped for the DepURL ``url`` (without a version)."""
        return self._found(self.external, url, "", role)

    def _found(
        self, table: Mapping[str, MappedName], key: str, extra: str, role: str
    ) -> FoundName | None:
        entry = table.get(key)
        if entry is not None and extra:
            entry = entry.extras.get(extra)
        packages = None if entry is None else entry.packages(role)
        if entry is None or packages is None:
            return None
        return FoundName(key, packages, entry.version, entry.epoch, self.label)

    def over(self, other: Self) -> "NameMapping":
        """Return this mapping with what only ``other`` has."""
        return NameMapping(
            self.label,
            {**other.names, **self.names},
            {**other.external, **self.external},
        )


def is_package_name(text: str) -> bool:
    """Tell whether ``text`` is one word that can name a package, or a file of one."""
    return _PACKAGE.fullmatch(text) is not None


def target_keys(target: PlatformTarget) -> tuple[str, ...]:
    """Return the names under which things hold for ``target``, the closest first.

    ``debian-12``, ``debian+12``, ``debian``, ``deb``.
    """
    name = target.name.partition(":")[0]
    release = f"{target.distribution}+{target.release}" if target.release else ""
    keys = (target.name, name, release, target.distribution, target.family)
    return tuple(dict.fromkeys(key for key in keys if key))


def document_mappings(
    metadata: Metadata, target: PlatformTarget
) -> tuple[NameMapping, ...]:
    """Return what the document maps for ``target`` (``pysetup.platform``).

    Raises ``InvalidMappingError``.
    """
    table = metadata.extensions.get(EXTENSION)
    if not isinstance(table, Mapping):
        return ()
    where = f"/extensions/{EXTENSION}"
    return tuple(
        _by_target(table.get("targets", {}), target, "document", where, "the document")
    )


def file_mappings(
    value: Mapping[str, JSON], target: PlatformTarget, *, source: str
) -> tuple[NameMapping, ...]:
    """Return what the file ``source`` maps for ``target``, the closest first.

    The file has ``names``, ``external`` and ``targets``, or is itself an object of
    names. Raises ``InvalidMappingError``.
    """
    label = f"map:{source}"
    if not _PARTS & set(value):
        return (NameMapping(label, _names(value, source, "")),)
    if unknown := sorted(set(value) - _PARTS):
        reason = f"has {unknown[0][:60]!r}, which is no part of one"
        raise InvalidMappingError(source, pointer_of([unknown[0]]), reason)
    general = _mapping_of(value, label, source, "")
    return (*_by_target(value.get("targets", {}), target, label, "", source), general)


def parse_names(value: Mapping[str, JSON], *, source: str) -> NameMapping:
    """Return the mapping of a table of our own: ``names`` and ``external`` alone."""
    return _mapping_of(value, source, source, "")


def _by_target(
    value: JSON, target: PlatformTarget, label: str, where: str, source: str
) -> Iterable[NameMapping]:
    if not isinstance(value, Mapping):
        raise InvalidMappingError(source, f"{where}/targets", "has no object there")
    for key in target_keys(target):
        entry = value.get(key)
        if isinstance(entry, Mapping):
            place = f"{where}/targets/{key}"
            yield _mapping_of(entry, f"{label}:{key}", source, place)
        elif entry is not None:
            pointer = f"{where}/targets/{key}"
            raise InvalidMappingError(source, pointer, "has no object there")


def _mapping_of(
    value: Mapping[str, JSON], label: str, source: str, where: str
) -> NameMapping:
    external = value.get("external", {})
    if not isinstance(external, Mapping):
        raise InvalidMappingError(source, f"{where}/external", "has no object there")
    names = value.get("names", {})
    if not isinstance(names, Mapping):
        raise InvalidMappingError(source, f"{where}/names", "has no object there")
    urls = {}
    for url, entry in external.items():
        pointer = where + pointer_of(["external", url])
        if not url.startswith("dep:"):
            raise InvalidMappingError(source, pointer, f"has {url[:60]!r}: no DepURL")
        urls[url] = _entry(entry, source, pointer)
    return NameMapping(label, _names(names, source, f"{where}/names"), urls)


def _names(value: Mapping[str, JSON], source: str, where: str) -> dict[str, MappedName]:
    found = {}
    for name, entry in value.items():
        pointer = where + pointer_of([name])
        if not is_name(name):
            reason = f"has {name[:60]!r}, which is no project name"
            raise InvalidMappingError(source, pointer, reason)
        found[normalize_name(name)] = _entry(entry, source, pointer)
    return found


def _entry(value: JSON, source: str, where: str) -> MappedName:
    if not isinstance(value, Mapping):
        return MappedName(_packages(value, source, where))
    if unknown := sorted(set(value) - _KEYS):
        reason = f"has {unknown[0][:60]!r}, which is no part of one"
        raise InvalidMappingError(source, f"{where}/{unknown[0]}", reason)
    extras = value.get("extras", {})
    if not isinstance(extras, Mapping):
        raise InvalidMappingError(source, f"{where}/extras", "has no object there")
    lists = {
        role: _packages(value[role], source, f"{where}/{role}")
        for role in ROLES
        if role in value
    }
    return MappedName(
        lists.get("run"),
        lists.get("host"),
        lists.get("build"),
        {
            normalize_name(extra): _entry(entry, source, f"{where}/extras/{extra}")
            for extra, entry in extras.items()
        },
        str(value.get("version", "")),
        str(value.get("epoch", "")),
    )


def _packages(value: JSON, source: str, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, Sequence):
        raise InvalidMappingError(source, where, "has neither a text nor a list there")
    for item in listed:
        if not isinstance(item, str) or not is_package_name(item):
            reason = f"has {str(item)[:60]!r} there, which names no package"
            raise InvalidMappingError(source, where, reason)
    return tuple(map(str, listed))
