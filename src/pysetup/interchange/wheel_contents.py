"""What is in a wheel or a folder in wheel layout, surveyed for those who judge it."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pysetup.interchange.dist_info import SUFFIX
from pysetup.interchange.zip_reader import UnreadableFileError, ZipReader
from pysetup.standards.binaries import Binary, read_binary
from pysetup.standards.filenames import WheelFilename, parse_wheel_filename
from pysetup.standards.hashes import Hash, new_hasher
from pysetup.values import dataclass

HEAD_SIZE = 4096
# What a CPython extension module exports; "U" for names that are not ASCII.
_INIT = (b"PyInit_", b"PyInitU_", b"PyModExport_")
_OVERLAP = 16
_CHUNK = 1 << 20
_MAX_TEXT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """One file: its size in bytes, its digest (sha256), and how it begins.

    ``binary`` is what it says of itself if it is machine code, and ``exports_module``
    tells that it defines a CPython extension module.
    """

    path: str
    size: int
    digest: Hash
    head: bytes
    binary: Binary | None = None
    exports_module: bool = False


@dataclass(frozen=True, slots=True)
class WheelContents:
    """The files of a wheel, or of a folder in wheel layout, by path with ``/``.

    ``filename`` is None for a folder. ``dist_infos`` are all its ``.dist-info``
    folders, of which there must be one. ``read`` returns the content of a file.
    """

    source: str
    filename: WheelFilename | None
    files: Mapping[str, Content]
    dist_infos: tuple[str, ...]
    read: Callable[[str], bytes]
    digest_of: Callable[[str, str], Hash]

    @property
    def dist_info(self) -> str:
        """The name of the first ``.dist-info`` folder; empty if there is none."""
        return self.dist_infos[0] if self.dist_infos else ""

    @property
    def data_dir(self) -> str:
        """The name that a ``.data`` folder must have."""
        return self.dist_info.removesuffix(SUFFIX) + ".data"

    def info_file(self, name: str) -> bytes | None:
        """Return the content of a file of the ``.dist-info`` folder, None if absent."""
        path = f"{self.dist_info}/{name}"
        content = self.files.get(path)
        if content is None or content.size > _MAX_TEXT:
            return None
        return self.read(path)

    def library(self) -> dict[str, Content]:
        """Return what goes to purelib and platlib, by path below it."""
        found: dict[str, Content] = {}
        for path, content in self.files.items():
            top, _, rest = path.partition("/")
            if top == self.dist_info and rest:
                continue
            if top == self.data_dir and rest:
                category, _, rest = rest.partition("/")
                if category in ("purelib", "platlib") and rest:
                    found[rest] = content
                continue
            found[path] = content
        return found


def survey_wheel(path: Path) -> WheelContents:
    """Read the wheel at ``path`` once from end to end; its RECORD is not compared.

    Raises ``InvalidFilenameError``, ``UnreadableFileError``, ``ZipStructureError``,
    ``ZipLimitError`` or ``UnsafePathError``.
    """
    filename = parse_wheel_filename(path.name)
    with ZipReader(os.fspath(path)) as archive:
        files = {
            name: _survey(name, archive.chunks(member))
            for name, member in archive.members.items()
        }

    def chunks(name: str) -> Iterator[bytes]:
        with ZipReader(os.fspath(path)) as again:
            yield from again.chunks(again.members[name])

    return _contents(path.name, filename, files, chunks)


def survey_tree(root: Path) -> WheelContents:
    """Read a folder in wheel layout; raises ``UnreadableFileError``."""

    def chunks(name: str) -> Iterator[bytes]:
        try:
            with _opened_file(root / name) as stream:
                while piece := stream.read(_CHUNK):
                    yield piece
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableFileError(str(root / name), reason) from None

    def refuse(error: OSError) -> None:
        raise UnreadableFileError(error.filename, error.strerror or str(error))

    names = sorted(
        os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
        for folder, _, found in os.walk(root, onerror=refuse)
        for name in found
    )
    files = {name: _survey(name, chunks(name)) for name in names}
    return _contents(root.name, None, files, chunks)


def _opened_file(path: Path) -> BinaryIO:
    """Open the ordinary file ``path``; a pipe or a device could be read for ever."""
    stream = open(path, "rb", opener=_open_without_waiting)  # noqa: SIM115 - the caller closes it
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise UnreadableFileError(str(path), "it is not an ordinary file")


def _open_without_waiting(path: str, flags: int) -> int:
    # Opening a pipe would wait for its other end.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _contents(
    source: str,
    filename: WheelFilename | None,
    files: Mapping[str, Content],
    chunks: Callable[[str], Iterator[bytes]],
) -> WheelContents:
    tops = {path.split("/", 1)[0] for path in files if "/" in path}

    def digest_of(path: str, algorithm: str) -> Hash:
        if algorithm == files[path].digest.algorithm:
            return files[path].digest
        hasher = new_hasher(algorithm)
        for piece in chunks(path):
            hasher.update(piece)
        return Hash(algorithm, hasher.hexdigest())

    return WheelContents(
        source,
        filename,
        files,
        tuple(sorted(top for top in tops if top.endswith(SUFFIX))),
        lambda path: b"".join(chunks(path)),
        digest_of,
    )


def _survey(path: str, pieces: Iterable[bytes]) -> Content:
    hasher, size, head, tail = new_hasher("sha256"), 0, b"", b""
    binary: Binary | None = None
    exports = False
    for piece in pieces:
        hasher.update(piece)
        if not size:
            head = piece[:HEAD_SIZE]
            binary = read_binary(head)
        if binary is not None and not exports:
            exports = any(name in tail + piece for name in _INIT)
            tail = piece[-_OVERLAP:]
        size += len(piece)
    digest = Hash("sha256", hasher.hexdigest())
    return Content(path, size, digest, head, binary, exports)
