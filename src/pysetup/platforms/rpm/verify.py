"""The RPM reader: a package taken apart again, and every digest in it checked."""

import mmap
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO

from pysetup.platforms.rpm import tags
from pysetup.platforms.rpm.compression import GZIP, damages, open_compressed
from pysetup.platforms.rpm.cpio import Member, read_members
from pysetup.platforms.rpm.header import DamagedRpmError, Header, decode_header
from pysetup.platforms.rpm.relation import Relation
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

_LEAD_MAGIC = b"\xed\xab\xee\xdb"
_LEAD_SIZE = 96
_CHUNK = 1 << 20
_MOST_PATH = 4096
_ROLES = (
    (tags.GHOST, "ghost"),
    (tags.CONFIG, "config"),
    (tags.DOC, "document"),
    (tags.LICENCE, "licence"),
    (tags.SPEC_FILE, "recipe"),
)
_TEXTS = {
    "release": tags.RELEASE,
    "architecture": tags.ARCHITECTURE,
    "summary": tags.SUMMARY,
    "description": tags.DESCRIPTION,
    "licence": tags.LICENSE,
    "homepage": tags.URL,
    "vendor": tags.VENDOR,
    "packager": tags.PACKAGER,
    "group": tags.GROUP,
    "source_rpm": tags.SOURCE_RPM,
    "compression": tags.PAYLOAD_COMPRESSOR,
}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as the header tells it: ``size`` in bytes, SHA-256, RPMFILE flags.

    ``target`` is what a symbolic link leads to.
    """

    path: str
    mode: int
    size: int
    digest: str
    flags: int
    target: str = ""

    @property
    def is_brought(self) -> bool:
        """Whether the payload has it."""
        return not self.flags & tags.GHOST

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form; the mode in octal, permission bits alone."""
        found: dict[str, JSON] = {
            "path": self.path.removeprefix("/"),
            "size": self.size,
            "mode": f"{stat.S_IMODE(self.mode):04o}",
            "sha256": self.digest,
        }
        roles: list[JSON] = [name for flag, name in _ROLES if self.flags & flag]
        if stat.S_ISDIR(self.mode):
            roles.append("directory")
        return {**found, "roles": roles} if roles else found


def verify_package(path: Path) -> dict[str, JSON]:
    """Read the package ``path`` and check it against all that it says of itself.

    Returns the JSON form: ``name``, ``version`` with its epoch, ``relations`` by kind,
    ``files``, ``ghosts`` and ``directories``, ``scripts``, ``changelog``. Raises
    ``DamagedRpmError``.
    """
    source = path.name
    with open(path, "rb") as stream:
        header, (_, begin) = read_header(stream, source)
        files = tuple(read_files(header, source))
        stream.seek(begin)
        _check_digest(stream, header, source)
        stream.seek(begin)
        _check_payload(stream, header, files, source)
    return _document(header, files)


def read_header(stream: IO[bytes], source: str) -> tuple[Header, tuple[int, int]]:
    """Return the main header, and where it begins and ends; check its digest.

    Raises ``DamagedRpmError``.
    """
    try:
        content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        raise DamagedRpmError(source, "it is empty") from None
    with content:
        if content[:4] != _LEAD_MAGIC:
            raise DamagedRpmError(source, "it does not begin as one")
        signature, end = decode_header(content, _LEAD_SIZE, source=source)
        begin = end + -(end - _LEAD_SIZE) % 8
        header, payload = decode_header(content, begin, source=source)
        size = signature.number(tags.SIZE, signature.number(tags.LONG_SIZE, -1))
        if size not in (-1, len(content) - begin):
            raise DamagedRpmError(source, "it has not the size that it tells")
        told = signature.text(tags.SHA256)
        if told and told != sha256(content[begin:payload]).hexdigest():
            raise DamagedRpmError(source, "its header has another digest")
    return header, (begin, payload)


def _check_digest(stream: IO[bytes], header: Header, source: str) -> None:
    told = header.text(tags.PAYLOAD_DIGEST)
    if not told:
        return
    digest = sha256()
    while piece := stream.read(_CHUNK):
        digest.update(piece)
    if digest.hexdigest() != told:
        raise DamagedRpmError(source, "its payload has another digest")


def _check_payload(
    stream: IO[bytes],
    header: Header,
    files: tuple[ReadFile, ...],
    source: str,
) -> None:
    """Compare each file of the payload with what the header tells of it."""
    compression = header.text(tags.PAYLOAD_COMPRESSOR) or GZIP
    if tags.PAYLOAD_COMPRESSOR not in header and _is_plain(stream):
        compression = "none"
    expected = {file.path: file for file in files if file.is_brought}
    try:
        opened = open_compressed(stream, compression, source=source)
        _check_members(read_members(opened, source=source), expected, source)
    except damages():
        raise DamagedRpmError(source, "its payload cannot be uncompressed") from None
    if expected:
        raise DamagedRpmError(source, f"{min(expected)} is not in its payload")


