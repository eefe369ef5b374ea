"""A requirements file of pins: exact versions, with digests and markers."""

from collections.abc import Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.foreign_locks.model import (
    ForeignLock,
    ForeignPackage,
    Reading,
)
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedVcs,
)
from pysetup.standards.hashes import Hash
from pysetup.standards.names import normalize_name
from pysetup.standards.requirements import Requirement
from pysetup.standards.vcs_urls import is_vcs_url, parse_vcs_url
from pysetup.standards.versions import parse_version
from pysetup.values import dataclass


class NotPinnedError(UsageError):
    """A requirements file is no lock: a line of it leaves the version open.

    A lock names one version of each project, ``name==1.0``, or the commit of a
    repository. Let pysetup choose the versions instead.
    """

    code = "PS2880"

    def __init__(self, place: str, text: str) -> None:
        super().__init__(
            f"{place}: {text[:80]!r} names no single version",
            facts={"place": place},
            hints=("resolve it:  pysetup lock --requirements FILE",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedLine:
    """One line: a requirement, or a folder with a project; else it is only shown.

    ``place`` is ``file:line``; ``name`` is that of the project in the folder.
    """

    place: str
    requirement: Requirement | None = None
    directory: LockedDirectory | None = None
    name: str = ""
    shown: str = ""
    hashes: tuple[Hash, ...] = ()


def lock_of_lines(
    lines: Sequence[PinnedLine], *, source: str, index: str
) -> ForeignLock:
    """Return the lock that a requirements file is.

    ``index`` is the one that the file names. Raises ``NotPinnedError`` and
    ``InvalidForeignLockError``.
    """
    reading = Reading(source)
    packages = [_package(line, reading, index) for line in lines]
    reading.lose("which package requires which: the file does not tell it")
    return ForeignLock(
        tool="requirements",
        packages=tuple(packages),
        world=reading.conditions.always,
        losses=tuple(reading.losses),
    )


def _package(line: PinnedLine, reading: Reading, index: str) -> ForeignPackage:
    requirement = line.requirement
    if requirement is None:
        if line.directory is None or not line.name:
            reason = f"{line.shown} has no name: write  name @ URL"
            raise reading.refuse(line.place, reason)
        where = reading.conditions.always
        return ForeignPackage(
            name=line.name, version="", where=where, direct=line.directory
        )
    where = reading.conditions.parse(requirement.marker)
    name = normalize_name(requirement.name)
    if requirement.extras:
        reading.lose(f"the extras of {name}: what they need is listed by itself")
    if requirement.url:
        direct = _direct(requirement.url, line)
        return ForeignPackage(name=name, version="", where=where, direct=direct)
    exact = [
        clause.version
        for clause in requirement.specifier
        if clause.operator in ("==", "===") and "*" not in clause.version
    ]
    if len(exact) != 1 or len(requirement.specifier) != 1:
        raise NotPinnedError(line.place, str(requirement))
    return ForeignPackage(
        name=name,
        version=str(parse_version(exact[0])),
        where=where,
        hashes=line.hashes,
        index=index,
    )


def _direct(url: str, line: PinnedLine) -> LockedVcs | LockedDirectory | LockedArchive:
    if is_vcs_url(url):
        vcs = parse_vcs_url(url)
        if not vcs.revision:
            raise NotPinnedError(line.place, vcs.public_text)
        return LockedVcs(
            type=vcs.system,
            url=vcs.public_url,
            commit_id=vcs.revision,
            subdirectory=vcs.subdirectory,
        )
    plain, _, fragment = url.partition("#")
    pairs = (part.partition("=") for part in fragment.split("&"))
    named = {key: value for key, separator, value in pairs if separator}
    hashes = {one.algorithm: one.hexdigest for one in line.hashes[:1]}
    hashes |= {key: digest for key, digest in named.items() if key == "sha256"}
    if plain.startswith("file:"):
        path = Path(plain.removeprefix("file://"))
        if path.is_dir():
            return LockedDirectory(path=path.as_posix())
        return LockedArchive(path=path.as_posix(), hashes=hashes)
    return LockedArchive(
        url=plain, hashes=hashes, subdirectory=named.get("subdirectory", "")
    )
