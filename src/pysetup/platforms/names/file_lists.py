"""Lists of files as systems publish and keep them, read into a catalogue.

Debian's ``Contents-*`` and ``Packages``, dpkg's ``*.list``, and the ``.files`` of
pacman. All of them are read piece by piece.
"""

import re
import tarfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import BinaryIO, Protocol

from pysetup.platforms.names.catalogue import COMMAND_FOLDERS, CatalogueMaker

_ENOUGH = 1 << 24
_FILES_LIMIT = 1 << 28
_VERSIONED = re.compile(
    rb"^Package: (?P<package>[^\n]+)\n(?:[^\n]+\n)*?Version: (?P<version>\S+)",
    re.MULTILINE,
)
_NAMED = re.compile(rb"^Package: (?P<package>[^\n]+)$", re.MULTILINE)
_SOURCE = re.compile(rb"^Source: ([^\s(]+)", re.MULTILINE)


class _Pieces:
    """Joins small pieces, and hands them on in large ones that end behind ``mark``."""

    def __init__(self, mark: bytes, take: Callable[[bytes], None]) -> None:
        self._mark = mark
        self._take = take
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= _ENOUGH:
            text = b"".join(self._pieces)
            end = text.rfind(self._mark) + len(self._mark)
            if end >= len(self._mark):
                self._take(text[:end])
                text = text[end:]
            self._pieces, self._size = [text], len(text)

    def close(self) -> None:
        text = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if text:
            self._take(text if text.endswith(self._mark) else text + self._mark)


class ContentsReader:
    """Reads a ``Contents`` file of a Debian archive.

    A line is a path, space, and packages with their sections: ``web/demo,net/more``.
    Millions of lines stand there, and few of them matter: what lies between those is
    passed over without being looked at line by line.
    """

    def __init__(self, maker: CatalogueMaker) -> None:
        self._maker = maker
        starts = (*maker.prefixes, *(f"{name}/" for name in COMMAND_FOLDERS))
        self._starts = _without_longer(starts, common="usr/lib/python3")
        self._seen: set[tuple[str, str]] = set()
        self._pieces = _Pieces(b"\n", self._take)
        self.feed = self._pieces.feed
        self.close = self._pieces.close

    def _take(self, text: bytes) -> None:
        folder, packages = b"\n", b"\n"
        for line in _lines_below(text, self._starts):
            # A package has hundreds of files below one folder, which are one to us.
            if line.startswith(folder) and line.endswith(packages):
                continue
            path, where = _contents_line(line)
            top = _top(path, self._maker.prefixes)
            folder, packages = f"{top}/".encode(), f" {where}".encode()
            if (top, where) not in self._seen:
                self._seen.add((top, where))
                self._maker.add(top, _package_names(where))


def _without_longer(starts: Iterable[str], *, common: str) -> tuple[str, ...]:
    """Return ``starts`` with all that begin with ``common`` as that one."""
    shorter = (common if one.startswith(common) else one for one in starts)
    return tuple(dict.fromkeys(shorter))


class OwnersReader:
    """Reads in a ``Contents`` file which packages have any of exactly these paths."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.found: dict[str, set[str]] = {}
        self._paths = frozenset(paths)
        folders = {path.rpartition("/")[0] + "/" for path in self._paths}
        # Only the outermost ones: a line below two of them would be read twice.
        self._starts = tuple(
            sorted(
                folder
                for folder in folders
                if not any(
                    folder != other and folder.startswith(other) for other in folders
                )
            )
        )
        self._pieces = _Pieces(b"\n", self._take)
        self.feed = self._pieces.feed
        self.close = self._pieces.close

    def _take(self, text: bytes) -> None:
        for line in _lines_below(text, self._starts):
            path, packages = _contents_line(line)
            if path in self._paths:
                self.found.setdefault(path, set()).update(_package_names(packages))


class VersionReader:
    """Reads ``Packages`` or dpkg's ``status``: the versions of ``packages``."""

    def __init__(self, packages: Container[str]) -> None:
        self.versions: dict[str, str] = {}
        self._packages = packages
        self._pieces = _Pieces(b"\n\n", self._take)
        self.feed = self._pieces.feed
        self.close = self._pieces.close

    def _take(self, text: bytes) -> None:
        for match in _VERSIONED.finditer(text):
            package = match["package"].decode()
            if package in self._packages:
                self.versions[package] = match["version"].decode()


