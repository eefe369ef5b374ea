"""The history of an environment: what each command changed, as one JSON file.

The file is replaced in the same transaction as the environment, so it never says
anything else than what stands.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from pysetup.errors import AnswerError, EnvironmentRefusedError
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.values import dataclass, replace

HISTORY = "history.json"
MAX_ENTRIES = 100
_FORMAT = 1
_LIMIT = 1 << 28


class DamagedHistoryError(EnvironmentRefusedError):
    """The history of an environment cannot be read, or another program wrote it.

    The next change moves the file aside and starts a new history. The environment
    itself is not concerned, but older changes cannot be undone.
    """

    code = "PS7330"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the history of this environment cannot be read: {reason}",
            facts={"file": path},
            hints=("the next change starts a new one",),
        )
        self.path, self.reason = path, reason


class NoSuchEntryError(AnswerError):
    """The history of an environment has no entry with this number.

    It keeps the last 100 changes that pysetup made. What other tools change is not
    in it.
    """

    code = "PS1330"

    def __init__(self, number: int | None, prefix: str) -> None:
        what = "nothing to undo" if number is None else f"no entry {number}"
        super().__init__(
            f"there is {what} in the history of {prefix}",
            facts={"environment": prefix},
            hints=("pysetup history  shows the entries",),
        )


@dataclass(frozen=True, slots=True)
class Archive:
    """The wheel that a distribution came from: its name, SHA-256 and URL.

    ``sha256`` is in hexadecimal; ``url`` has no credentials.
    """

    filename: str
    sha256: str
    url: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"filename": self.filename, "sha256": self.sha256, "url": self.url}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the JSON form; raises ``KeyError``."""
        return cls(str(value["filename"]), str(value["sha256"]), str(value["url"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One distribution as it stands or stood in an environment.

    ``archive`` is the wheel that it can be had from again; ``record`` is the SHA-256
    of its RECORD, where it is known; ``kept`` is the fingerprint of those of its files
    that no archive has, which were kept when it went; ``left`` are files that the user
    had changed, and which stayed where they were (relative to the environment).
    """

    version: str
    installer: str = ""
    requested: bool = False
    archive: Archive | None = None
    direct_url: Mapping[str, JSON] | None = None
    provenance: Mapping[str, JSON] | None = None
    record: str = ""
    kept: str = ""
    left: tuple[str, ...] = ()

    def is_same(self, other: "State") -> bool:
        """Tell whether both are one installation of one distribution."""
        if self.record and other.record:
            return self.record == other.record
        return (self.version, self.installer, self.archive, self.direct_url) == (
            (other.version, other.installer, other.archive, other.direct_url)
        )

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "version": self.version,
            "installer": self.installer,
            "requested": self.requested,
            "archive": None if self.archive is None else self.archive.to_json(),
            "direct_url": self.direct_url,
            "provenance": self.provenance,
            "record": self.record or None,
            "kept": self.kept or None,
            "left": list(self.left),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the JSON form; raises ``KeyError``, ``TypeError`` or the like."""
        archive = value["archive"]
        return cls(
            version=str(value["version"]),
            installer=str(value["installer"]),
            requested=value["requested"] is True,
            archive=None if archive is None else Archive.from_json(archive),
            direct_url=_object(value["direct_url"]),
            provenance=_object(value["provenance"]),
            record=str(value["record"] or ""),
            kept=str(value["kept"] or ""),
            left=tuple(map(str, value["left"])),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one distribution; ``old`` or ``new`` is None where it was not."""

    name: str
    old: State | None
    new: State | None

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "old": None if self.old is None else self.old.to_json(),
            "new": None if self.new is None else self.new.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the JSON form; raises as ``State.from_json``."""
        old, new = value["old"], value["new"]
        return cls(
            str(value["name"]),
            None if old is None else State.from_json(old),
            None if new is None else State.from_json(new),
        )

    def __str__(self) -> str:
        if self.old is None:
            return f"+ {self.name} {self.new.version if self.new else ''}"
        if self.new is None:
            return f"- {self.name} {self.old.version}"
        return f"~ {self.name} {self.old.version} -> {self.new.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command that changed the environment.

    ``time`` is in UTC (ISO 8601); ``command`` are its words, without secrets;
    ``undoes`` are the numbers of the entries that it took back; ``generation`` are the
    numbers of the generations that showed before and after it, if there are any.
    """

    number: int
    time: str
    command: tuple[str, ...]
    pysetup: str
    changes: tuple[Change, ...]
    undoes: tuple[int, ...] = ()
    generation: tuple[int, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "id": self.number,
            "time": self.time,
            "command": list(self.command),
            "pysetup": self.pysetup,
            "changes": [change.to_json() for change in self.changes],
            "undoes": list(self.undoes),
            "generation": list(self.generation),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the JSON form; raises as ``State.from_json``."""
        return cls(
            number=int(value["id"]),
            time=str(value["time"]),
            command=tuple(map(str, value["command"])),
            pysetup=str(value["pysetup"]),
            changes=tuple(map(Change.from_json, value["changes"])),
            undoes=tuple(map(int, value["undoes"])),
            generation=tuple(map(int, value["generation"])),
        )


@dataclass(frozen=True, slots=True)
class History:
    """The last entries of an environment, the oldest first."""

    entries: tuple[Entry, ...] = ()

    def to_bytes(self) -> bytes:
        """Write the file."""
        value = {
            "format": _FORMAT,
            "entries": [entry.to_json() for entry in self.entries],
        }
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def parse(cls, content: bytes, *, source: str) -> Self:
        """Read the file; raises ``DamagedHistoryError``."""
        try:
            value = parse_json_object(content, source=source, limit=_LIMIT)
        except InvalidJsonError as error:
            raise DamagedHistoryError(source, error.reason) from None
        if value.get("format") != _FORMAT:
            raise DamagedHistoryError(source, "another program wrote it")
        try:
            found: Any = value["entries"]
            entries = tuple(map(Entry.from_json, found))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DamagedHistoryError(source, "an entry is malformed") from None
        numbers = [entry.number for entry in entries]
        if numbers != sorted(set(numbers)):
            raise DamagedHistoryError(source, "its entries are out of order")
        return cls(entries)

    def with_entry(self, entry: Entry) -> Self:
        """Return the history with one entry more; the oldest may drop out."""
        return replace(self, entries=(*self.entries, entry)[-MAX_ENTRIES:])

    def entry(self, number: int) -> Entry | None:
        """Return the entry ``number``, or None."""
        return next((one for one in self.entries if one.number == number), None)

    def undone_by(self) -> dict[int, int]:
        """Return the number of each entry that is undone -> that of what undid it."""
        undone: dict[int, int] = {}
        for entry in reversed(self.entries):
            if entry.number not in undone:
                undone.update(dict.fromkeys(entry.undoes, entry.number))
        return undone

    def last_standing(self) -> Entry | None:
        """Return the last entry that is not undone."""
        undone = self.undone_by()
        return next((e for e in reversed(self.entries) if e.number not in undone), None)

    def since(self, number: int) -> Sequence[Entry]:
        """Return the entry ``number`` and all later ones."""
        return [entry for entry in self.entries if entry.number >= number]


@dataclass(frozen=True, slots=True)
class Reversal:
    """What going back takes of one distribution.

    ``left`` is what the last of the entries left there, ``wanted`` what stood before
    the first; None stands for nothing.
    """

    name: str
    left: State | None
    wanted: State | None


def reversals(entries: Sequence[Entry]) -> tuple[Reversal, ...]:
    """Return what takes ``entries`` (the oldest first) back, by name.

    Distributions that the entries leave as they found them are not among it.
    """
    first: dict[str, State | None] = {}
    last: dict[str, State | None] = {}
    for change in _changes(entries):
        first.setdefault(change.name, change.old)
        last[change.name] = change.new
    return tuple(
        Reversal(name, last[name], first[name])
        for name in sorted(first)
        if not _equal(first[name], last[name])
    )


def _equal(first: State | None, second: State | None) -> bool:
    if first is None or second is None:
        return first is second
    return first.is_same(second) and first.kept == second.kept


def _changes(entries: Sequence[Entry]) -> Iterator[Change]:
    return (change for entry in entries for change in entry.changes)


def _object(value: Any) -> Mapping[str, JSON] | None:  # noqa: ANN401 - JSON as it came
    if value is None:
        return None
    return dict(value)
