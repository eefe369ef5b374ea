"""Files kept for undo: those of distributions that no archive can bring back.

They stand in ``kept/<entry>/`` of the state folder, with a manifest. They get there by
renaming, when the transaction that removes them ends, and are hard links on the way
back, so that content, permissions and times are what they were.
"""

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Self

from pysetup.errors import IntegrityError
from pysetup.phases.install.filesystem import FileSystem
from pysetup.phases.install.generations import FOLDER
from pysetup.phases.install.plan import InstallPlan, PlannedFile
from pysetup.phases.install.real_folders import RealFolders
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON, InvalidJsonError, parse_json_object
from pysetup.values import dataclass

KEPT = "kept"
_MANIFEST, _FILES = "manifest.json", "files"
_INSIDE, _OUTSIDE = "inside", "outside"
_FORMAT = 1
_LIMIT = 1 << 28


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file: its place (relative to the environment), mode, SHA-256 and size.

    A link has ``link``, what it leads to, and no digest.
    """

    place: str
    mode: int
    sha256: str
    size: int
    link: str = ""

    @property
    def is_bytecode(self) -> bool:
        """Whether Python may have made it anew at any time."""
        return self.place.endswith(".pyc")

    def to_json(self) -> list[JSON]:
        """Return the JSON form."""
        return [self.place, self.mode, self.sha256, self.size, self.link]

    @classmethod
    def at(cls, path: str, *, prefix: str) -> Self:
        """Look at the file ``path``; raises ``OSError``."""
        found = os.lstat(path)
        place = relative_place(path, prefix)
        if stat.S_ISLNK(found.st_mode):
            return cls(place, 0, "", 0, os.readlink(path))
        digest = Hash.of_file(path).hexdigest
        return cls(place, stat.S_IMODE(found.st_mode), digest, found.st_size)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one distribution; bytecode does not count in ``fingerprint``."""

    name: str
    version: str
    info_dir: str
    files: tuple[KeptFile, ...]

    @property
    def fingerprint(self) -> str:
        """A digest of what the files are and where they stand."""
        rows = [file.to_json() for file in self.files if not file.is_bytecode]
        text = json.dumps([self.name, self.version, rows], ensure_ascii=True)
        return Hash.of(text.encode()).hexdigest

    @property
    def size(self) -> int:
        """How many bytes the files have."""
        return sum(file.size for file in self.files)

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "version": self.version,
            "info_dir": self.info_dir,
            "fingerprint": self.fingerprint,
            "files": [file.to_json() for file in self.files],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the JSON form; raises ``KeyError``, ``TypeError`` or ``ValueError``."""
        files = [
            KeptFile(str(place), int(mode), str(sha256), int(size), str(link))
            for place, mode, sha256, size, link in value["files"]
        ]
        return cls(
            str(value["name"]),
            str(value["version"]),
            str(value["info_dir"]),
            tuple(files),
        )


def kept_of(
    name: str, version: str, info_dir: str, paths: Iterable[str], *, prefix: str
) -> Kept:
    """Return what keeping ``paths`` of a distribution keeps; all are read.

    What cannot be read is left out.
    """
    files: list[KeptFile] = []
    for path in sorted(paths):
        with suppress(OSError):
            files.append(KeptFile.at(path, prefix=prefix))
    return Kept(name, version, relative_place(info_dir, prefix), tuple(files))


def kept_slots(
    root: str, number: int, kept: Iterable[Kept], *, prefix: str
) -> dict[str, str]:
    """Return place -> where it goes to be kept, for files and the folders above them.

    ``root`` is the state folder, ``number`` that of the history's entry.
    """
    base = os.path.join(root, KEPT, str(number), _FILES)
    resolve = RealFolders()
    slots: dict[str, str] = {}
    for one in kept:
        for file in one.files:
            place = real_place(file.place, prefix, resolve)
            while place not in slots and place not in (prefix, os.sep):
                slots[place] = _slot(base, relative_place(place, prefix))
                place = os.path.dirname(place)
    return slots


def kept_manifest(
    root: str, number: int, kept: Iterable[Kept]
) -> tuple[str, bytes] | None:
    """Return the path and content of the manifest, or None if nothing is kept."""
    rows: list[JSON] = [one.to_json() for one in kept]
    if not rows:
        return None
    text = json.dumps({"format": _FORMAT, "distributions": rows}, separators=(",", ":"))
    path = os.path.join(root, KEPT, str(number), _MANIFEST)
    return path, text.encode() + b"\n"


class KeptSource:
    """The files of one distribution that was kept, as staging asks for them."""

    bytecode: Mapping[str, str] | None = {}

    def __init__(self, kept: Kept, folder: str) -> None:
        self.kept = kept
        self.folder = folder

    @property
    def key(self) -> str:
        """The name by which plans know it."""
        return f"{KEPT}:{self.kept.fingerprint}"

    def path(self, file: KeptFile) -> str:
        """Return where ``file`` waits."""
        return _slot(self.folder, file.place)

    def stored(self, path: str, *, executable: bool) -> str:  # noqa: ARG002 - as it is
        """Return the file below ``folder`` that has the place ``path``."""
        return _slot("", path).lstrip(os.sep)

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield the content of the file with the place ``path``."""
        with open(_slot(self.folder, path), "rb") as stream:
            while piece := stream.read(1 << 20):
                yield piece

    def content(self, file: KeptFile) -> bytes:
        """Return what ``file`` holds; raises ``KeptFileError`` for anything else."""
        content = b"".join(self.chunks(file.place))
        if Hash.of(content).hexdigest != file.sha256:
            raise KeptFileError(self.path(file))
        return content

    def is_whole(self) -> bool:
        """Tell whether every file is as it was kept; bytecode may be missing."""
        return all(
            file.is_bytecode or self._has(file, read=True) for file in self.kept.files
        )

    def stands(self) -> bool:
        """Tell whether all files are there; none is read."""
        return all(
            file.is_bytecode or self._has(file, read=False) for file in self.kept.files
        )

    def plan(self, *, prefix: str) -> InstallPlan:
        """Return the plan that puts all files back where they stood.

        RECORD and INSTALLER are among them, so nothing is written anew.
        """
        resolve = RealFolders()
        files = [
            self._planned(file, real_place(file.place, prefix, resolve))
            for file in self.kept.files
            if not file.is_bytecode or self._has(file, read=True)
        ]
        return InstallPlan(
            name=self.kept.name,
            version=self.kept.version,
            wheel=self.key,
            info_dir=real_place(self.kept.info_dir, prefix, resolve),
            files=tuple(files),
            start_up_files=(),
        )

    def forget(self) -> None:
        """Remove the files here: they stand in the environment again."""
        for file in self.kept.files:
            with suppress(OSError):
                os.unlink(self.path(file))

    def _planned(self, file: KeptFile, place: str) -> PlannedFile:
        if file.link:
            digest = Hash.of(os.fsencode(file.link))
            return PlannedFile(place, digest, 0, False, None, link=file.link)
        executable = bool(file.mode & stat.S_IXUSR)
        digest = Hash("sha256", file.sha256)
        return PlannedFile(place, digest, file.size, executable, file.place)

    def _has(self, file: KeptFile, *, read: bool) -> bool:
        try:
            if file.link:
                return os.readlink(self.path(file)) == file.link
            if os.lstat(self.path(file)).st_size != file.size:
                return False
            return not read or Hash.of_file(self.path(file)).hexdigest == file.sha256
        except OSError:
            return False


