"""The RPM writer: lead, signature header, header and payload, without rpmbuild.

The payload comes first, since the header holds its digest, and the signature header
that of the header. Digests are SHA-256 throughout; there is no MD5 and no SHA-1, which
rpm needs since 4.14 no more.
"""

import struct
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import IO

from pysetup.platforms.rpm import tags
from pysetup.platforms.rpm.compression import LEVELS, XZ, ZSTD, new_compressor
from pysetup.platforms.rpm.cpio import Member, member_head, padding, trailer
from pysetup.platforms.rpm.header import (
    Entry,
    encode_header,
    integers,
    text,
    texts,
    translated,
)
from pysetup.platforms.rpm.package import RpmFile, RpmPackage
from pysetup.platforms.rpm.relation import Relation
from pysetup.platforms.rpm.tags import INT16, INT32
from pysetup.values import dataclass

_LEAD = struct.Struct(">4sBBHH66sHH16x")
_LEAD_MAGIC = b"\xed\xab\xee\xdb"
_HEADER_SIGNATURE = 5
_LINUX = 1
# Only file(1) looks at this number; rpm reads the architecture in the header.
_NUMBERS = {"aarch64": 19, "armv7hl": 12, "ppc64le": 16, "riscv64": 22, "s390x": 15}
_DEVICE = 1
_BUILD_HOST = "reproducible"
_RPM_VERSION = "4.18.0"
_SMALL = 16 << 20
_CHUNK = 1 << 20
_MOST_32 = 0xFFFFFFFF
_AS_RPMLIB = tags.FROM_RPMLIB | tags.LESS | tags.EQUAL


@dataclass(frozen=True, slots=True)
class _Payload:
    """What is known once the payload is written: sizes and digests, file by file.

    ``installed`` is the size of all files, of which each is counted once.
    """

    sizes: tuple[int, ...]
    digests: tuple[str, ...]
    installed: int
    digest: str
    digest_uncompressed: str
    size: int
    size_uncompressed: int


def write_package(package: RpmPackage, stream: IO[bytes]) -> None:
    """Write the file of ``package`` to ``stream``.

    The same package gives the same bytes. Raises ``OversizedRpmFileError`` and
    ``ChangedWhilePackedError``; then what was written is of no use.
    """
    with tempfile.SpooledTemporaryFile(max_size=_SMALL) as payload:
        written = _write_payload(package, payload)
        header = encode_header(_entries(package, written), region=tags.HEADER_REGION)
        signature = encode_header(
            _signatures(header, written), region=tags.SIGNATURE_REGION
        )
        stream.write(_lead(package))
        stream.write(signature + bytes(-len(signature) % 8))
        stream.write(header)
        payload.seek(0)
        while piece := payload.read(_CHUNK):
            stream.write(piece)


def _lead(package: RpmPackage) -> bytes:
    name = f"{package.name}-{package.version}-{package.release}".encode()[:65]
    kind, number = int(package.is_source), _NUMBERS.get(package.architecture, 1)
    return _LEAD.pack(_LEAD_MAGIC, 3, 0, kind, number, name, _LINUX, _HEADER_SIGNATURE)


def _signatures(header: bytes, written: _Payload) -> Iterator[Entry]:
    size, payload_size = len(header) + written.size, written.size_uncompressed
    if max(size, payload_size) > _MOST_32:
        yield integers(tags.LONG_SIZE, tags.INT64, size)
        yield integers(tags.LONG_PAYLOAD_SIZE, tags.INT64, payload_size)
    else:
        yield integers(tags.SIZE, INT32, size)
        yield integers(tags.PAYLOAD_SIZE, INT32, payload_size)
    yield text(tags.SHA256, sha256(header).hexdigest())


class _HashingWriter:
    """Compresses what it gets into a stream, and takes the digests on both sides."""

    def __init__(self, stream: IO[bytes], compression: str) -> None:
        self.stream, self.compressor = stream, new_compressor(compression)
        self.before, self.after = sha256(), sha256()
        self.size_before = self.size_after = 0

    def write(self, data: bytes) -> None:
        self.before.update(data)
        self.size_before += len(data)
        self._put(self.compressor.compress(data))

    def close(self) -> None:
        self._put(self.compressor.flush())

    def _put(self, data: bytes) -> None:
        self.after.update(data)
        self.size_after += len(data)
        self.stream.write(data)


