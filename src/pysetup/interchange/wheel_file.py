"""A wheel: opened strictly, every file proved against RECORD while it is read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from pysetup.errors import IntegrityError
from pysetup.interchange.dist_info import (
    RECORD,
    RECORD_SIGNATURES,
    SUFFIX,
    WHEEL,
    read_document,
    split_dist_info,
)
from pysetup.interchange.wheel_places import find_misplaced, find_script_clash
from pysetup.interchange.zip_reader import (
    DEFAULT_LIMITS,
    WHOLE,
    ZipLimitError,
    ZipLimits,
    ZipReader,
)
from pysetup.late import tempfile
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.standards.filenames import WheelFilename, parse_wheel_filename
from pysetup.standards.hashes import Hash, new_hasher
from pysetup.standards.record import InvalidRecordError, RecordEntry, parse_record
from pysetup.values import dataclass

DATA_SUFFIX = ".data"
_WHEEL_JSON = "WHEEL.json"
_MAX_TEXT = 64 * 1024 * 1024
# Written when a distribution is installed (PEP 376, 610, 710), never by its author.
INSTALLER_FILES = ("INSTALLER", "REQUESTED", "direct_url.json", "provenance_url.json")


class WheelLayoutError(IntegrityError):
    """A wheel does not hold what PEP 427 says, or not what its file name says.

    A wheel has exactly one ``.dist-info`` folder, named like the file, with METADATA,
    WHEEL and RECORD in it, and at most one ``.data`` folder of the same name.
    """

    code = "PS5302"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} is not a proper wheel: {reason}",
            facts={"file": source},
            hints=("get the wheel anew, or build it with a current build tool",),
        )
        self.source, self.reason = source, reason


@dataclass(frozen=True, slots=True)
class WheelMember:
    """One file of a wheel: its path with ``/``, size in bytes, and what is promised.

    ``hash`` is None for RECORD and its signatures only.
    """

    path: str
    size: int
    executable: bool
    hash: Hash | None


class WheelFile:
    """An open wheel whose structure, names and RECORD were found sound.

    Content is proved while it is read: ``chunks`` and ``read`` raise if it is not
    what RECORD promises. ``dist_info`` and ``data_dir`` are names of top folders
    (``data_dir`` is where such files would be); ``warnings`` are for the user. No
    file of it stands anywhere by itself, so none is ``stored``.
    """

    folder = ""
    bytecode: Mapping[str, str] | None = None

    def __init__(self, path: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> None:
        self.location = path
        self.filename: WheelFilename = parse_wheel_filename(path.name)
        self._zip = ZipReader(os.fspath(path), limits=limits)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        source = self.filename.filename
        self.dist_info = _find_dist_info(self._zip.members, self.filename)
        self.data_dir = self.dist_info.removesuffix(SUFFIX) + DATA_SUFFIX
        _refuse_other_data(self._zip.members, self.data_dir, source=source)
        fault = find_misplaced(
            self._zip.members, dist_info=self.dist_info, data_dir=self.data_dir
        )
        if fault:
            raise WheelLayoutError(source, fault)
        self.record = self._read_record()
        self.members: tuple[WheelMember, ...] = _match_record(
            self._zip, self.record, self.dist_info
        )
        self._by_path = {member.path: member for member in self.members}
        self.info: WheelInfo = self._read_info()
        self.warnings: tuple[str, ...] = tuple(self._find_warnings())
        self.metadata: Metadata = read_document(
            self._dist_info_file, source=source, compare=True
        )
        found = (self.metadata.normalized_name, self.metadata.version)
        if found != (self.filename.name, self.filename.version):
            raise WheelLayoutError(
                source, f"its METADATA is that of {found[0]} {found[1]}"
            )
        fault = find_script_clash(
            self._by_path,
            self.metadata.entry_points,
            data_dir=self.data_dir,
            source=source,
        )
        if fault:
            raise WheelLayoutError(source, fault)

    def _find_warnings(self) -> Iterator[str]:
        if self.info.warning:
            yield self.info.warning
        for name in INSTALLER_FILES:
            if f"{self.dist_info}/{name}" in self._by_path:
                yield (
                    f"{self.filename.filename} brings {name}, which only an installer "
                    "writes: it is left out"
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.__exit__(None, None, None)

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield the content of the file ``path`` in pieces.

        Raises ``InvalidRecordError`` or ``ZipStructureError`` at the end if it is not
        the promised content; nothing that was yielded may then be used. Raises
        ``KeyError`` for a path that is not in ``members``.
        """
        member = self._by_path[path]
        inner = self._zip.members[path]
        if member.hash is None:
            yield from self._zip.chunks(inner)
            return
        hasher = new_hasher(member.hash.algorithm)
        if member.size <= WHOLE:  # proved before it is handed out
            pieces = [content] if (content := self._zip.content(inner)) else []
            hasher.update(content)
        else:
            pieces = []
            for piece in self._zip.chunks(inner):
                hasher.update(piece)
                yield piece
        if hasher.hexdigest() != member.hash.hexdigest:
            raise InvalidRecordError(
                self.filename.filename, f"promises other content for {path!r}"
            )
        yield from pieces

    def read(self, path: str) -> bytes:
        """Return the proved content of the file ``path``; raises as ``chunks``.

        For texts: raises ``ZipLimitError`` beyond 64 MiB.
        """
        if self._by_path[path].size > _MAX_TEXT:
            raise ZipLimitError(
                self.filename.filename, "a text is too long", member=path
            )
        return b"".join(self.chunks(path))

    def stored(self, path: str, *, executable: bool) -> str:
        """Return nothing: ``path`` is in the archive only."""
        del path, executable
        return ""

    def digest(self) -> Hash:
        """Return the SHA-256 of the whole archive as it is open here."""
        return Hash.of_chunks(self._zip.raw())

    def verify(self) -> None:
        """Read everything, so that every byte is proved; raises as ``chunks``."""
        for member in self.members:
            for _ in self.chunks(member.path):
                pass

    def _dist_info_file(self, name: str) -> bytes | None:
        path = f"{self.dist_info}/{name}"
        return self.read(path) if path in self._by_path else None

    def _read_record(self) -> tuple[RecordEntry, ...]:
        source = self.filename.filename
        member = self._zip.members.get(f"{self.dist_info}/{RECORD}")
        if member is None:
            raise InvalidRecordError(source, "is missing")
        if member.size > _MAX_TEXT:
            raise ZipLimitError(source, "its RECORD is too long", member=member.name)
        try:
            text = b"".join(self._zip.chunks(member)).decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidRecordError(source, "is not UTF-8 text") from None
        return parse_record(text, source=source)

    def _read_info(self) -> WheelInfo:
        source = self.filename.filename
        content = self._dist_info_file(WHEEL)
        if content is None:
            raise WheelLayoutError(source, f"{self.dist_info} has no WHEEL")
        info = WheelInfo.parse(content, source=f"{source}/{WHEEL}")
        modern = self._dist_info_file(_WHEEL_JSON)
        if modern is None:
            return info
        preferred = WheelInfo.parse_json(modern, source=f"{source}/{_WHEEL_JSON}")
        if preferred != info:
            raise WheelLayoutError(source, "WHEEL and WHEEL.json contradict each other")
        return preferred