class KeptFileError(IntegrityError):
    """A file that was kept for undo is not what it was.

    Something changed or damaged it in the state folder of the environment, so that it
    cannot be put back.
    """

    code = "PS5330"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"a file that was kept for undo has changed: {path}",
            facts={"file": path},
            hints=("install the distribution anew instead",),
        )


def find_kept(root: str, fingerprint: str) -> KeptSource | None:
    """Return what is kept under ``fingerprint`` below the state folder ``root``.

    Files need not be whole, but all stand.
    """
    for number in reversed(kept_numbers(root)):
        for source in kept_in(root, number):
            if source.kept.fingerprint == fingerprint and source.stands():
                return source
    return None


def kept_numbers(root: str) -> list[int]:
    """Return the numbers of the entries for which something is kept, in order."""
    try:
        names = os.listdir(os.path.join(root, KEPT))
    except OSError:
        return []
    return sorted(int(name) for name in names if name.isdecimal())


def kept_in(root: str, number: int) -> list[KeptSource]:
    """Return what is kept for one entry; nothing if its manifest is damaged."""
    folder = os.path.join(root, KEPT, str(number))
    path = os.path.join(folder, _MANIFEST)
    try:
        with open(path, "rb") as stream:
            value: Any = parse_json_object(stream.read(), source=path, limit=_LIMIT)
        rows = [Kept.from_json(row) for row in value["distributions"]]
    except (OSError, InvalidJsonError, KeyError, TypeError, ValueError):
        return []
    return [KeptSource(kept, os.path.join(folder, _FILES)) for kept in rows]


def tidy_kept(root: str, *, limit: int, oldest: int, files: FileSystem) -> list[int]:
    """Remove what no entry needs, then the oldest until ``limit`` bytes are kept.

    ``oldest`` is the number of the first entry of the history. Returns the numbers of
    entries that lost files which they could have been undone with.
    """
    total = 0
    dropped: list[int] = []
    for number in reversed(kept_numbers(root)):
        sources = [source for source in kept_in(root, number) if source.stands()]
        total += sum(source.kept.size for source in sources)
        if sources and number >= oldest and total <= limit:
            continue
        if sources and number >= oldest:
            dropped.append(number)
        with suppress(OSError):
            files.remove_tree(os.path.join(root, KEPT, str(number)))
    with suppress(OSError):
        files.rmdir(os.path.join(root, KEPT))
    return dropped


def _slot(base: str, place: str) -> str:
    """Return where the file with this place is kept, below ``base``."""
    if os.path.isabs(place):
        return f"{base}/{_OUTSIDE}{place}"
    return f"{base}/{_INSIDE}/{place}"


def relative_place(path: str, prefix: str) -> str:
    """Return ``path`` relative to the environment, if it is in it.

    Files of a generation stand where the environment's links show them.
    """
    place = path.removeprefix(prefix.rstrip(os.sep) + os.sep)
    top, _, rest = place.partition(os.sep)
    return rest.partition(os.sep)[2] if top == FOLDER else place


def real_place(place: str, prefix: str, resolve: Callable[[str], str]) -> str:
    """Return where ``relative_place`` was taken from, at this moment."""
    folder, _, name = os.path.join(prefix, place).rpartition(os.sep)
    return os.path.join(resolve(folder), name)
