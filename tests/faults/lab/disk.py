"""A disk that remembers what it was told, so that its power can be cut at any point.

A file system of one file (FUSE, spoken here without a library) holds the image of an
disk.  Each write and each flush that the disk receives is kept in order.  From
such a record the disk can be made as a power cut leaves it: all that was written
before the last flush is there; of what came later, any part, even half a write.
"""

import ctypes
import os
import random
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_LOOKUP, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE, _STATFS = 1, 3, 4, 14, 15, 16, 17
_RELEASE, _FSYNC, _FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR = (
    18,
    20,
    25,
    26,
    27,
    28,
    29,
)
_FORGET, _BATCH_FORGET, _DESTROY, _ACCESS = 2, 42, 38, 34
_SILENT = {_FORGET, _BATCH_FORGET}
_ENOENT, _ENOSYS = 2, 38
_NODE = 2
_NAME = b"image"
_LARGEST = 1 << 20
_SECTOR = 512
_FLUSHED = (1 << 64) - 1
_NOTHING_TO_SAY = {_RELEASE, _FLUSH, _RELEASEDIR, _READDIR, _ACCESS, _DESTROY}
# Version 7.31; large writes, and requests of many pages.
_WELCOME = struct.pack(
    "<IIIIHHIIHH32x", 7, 31, 1 << 17, 1 << 5 | 1 << 22, 16, 12, _LARGEST, 1, 256, 0
)
_VALID = struct.pack("<QII", 3600, 0, 0)
_ENTRY = struct.pack("<QQQQII", _NODE, 0, 3600, 3600, 0, 0)
_ROOM = struct.pack("<QQQQQIIII24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0)


def _attributes(node: int, size: int) -> bytes:
    mode = 0o40755 if node == 1 else 0o100600
    return struct.pack(
        "<QQQQQQIIIIIIIIII",
        *(node, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0),
        *(mode, 1, 0, 0, 0, 4096, 0),
    )


class _Server:
    """Answers the kernel; the image is a plain file that ``image`` opened."""

    def __init__(self, device: int, image: int, record: int) -> None:
        self._device, self._image, self._record = device, image, record
        self._size = os.fstat(image).st_size

    def serve(self) -> None:
        while True:
            try:
                asked = os.read(self._device, _LARGEST + 8192)
            except OSError:  # unmounted
                return
            _, operation, unique, node = struct.unpack_from("<IIQQ", asked)
            if operation in _SILENT:
                continue
            error, answer = self._answer(operation, node, asked[40:])
            head = struct.pack("<IiQ", 16 + len(answer), -error, unique)
            with suppress(FileNotFoundError):
                os.write(self._device, head + answer)
            if operation == _DESTROY:
                return

    def _answer(self, operation: int, node: int, body: bytes) -> tuple[int, bytes]:
        """Return an error number or 0, and what is answered."""
        if operation in _NOTHING_TO_SAY:
            return 0, b""
        if operation == _LOOKUP and body.rstrip(b"\0") != _NAME:
            return _ENOENT, b""
        answers: dict[int, Callable[[], bytes]] = {
            _INIT: lambda: _WELCOME,
            _LOOKUP: lambda: _ENTRY + _attributes(_NODE, self._size),
            _GETATTR: lambda: _VALID + _attributes(node, self._size),
            _SETATTR: lambda: _VALID + _attributes(node, self._size),
            _OPEN: lambda: struct.pack("<QII", 1, 0, 0),
            _OPENDIR: lambda: struct.pack("<QII", 1, 0, 0),
            _READ: lambda: self._read(body),
            _WRITE: lambda: self._write(body),
            _FSYNC: self._flush,
            _STATFS: lambda: _ROOM,
        }
        answer = answers.get(operation)
        return (0, answer()) if answer else (_ENOSYS, b"")

    def _read(self, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        return os.pread(self._image, size, offset)

    def _flush(self) -> bytes:
        os.write(self._record, struct.pack("<QQ", _FLUSHED, 0))
        return b""

    def _write(self, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", body)
        content = body[40 : 40 + size]
        os.pwrite(self._image, content, offset)
        os.write(self._record, struct.pack("<QQ", offset, size) + content)
        return struct.pack("<II", size, 0)


def main(folder: str, image: str, record: str) -> None:
    """Mount ``folder``, say so on standard output, and serve until it is unmounted."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    flags = 2 | 4  # nosuid, nodev
    mount = ctypes.CDLL(None, use_errno=True).mount
    if mount(b"disk", folder.encode(), b"fuse", flags, options.encode()) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    opened = os.open(image, os.O_RDWR)
    written = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(1, b"mounted\n")
    _Server(device, opened, written).serve()


@dataclass(frozen=True)
class Disk:
    """A mounted disk, its record, and its image before that."""

    place: Path
    record: Path
    first: Path

    def written(self) -> int:
        """Return how long the record is now."""
        return self.record.stat().st_size


@contextmanager
def recording_disk(folder: Path, *, filesystem: str, megabytes: int) -> Iterator[Disk]:
    """Mount a fresh disk whose record is kept; needs root.

    ``first`` is the image as it is when the record begins.
    """
    folder.mkdir(parents=True)
    image, record, fuse = folder / "image", folder / "record", folder / "fuse"
    place = folder / "disk"
    fuse.mkdir()
    place.mkdir()
    make_disk(image, filesystem, megabytes=megabytes)
    first = folder / "first"
    subprocess.run(["cp", "--sparse=always", image, first], check=True)
    server = subprocess.Popen(
        [sys.executable, "-IS", __file__, str(fuse), str(image), str(record)],
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    try:
        if server.stdout.readline() != b"mounted\n":
            raise OSError("the file system of the disk cannot be mounted")
        with mounted(fuse / "image", place, "loop"):
            yield Disk(place, record, first)
    finally:
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", str(fuse)], check=True, capture_output=True)
        server.stdout.close()
        server.wait(timeout=30)


# Written whole at once: nothing goes on in the background.
_WHOLE = ("-E", "lazy_itable_init=0,lazy_journal_init=0")
MAKERS = {
    "ext4": ("mkfs.ext4", "-q", "-F", *_WHOLE),
    "ext4 with fast commits": ("mkfs.ext4", "-q", "-F", "-O", "fast_commit", *_WHOLE),
    "xfs": ("mkfs.xfs", "-q", "-f"),
    "btrfs": ("mkfs.btrfs", "-q", "-f"),
}


def make_disk(image: Path, filesystem: str, *, megabytes: int) -> None:
    """Make an image of an empty disk; its file is sparse."""
    with image.open("wb") as stream:
        stream.truncate(megabytes << 20)
    subprocess.run([*MAKERS[filesystem], str(image)], check=True, capture_output=True)


def is_damaged(image: Path, filesystem: str) -> bool:
    """Tell whether a disk that was mounted, and thereby recovered, is still not sound.

    Only the checker of ext4 is asked; nothing is known of others.
    """
    if not filesystem.startswith("ext4"):
        return False
    checked = subprocess.run(["e2fsck", "-fn", image], check=False, capture_output=True)
    return checked.returncode != 0


@contextmanager
def mounted(source: Path | str, place: Path, options: str) -> Iterator[Path]:
    """Mount ``source`` (an image, or ``tmpfs``) at ``place``; needs root."""
    kind = ["-t", "tmpfs"] if source == "tmpfs" else []
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", *kind, "-o", options, str(source), str(place)],
        check=True,
        capture_output=True,
    )
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True, capture_output=True)


@dataclass(frozen=True)
class Received:
    """One thing that the disk received: a write, or a flush (no content)."""

    offset: int
    content: bytes | None
    end: int


def received(record: Path, *, after: int = 0) -> list[Received]:
    """Read a record from the byte ``after`` on."""
    found: list[Received] = []
    with record.open("rb") as stream:
        stream.seek(after)
        while len(head := stream.read(16)) == 16:
            offset, size = struct.unpack("<QQ", head)
            content = None if offset == _FLUSHED else stream.read(size)
            found.append(Received(offset, content, stream.tell()))
    return found


def cut(
    image: Path, items: list[Received], *, at: int, chance: random.Random, keep: float
) -> None:
    """Make ``image`` what is left when the power goes before ``items[at]``.

    All before the last flush is kept; of each later write ``chance`` decides: kept
    (with the probability ``keep``), lost, or torn between two sectors.
    """
    flushes = [number for number in range(at) if items[number].content is None]
    safe = flushes[-1] if flushes else -1
    with image.open("r+b") as stream:
        for number, item in enumerate(items[:at]):
            if item.content is None:
                continue
            content = item.content
            if number > safe:
                if chance.random() >= keep:
                    continue
                if chance.random() < 0.1:
                    sectors = len(content) // _SECTOR
                    content = content[: chance.randint(0, sectors) * _SECTOR]
            stream.seek(item.offset)
            stream.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
