"""What a child prints: all of it in a file, its beginning and its end in memory."""

import codecs
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_HEAD = 64 * 1024
_TAIL = 256 * 1024
# A child that never stops printing must not fill the disk.
_MAX_FILE = 64 * 1024 * 1024
_MAX_LINE = 4096


class KeptOutput:
    """Takes output in pieces; ``path`` is made at the first of them.

    ``show`` gets each line as it comes. Where the file cannot be written, ``log``
    stays None and the rest works.
    """

    def __init__(self, path: Path | None, *, show: Callable[[str], None]) -> None:
        self._path, self._show = path, show
        self._file: BinaryIO | None = None
        self._head = b""
        self._tail: deque[bytes] = deque()
        self._tail_size = self._left_out = self._written = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self.log: Path | None = None

    def __call__(self, piece: bytes) -> None:
        """Take the next piece."""
        self._write(piece)
        room = _HEAD - len(self._head)
        self._head += piece[:room]
        if rest := piece[room:]:
            self._keep_tail(rest)
        self._show_lines(self._decoder.decode(piece))

    def add(self, text: str) -> None:
        """Take what is known from elsewhere: a traceback, a warning."""
        if text:
            self(text.encode("utf-8", "backslashreplace"))
            self.close()

    @property
    def text(self) -> str:
        """The beginning and the end, as text; what lies between is counted."""
        tail = b"".join(self._tail)
        gap = f"\n[{self._left_out} bytes left out]\n" if self._left_out else ""
        whole = (self._head + gap.encode() + tail) if tail or gap else self._head
        return whole.decode("utf-8", "replace")

    def close(self) -> None:
        """Close the file; what still comes is added to it."""
        if self._line:
            self._show_lines("\n")
        if self._file is not None:
            self._file.close()
            self._file = None

    def _keep_tail(self, piece: bytes) -> None:
        self._tail.append(piece)
        self._tail_size += len(piece)
        while self._tail_size - len(self._tail[0]) >= _TAIL:
            gone = len(self._tail.popleft())
            self._tail_size -= gone
            self._left_out += gone

    def _write(self, piece: bytes) -> None:
        if self._path is None or self._written >= _MAX_FILE:
            return
        try:
            if self._file is None:
                self._file = self._open(self._path)
            self._file.write(piece)
            self._written += len(piece)
        except OSError:
            # The build itself goes on where no log can be kept.
            self._path = self._file = None

    def _open(self, path: Path) -> BinaryIO:
        """Open the file, which must be new the first time."""
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("xb" if self.log is None else "ab", buffering=0)
        self.log = path
        return stream

    def _show_lines(self, text: str) -> None:
        *lines, self._line = (self._line + text).split("\n")
        if len(self._line) > _MAX_LINE:
            lines.append(self._line)
            self._line = ""
        for line in lines:
            self._show(line.rstrip("\r"))
