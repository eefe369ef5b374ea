"""Source archives: unpack any of them safely, or read a few of its files.

Everything is checked before its effect: an archive that is refused leaves nothing
behind (PEP 721 and the source distribution format, "unpacking").
"""

import os
import shutil
import tempfile
from collections.abc import Collection, Generator, Iterable
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
from pysetup.interchange.tar_stream import is_tar_name, read_tar, walk_tar
from pysetup.interchange.zip_reader import ZipLimits, ZipReader
from pysetup.standards.paths import check_path

_MAX_FILE_READ = 64 << 20
# As many links one after the other as Linux follows.
MAX_LINK_STEPS = 40
# Making folders in folders takes the longer the deeper they are.
_MAX_DEPTH = 100
_ENDINGS = ".tar.gz, .tgz, .zip, .tar.bz2 and .tar.xz"


def unpack_sdist(
    path: Path,
    into: Path,
    *,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    repeated: Collection[str] = (),
) -> Path:
    """Unpack the archive at ``path`` below ``into``; return its one top folder.

    Files come out readable, with the user's execute bit as archived and no other.
    A file stands once, but for those that ``repeated`` names (relative to the top
    folder): the last of them counts, as for tar.
    Nothing is left behind when the archive is refused. Raises
    ``DamagedArchiveError``, ``ArchiveTooLargeError``, ``UnsafePathError``,
    ``UnreadableFileError``, or for zip files ``ZipStructureError`` and
    ``ZipLimitError``.
    """
    into.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".unpack-", dir=into))
    try:
        top = _unpack(path, stage, _Checker(path.name, limits, repeated))
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
    checker = _Checker(path.name, limits)
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


def read_whole_sdist(
    path: Path, *, most: int, limits: ArchiveLimits = DEFAULT_LIMITS
) -> dict[str, bytes] | None:
    """Return path below the top folder -> content of every file of the archive.

    None if they have more than ``most`` bytes together, or if there are links among
    them. Everything is checked as when it is unpacked; raises as ``unpack_sdist``.
    """
    found: dict[str, bytes] = {}
    left = most
    checker = _Checker(path.name, limits)
    with closing(_members(path, limits=limits)) as members:
        for member in members:
            checker.check(member)
            left -= member.size
            if left < 0 or member.kind == LINK:
                return None
            if member.kind == FILE:
                found[member.path.partition("/")[2]] = b"".join(member.read())
    checker.finish()
    return found


def walk_sdist(
    path: Path, *, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Generator[Member, None, None]:
    """Yield the members of an archive, whatever they are, without judging names.

    Raises as ``walk_tar`` and ``ZipReader``.
    """
    walk = walk_tar if is_tar_name(path.name) else _members
    return walk(path, limits=limits)


def _members(path: Path, *, limits: ArchiveLimits) -> Generator[Member, None, None]:
    if path.name.endswith(".zip"):
        return _zip_members(path, limits=limits)
    if is_tar_name(path.name):
        return read_tar(path, limits=limits)
    if path.name.endswith((".tar.Z", ".tar.zst", ".tar")):
        ending = path.name[path.name.rindex(".tar") :]
        raise DamagedArchiveError(path.name, f"{ending} is not read; {_ENDINGS} are")
    raise DamagedArchiveError(path.name, f"its name ends in none of {_ENDINGS}")


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


def _unpack(path: Path, stage: Path, checker: "_Checker") -> str:
    with closing(_members(path, limits=checker.limits)) as members:
        for member in members:
            if checker.check(member):
                (stage / member.path).unlink()
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

    def __init__(
        self, source: str, limits: ArchiveLimits, repeated: Collection[str] = ()
    ) -> None:
        self.links: dict[str, str] = {}
        self.limits = limits
        self._source, self._repeated = source, repeated
        self._kinds: dict[str, str] = {}
        self._count = 0

    def check(self, member: Member) -> bool:
        """Refuse ``member`` if it must not be unpacked after those before it.

        Returns whether it replaces the file of its name.
        """
        self._count += 1
        if self._count > self.limits.members:
            raise ArchiveTooLargeError(
                self._source, f"it has more than {self.limits.members} members"
            )
        name = check_path(member.path, source=self._source)
        self._add_parents(name)
        if len(self._kinds) > 2 * self.limits.members or name.count("/") > _MAX_DEPTH:
            raise ArchiveTooLargeError(self._source, "it has too many folders")
        before = self._kinds.get(name)
        replaces = before == member.kind == FILE and (
            name.partition("/")[2] in self._repeated
        )
        if not (replaces or before is None or before == member.kind == FOLDER):
            raise self._fault(f"{name!r} stands twice")
        if member.kind != FOLDER and "/" not in name:
            raise self._fault(f"{name!r} is not below one top folder")
        self._kinds[name] = member.kind
        if member.kind == LINK:
            self.links[name] = member.target
        return replaces

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
        place = resolve_link(name, self.links[name])
        while place is not None and self._kinds.get(place) == LINK:
            if place in seen:
                raise self._fault(f"the link {name!r} leads in a circle")
            if len(seen) > MAX_LINK_STEPS:
                raise self._fault(f"the link {name!r} leads on and on")
            seen.add(place)
            place = resolve_link(place, self.links[place])
        if place is None or self._kinds.get(place) not in (FILE, FOLDER):
            target = self.links[name]
            raise self._fault(f"the link {name!r} leads outside: {target[:120]!r}")

    def _fault(self, reason: str) -> DamagedArchiveError:
        return DamagedArchiveError(self._source, reason)


def resolve_link(link: str, target: str) -> str | None:
    """Return the path that ``link`` leads to, None if it may lead elsewhere.

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
