"""``pdm.lock``: packages with groups, markers and digests, at times with URLs."""

from urllib.parse import unquote, urlsplit

from pysetup.interchange.foreign_locks.model import (
    Beside,
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
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.standards.conditions import Condition
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import parse_requirement
from pysetup.standards.versions import (
    InvalidSpecifiersError,
    parse_specifiers,
    parse_version,
)
from pysetup.values import replace

_DEFAULT = "default"


def read_pdm_lock(content: bytes, *, source: str, beside: Beside) -> ForeignLock:
    """Read a ``pdm.lock``; ``beside`` tells which of its groups are extras.

    Raises ``InvalidTomlError`` and ``InvalidForeignLockError``.
    """
    reading = Reading(source)
    values = TomlText.parse(content, source=source).values
    metadata = reading.table(values.get("metadata", {}), "metadata")
    version = reading.text(metadata, "lock_version", "metadata")
    if not version.startswith("4."):
        raise reading.refuse("metadata.lock_version", f"{version or 'nothing'}: not 4")
    names = reading.texts(metadata.get("groups"), "metadata.groups")
    rows = reading.rows(values.get("package"), "package")
    told = {normalize_name(name) for name in names} - {_DEFAULT}
    extras = told & beside.extras
    groups = told - extras
    if any("groups" not in row for row in rows):
        reading.lose("packages of which the lock tells no group are always installed")
    merged: dict[tuple[str, str], ForeignPackage] = {}
    for number, row in enumerate(rows):
        found = _package(row, f"package.{number}", extras, groups, reading)
        key = (found.name, found.version)
        # A row with extras repeats the package, and says when it is wanted with them.
        before = merged.get(key)
        merged[key] = found if before is None else _joined(before, found)
    python, world = _targets(metadata, reading)
    return ForeignLock(
        tool="PDM",
        packages=tuple(merged.values()),
        world=world,
        requires_python=python,
        extras=tuple(sorted(extras)),
        groups=tuple(sorted(groups)),
        losses=tuple(reading.losses),
    )


def _joined(one: ForeignPackage, other: ForeignPackage) -> ForeignPackage:
    names = {*one.dependencies, *other.dependencies} - {one.name}
    return replace(
        one,
        where=one.where | other.where,
        dependencies=tuple(sorted(names)),
        files=one.files or other.files,
        hashes=one.hashes or other.hashes,
    )


def _targets(metadata: Table, reading: Reading) -> tuple[str, Condition]:
    """Return the Pythons of the lock, and its environments as a condition."""
    conditions = reading.conditions
    targets = reading.rows(metadata.get("targets"), "metadata.targets")
    if len(targets) > 1 or any(set(one) - {"requires_python"} for one in targets):
        reading.lose(
            "the targets of the lock: it is not known which files are for them"
        )
    text = reading.text(targets[0], "requires_python", "targets") if targets else ""
    if not text or len(targets) > 1:
        return "", conditions.always
    specifiers = reading.parsed(parse_specifiers, text, "metadata.targets")
    return text, conditions.requires_python(specifiers)


def _package(
    row: Table, place: str, extras: set[str], groups: set[str], reading: Reading
) -> ForeignPackage:
    name = normalize_name(reading.text(row, "name", place, required=True))
    version = reading.text(row, "version", place)
    if version:
        reading.parsed(parse_version, version, f"{place}.version")
    direct = _direct(row, place, reading)
    files, hashes = _files(row, place, reading)
    if isinstance(direct, LockedArchive) and hashes:
        digests = {hashes[0].algorithm: hashes[0].hexdigest}
        direct = replace(direct, hashes=digests)
    needs = reading.texts(row.get("dependencies"), f"{place}.dependencies")
    return ForeignPackage(
        name=name,
        version="" if isinstance(direct, LockedDirectory) else version,
        where=_where(row, place, extras, groups, reading),
        requires_python=_python(reading.text(row, "requires_python", place)),
        dependencies=tuple(
            sorted({normalize_name(parse_requirement(text).name) for text in needs})
        ),
        files=() if direct is not None else files,
        hashes=() if direct is not None or files else hashes,
        direct=direct,
    )


def _where(
    row: Table, place: str, extras: set[str], groups: set[str], reading: Reading
) -> Condition:
    conditions = reading.conditions
    listed = reading.texts(row.get("groups", [_DEFAULT]), f"{place}.groups")
    found = conditions.never
    for name in map(normalize_name, listed):
        if name in extras:
            found |= conditions.with_extra(name)
        elif name in groups:
            found |= conditions.with_group(name)
        else:
            found |= reading.condition("") if groups else conditions.always
    marker = reading.text(row, "marker", place)
    return found & reading.parsed(conditions.parse, marker, f"{place}.marker")


def _python(text: str) -> str:
    try:
        parse_specifiers(text)
    except InvalidSpecifiersError:
        return ""
    return text


def _files(
    row: Table, place: str, reading: Reading
) -> tuple[tuple[LockedArchive, ...], tuple[Hash, ...]]:
    """Return the files whose URLs are told, and all digests."""
    files: list[LockedArchive] = []
    hashes: list[Hash] = []
    for file in reading.rows(row.get("files"), f"{place}.files"):
        text = reading.text(file, "hash", f"{place}.files", required=True)
        try:
            promised = Hash.parse(text)
        except UnknownHashAlgorithmError:
            algorithm = text.partition(":")[0]
            reading.lose(f"digests by {algorithm}, which prove nothing")
            continue
        hashes.append(promised)
        url = reading.text(file, "url", f"{place}.files")
        if url:
            name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
            digests = {promised.algorithm: promised.hexdigest}
            files.append(LockedArchive(url=url, name=name, hashes=digests))
    return tuple(files), tuple(hashes)


def _direct(
    row: Table, place: str, reading: Reading
) -> LockedVcs | LockedDirectory | LockedArchive | None:
    part = reading.text(row, "subdirectory", place)
    for system in ("git", "hg", "svn", "bzr"):
        if system in row:
            commit = reading.text(row, "revision", place, required=True)
            return LockedVcs(
                type=system,
                url=reading.text(row, system, place),
                requested_revision=reading.text(row, "ref", place),
                commit_id=commit,
                subdirectory=part,
            )
    path = reading.text(row, "path", place)
    if path and path.endswith((".whl", ".gz", ".zip", ".tgz", ".bz2", ".xz")):
        return LockedArchive(path=path, subdirectory=part)
    if path:
        editable = row.get("editable") is True
        return LockedDirectory(path=path, editable=editable, subdirectory=part)
    url = reading.text(row, "url", place)
    return LockedArchive(url=url, subdirectory=part) if url else None
