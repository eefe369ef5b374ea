"""Mappings in the format of PEP 804 (draft): DepURLs to packages of one ecosystem."""

from collections.abc import Mapping, Sequence

from pysetup.platforms.names.dep_urls import bare_url, project_of
from pysetup.platforms.names.found import ROLES
from pysetup.platforms.names.mapping import (
    InvalidMappingError,
    MappedName,
    NameMapping,
)
from pysetup.standards.jsontext import JSON

_MOST_STEPS = 16


def is_registry_mapping(value: Mapping[str, JSON]) -> bool:
    """Tell whether a JSON object is such a mapping, and none of our own."""
    return isinstance(value.get("mappings"), list)


def registry_mapping(value: Mapping[str, JSON], *, source: str) -> NameMapping:
    """Read a mapping; the first entry of a DepURL is the preferred one.

    An entry with no packages says that the system has none: then nothing is found, as
    if it were not there. Raises ``InvalidMappingError``.
    """
    rows = value.get("mappings")
    if not isinstance(rows, list):
        raise InvalidMappingError(source, "/mappings", "has no list there")
    by_url: dict[str, Mapping[str, JSON]] = {}
    for number, row in enumerate(rows):
        url = row.get("id") if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(url, str):
            reason = "has an entry without an id"
            raise InvalidMappingError(source, f"/mappings/{number}", reason)
        known = by_url.get(bare_url(url))
        if known is None or not _says_something(known):
            by_url[bare_url(url)] = row
    external = {
        url: _specs(by_url, url, source)
        for url, row in by_url.items()
        if _says_something(row)
    }
    names = {}
    for url, entry in external.items():
        project = project_of(url)
        if project:
            names[project] = entry
    return NameMapping(f"registry:{source}", names, external)


def providers(value: Mapping[str, JSON]) -> dict[str, tuple[str, ...]]:
    """Return what each DepURL of a central registry stands for besides itself.

    ``dep:github/apache/arrow`` provides ``dep:generic/arrow``, and a compiler provides
    ``dep:virtual/compiler/c``.
    """
    rows = value.get("definitions")
    found: dict[str, tuple[str, ...]] = {}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and isinstance(row.get("id"), str):
            provided = row.get("provides")
            listed = [provided] if isinstance(provided, str) else provided
            if isinstance(listed, Sequence):
                found[bare_url(str(row["id"]))] = tuple(map(bare_url, map(str, listed)))
    return found


def _says_something(row: Mapping[str, JSON]) -> bool:
    return bool(row.get("specs")) or isinstance(row.get("specs_from"), str)


def _specs(
    by_url: Mapping[str, Mapping[str, JSON]], url: str, source: str
) -> MappedName:
    """Return the packages of ``url``, following ``specs_from``."""
    row = by_url[url]
    for _ in range(_MOST_STEPS):
        specs = row.get("specs")
        if specs is not None:
            break
        other = by_url.get(bare_url(str(row.get("specs_from"))))
        if other is None:
            reason = f"takes over {row.get('specs_from')}, which it does not have"
            raise InvalidMappingError(source, f"/mappings ({url})", reason)
        row = other
    else:
        reason = "has entries that take over each other in a circle"
        raise InvalidMappingError(source, f"/mappings ({url})", reason)
    if isinstance(specs, Mapping):
        lists = {role: _texts(specs.get(role, []), source, url) for role in ROLES}
        # No packages for a role is no answer to it: what is linked to a library that
        # a build asks for is what that build needs.
        build = lists["build"] or lists["host"]
        return MappedName(lists["run"] or None, lists["host"] or None, build or None)
    return MappedName(_texts(specs, source, url))


def _texts(value: JSON, source: str, url: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(x, str) for x in listed):
        reason = "has packages that are no texts"
        raise InvalidMappingError(source, f"/mappings ({url})", reason)
    for text in listed:
        # A conda spec has spaces and stars; what is made of it is always quoted.
        if (
            not str(text).strip("-")
            or str(text)[0] == "-"
            or not str(text).isprintable()
        ):
            reason = f"has {str(text)[:60]!r}, which names no package"
            raise InvalidMappingError(source, f"/mappings ({url})", reason)
    # Words of recipes, {{ compiler('c') }}, are for those who build them alone.
    return tuple(str(text) for text in listed if not str(text).startswith("{{"))
