"""RECORD: the list of a distribution's files with digest and size (PEP 376, 427)."""

import io
from collections.abc import Iterable

from pysetup.errors import IntegrityError
from pysetup.late import csv
from pysetup.standards.hashes import Hash, UnknownHashAlgorithmError
from pysetup.values import dataclass


class InvalidRecordError(IntegrityError):
    """A RECORD file cannot be read, or contradicts the files it lists.

    RECORD names every file of a distribution with its digest and size. A wheel
    or an installation that contradicts its own RECORD is damaged or forged.
    """

    code = "PS5001"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"the RECORD of {source} {reason}",
            facts={"file": source},
            hints=("get the file anew from its author or index; do not install it",),
        )
        self.source, self.reason = source, reason


_SPECIAL = frozenset(',"\r\n')


@dataclass(frozen=True, slots=True, order=True)
class RecordEntry:
    """One line of RECORD: a path with ``/``, and what its content must be.

    ``hash`` and ``size`` (bytes) are absent for RECORD itself and for bytecode.
    """

    path: str
    hash: Hash | None = None
    size: int | None = None


def parse_record(text: str, *, source: str) -> tuple[RecordEntry, ...]:
    """Read RECORD's CSV; raises ``InvalidRecordError`` naming ``source``."""
    entries: dict[str, RecordEntry] = {}
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InvalidRecordError(source, f"is not CSV: {error}") from None
    for number, row in enumerate(rows, start=1):
        if not row:
            continue
        if len(row) != 3 or not row[0]:  # noqa: PLR2004 - path, hash, size
            raise InvalidRecordError(source, f"has a malformed line {number}")
        path, digest, size = row
        if path in entries:
            raise InvalidRecordError(source, f"lists {path!r} twice (line {number})")
        try:
            entries[path] = RecordEntry(
                path,
                Hash.from_record(digest) if digest else None,
                _parse_size(size) if size else None,
            )
        except (UnknownHashAlgorithmError, ValueError):
            raise InvalidRecordError(
                source, f"has a bad digest or size for {path!r} (line {number})"
            ) from None
    return tuple(entries.values())


def _parse_size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):  # noqa: PLR2004
        raise ValueError(text)
    return int(text)


def to_record_text(entries: Iterable[RecordEntry]) -> str:
    """Write RECORD, in the order given."""
    return "".join(
        f"{_quoted(entry.path)},{entry.hash.to_record() if entry.hash else ''},"
        f"{'' if entry.size is None else entry.size}\n"
        for entry in entries
    )


def _quoted(path: str) -> str:
    # The csv module leaves a lone carriage return unquoted, and then reads two lines.
    if _SPECIAL.isdisjoint(path):
        return path
    escaped = path.replace('"', '""')
    return f'"{escaped}"'