def _check_members(
    members: Iterator[tuple[Member, Iterator[bytes]]],
    expected: dict[str, ReadFile],
    source: str,
) -> None:
    """Compare the members with the files that are ``expected``, and take those out.

    Of the files that are one, the last has the content for all of them.
    """
    linked: dict[int, list[ReadFile]] = {}
    for member, pieces in members:
        file = expected.pop(member.name.removeprefix("."), None)
        if file is None:
            reason = f"{member.name} is not in its list of files"
            raise DamagedRpmError(source, reason)
        if member.links > 1 and file.size and not member.size:
            linked.setdefault(member.inode, []).append(file)
            continue
        others = linked.pop(member.inode, []) if member.links > 1 else []
        content = _content_facts(member, pieces)
        for one in (file, *others):
            if (member.mode, *content) != (one.mode, one.size, one.digest, one.target):
                reason = f"{one.path} is another file than its header tells"
                raise DamagedRpmError(source, reason)
    for files in linked.values():
        reason = f"{files[0].path} has no content in its payload"
        raise DamagedRpmError(source, reason)


def _content_facts(member: Member, pieces: Iterator[bytes]) -> tuple[int, str, str]:
    """Return what a header tells of a content: its size, its digest, a link's end."""
    if stat.S_ISLNK(member.mode) and member.size <= _MOST_PATH:
        target = b"".join(pieces)
        return len(target), "", target.decode("utf-8", "surrogateescape")
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    if stat.S_ISREG(member.mode):
        return member.size, digest.hexdigest(), ""
    return member.size, "", ""


def _is_plain(stream: IO[bytes]) -> bool:
    begin = stream.tell()
    head = stream.read(6)
    stream.seek(begin)
    return head == b"070701"


def read_files(header: Header, source: str) -> Iterator[ReadFile]:
    """Yield the files that a header lists; raises ``DamagedRpmError``."""
    names = header.texts(tags.BASE_NAMES)
    folders = header.texts(tags.DIRECTORY_NAMES)
    long = tags.LONG_FILE_SIZES in header
    sizes = header.numbers(tags.LONG_FILE_SIZES if long else tags.FILE_SIZES)
    try:
        for name, folder, mode, size, digest, flags, target in zip(
            names,
            header.numbers(tags.DIRECTORY_INDEXES),
            header.numbers(tags.FILE_MODES),
            sizes,
            header.texts(tags.FILE_DIGESTS),
            header.numbers(tags.FILE_FLAGS),
            header.texts(tags.FILE_LINKS),
            strict=True,
        ):
            kept = 0 if stat.S_ISDIR(mode) else size
            path = f"{folders[folder]}{name}"
            yield ReadFile(path, mode, kept, digest, flags, target)
    except (ValueError, IndexError):
        raise DamagedRpmError(source, "its list of files has gaps") from None


def _document(header: Header, files: tuple[ReadFile, ...]) -> dict[str, JSON]:
    epoch = f"{header.number(tags.EPOCH, 0)}:" if tags.EPOCH in header else ""
    return {
        "name": header.text(tags.NAME),
        "version": f"{epoch}{header.text(tags.VERSION)}",
        **{key: header.text(tag) for key, tag in _TEXTS.items()},
        "source": tags.SOURCE_PACKAGE in header,
        "time": header.number(tags.BUILD_TIME, 0),
        "installed_size": header.number(
            tags.LONG_INSTALLED_SIZE, header.number(tags.INSTALLED_SIZE, 0)
        ),
        "relations": dict(_relations(header)),
        "files": [file.to_json() for file in files if _is_content(file)],
        "directories": [
            file.path.removeprefix("/")
            for file in files
            if file.is_brought and stat.S_ISDIR(file.mode)
        ],
        "ghosts": [
            file.path.removeprefix("/") for file in files if not file.is_brought
        ],
        "ghost_directories": [
            file.path.removeprefix("/")
            for file in files
            if not file.is_brought and stat.S_ISDIR(file.mode)
        ],
        "scripts": {
            name: header.text(tag)
            for name, (tag, _, _) in tags.SCRIPTLETS.items()
            if tag in header
        },
        "changelog": list(_changes(header)),
    }


def _is_content(file: ReadFile) -> bool:
    return file.is_brought and not stat.S_ISDIR(file.mode)


def _relations(header: Header) -> Iterator[tuple[str, JSON]]:
    for kind, (names, flags, versions) in tags.RELATIONS.items():
        listed = zip(
            header.texts(names),
            header.texts(versions),
            header.numbers(flags),
            strict=False,
        )
        if found := [str(Relation(*each)) for each in listed]:
            yield kind, [*found]


def _changes(header: Header) -> Iterator[JSON]:
    for time, who, text in zip(
        header.numbers(tags.CHANGELOG_TIME),
        header.texts(tags.CHANGELOG_NAME),
        header.texts(tags.CHANGELOG_TEXT),
        strict=False,
    ):
        yield {"time": time, "who": who, "text": text}
