"""The metadata store in one SQLite file: one writer, many readers, durable commits."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock

from pysetup.server.storage import (
    Change,
    Pointer,
    Project,
    StorageFailedError,
    StoredFile,
)

SCHEMA_VERSION = 1
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE user (
  name TEXT PRIMARY KEY, password TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE token (
  digest TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES user
) WITHOUT ROWID;
CREATE TABLE project (
  name TEXT PRIMARY KEY, display_name TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES user
) WITHOUT ROWID;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  folded TEXT NOT NULL UNIQUE,
  filename TEXT NOT NULL, project TEXT NOT NULL REFERENCES project,
  version TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  requires_python TEXT NOT NULL, uploaded TEXT NOT NULL, uploader TEXT NOT NULL,
  siblings TEXT NOT NULL, summary TEXT NOT NULL, requires_dist TEXT NOT NULL
);
CREATE INDEX file_by_project ON file (project, id);
CREATE TABLE pointer (
  path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  serial INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX pointer_by_content ON pointer (sha256);
CREATE TABLE journal (
  serial INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, project TEXT NOT NULL,
  version TEXT NOT NULL, filename TEXT NOT NULL, user TEXT NOT NULL
);
"""
_FILE_COLUMNS = (
    "filename, project, version, sha256, size, requires_python, uploaded, uploader, "
    "siblings, summary, requires_dist"
)


