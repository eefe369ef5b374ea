"""``poetry.lock``: packages with groups, markers and digests, but without URLs."""

import re
from collections.abc import Mapping

from pysetup.interchange.foreign_locks.model import (
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
from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.standards.conditions import Condition
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    parse_specifiers,
    parse_version,
)

_KNOWN = ("1.0", "1.1", "2.0", "2.1")
_MAIN = "main"
_CARET = late_pattern(r"([\^~])\s*(\d+(?:\.\d+)*)")
_EXTRA = late_pattern(r"""\bextra\s*==\s*(["'])([^"']*)\1""")


def read_poetry_lock(content: bytes, *, source: str) -> ForeignLock:
    """Read a ``poetry.lock``.

    Raises ``InvalidTomlError`` and ``InvalidForeignLockError``.
    """
    reading = Reading(source)
    values = TomlText.parse(content, source=source).values
    metadata = reading.table(values.get("metadata", {}), "metadata")
    version = reading.text(metadata, "lock-version", "metadata") or "1.0"
    if version not in _KNOWN:
        raise reading.refuse("metadata.lock-version", f"{version} is not known")
    extras = {
        normalize_name(str(name)): {
            normalize_name(each.split()[0].partition("[")[0])
            for each in reading.texts(listed, f"extras.{name}")
        }
        for name, listed in reading.table(values.get("extras", {}), "extras").items()
    }
    python = _python(reading.text(metadata, "python-versions", "metadata"), reading)
    rows = reading.rows(values.get("package"), "package")
    groups = {group for row in rows for group in _groups(row, reading)} - {_MAIN}
    found = [
        _package(row, f"package.{number}", metadata, extras, groups, reading)
        for number, row in enumerate(rows)
    ]
    conditions = reading.conditions
    world = conditions.always
    if python:
        world = conditions.requires_python(parse_specifiers(python))
    return ForeignLock(
        tool="Poetry",
        packages=tuple(found),
        world=world,
        requires_python=python,
        extras=tuple(sorted(extras)),
        groups=tuple(sorted(groups)),
        losses=tuple(reading.losses),
    )


def _python(text: str, reading: Reading) -> str:
    """Return Poetry's own way to name Pythons as a specifier, if it is one."""
    if text in ("", "*"):
        return ""
    joined = ",".join(_clause(clause.strip()) for clause in text.split(","))
    try:
        parse_specifiers(joined)
    except InvalidSpecifiersError:
        reading.lose(f"python-versions {text!r} is no specifier of PEP 440")
        return ""
    return joined


def _clause(text: str) -> str:
    """Return ``^3.9`` and ``~3.9`` as PEP 440 writes them."""
    match = _CARET.fullmatch(text)
    if match is None:
        return text
    release = match[2].split(".")
    last = 0 if match[1] == "^" or len(release) == 1 else 1
    upper = [*release[:last], str(int(release[last]) + 1)]
    return f">={match[2]},<{'.'.join(upper)}"


def _groups(row: Table, reading: Reading) -> tuple[str, ...]:
    """Return the groups of a package; older locks call them categories."""
    if "groups" in row:
        listed = reading.texts(row["groups"], "package.groups")
        return tuple(n if n == _MAIN else normalize_name(n) for n in listed)
    if "category" in row:
        return (normalize_name(reading.text(row, "category", "package")),)
    reading.lose("the lock does not tell groups: all is installed by default")
    return (_MAIN,)


def _package(
    row: Table,
    place: str,
    metadata: Table,
    extras: Mapping[str, set[str]],
    groups: set[str],
    reading: Reading,
) -> ForeignPackage:
    name = normalize_name(reading.text(row, "name", place, required=True))
    version = reading.text(row, "version", place, required=True)
    reading.parsed(parse_version, version, f"{place}.version")
    direct, index = _source(row, place, reading)
    listed = _listed(row, metadata, reading, place)
    if isinstance(direct, LockedArchive) and listed:
        found = listed[0]
        direct = LockedArchive(
            url=direct.url,
            path=direct.path,
            hashes={found.algorithm: found.hexdigest},
            subdirectory=direct.subdirectory,
        )
    needs = reading.table(row.get("dependencies", {}), f"{place}.dependencies")
    return ForeignPackage(
        name=name,
        version="" if isinstance(direct, LockedDirectory) else version,
        where=_where(row, name, extras, groups, reading, place),
        requires_python=_python(reading.text(row, "python-versions", place), reading),
        dependencies=tuple(sorted(normalize_name(str(key)) for key in needs)),
        hashes=() if direct is not None else tuple(listed),
        index=index,
        direct=direct,
    )