class SourceReader:
    """Reads ``Packages`` or dpkg's ``status``: what ``packages`` are built from."""

    def __init__(self, packages: Container[str]) -> None:
        self.sources: dict[str, str] = {}
        self._packages = packages
        self._pieces = _Pieces(b"\n\n", self._take)
        self.feed = self._pieces.feed
        self.close = self._pieces.close

    def _take(self, text: bytes) -> None:
        for match in _NAMED.finditer(text):
            package = match["package"].decode()
            if package in self._packages:
                end = text.find(b"\n\n", match.start())
                stanza = text[match.start() : end if end >= 0 else len(text)]
                source = _SOURCE.search(stanza)
                # A package that tells no source is built from one of its own name.
                self.sources[package] = source[1].decode() if source else package


class FileTaker(Protocol):
    """Takes files and their packages one by one."""

    def add(self, path: str, packages: Iterable[str]) -> None:
        """Take the file ``path``, without a leading slash, of each of ``packages``."""


class Owners:
    """Takes files, and keeps which packages have any of exactly ``paths``."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.found: dict[str, set[str]] = {}
        self._paths = frozenset(paths)

    def add(self, path: str, packages: Iterable[str]) -> None:
        """Take the file ``path``, without a leading slash, of each of ``packages``."""
        if path in self._paths:
            self.found.setdefault(path, set()).update(packages)


def read_pacman_files(stream: BinaryIO, maker: FileTaker) -> dict[str, str]:
    """Read a ``.files`` database of pacman (uncompressed).

    Return the versions of its packages; raises ``TarError``.
    """
    versions: dict[str, str] = {}
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            if name != "files" or member.size > _FILES_LIMIT:
                continue
            file = archive.extractfile(member)
            assert file is not None, "it is a plain file"
            # demo-lib-1.0-1: the version and the release stand behind the name.
            package, *label = folder.rpartition("/")[2].rsplit("-", 2)
            versions[package] = "-".join(label)
            for path in file.read().decode("utf-8", "replace").splitlines():
                maker.add(path, (package,))
    return versions


def read_dpkg_list(content: bytes, package: str, maker: CatalogueMaker) -> None:
    """Read the list of files that dpkg keeps of an installed package."""
    if b"-packages/" not in content and b"bin/" not in content:
        return
    for path in content.decode("utf-8", "surrogateescape").splitlines():
        maker.add(path.lstrip("/"), (package,))


def _lines_below(text: bytes, starts: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines of ``text`` that begin with one of ``starts``."""
    for start in starts:
        wanted = b"\n" + start.encode("utf-8", "surrogateescape")
        if text.startswith(wanted[1:]):
            yield text[: text.index(b"\n")]
        found = text.find(wanted)
        while found >= 0:
            stop = text.index(b"\n", found + 1)
            yield text[found + 1 : stop]
            found = text.find(wanted, stop)


def _contents_line(line: bytes) -> tuple[str, str]:
    path, _, packages = line.decode("utf-8", "replace").rstrip().rpartition(" ")
    return path.rstrip().removeprefix("./"), packages


def _top(path: str, prefixes: tuple[str, ...]) -> str:
    for prefix in prefixes:
        if path.startswith(prefix):
            return prefix + path[len(prefix) :].partition("/")[0]
    return path


def _package_names(text: str) -> list[str]:
    return [item.rpartition("/")[2].strip() for item in text.split(",")]


def debian_architecture(architecture: str) -> str:
    """Return what Debian calls a machine that platform tags call ``x86_64``."""
    return _DEBIAN.get(architecture, architecture)


_DEBIAN: Mapping[str, str] = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "armhf",
    "armv6l": "armel",
    "i686": "i386",
    "i386": "i386",
    "ppc64le": "ppc64el",
}