def _write_payload(package: RpmPackage, stream: IO[bytes]) -> _Payload:
    """Write the members; of files that are one, the last has the content (cpio(5))."""
    writer = _HashingWriter(stream, package.compression)
    sizes = [0] * len(package.files)
    digests = [""] * len(package.files)
    installed = 0
    linked = _linked(package.files)
    for index, file in enumerate(package.files):
        group = linked[_inode_path(file)]
        if file.is_ghost or index != group[-1]:
            continue
        size, pieces = (0, iter(())) if file.is_directory else file.chunks()
        for other in group:
            held = size if other == index else 0
            writer.write(member_head(_member(package, other, held, group)))
        if file.is_directory:
            continue
        digest = sha256()
        for piece in pieces:
            digest.update(piece)
            writer.write(piece)
        writer.write(padding(size))
        installed += size
        for other in group:
            sizes[other], digests[other] = size, digest.hexdigest()
    writer.write(trailer())
    writer.close()
    return _Payload(
        sizes=tuple(sizes),
        digests=tuple(digests),
        installed=installed,
        digest=writer.after.hexdigest(),
        digest_uncompressed=writer.before.hexdigest(),
        size=writer.size_after,
        size_uncompressed=writer.size_before,
    )


def _member(package: RpmPackage, index: int, size: int, group: Sequence[int]) -> Member:
    file = package.files[index]
    name = file.path if package.is_source else f".{file.path}"
    inode, links = group[0] + 1, len(group)
    return Member(name, file.mode, size, inode, package.time, links)


def _linked(files: Sequence[RpmFile]) -> dict[str, list[int]]:
    """Return for each path the files that are one with it, as indexes in order."""
    found: dict[str, list[int]] = {}
    for index, file in enumerate(files):
        found.setdefault(_inode_path(file), []).append(index)
    return found


def _inode_path(file: RpmFile) -> str:
    return file.same_as or file.path


def _entries(package: RpmPackage, written: _Payload) -> Iterator[Entry]:
    yield texts(tags.TRANSLATIONS, ["C"])
    yield from _descriptive(package, written)
    yield from _relations(package)
    yield from _scriptlets(package)
    yield from _files(package, written)
    changes = package.changelog
    times = [change.time for change in changes]
    yield integers(tags.CHANGELOG_TIME, INT32, *times)
    yield texts(tags.CHANGELOG_NAME, [change.who for change in changes])
    yield texts(tags.CHANGELOG_TEXT, [change.text for change in changes])
    yield text(tags.PAYLOAD_FORMAT, "cpio")
    if LEVELS[package.compression]:
        yield text(tags.PAYLOAD_COMPRESSOR, package.compression)
        yield text(tags.PAYLOAD_FLAGS, LEVELS[package.compression])
    yield texts(tags.PAYLOAD_DIGEST, [written.digest])
    yield integers(tags.PAYLOAD_DIGEST_ALGORITHM, INT32, tags.SHA256_ALGORITHM)
    yield texts(tags.PAYLOAD_DIGEST_ALT, [written.digest_uncompressed])


def _descriptive(package: RpmPackage, written: _Payload) -> Iterator[Entry]:
    yield text(tags.NAME, package.name)
    yield text(tags.VERSION, package.version)
    yield text(tags.RELEASE, package.release)
    if package.epoch:
        yield integers(tags.EPOCH, INT32, int(package.epoch))
    yield translated(tags.SUMMARY, package.summary)
    yield translated(tags.DESCRIPTION, package.description)
    yield integers(tags.BUILD_TIME, INT32, package.time)
    yield text(tags.BUILD_HOST, _BUILD_HOST)
    yield _installed_size(written.installed)
    yield text(tags.LICENSE, package.licence)
    yield translated(tags.GROUP, package.group)
    for tag, value in (
        (tags.URL, package.url),
        (tags.VENDOR, package.vendor),
        (tags.PACKAGER, package.packager),
    ):
        if value:
            yield text(tag, value)
    yield text(tags.OS, "linux")
    yield text(tags.ARCHITECTURE, package.architecture)
    yield text(tags.RPM_VERSION, _RPM_VERSION)
    yield text(tags.ENCODING, "utf-8")
    if package.is_source:
        yield integers(tags.SOURCE_PACKAGE, INT32, 1)
        if package.architecture == "noarch":
            yield texts(tags.BUILD_ARCHITECTURES, ["noarch"])
        sources = [
            file.path for file in package.files if not file.flags & tags.SPEC_FILE
        ]
        yield texts(tags.SOURCES, sources)
    else:
        yield text(tags.SOURCE_RPM, package.source_rpm)


def _installed_size(size: int) -> Entry:
    if size > _MOST_32:
        return integers(tags.LONG_INSTALLED_SIZE, tags.INT64, size)
    return integers(tags.INSTALLED_SIZE, INT32, size)


