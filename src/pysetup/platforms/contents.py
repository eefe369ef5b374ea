"""The bytes of a file on their way into a package: piece by piece, however many."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self, cast

from pysetup.errors import BuildError
from pysetup.values import dataclass

PIECE = 1 << 20


class ChangedWhilePackedError(BuildError):
    """A file changed its size while it was packed, or could not be read.

    Nothing was written. Pack again when nothing else works on the built tree.
    """

    code = "PS6562"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} {reason} while it was packed",
            facts={"file": str(path)},
            hints=("pack again when nothing else works on the tree",),
        )


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds, ``size`` bytes: ``data``, or what is in the file ``path``."""

    data: bytes = b""
    path: Path | None = None
    size: int = 0

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return what holds ``data``."""
        return cls(data, None, len(data))

    @classmethod
    def in_file(cls, path: Path) -> Self:
        """Return what the file ``path`` holds, which is not read yet.

        Raises ``ChangedWhilePackedError``.
        """
        try:
            return cls(b"", path, path.stat().st_size)
        except OSError as error:
            raise _unreadable(path, error) from None

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, never many at once; raises ``ChangedWhilePackedError``."""
        if self.path is None:
            yield self.data
            return
        found = 0
        try:
            with open(self.path, "rb") as stream:
                while piece := stream.read(PIECE):
                    found += len(piece)
                    if found > self.size:
                        break
                    yield piece
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if found != self.size:
            raise ChangedWhilePackedError(self.path, "changed its size")

    def opened(self) -> IO[bytes]:
        """Return a file to read the bytes from, from their beginning to their end.

        Reading raises ``ChangedWhilePackedError``.
        """
        if self.path is None:
            return io.BytesIO(self.data)
        return cast("IO[bytes]", io.BufferedReader(_Pieces(self), PIECE))

    def digests(self, *algorithms: str) -> tuple[str, ...]:
        """Return digests by algorithm, in hexadecimal digits; the bytes pass by once.

        Raises ``ChangedWhilePackedError``.
        """
        found = [hashlib.new(name, usedforsecurity=False) for name in algorithms]
        for piece in self.pieces():
            for one in found:
                one.update(piece)
        return tuple(one.hexdigest() for one in found)


class _Pieces(io.RawIOBase):
    """The pieces of a content, as something to read."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._pieces, self._ready = content.pieces(), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if not self._ready:
            self._ready = memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def _unreadable(path: Path, error: OSError) -> ChangedWhilePackedError:
    return ChangedWhilePackedError(path, f"could not be read ({error.strerror})")
