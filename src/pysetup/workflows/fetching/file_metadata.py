"""Core metadata of single files, by the cheapest way that can be trusted."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pysetup.edges.urls import file_path, is_file_url
from pysetup.errors import IntegrityError
from pysetup.index.model import File, archive_version
from pysetup.index.needs import FileNeeds, Need
from pysetup.index.transport import Request
from pysetup.index.urls import metadata_url
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.interchange.wheel_metadata import METADATA_LIMIT, read_wheel_metadata
from pysetup.interchange.zip_directory import ZipStructureError
from pysetup.metadata.document import Metadata
from pysetup.metadata.formats import core_metadata, pep819
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.standards.requirements import (
    InvalidRequirementError,
    Requirement,
)
from pysetup.standards.versions import parse_version
from pysetup.store.pages import MetadataCache
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire, open_store
from pysetup.workflows.fetching.fetch import OK, BadStatusError, fetch
from pysetup.workflows.fetching.remote_wheel import (
    NoRangesError,
    Tails,
    read_remote_metadata,
)

# From this version on a field of an sdist that is not dynamic holds (PEP 643).
_RELIABLE_SINCE = parse_version("2.2")
# The most that anything honest requires is a tenth of it.
_MAX_REQUIREMENTS = 20_000
_NEEDED = frozenset({"requires_dist", "requires_python", "provides_extra"})


class MetadataMismatchError(IntegrityError):
    """The metadata in a file are about another project or version than its name.

    Such a file is broken or a trap: what is resolved by its name would not be what
    is installed.
    """

    code = "PS5206"

    def __init__(self, filename: str, metadata: Metadata) -> None:
        found = f"{metadata.name} {metadata.version}"
        super().__init__(
            f"{filename} holds the metadata of {found[:160]}",
            facts={"file": filename, "found": found[:160]},
            hints=("do not use this file; report it to its author",),
        )


def open_metadata_cache(context: Context) -> MetadataCache:
    """Return the metadata of files that this user's cache keeps."""
    return MetadataCache(context.settings.cache_dir / "http" / "v1" / "metadata")