def _relations(package: RpmPackage) -> Iterator[Entry]:
    found = {kind: list(each) for kind, each in package.relations.items()}
    if not package.is_source:
        _add_own_configuration(package, found)
    requires = found.setdefault("requires", [])
    requires += (
        Relation("/bin/sh", "", tags.INTERPRETER | tags.SCRIPTLETS[name][2])
        for name in package.scriptlets
    )
    every = [relation for listed in found.values() for relation in listed]
    requires += (
        Relation(f"rpmlib({name})", since, _AS_RPMLIB)
        for name, since in _features(package, every)
    )
    for kind, (names, flags, versions) in tags.RELATIONS.items():
        listed = sorted(set(found.get(kind, ())), key=_by_name)
        yield texts(names, [relation.name for relation in listed])
        yield integers(flags, INT32, *(relation.flags for relation in listed))
        yield texts(versions, [relation.version for relation in listed])


def _by_name(relation: Relation) -> tuple[bytes, str, int]:
    return relation.name.encode(), relation.version, relation.flags


def _add_own_configuration(
    package: RpmPackage, found: dict[str, list[Relation]]
) -> None:
    """Tie the configuration to the version, as rpmbuild does of its own accord."""
    if any(file.flags & tags.CONFIG for file in package.files):
        name, flags = f"config({package.name})", tags.EQUAL | tags.FROM_CONFIG
        for kind in ("provides", "requires"):
            found.setdefault(kind, []).append(Relation(name, package.evr, flags))


def _features(
    package: RpmPackage, relations: Sequence[Relation]
) -> Iterator[tuple[str, str]]:
    """Yield what a reader has to know of the format, and since when rpm knows it."""
    yield "CompressedFileNames", "3.0.4-1"
    yield "FileDigests", "4.6.0-1"
    if not package.is_source:
        yield "PayloadFilesHavePrefix", "4.0-1"
    if any(_inode_path(file) != file.path for file in package.files):
        yield "PartialHardlinkSets", "4.0.4-1"
    if package.compression == XZ:
        yield "PayloadIsXz", "5.2-1"
    if package.compression == ZSTD:
        yield "PayloadIsZstd", "5.4.18-1"
    if any(relation.is_rich for relation in relations):
        yield "RichDependencies", "4.12.0-1"
    versions = [package.version, *(relation.version for relation in relations)]
    versions += [relation.name for relation in relations if relation.is_rich]
    if any("~" in version for version in versions):
        yield "TildeInVersions", "4.10.0-1"
    if any("^" in version for version in versions):
        yield "CaretInVersions", "4.15.0-1"


def _scriptlets(package: RpmPackage) -> Iterator[Entry]:
    for name, script in package.scriptlets.items():
        script_tag, interpreter_tag, _ = tags.SCRIPTLETS[name]
        yield text(script_tag, script)
        yield text(interpreter_tag, "/bin/sh")


def _files(package: RpmPackage, written: _Payload) -> Iterator[Entry]:
    files = package.files
    if not files:
        return
    parts = [file.path.rpartition("/") for file in files]
    folders = [f"{folder}{slash}" for folder, slash, _ in parts]
    names = tuple(dict.fromkeys(folders))
    indexes = {folder: number for number, folder in enumerate(names)}
    count = len(files)
    linked = _linked(files)
    inodes = [linked[_inode_path(file)][0] + 1 for file in files]
    modes, flags = [file.mode for file in files], [file.flags for file in files]
    times = [package.time] * count
    yield integers(tags.FILE_SIZES, INT32, *written.sizes)
    yield integers(tags.FILE_MODES, INT16, *modes)
    yield integers(tags.FILE_RDEVS, INT16, *[0] * count)
    yield integers(tags.FILE_TIMES, INT32, *times)
    yield texts(tags.FILE_DIGESTS, written.digests)
    yield texts(tags.FILE_LINKS, [""] * count)
    yield integers(tags.FILE_FLAGS, INT32, *flags)
    yield texts(tags.FILE_USERS, ["root"] * count)
    yield texts(tags.FILE_GROUPS, ["root"] * count)
    yield integers(tags.FILE_VERIFY, INT32, *map(_verified, files))
    yield integers(tags.FILE_DEVICES, INT32, *[_DEVICE] * count)
    yield integers(tags.FILE_INODES, INT32, *inodes)
    yield texts(tags.FILE_LANGUAGES, [file.language for file in files])
    yield integers(tags.DIRECTORY_INDEXES, INT32, *map(indexes.__getitem__, folders))
    yield texts(tags.BASE_NAMES, [name for _, _, name in parts])
    yield texts(tags.DIRECTORY_NAMES, names)
    yield integers(tags.FILE_COLORS, INT32, *(file.colour for file in files))
    yield integers(tags.FILE_DIGEST_ALGORITHM, INT32, tags.SHA256_ALGORITHM)


def _verified(file: RpmFile) -> int:
    return tags.VERIFY_GHOST if file.is_ghost else tags.VERIFY_ALL
