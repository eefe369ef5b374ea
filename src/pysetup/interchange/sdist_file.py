"""Source archives: unpack any of them safely, or read a few of its files.

Everything is checked before its effect: an archive that is refused leaves nothing
behind (PEP 721 and the source distribution format, "unpacking").
"""

import os
from collections.abc import Collection, Generator, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

from pysetup.interchange.admission import Admission
from pysetup.interchange.members import (
    COPY,
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
from pysetup.interchange.zip_reader import LONGEST_COMMENT, ZipLimits, ZipReader
from pysetup.late import hashlib, shutil, tempfile

_MAX_FILE_READ = 64 << 20
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
    A hard link becomes a file of its own. A file that stands twice must be the same
    each time, but for those that ``repeated`` names (relative to the top folder): the
    last of them counts, as for tar. A link may lead to nothing, never outside.
    Nothing is left behind when the archive is refused. Raises
    ``DamagedArchiveError``, ``ArchiveTooLargeError``, ``UnsafePathError``,
    ``UnreadableFileError``, or for zip files ``ZipStructureError`` and
    ``ZipLimitError``.
    """
    into.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".unpack-", dir=into))
    try:
        top = _unpack(path, stage, Admission(path.name, limits, repeated))
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
    copies: dict[str, str] = {}
    admission = Admission(path.name, limits)
    with closing(_members(path, limits=limits)) as members:
        for member in members:
            place = admission.check(member)
            inner = member.path.partition("/")[2]
            if member.kind not in (FILE, COPY) or inner not in wanted:
                continue
            if member.size > _MAX_FILE_READ:
                raise ArchiveTooLargeError(path.name, f"{inner} is too large")
            if place == "again":
                continue
            if member.kind == COPY:
                copies[inner] = member.target.partition("/")[2]
            else:
                found[inner] = b"".join(member.read())
    admission.finish()
    _refuse_unequal(path, admission)
    # A hard link may repeat a file that was not asked for, and has gone by.
    further = set(copies.values()) - wanted
    origins = read_sdist_files(path, further, limits=limits) if further else {}
    contents = found | origins
    return found | {inner: contents[origin] for inner, origin in copies.items()}


def read_whole_sdist(
    path: Path, *, most: int, limits: ArchiveLimits = DEFAULT_LIMITS
) -> dict[str, bytes] | None:
    """Return path below the top folder -> content of every file of the archive.

    None if they have more than ``most`` bytes together, or if there are links among
    them. Everything is checked as when it is unpacked; raises as ``unpack_sdist``.
    """
    found: dict[str, bytes] = {}
    left = most
    admission = Admission(path.name, limits)
    with closing(_members(path, limits=limits)) as members:
        for member in members:
            place = admission.check(member)
            left -= member.size
            if left < 0 or member.kind == LINK:
                return None
            inner = member.path.partition("/")[2]
            if member.kind == COPY:
                found.setdefault(inner, found[member.target.partition("/")[2]])
            elif member.kind == FILE and place == "new":
                found[inner] = b"".join(member.read())
    admission.finish()
    _refuse_unequal(path, admission)
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
    zip_limits = ZipLimits(
        limits.size, limits.free_size, limits.ratio, comment=LONGEST_COMMENT
    )
    with ZipReader(str(path), limits=zip_limits) as reader:
        # Before the first is written: a tar file tells only as it is read.
        if len(reader.members) > limits.members:
            raise ArchiveTooLargeError(
                path.name, f"it has more than {limits.members} members"
            )
        for name, entry in reader.members.items():
            yield Member(
                path=name,
                kind=FILE,
                size=entry.size,
                executable=bool(entry.mode & 0o100),
                target="",
                read=partial(reader.chunks, entry),
            )


def _unpack(path: Path, stage: Path, admission: Admission) -> str:
    with closing(_members(path, limits=admission.limits)) as members:
        for member in members:
            place, target = admission.check(member), stage / member.path
            if member.kind == FOLDER:
                target.mkdir(parents=True, exist_ok=True)
            elif member.kind in (FILE, COPY) and place != "again":
                if place == "instead":
                    target.unlink()
                target.parent.mkdir(parents=True, exist_ok=True)
                origin = stage / member.target if member.kind == COPY else None
                _write(target, member, origin, source=path.name)
    top = admission.finish()
    _refuse_unequal(path, admission)
    # Last, so that nothing can be written through a link.
    for name, leads in admission.links.items():
        place_of_link = stage / name
        place_of_link.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(leads, place_of_link)
    return top


def _write(place: Path, member: Member, origin: Path | None, *, source: str) -> None:
    """Write the content of ``member``, for a hard link that of the file ``origin``."""
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
        if origin is None:
            stream.writelines(member.read())
        else:
            with origin.open("rb") as content:
                shutil.copyfileobj(content, stream)


def _refuse_unequal(path: Path, admission: Admission) -> None:
    """Refuse files that stand twice, unless all readers see the same in the end."""
    if not admission.repeats:
        return
    digests: dict[str, bytes] = {}
    seen: dict[str, tuple[bytes, bool]] = {}
    with closing(_members(path, limits=admission.limits)) as members:
        for member in members:
            if member.kind not in (FILE, COPY):
                continue
            digest = digests.get(member.target) or _digest(member)
            if member.kind == FILE:
                digests[member.path] = digest
            told = digest, member.executable
            if member.path not in admission.repeats:
                continue
            if seen.setdefault(member.path, told) != told:
                reason = f"{member.path!r} stands twice, and is not the same both times"
                raise DamagedArchiveError(path.name, reason)


def _digest(member: Member) -> bytes:
    hasher = hashlib.sha256()
    for piece in member.read():
        hasher.update(piece)
    return hasher.digest()
