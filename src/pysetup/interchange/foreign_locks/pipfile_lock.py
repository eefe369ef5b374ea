"""``Pipfile.lock``: packages of two categories or more, with digests, as JSON."""

from collections.abc import Mapping

from pysetup.interchange.foreign_locks.model import (
    DEFAULT_GROUP,
    ForeignLock,
    ForeignPackage,
    Reading,
    Table,
)
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedVcs,
)
from pysetup.standards.conditions import Condition
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.jsontext import InvalidJsonError, parse_json
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import parse_version
from pysetup.values import replace

_META = "_meta"
_SPECIFICATION = 6


def read_pipfile_lock(content: bytes, *, source: str) -> ForeignLock:
    """Read a ``Pipfile.lock``; raises ``InvalidForeignLockError``."""
    reading = Reading(source)
    try:
        values = reading.table(parse_json(content, source=source), "the file")
    except InvalidJsonError as error:
        raise reading.refuse("the file", f"is no JSON: {error.message}") from None
    meta = reading.table(values.get(_META, {}), _META)
    if meta.get("pipfile-spec") != _SPECIFICATION:
        raise reading.refuse(f"{_META}.pipfile-spec", "is not 6, which alone is known")
    sources = {
        reading.text(one, "name", "sources"): reading.text(one, "url", "sources")
        for one in reading.rows(meta.get("sources"), "sources")
    }
    categories = [name for name, rows in values.items() if name != _META and rows]
    groups = [normalize_name(name) for name in categories if name != DEFAULT_GROUP]
    merged: dict[tuple[str, str], ForeignPackage] = {}
    for category in categories:
        where = reading.conditions.always
        if category != DEFAULT_GROUP:
            where = reading.conditions.with_group(category)
        elif groups:
            where = reading.condition("")
        rows = reading.table(values[category], category)
        for name, row in rows.items():
            place = f"{category}.{name}"
            table = reading.table(row, place)
            found = _package(name, table, place, where, sources, reading)
            key = (found.name, found.version)
            before = merged.get(key)
            if before is not None:
                found = replace(before, where=before.where | found.where)
            merged[key] = found
    python, world = _requires(meta, reading)
    reading.lose("which package requires which: the lock does not tell it")
    return ForeignLock(
        tool="Pipenv",
        packages=tuple(merged.values()),
        world=world,
        requires_python=python,
        groups=tuple(sorted(groups)),
        losses=tuple(reading.losses),
    )


def _requires(meta: Table, reading: Reading) -> tuple[str, Condition]:
    requires = reading.table(meta.get("requires", {}), "requires")
    python = reading.text(requires, "python_full_version", "requires")
    python = python or reading.text(requires, "python_version", "requires")
    conditions = reading.conditions
    if not python:
        return "", conditions.always
    # The Python that it was made with; a lock of one version is of no use elsewhere.
    parsed = reading.parsed(parse_version, python, "requires")
    text = f"=={parsed}.*" if len(parsed.release) < 3 else f"=={parsed}"  # noqa: PLR2004 - all parts of a release
    marker = f"python_full_version == '{text.removeprefix('==')}'"
    return text, conditions.parse(marker)


def _package(
    name: str,
    row: Table,
    place: str,
    where: Condition,
    sources: Mapping[str, str],
    reading: Reading,
) -> ForeignPackage:
    direct = _direct(row, place, reading)
    version = reading.text(row, "version", place).removeprefix("==")
    if version:
        reading.parsed(parse_version, version, f"{place}.version")
    elif direct is None:
        raise reading.refuse(place, "has no version")
    marker = reading.text(row, "markers", place)
    where &= reading.parsed(reading.conditions.parse, marker, f"{place}.markers")
    hashes = []
    for text in reading.texts(row.get("hashes"), f"{place}.hashes"):
        try:
            hashes.append(Hash.parse(text))
        except UnknownHashAlgorithmError:
            reading.lose(f"digests by {text.partition(':')[0]}, which prove nothing")
    if isinstance(direct, LockedArchive) and hashes:
        direct = replace(direct, hashes={hashes[0].algorithm: hashes[0].hexdigest})
    return ForeignPackage(
        name=normalize_name(name),
        version=version,
        where=where,
        hashes=() if direct is not None else tuple(hashes),
        index=sources.get(reading.text(row, "index", place), ""),
        direct=direct,
    )


def _direct(
    row: Table, place: str, reading: Reading
) -> LockedVcs | LockedDirectory | LockedArchive | None:
    part = reading.text(row, "subdirectory", place)
    for system in ("git", "hg", "svn", "bzr"):
        if system in row:
            commit = reading.text(row, "ref", place, required=True)
            url = reading.text(row, system, place)
            return LockedVcs(type=system, url=url, commit_id=commit, subdirectory=part)
    path = reading.text(row, "path", place)
    if path and path.endswith((".whl", ".gz", ".zip", ".tgz", ".bz2", ".xz")):
        return LockedArchive(path=path, subdirectory=part)
    if path:
        editable = row.get("editable") is True
        return LockedDirectory(path=path, editable=editable, subdirectory=part)
    url = reading.text(row, "file", place)
    return LockedArchive(url=url, subdirectory=part) if url else None