def open_wheel(path: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> WheelFile:
    """Open the wheel at ``path``; use the result in ``with``.

    Raises ``InvalidFilenameError``, ``UnreadableFileError``, ``ZipStructureError``,
    ``ZipLimitError``, ``UnsafePathError``, ``WheelLayoutError``,
    ``InvalidRecordError``, ``MetadataDisagreementError`` or what is wrong with a
    metadata file.
    """
    return WheelFile(path, limits=limits)


def unpack_wheel(path: Path, into: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> None:
    """Unpack the wheel at ``path`` into the folder ``into``, proved byte for byte.

    ``into`` must be empty or absent; it gets everything or nothing. Raises as
    ``open_wheel``.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    with (
        open_wheel(path, limits=limits) as wheel,
        tempfile.TemporaryDirectory(prefix=".unpack-", dir=into.parent) as beside,
    ):
        root = os.path.join(beside, "wheel")
        for member in wheel.members:
            target = os.path.join(root, member.path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            mode = 0o777 if member.executable else 0o666
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(target, flags, mode), "wb") as stream:
                stream.writelines(wheel.chunks(member.path))
        if into.is_dir():
            into.rmdir()
        os.rename(root, into)


def _find_dist_info(members: Mapping[str, object], filename: WheelFilename) -> str:
    folders = sorted(
        {top for path in members if (top := path.split("/", 1)[0]).endswith(SUFFIX)}
    )
    if len(folders) != 1:
        raise WheelLayoutError(
            filename.filename, f"it has {len(folders)} {SUFFIX} folders, not one"
        )
    if split_dist_info(folders[0]) != (filename.name, filename.version):
        raise WheelLayoutError(
            filename.filename, f"{folders[0]!r} belongs to another distribution"
        )
    return folders[0]


def _refuse_other_data(
    members: Mapping[str, object], data_dir: str, *, source: str
) -> None:
    for path in members:
        top, sep, _ = path.partition("/")
        if sep and top.endswith(DATA_SUFFIX) and top != data_dir:
            raise WheelLayoutError(source, f"{top!r} is not its {DATA_SUFFIX} folder")


def _match_record(
    archive: ZipReader, record: tuple[RecordEntry, ...], dist_info: str
) -> tuple[WheelMember, ...]:
    """Join members and RECORD, which must name the same files with the same sizes."""
    source = archive.source
    unproved = {f"{dist_info}/{name}" for name in (RECORD, *RECORD_SIGNATURES)}
    promised = {entry.path: entry for entry in record}
    for path in promised:
        if path not in archive.members and path not in unproved:
            raise InvalidRecordError(source, f"lists {path!r}, which is missing")
    found: list[WheelMember] = []
    for path, member in archive.members.items():
        executable = bool(member.mode & 0o111)
        if path in unproved:
            found.append(WheelMember(path, member.size, executable, None))
            continue
        entry = promised.get(path)
        if entry is None:
            raise InvalidRecordError(source, f"does not list {path!r}")
        if entry.hash is None:
            raise InvalidRecordError(source, f"has no digest for {path!r}")
        if entry.size not in (None, member.size):
            raise InvalidRecordError(source, f"promises another size for {path!r}")
        found.append(WheelMember(path, member.size, executable, entry.hash))
    return tuple(found)
