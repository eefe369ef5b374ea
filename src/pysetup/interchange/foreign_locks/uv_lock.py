"""``uv.lock``: a graph of packages with markers on its edges, and files with URLs."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit, urlunsplit

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
from pysetup.metadata.formats.pyproject.toml_text import TomlText
from pysetup.standards.conditions import Condition
from pysetup.standards.hashes import Hash
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import parse_specifiers, parse_version
from pysetup.values import dataclass

_VERSION = 1
_MEMBERS = ("editable", "virtual")
# A row, or one extra of it.
_Node = tuple[int, str]


def read_uv_lock(content: bytes, *, source: str) -> ForeignLock:
    """Read a ``uv.lock``; raises ``InvalidTomlError``, ``InvalidForeignLockError``."""
    reading = Reading(source)
    values = TomlText.parse(content, source=source).values
    if values.get("version") != _VERSION:
        raise reading.refuse("version", "is not 1, the only one that is known")
    return _Graph(reading, values).lock()


@dataclass(frozen=True, slots=True)
class _Edge:
    """What a row requires: another row, some of its extras, and where."""

    target: int
    extras: tuple[str, ...]
    where: Condition


class _Graph:
    """The rows of a lock, and where each of them is reached from the project."""

    def __init__(self, reading: Reading, values: Table) -> None:
        self._reading = reading
        self._python = reading.text(values, "requires-python", "top")
        self._rows = reading.rows(values.get("package"), "package")
        self._by_name: dict[str, list[int]] = {}
        for number, row in enumerate(self._rows):
            name = reading.text(row, "name", f"package.{number}", required=True)
            self._by_name.setdefault(normalize_name(name), []).append(number)
        conditions = reading.conditions
        self._world = conditions.always
        if self._python:
            specifiers = reading.parsed(
                parse_specifiers, self._python, "requires-python"
            )
            self._world = conditions.requires_python(specifiers)
        self._where: dict[_Node, Condition] = {}

    def lock(self) -> ForeignLock:
        members = [
            number
            for number, row in enumerate(self._rows)
            if _MEMBERS[0] in self._source(number)
            or _MEMBERS[1] in self._source(number)
        ]
        root = self._root(members)
        extras, groups = self._start(root)
        self._spread()
        packages = [
            self._package(number)
            for number in range(len(self._rows))
            if number != root and "virtual" not in self._source(number)
        ]
        return ForeignLock(
            tool="uv",
            packages=tuple(found for found in packages if found is not None),
            world=self._world,
            requires_python=self._python,
            extras=tuple(sorted(extras)),
            groups=tuple(sorted(groups)),
            losses=tuple(self._reading.losses),
        )

    def _source(self, number: int) -> Table:
        source = self._rows[number].get("source", {})
        return self._reading.table(source, f"package.{number}.source")

    def _root(self, members: list[int]) -> int:
        """Return the row of the project in whose folder the lock stands."""
        if not members:
            raise self._reading.refuse("package", "has no project of its own")
        for number in members:
            if "." in self._source(number).values():
                return number
        return members[0]

    # -- who needs what ------------------------------------------------------------

    def _start(self, root: int) -> tuple[set[str], set[str]]:
        """Begin at the project: what it needs by default, with extras, in groups."""
        row, conditions = self._rows[root], self._reading.conditions
        extras = self._parts(row, "optional-dependencies")
        groups = self._parts(row, "dev-dependencies")
        default = self._reading.condition("") if groups else conditions.always
        for edge in self._edges(row.get("dependencies"), "dependencies"):
            self._reach(edge, default)
        for name, listed in extras.items():
            for edge in self._edges(listed, f"optional-dependencies.{name}"):
                self._reach(edge, conditions.with_extra(name))
        for name, listed in groups.items():
            for edge in self._edges(listed, f"dev-dependencies.{name}"):
                self._reach(edge, conditions.with_group(name))
        if "dev" in groups:
            self._reading.lose(
                "uv installs the group dev by default; name it:  --group dev"
            )
        return set(extras), set(groups)

    def _parts(self, row: Table, key: str) -> Mapping[str, object]:
        table = self._reading.table(row.get(key, {}), key)
        return {normalize_name(str(name)): listed for name, listed in table.items()}

    def _reach(self, edge: _Edge, where: Condition) -> list[_Node]:
        """Take note of where an edge leads; return what is reached more widely."""
        wider: list[_Node] = []
        for node in ((edge.target, ""), *((edge.target, e) for e in edge.extras)):
            before = self._where.get(node, self._reading.conditions.never)
            after = before | (where & edge.where & self._world)
            if not after.implies(before):
                self._where[node] = after
                wider.append(node)
        return wider

    def _spread(self) -> None:
        """Follow all edges until nothing is reached more widely."""
        waiting = list(self._where)
        while waiting:
            number, extra = node = waiting.pop()
            row = self._rows[number]
            listed = row.get("dependencies")
            if extra:
                listed = self._parts(row, "optional-dependencies").get(extra)
            for edge in self._edges(listed, f"package.{number}.dependencies"):
                waiting += self._reach(edge, self._where[node])

    def _edges(self, listed: object, place: str) -> Iterator[_Edge]:
        for one in self._reading.rows(listed, place):
            name = normalize_name(self._reading.text(one, "name", place, required=True))
            version = self._reading.text(one, "version", place)
            marker = self._reading.text(one, "marker", place)
            where = self._reading.parsed(
                self._reading.conditions.parse, marker, f"{place}.marker"
            )
            extra = one.get("extra", [])
            extras = self._reading.texts(
                extra if isinstance(extra, list) else [extra], place
            )
            for target in self._targets(name, version, one.get("source"), place):
                forks = self._fork(target)
                yield _Edge(target, tuple(map(normalize_name, extras)), where & forks)

    def _targets(
        self, name: str, version: str, source: object, place: str
    ) -> list[int]:
        found = [
            number
            for number in self._by_name.get(name, ())
            if (not version or self._rows[number].get("version") == version)
            and (source is None or self._rows[number].get("source") == source)
        ]
        if not found:
            raise self._reading.refuse(place, f"names {name}, which is not in the lock")
        return found

    def _fork(self, number: int) -> Condition:
        """Return where a row counts that stands beside another of its name."""
        conditions = self._reading.conditions
        place = f"package.{number}.resolution-markers"
        markers = self._reading.texts(
            self._rows[number].get("resolution-markers"), place
        )
        if not markers:
            return conditions.always
        where = conditions.never
        for marker in markers:
            where |= self._reading.parsed(conditions.parse, marker, place)
        return where

    # -- rows ----------------------------------------------------------------------

    def _package(self, number: int) -> ForeignPackage | None:
        row, reading = self._rows[number], self._reading
        place = f"package.{number}"
        where = self._where.get((number, ""))
        name = normalize_name(reading.text(row, "name", place, required=True))
        if where is None:
            reading.lose(f"{name} is needed by nothing, and left out")
            return None
        source = self._source(number)
        version = reading.text(row, "version", place)
        if version:
            reading.parsed(parse_version, version, f"{place}.version")
        direct = self._direct(row, source, place)
        files = () if direct is not None else tuple(self._files(row, source, place))
        if direct is None and not files:
            raise reading.refuse(place, f"({name}) has no files")
        return ForeignPackage(
            name=name,
            version="" if isinstance(direct, LockedDirectory) else version,
            where=where,
            dependencies=tuple(
                sorted(
                    {
                        normalize_name(reading.text(one, "name", place))
                        for one in reading.rows(row.get("dependencies"), place)
                    }
                )
            ),
            files=files,
            index=_index(source),
            direct=direct,
        )

    def _direct(
        self, row: Table, source: Table, place: str
    ) -> LockedVcs | LockedDirectory | LockedArchive | None:
        text = self._reading.text
        if "git" in source:
            return _git(text(source, "git", place), self._reading, place)
        for key in ("editable", "directory"):
            if key in source:
                path = text(source, key, place)
                return LockedDirectory(path=path, editable=key == "editable")
        for key in ("url", "path"):
            if key in source:
                return self._archive(row, source, key, place)
        return None

    def _archive(
        self, row: Table, source: Table, key: str, place: str
    ) -> LockedArchive:
        listed = [
            *self._reading.rows(row.get("wheels"), place),
            *([self._reading.table(row["sdist"], place)] if "sdist" in row else []),
        ]
        if not listed:
            raise self._reading.refuse(place, "has no digest")
        made = self._file(listed[0], {}, place)
        where = self._reading.text(source, key, place)
        return LockedArchive(
            url=where if key == "url" else "",
            path=where if key == "path" else "",
            hashes=made.hashes,
            size=made.size,
            subdirectory=self._reading.text(source, "subdirectory", place),
        )

    def _files(self, row: Table, source: Table, place: str) -> Iterator[LockedArchive]:
        if "sdist" in row:
            yield self._file(self._reading.table(row["sdist"], place), source, place)
        for wheel in self._reading.rows(row.get("wheels"), f"{place}.wheels"):
            yield self._file(wheel, source, f"{place}.wheels")

    def _file(self, table: Table, source: Table, place: str) -> LockedArchive:
        reading = self._reading
        digest = reading.text(table, "hash", place)
        if not digest:
            raise reading.refuse(place, "has a file without a digest")
        promised = reading.parsed(Hash.parse, digest, f"{place}.hash")
        size, moment = table.get("size"), table.get("upload-time")
        path = reading.text(table, "path", place)
        folder = reading.text(source, "registry", place)
        if path and folder and "://" not in folder:
            path = f"{folder.rstrip('/')}/{path}"
        url = reading.text(table, "url", place)
        made = LockedArchive(
            url=url,
            path="" if url else path,
            hashes={promised.algorithm: promised.hexdigest},
            size=size if isinstance(size, int) else None,
            upload_time=moment if isinstance(moment, datetime) else None,
        )
        return LockedArchive(
            url=made.url,
            path=made.path,
            hashes=made.hashes,
            size=made.size,
            upload_time=made.upload_time,
            name=reading.text(table, "filename", place) or made.filename,
        )


def _index(source: Table) -> str:
    registry = source.get("registry")
    return registry if isinstance(registry, str) and "://" in registry else ""


def _git(text: str, reading: Reading, place: str) -> LockedVcs:
    """Read ``https://host/path?rev=main&subdirectory=part#commit``."""
    parts = urlsplit(text)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if not parts.fragment:
        raise reading.refuse(place, "names no commit")
    asked = next((query[k] for k in ("rev", "branch", "tag") if k in query), "")
    return LockedVcs(
        type="git",
        url=urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
        requested_revision=asked,
        commit_id=parts.fragment,
        subdirectory=query.get("subdirectory", ""),
    )
