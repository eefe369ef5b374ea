"""Writing a lock file: one order, one line a file, so that differences are small.

The order of the keys is that of PEP 751; what is known of no standard comes last.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
    LockFile,
)
from pysetup.metadata.formats.toml_writer import to_key, to_value

_WIDTH = 88


def lock_text(lock: LockFile) -> str:
    """Return the text of a ``pylock.toml``; equal locks give equal texts."""
    return "\n".join(_lines(lock)) + "\n"


def _lines(lock: LockFile) -> Iterator[str]:
    yield from _pairs(
        {
            "lock-version": lock.lock_version,
            "environments": list(lock.environments) or None,
            "requires-python": lock.requires_python or None,
            "extras": list(lock.extras) or None,
            "dependency-groups": list(lock.dependency_groups) or None,
            "default-groups": list(lock.default_groups) or None,
            "created-by": lock.created_by,
            **{key: v for key, v in lock.unknown.items() if not _is_table(v)},
        }
    )
    if not lock.packages:
        yield "packages = []"
    for package in lock.packages:
        yield ""
        yield "[[packages]]"
        yield from _pairs(_package(package))
        if package.tool:
            yield from _table(("packages", "tool"), package.tool)
    for key, value in lock.unknown.items():
        if isinstance(value, Mapping):
            yield from _table((key,), value)
    if lock.tool:
        yield from _table(("tool",), lock.tool)


def _package(package: LockedPackage) -> dict[str, object]:
    return {
        "name": package.name,
        "version": package.version or None,
        "marker": package.marker or None,
        "requires-python": package.requires_python or None,
        "dependencies": list(package.dependencies) or None,
        "vcs": package.vcs and _vcs(package.vcs),
        "directory": package.directory and _directory(package.directory),
        "archive": package.archive and _file(package.archive),
        "index": package.index or None,
        "sdist": package.sdist and _file(package.sdist),
        "wheels": [_file(wheel) for wheel in package.wheels] or None,
        "attestation-identities": list(package.attestation_identities) or None,
        **package.unknown,
    }


def _vcs(vcs: LockedVcs) -> dict[str, object]:
    return _given(
        {
            "type": vcs.type,
            "url": vcs.url,
            "path": vcs.path,
            "requested-revision": vcs.requested_revision,
            "commit-id": vcs.commit_id,
            "subdirectory": vcs.subdirectory,
        }
    )


def _directory(directory: LockedDirectory) -> dict[str, object]:
    return _given(
        {
            "path": directory.path,
            "editable": directory.editable or "",
            "subdirectory": directory.subdirectory,
        }
    )


def _file(file: LockedArchive) -> dict[str, object]:
    return _given(
        {
            "name": file.name,
            "upload-time": file.upload_time,
            "url": file.url,
            "path": file.path,
            "size": file.size,
            "hashes": dict(sorted(file.hashes.items())),
            "subdirectory": file.subdirectory,
        }
    )


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value not in ("", None)}


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            name = to_key(key)
            yield f"{name} = {_value(value, width=_WIDTH - len(name) - 3)}"


def _table(path: tuple[str, ...], table: Mapping[str, object]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _is_table(value)}
    own = {key: value for key, value in table.items() if key not in below}
    if own or not below:
        yield ""
        yield f"[{'.'.join(map(to_key, path))}]"
        yield from _pairs(own)
    for key, value in below.items():
        assert isinstance(value, Mapping)
        yield from _table((*path, key), value)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _value(value: object, *, width: int = 1 << 30) -> str:
    """Return a value on one line, or an array with one item a line."""
    if type(value) is str and "\n" not in value:
        return to_value(value)  # nearly all values are such
    if isinstance(value, Mapping):
        items = ", ".join(f"{to_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _array(value, width=width)
    if isinstance(value, (datetime, date, time)):
        return _moment(value)
    return to_value(value, width=1 << 30)


def _array(value: Sequence[object], *, width: int) -> str:
    listed = [_value(item) for item in value]
    line = f"[{', '.join(listed)}]"
    of_tables = all(isinstance(item, Mapping) for item in value)
    if len(line) <= width and not (of_tables and len(listed) > 1):
        return line
    return "\n".join(["[", *(f"  {item}," for item in listed), "]"])


def _moment(value: datetime | date | time) -> str:
    """Return a time, in UTC where it has a zone (PEP 751)."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value.isoformat()
    text = value.astimezone(UTC).isoformat()
    return text.replace("+00:00", "Z")