class FileMetadata:
    """Reads the core metadata of files, and remembers them on disk by digest."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = open_store(context)
        self._cache = open_metadata_cache(context)
        self._without_ranges: set[str] = set()
        self._tails = Tails()

    def kept(self, file: File) -> tuple[tuple[FileNeeds, bytes]] | None:
        """Return what ``load`` would, in a tuple of one, if the cache has it."""
        found = self._cache.get(file)
        return None if found is None else (found,)

    def load(self, file: File) -> tuple[FileNeeds, bytes]:
        """Return what ``file`` needs, and the METADATA or PKG-INFO that says so.

        Raises ``MetadataMismatchError``, ``HashMismatchError``, what is wrong with
        archive or metadata, and what the transport raises.
        """
        found = self._cache.get(file)
        if found is None:
            content, proved = self._read(file)
            found = needs_of(content, file), content
            if proved:
                self._cache.put(file, *found)
        return found

    def _read(self, file: File) -> tuple[bytes, bool]:
        """Return METADATA, or PKG-INFO, or nothing for an sdist without it.

        And whether it is certain that they are the file's own: what an index serves
        beside it without a digest may be another thing tomorrow.
        """
        if is_file_url(file.url):
            return _read_local(Path(file_path(file.url)), file), True
        if file.core_metadata is not False:
            told = file.core_metadata
            promised = told if isinstance(told, tuple) else ()
            content = self._fetch_beside(file, ".metadata", promised)
            if content is not None:
                return content, bool(promised)
        if file.metadata_json:
            content = self._fetch_beside(file, ".metadata.json", file.metadata_json)
            if content is not None:
                return content, True
        origin = urlsplit(file.url).netloc
        if file.is_wheel and origin not in self._without_ranges:
            try:
                found = read_remote_metadata(
                    file, transport=self._context.transport, tails=self._tails
                )
            except NoRangesError:
                self._without_ranges.add(origin)
            else:
                return found, True
        (acquired,) = acquire([file], context=self._context, store=self._store)
        return _read_local(acquired.path, file), True

    def _fetch_beside(
        self, file: File, ending: str, promised: Sequence[Hash]
    ) -> bytes | None:
        """Fetch the sibling of PEP 658 or 819; None if it is not there after all."""
        headers = {"accept-encoding": "gzip"}
        answer = fetch(
            Request(metadata_url(file.url, ending), headers=headers),
            transport=self._context.transport,
            limit=METADATA_LIMIT,
        )
        if answer.status != OK:
            return None
        for hash_ in promised:
            found = Hash.of(answer.content, hash_.algorithm)
            if found != hash_:
                raise HashMismatchError(
                    f"{file.filename}{ending} from {answer.url}",
                    expected=str(hash_),
                    found=str(found),
                )
        return answer.content


def needs_of(content: bytes, file: File) -> FileNeeds:
    """Return what METADATA or PKG-INFO say that ``file`` needs.

    Raises ``MetadataMismatchError`` and what is wrong with the metadata.
    """
    if not content and not file.is_wheel:
        return FileNeeds("", "", built=True)
    metadata = parse_metadata(content, file)
    return needs_in(metadata, built=not (file.is_wheel or _is_reliable(metadata)))


def needs_in(metadata: Metadata, *, built: bool = False) -> FileNeeds:
    """Return what a document says that its files need."""
    requires: list[Need] = []
    fault = ""
    try:
        if len(metadata.texts("requires_dist")) > _MAX_REQUIREMENTS:
            fault = f"it requires more than {_MAX_REQUIREMENTS} things"
        else:
            requires = [_need(each) for each in metadata.requires_dist]
    except InvalidRequirementError as error:
        fault = error.message
    return FileNeeds(
        metadata.name,
        str(metadata.version),
        requires_python=metadata.text("requires_python"),
        requires_dist=tuple(requires),
        provides_extra=metadata.texts("provides_extra"),
        fault=fault,
        built=built,
    )


def parse_metadata(content: bytes, file: File) -> Metadata:
    """Return the document that METADATA or PKG-INFO of ``file`` make.

    Raises ``MetadataMismatchError`` and what is wrong with the metadata.
    """
    source = f"the metadata of {file.filename}"
    if file.metadata_json and content.startswith(b"{"):
        metadata = pep819.read(content, source=source)
    else:
        metadata = core_metadata.read(content, source=source)
    version = archive_version(file.filename, project=metadata.normalized_name)
    if version != metadata.version:
        raise MetadataMismatchError(file.filename, metadata)
    return metadata


def _need(requirement: Requirement) -> Need:
    marker = "" if requirement.marker is None else str(requirement.marker)
    return (
        requirement.name,
        tuple(sorted(requirement.extras)),
        str(requirement.specifier),
        marker,
        requirement.url or "",
        str(requirement),
    )


def _is_reliable(metadata: Metadata) -> bool:
    """Tell whether an sdist's metadata say what its wheels will need (PEP 643)."""
    written = parse_version(metadata.text("metadata_version"))
    return written >= _RELIABLE_SINCE and not _NEEDED & metadata.dynamic


def _read_local(path: Path, file: File) -> bytes:
    if not file.is_wheel:
        if not path.is_file():
            raise BadStatusError(file.url, 404)
        return read_sdist_files(path, ("PKG-INFO",)).get("PKG-INFO", b"")
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        raise BadStatusError(file.url, 404) from None
    try:
        size = os.fstat(descriptor).st_size

        def read_at(offset: int, length: int) -> bytes:
            if not 0 <= offset <= size - length:
                raise ZipStructureError(file.filename, "it points outside of itself")
            return os.pread(descriptor, length, offset)

        filename = parse_wheel_filename(file.filename)
        return read_wheel_metadata(filename, read_at, length=size)
    finally:
        os.close(descriptor)