def _where(
    row: Table,
    name: str,
    extras: Mapping[str, set[str]],
    groups: set[str],
    reading: Reading,
    place: str,
) -> Condition:
    conditions = reading.conditions
    markers = row.get("markers", "")
    found = conditions.never
    named = _EXTRA.search(str(markers)) is not None
    for group in _groups(row, reading):
        text = markers.get(group, "") if isinstance(markers, Mapping) else markers
        if not isinstance(text, str):
            raise reading.refuse(f"{place}.markers", "must be text")
        where = reading.parsed(
            conditions.parse, _EXTRA.sub(r"'\2' in extras", text), f"{place}.markers"
        )
        if group != _MAIN:
            where &= conditions.with_group(group)
        elif row.get("optional") is True and not named:
            where &= _by_extras(name, extras, reading)
        elif groups and not named:
            where &= reading.condition("")
        found |= where
    return found


def _by_extras(
    name: str, extras: Mapping[str, set[str]], reading: Reading
) -> Condition:
    """Return where an optional package is wanted: with the extras that name it."""
    found = reading.conditions.never
    for extra, names in extras.items():
        if name in names:
            found |= reading.conditions.with_extra(extra)
    if not found:
        reading.lose(f"{name} is optional, and the lock tells no extra for it alone")
        for extra in extras:
            found |= reading.conditions.with_extra(extra)
    return found


def _listed(row: Table, metadata: Table, reading: Reading, place: str) -> list[Hash]:
    """Return the digests of a package; old locks have them at their end."""
    files = row.get("files")
    if files is None:
        every = reading.table(metadata.get("files", {}), "metadata.files")
        files = every.get(str(row.get("name")), [])
    found = []
    for file in reading.rows(files, f"{place}.files"):
        text = reading.text(file, "hash", f"{place}.files", required=True)
        try:
            found.append(Hash.parse(text))
        except UnknownHashAlgorithmError:
            algorithm = text.partition(":")[0]
            reading.lose(f"digests by {algorithm}, which prove nothing")
    return found


def _source(
    row: Table, place: str, reading: Reading
) -> tuple[LockedVcs | LockedDirectory | LockedArchive | None, str]:
    """Return where a package is from: itself, or the index that has it."""
    if "source" not in row:
        return None, ""
    place = f"{place}.source"
    source = reading.table(row["source"], place)
    kind = reading.text(source, "type", place, required=True)
    url = reading.text(source, "url", place, required=True)
    part = reading.text(source, "subdirectory", place)
    if kind == "legacy":
        return None, url
    if kind == "git":
        commit = reading.text(source, "resolved_reference", place, required=True)
        asked = reading.text(source, "reference", place)
        vcs = LockedVcs(
            type="git",
            url=_plain_git(url),
            requested_revision="" if asked in ("HEAD", commit) else asked,
            commit_id=commit,
            subdirectory=part,
        )
        return vcs, ""
    if kind == "directory":
        return LockedDirectory(path=url, editable=row.get("develop") is True), ""
    if kind == "file":
        return LockedArchive(path=url, subdirectory=part), ""
    if kind == "url":
        return LockedArchive(url=url, subdirectory=part), ""
    raise reading.refuse(f"{place}.type", f"{kind!r} is not known")


def _plain_git(url: str) -> str:
    """Return ``git@host:path`` as a URL."""
    match = re.fullmatch(r"([\w.-]+)@([\w.-]+):(?!//)(.+)", url)
    return f"ssh://{match[1]}@{match[2]}/{match[3]}" if match else url
