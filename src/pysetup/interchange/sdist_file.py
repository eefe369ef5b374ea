"""Source archives: unpack any of them safely, or read a few of its files.

Everything is checked before its effect: an archive that is refused leaves nothing
behind (PEP 721 and the source distribution format, "unpacking").
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

from pysetup.interchange.members import (
    DEFAULT_LIMITS,
    FILE,
    FOLDER,
    LINK,
    ArchiveLimits,
    ArchiveTooLargeError,
    DamagedArchiveError,
    Member,
)
from pysetup.interchange.tar_stream import is_tar_name, read_tar
from pysetup.interchange.zip_reader import ZipLimits, ZipReader
from pysetup.standards.paths import check_path

_MAX_FILE_READ = 64 << 20


def unpack_sdist(
    path: Path, into: Path, *, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Path:
    """Unpack the archive at ``path`` below ``into``; return its one top folder.

    Files come out readable, with the user's execute bit as archived and no other.
    Nothing is left behind when the archive is refused. Raises
    ``DamagedArchiveError``, ``ArchiveTooLargeError``, ``UnsafePathError``,
    ``UnreadableFileError``, or for zip files ``ZipStructureError`` and
    ``ZipLimitError``.
    """
    into.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".unpack-", dir=into))
    try:
        top = _unpack(path, stage, limits=limits)
        root = into / top
        if os.path.lexists(root):
            raise DamagedArchiveError(path.name, f"{root} is there already")
        os.rename(stage / top, root)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return root


def read_sdist_files(
    path: Path,
    names: Iterable[str],
    *,
    limits: ArchiveLimits = DEFAULT_LIMITS,
) -> dict[str, bytes]:
    """Return the content of those of ``names`` that the archive holds.

    Names are relative to its top folder. The whole archive is read and checked as
    when it is unpacked; raises as ``unpack_sdist``.
    """
    wanted = frozenset(names)
    found: dict[str, bytes] = {}
    checker = _Checker(path.name, limits=limits)
    with closing(_members(path, limits=limits)) as members:
        for member in members:
            checker.check(member)
            inner = member.path.partition("/")[2]
            if member.kind == FILE and inner in wanted:
                if member.size > _MAX_FILE_READ:
                    raise ArchiveTooLargeError(path.name, f"{inner} is too large")
                found[inner] = b"".join(member.read())
    checker.finish()
    return found


def _members(path: Path, *, limits: ArchiveLimits) -> Generator[Member, None, None]:
    if path.name.endswith(".zip"):
        return _zip_members(path, limits=limits)
    if is_tar_name(path.name):
        return read_tar(path, limits=limits)
    raise DamagedArchiveError(path.name, "its name has no ending that is known")


def _zip_members(path: Path, *, limits: ArchiveLimits) -> Generator[Member, None, None]:
    zip_limits = ZipLimits(limits.size, limits.free_size, limits.ratio)
    with ZipReader(str(path), limits=zip_limits) as reader:
        for name, entry in reader.members.items():
            yield Member(
                path=name,
                kind=FILE,
                size=entry.size,
                executable=bool(entry.mode & 0o100),
                target="",
                read=partial(reader.chunks, entry),
            )


def _unpack(path: Path, stage: Path, *, limits: ArchiveLimits) -> str:
    checker = _Checker(path.name, limits=limits)
    with closing(_members(path, limits=limits)) as members:
        for member in members:
            checker.check(member)
            place = stage / member.path
            if member.kind == FOLDER:
                place.mkdir(parents=True, exist_ok=True)
            elif member.kind == FILE:
                place.parent.mkdir(parents=True, exist_ok=True)
                _write(place, member, source=path.name)
    top = checker.finish()
    # Last, so that nothing can be written through a link.
    for name, target in checker.links.items():
        place = stage / name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, place)
    return top


def _write(place: Path, member: Member, *, source: str) -> None:
    mode = 0o755 if member.executable else 0o644
    # O_EXCL: names that only this file system holds equal do not overwrite.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        descriptor = os.open(place, flags, mode)
    except FileExistsError:
        raise DamagedArchiveError(
            source, f"{member.path!r} stands twice for this file system"
        ) from None
    with open(descriptor, "wb") as stream:
        stream.writelines(member.read())


class _Checker:
    """Judges members as they come: names, kinds, places, number."""

    def __init__(self, source: str, *, limits: ArchiveLimits) -> None:
        self.links: dict[str, str] = {}
        self._source, self._limits = source, limits
        self._kinds: dict[str, str] = {}
        self._count = 0

    def check(self, member: Member) -> None:
        """Refuse ``member`` if it must not be unpacked after those before it."""
        self._count += 1
        if self._count > self._limits.members:
            raise ArchiveTooLargeError(
                self._source, f"it has more than {self._limits.members} members"
            )
        name = check_path(member.path, source=self._source)
        self._add_parents(name)
        before = self._kinds.get(name)
        if before is not None and not before == member.kind == FOLDER:
            raise self._fault(f"{name!r} stands twice")
        if member.kind != FOLDER and "/" not in name:
            raise self._fault(f"{name!r} is not below one top folder")
        self._kinds[name] = member.kind
        if member.kind == LINK:
            self.links[name] = member.target

    def _add_parents(self, name: str) -> None:
        position = name.find("/")
        while position != -1:
            if self._kinds.setdefault(name[:position], FOLDER) != FOLDER:
                raise self._fault(f"{name!r} lies below something that is no folder")
            position = name.find("/", position + 1)

    def finish(self) -> str:
        """Check what only the whole archive shows; return the top folder's name."""
        tops = sorted(name for name in self._kinds if "/" not in name)
        if len(tops) != 1:
            listed = ", ".join(map(repr, tops[:5])) or "none"
            raise self._fault(f"it must have one top folder, but has {listed}")
        for name in self.links:
            self._follow(name)
        return tops[0]

    def _follow(self, name: str) -> None:
        """Refuse the link ``name`` unless it ends at something of the archive."""
        seen = {name}
        place = _resolve(name, self.links[name])
        while place is not None and self._kinds.get(place) == LINK:
            if place in seen:
                raise self._fault(f"the link {name!r} leads in a circle")
            seen.add(place)
            place = _resolve(place, self.links[place])
        if place is None or self._kinds.get(place) not in (FILE, FOLDER):
            target = self.links[name]
            raise self._fault(f"the link {name!r} leads outside: {target[:120]!r}")

    def _fault(self, reason: str) -> DamagedArchiveError:
        return DamagedArchiveError(self._source, reason)


def _resolve(link: str, target: str) -> str | None:
    """Return the member that ``link`` leads to, None if it may lead elsewhere.

    A target climbs first and then descends: ``..`` after a name could step back
    through another link (CVE-2025-4517), so it is refused.
    """
    folder = link.split("/")[:-1]
    parts = target.split("/")
    while parts and parts[0] in ("..", "."):
        if parts.pop(0) == "..":
            if len(folder) < 2:  # noqa: PLR2004 - the top folder is never left
                return None
            folder.pop()
    if any(part in ("", ".", "..") for part in parts) or "\\" in target:
        return None
    return "/".join((*folder, *parts))
