"""METADATA of a wheel on a server, by range requests: one for most wheels, or three.

What one wheel of a project took, the next one will take as well: of a project whose
directories are large one wheel takes three, and each of the thousands that may follow
takes one.
"""

import re
from collections.abc import Mapping

from pysetup.index.model import File
from pysetup.index.transport import Request, Transport
from pysetup.interchange.wheel_metadata import METADATA_LIMIT, read_wheel_metadata
from pysetup.interchange.zip_directory import ZipStructureError
from pysetup.late import late_pattern
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.values import dataclass
from pysetup.workflows.fetching.fetch import (
    ABSENT,
    FORBIDDEN,
    PARTIAL,
    Answer,
    BadStatusError,
    CredentialsNeededError,
    again_if_broken,
)

# Directory and metadata of most wheels stand in their last 64 KiB.
TAIL = 64 * 1024
# Of a project that has shown larger ones so much is asked for at once. Where metadata
# stand further away, what lies between would be more than two requests cost.
LONGEST_TAIL = 512 * 1024
# The next wheel may be a little larger.
_MARGIN = 16 * 1024
_RANGE = late_pattern(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)
_LONGEST = 64 * 1024 * 1024
_SERVER_ERROR = 500


class NoRangesError(Exception):
    """The server does not answer ranges in a way that can be relied upon."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Bytes of a file from ``start`` on; the file has ``total`` bytes."""

    start: int
    total: int
    content: bytes


class Tails:
    """How much of its end the last wheel of each project took; for several threads."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def of(self, project: str) -> int:
        """Return how many bytes to ask for at first."""
        return self._taken.get(project, TAIL)

    def note(self, project: str, taken: int) -> None:
        """Note that a wheel of ``project`` took its last ``taken`` bytes."""
        if TAIL < taken <= LONGEST_TAIL - _MARGIN:
            self._taken[project] = taken + _MARGIN


def read_remote_metadata(file: File, *, transport: Transport, tails: Tails) -> bytes:
    """Return METADATA of the wheel ``file`` without fetching all of it.

    Raises ``NoRangesError`` if the server cannot do that, ``ZipStructureError`` or
    ``WheelLayoutError`` if the wheel is not sound, ``BadStatusError`` and what the
    transport raises.
    """
    filename = parse_wheel_filename(file.filename)
    window = _Window(file, transport, tail=tails.of(filename.name))
    found = read_wheel_metadata(filename, window.read_at, length=window.total)
    tails.note(filename.name, window.total - window.first)
    return found


class _Window:
    """The end of a file on a server, which grows towards its beginning.

    ``total`` is the size of the file, ``first`` the least offset that was asked for.
    """

    def __init__(self, file: File, transport: Transport, *, tail: int) -> None:
        self._file = file
        self._transport = transport
        end = self._fetch(f"bytes=-{tail}", limit=tail)
        if end.start + len(end.content) != end.total:
            raise NoRangesError
        self.total = self.first = end.total
        self._start = end.start
        self._content = end.content

    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``."""
        if offset < 0 or length < 0 or offset + length > self.total:
            raise ZipStructureError(self._file.filename, "it points outside of itself")
        stop = offset + length
        self.first = min(self.first, offset)
        if offset >= self._start:
            return self._content[offset - self._start : stop - self._start]
        if stop < self._start:
            if length > METADATA_LIMIT:
                raise ZipStructureError(self._file.filename, "a part is too large")
            return self._part(offset, stop)
        self._content = self._part(offset, self._start) + self._content
        self._start = offset
        return self._content[:length]

    def _part(self, start: int, stop: int) -> bytes:
        if stop - start > _LONGEST:
            raise ZipStructureError(self._file.filename, "its directory is too large")
        part = self._fetch(f"bytes={start}-{stop - 1}", limit=stop - start)
        if (part.start, part.total, len(part.content)) != (
            start,
            self.total,
            stop - start,
        ):
            raise NoRangesError
        return part.content

    def _fetch(self, span: str, *, limit: int) -> _Part:
        headers = {"range": span, "accept-encoding": "identity"}
        request = Request(self._file.url, headers=headers)

        def once() -> Answer:
            with self._transport.send(request) as reply:
                # What is encoded is no range of the file, and is not even read.
                usable = reply.status == PARTIAL and _is_plain(reply.headers)
                content = reply.read(limit) if usable else b""
                return Answer(reply.status, reply.url, reply.headers, content)

        answer = again_if_broken(once, tries=3)
        if answer.status in FORBIDDEN:
            raise CredentialsNeededError(answer.url, answer.status)
        if answer.status in ABSENT or answer.status >= _SERVER_ERROR:
            raise BadStatusError(answer.url, answer.status)
        match = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        if answer.status != PARTIAL or match is None or not _is_plain(answer.headers):
            raise NoRangesError
        start, last, total = map(int, match.groups())
        if last + 1 - start != len(answer.content) or last >= total:
            raise NoRangesError
        if self._file.size not in (None, total):
            raise NoRangesError
        return _Part(start, total, answer.content)


def _is_plain(headers: Mapping[str, str]) -> bool:
    return headers.get("content-encoding", "identity").strip().lower() == "identity"