class SqliteStore:
    """The rows and pointers of the index in the file at ``path``.

    Raises ``StorageFailedError`` from every method.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._writing = Lock()
        with self._storage():
            self._writer = self._connect()
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._prepare()

    def _connect(self) -> sqlite3.Connection:
        # Each connection is used by one thread at a time, though not always the same.
        connection = sqlite3.connect(
            self._path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        # FULL: a commit is on the disk when it returns, also after a power cut.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _prepare(self) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        (version,) = self._writer.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in _SCHEMA.split(";\n"):
                self._writer.execute(statement)
            self._writer.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._writer.execute("COMMIT")
        if version > SCHEMA_VERSION:
            raise StorageFailedError(str(self._path), "a newer pysetup wrote it")

    def close(self) -> None:
        """Close all connections; nobody may be using them."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                break
        self._writer.close()

    @contextmanager
    def change(self) -> Iterator["SqliteTransaction"]:
        """Open the one transaction; it is durable when the block ends well."""
        with self._writing, self._storage():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTransaction(self._writer)
                self._writer.execute("COMMIT")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        with self._storage():
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = self._connect()
            try:
                yield connection
            finally:
                self._idle.put(connection)

    @contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageFailedError(str(self._path), str(error)) from None

    def pointer(self, path: str) -> Pointer | None:
        """Return what ``path`` stands for."""
        with self._reader() as connection:
            return _pointer(connection, path)

    def is_referenced(self, sha256: str) -> bool:
        """Tell whether any path stands for that content."""
        with self._reader() as connection:
            row = connection.execute(
                "SELECT 1 FROM pointer WHERE sha256 = ? LIMIT 1", (sha256,)
            ).fetchone()
        return row is not None

    def serial(self) -> int:
        """Return the serial of the last change, 0 before the first."""
        with self._reader() as connection:
            return SqliteTransaction(connection).serial()

    def project(self, name: str) -> Project | None:
        """Return the project of that normalised name."""
        with self._reader() as connection:
            return SqliteTransaction(connection).project(name)

    def files(self, project: str) -> tuple[StoredFile, ...]:
        """Return the files of a project, oldest first."""
        with self._reader() as connection:
            return SqliteTransaction(connection).files(project)

    def project_count(self) -> int:
        """Return the number of projects."""
        with self._reader() as connection:
            (count,) = connection.execute("SELECT count(*) FROM project").fetchone()
        return int(count)

    def latest(self, count: int) -> tuple[Change, ...]:
        """Return the last ``count`` changes, newest first."""
        with self._reader() as connection:
            rows = connection.execute(
                "SELECT serial, at, project, version, filename, user FROM journal "
                "ORDER BY serial DESC LIMIT ?",
                (count,),
            ).fetchall()
        return tuple(Change(*row) for row in rows)

    def password_of(self, user: str) -> str | None:
        """Return the stored form of a user's password."""
        return self._text("SELECT password FROM user WHERE name = ?", user)

    def user_of_token(self, digest: str) -> str | None:
        """Return the user whose token has that stored form."""
        return self._text("SELECT user FROM token WHERE digest = ?", digest)

    def _text(self, query: str, key: str) -> str | None:
        with self._reader() as connection:
            row = connection.execute(query, (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_user(self, user: str, password: str) -> bool:
        """Store a user's password; tell whether the user is new."""
        with self.change() as transaction:
            known = transaction.rows("SELECT 1 FROM user WHERE name = ?", user)
            transaction.run(
                "INSERT INTO user VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET password = excluded.password",
                (user, password),
            )
        return not known

    def add_token(self, user: str, digest: str) -> None:
        """Store a token of a user who is there."""
        with self.change() as transaction:
            transaction.run("INSERT INTO token VALUES (?, ?)", (digest, user))

    def has_users(self) -> bool:
        """Tell whether anybody may upload."""
        with self._reader() as connection:
            row = connection.execute("SELECT 1 FROM user LIMIT 1").fetchone()
        return row is not None


class SqliteTransaction:
    """Reads and writes within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Return all rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def run(self, statement: str, values: tuple[object, ...]) -> int:
        """Run one statement; return the key of the row it added."""
        return self._connection.execute(statement, values).lastrowid or 0

    def project(self, name: str) -> Project | None:
        """Return the project of that normalised name."""
        rows = self._connection.execute(
            "SELECT name, display_name, owner FROM project WHERE name = ?", (name,)
        ).fetchall()
        return Project(*rows[0]) if rows else None

    def file(self, filename: str) -> StoredFile | None:
        """Return the file of that name, whatever its letters' case."""
        rows = self._connection.execute(
            f"SELECT {_FILE_COLUMNS} FROM file WHERE folded = ?",  # noqa: S608 - a constant
            (filename.lower(),),
        ).fetchall()
        return _file(rows[0]) if rows else None

    def files(self, project: str) -> tuple[StoredFile, ...]:
        """Return the files of a project, oldest first."""
        rows = self._connection.execute(
            f"SELECT {_FILE_COLUMNS} FROM file WHERE project = ? ORDER BY id",  # noqa: S608 - a constant
            (project,),
        )
        return tuple(map(_file, rows))

    def project_names(self) -> tuple[str, ...]:
        """Return the names of all projects as first written, in normalised order."""
        rows = self._connection.execute(
            "SELECT display_name FROM project ORDER BY name"
        )
        return tuple(name for (name,) in rows)

    def add_project(self, project: Project) -> None:
        """Add a project."""
        self.run(
            "INSERT INTO project VALUES (?, ?, ?)",
            (project.name, project.display_name, project.owner),
        )

    def add_file(self, file: StoredFile) -> int:
        """Add a file and its line of the journal; return that line's serial."""
        self.run(
            f"INSERT INTO file (folded, {_FILE_COLUMNS}) "  # noqa: S608 - a constant
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.filename.lower(),
                file.filename,
                file.project,
                file.version,
                file.sha256,
                file.size,
                file.requires_python,
                file.uploaded,
                file.uploader,
                json.dumps(dict(file.siblings)),
                file.summary,
                json.dumps(file.requires_dist),
            ),
        )
        return self.run(
            "INSERT INTO journal (at, project, version, filename, user) "
            "VALUES (?, ?, ?, ?, ?)",
            (file.uploaded, file.project, file.version, file.filename, file.uploader),
        )

    def serial(self) -> int:
        """Return the serial of the last change, this transaction's included."""
        ((serial,),) = self._connection.execute(
            "SELECT coalesce(max(serial), 0) FROM journal"
        ).fetchall()
        return int(serial)

    def point(self, path: str, pointer: Pointer) -> Pointer | None:
        """Let ``path`` stand for other content; return what it stood for."""
        before = _pointer(self._connection, path)
        self.run(
            "REPLACE INTO pointer VALUES (?, ?, ?, ?)",
            (path, pointer.sha256, pointer.size, pointer.serial),
        )
        return before


def _pointer(connection: sqlite3.Connection, path: str) -> Pointer | None:
    row = connection.execute(
        "SELECT sha256, size, serial FROM pointer WHERE path = ?", (path,)
    ).fetchone()
    return None if row is None else Pointer(*row)


def _file(
    row: tuple[str, str, str, str, int, str, str, str, str, str, str],
) -> StoredFile:
    *_, siblings, summary, requires_dist = row
    return StoredFile(
        *row[:8],
        siblings=json.loads(siblings),
        summary=summary,
        requires_dist=tuple(json.loads(requires_dist)),
    )
