"""A pacman package read back: its fields, its files, and whether .MTREE is true."""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pysetup.platforms.pacman.archive import BUILDINFO, INSTALL, MTREE, PKGINFO
from pysetup.platforms.plan import (
    CONFLICTS,
    PROVIDES,
    REPLACES,
    REQUIRES,
    SUGGESTS,
)
from pysetup.platforms.tar_reader import (
    ReadMember,
    UnreadablePackageError,
    described,
    read_tar_members,
)
from pysetup.platforms.tar_writer import FILE
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_OWN = (BUILDINFO, INSTALL, MTREE, PKGINFO)
_RELATIONS = (
    (REQUIRES, "depend"),
    (PROVIDES, "provides"),
    (CONFLICTS, "conflict"),
    (REPLACES, "replaces"),
    (SUGGESTS, "optdepend"),
)
_OCTAL = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class PacmanPackage:
    """What a package holds: the lines of .PKGINFO by key, and its members."""

    fields: Mapping[str, tuple[str, ...]]
    members: tuple[ReadMember, ...]
    install: str
    mtree: Mapping[str, Mapping[str, str]]

    def one(self, key: str) -> str:
        """Return the value of a field that comes once; empty if it is absent."""
        return next(iter(self.fields.get(key, ())), "")

    @property
    def owned(self) -> tuple[ReadMember, ...]:
        """The members that are installed."""
        return tuple(each for each in self.members if each.path not in _OWN)


def read_package(path: Path) -> PacmanPackage:
    """Read the package at ``path``.

    Raises ``UnreadablePackageError`` or ``MissingZstandardError``.
    """
    source = path.name
    try:
        with open(path, "rb") as stream:
            members = tuple(
                read_tar_members(stream, source=source, keep=_OWN.__contains__)
            )
    except OSError as error:
        raise UnreadablePackageError(source, error.strerror or str(error)) from None
    own = {each.path: each.content for each in members if each.path in _OWN}
    if PKGINFO not in own or MTREE not in own:
        raise UnreadablePackageError(source, f"it has no {PKGINFO} or no {MTREE}")
    return PacmanPackage(
        fields=parse_fields(own[PKGINFO].decode("utf-8", "replace")),
        members=members,
        install=own.get(INSTALL, b"").decode("utf-8", "replace"),
        mtree=dict(_mtree_rows(own[MTREE], source)),
    )


def parse_fields(text: str) -> dict[str, tuple[str, ...]]:
    """Return the values of ``key = value`` lines by key."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, sign, value = line.partition(" = ")
        if sign and not line.startswith("#"):
            found.setdefault(key.strip(), []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def verify_package(path: Path) -> dict[str, JSON]:
    """Return what the package at ``path`` says and holds, as JSON.

    Raises ``UnreadablePackageError``, too, when files and .MTREE do not agree.
    """
    package = read_package(path)
    for member in package.owned:
        row = package.mtree.get(member.path)
        told = described(member)
        if row is None or (
            member.kind == FILE and row.get("sha256digest") != told["sha256"]
        ):
            reason = f"{MTREE} does not tell the truth about {member.path}"
            raise UnreadablePackageError(path.name, reason)
    relations: dict[str, JSON] = {
        kind: list(package.fields[key])
        for kind, key in _RELATIONS
        if key in package.fields
    }
    return {
        "format": "pacman",
        "name": package.one("pkgname"),
        "version": package.one("pkgver"),
        "architecture": package.one("arch"),
        "relations": relations,
        "control": {key: list(values) for key, values in package.fields.items()},
        "files": [described(each) for each in package.owned],
        "scripts": {INSTALL: package.install} if package.install else {},
    }


def _mtree_rows(packed: bytes, source: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        lines = gzip.decompress(packed).splitlines()
    except (OSError, EOFError) as error:
        raise UnreadablePackageError(source, f"{MTREE}: {error}") from None
    for line in lines:
        if line.startswith(b"./"):
            path, *words = line.split(b" ")
            plain = _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), path[2:])
            pairs = (word.decode().partition("=")[::2] for word in words)
            yield plain.decode("utf-8", "replace"), dict(pairs)
