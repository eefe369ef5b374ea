"""The rows of a lock: each pin with all of its files that may be used, and digests."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pysetup.edges.urls import file_path, is_file_url
from pysetup.index.model import File
from pysetup.index.urls import without_credentials
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockedVcs,
)
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.standards.versions import InvalidSpecifiersError, parse_specifiers
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.locking.inputs import relative_path
from pysetup.workflows.resolving.requested import Asked
from pysetup.workflows.resolving.resolve import Pin
from pysetup.workflows.workshop import Workshop

# Which of the files of a page, for a pin, go into the lock.
FilesOf = Callable[[Pin], Sequence[File]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMaker:
    """Makes rows; ``local`` are the files and folders that the user named, by path.

    ``folder`` is where the lock will stand; ``files_of`` returns the files of a pin.
    ``trees`` are PEP 610's records of trees in repositories, by the path of the wheel
    that was made of them.
    """

    client: IndexClient
    files_of: FilesOf
    context: Context
    folder: Path
    local: Mapping[Path, Asked]
    trees: Mapping[Path, Mapping[str, JSON]]
    workshop: Workshop

    def row(self, pin: Pin) -> LockedPackage:
        """Return the row of ``pin``, without a marker and without dependencies.

        Raises what fetching raises, where a digest has to be computed.
        """
        made = LockedPackage(
            name=pin.name,
            version=str(pin.version),
            requires_python=_specifiers(pin.requires_python),
        )
        if pin.vcs is not None:
            origin = self.workshop.from_repository(pin.vcs)[1]
            return _of_repository(made, origin)
        if pin.location is not None and pin.location in self.trees:
            return _of_repository(made, self.trees[pin.location])
        if pin.location is not None:
            return self._local(made, pin.location)
        if pin.direct_url:
            assert pin.file is not None, "what is behind a URL is a file"
            return replace(made, archive=self._archive(pin.file))
        return self._listed(made, pin)

    def _local(self, made: LockedPackage, path: Path) -> LockedPackage:
        asked = self.local.get(path)
        path = asked.path if asked is not None and asked.path is not None else path
        place = relative_path(path, self.folder)
        if path.is_dir():
            editable = asked is not None and asked.editable
            source = LockedDirectory(path=place, editable=editable)
            # What a folder holds may have another version tomorrow (PEP 751).
            return replace(made, version="", requires_python="", directory=source)
        digest = Hash.of_file(str(path))
        archive = LockedArchive(
            path=place,
            size=path.stat().st_size,
            hashes={digest.algorithm: digest.hexdigest},
        )
        return replace(made, archive=archive)

    def _archive(self, file: File) -> LockedArchive:
        (acquired,) = acquire([file], context=self.context)
        return LockedArchive(
            url=without_credentials(file.url),
            size=acquired.path.stat().st_size,
            hashes={acquired.hash.algorithm: acquired.hash.hexdigest},
        )

    def _listed(self, made: LockedPackage, pin: Pin) -> LockedPackage:
        owned = self.client.published(pin.name, pin.version)
        published = {file.filename: file for file in owned}
        kept = [_as_published(file, published) for file in self.files_of(pin)]
        kept.sort(key=lambda file: file.filename)
        sdists = [file for file in kept if not file.is_wheel]
        return replace(
            made,
            index=self.client.origin(pin.name),
            sdist=self._file(_best_sdist(sdists)) if sdists else None,
            wheels=tuple(self._file(file) for file in kept if file.is_wheel),
        )

    def _file(self, file: File) -> LockedArchive:
        place: dict[str, str] = {"url": without_credentials(file.url)}
        size, hashes = file.size, {one.algorithm: one.hexdigest for one in file.hashes}
        if is_file_url(file.url):
            path = Path(file_path(file.url))
            place = {"path": relative_path(path, self.folder)}
            size = path.stat().st_size
        if "sha256" not in hashes and (is_file_url(file.url) or not hashes):
            (acquired,) = acquire([file], context=self.context)
            hashes["sha256"] = acquired.hash.hexdigest
            size = acquired.path.stat().st_size
        return LockedArchive(
            **place,
            name=file.filename,
            size=size,
            upload_time=_moment(file.upload_time),
            hashes=hashes,
        )


def _of_repository(made: LockedPackage, origin: Mapping[str, JSON]) -> LockedPackage:
    """Return the row of what PEP 610's record ``origin`` tells."""
    info = origin.get("vcs_info")
    assert isinstance(info, Mapping), "it comes from a repository"
    vcs = LockedVcs(
        type=str(info["vcs"]),
        url=str(origin["url"]),
        requested_revision=str(info.get("requested_revision") or ""),
        commit_id=str(info["commit_id"]),
        subdirectory=str(origin.get("subdirectory") or ""),
    )
    return replace(made, vcs=vcs)


def _as_published(file: File, published: Mapping[str, File]) -> File:
    """Return the index's own file in the place of the same one in a folder.

    A lock that names folders of this machine is of no use on another.
    """
    other = published.get(file.filename)
    if other is None or not is_file_url(file.url) or other.sha256 is None:
        return file
    same = Hash.of_file(file_path(file.url)) == other.sha256
    return other if same else file


def _best_sdist(sdists: Sequence[File]) -> File:
    """Return the sdist of the standard form (PEP 625) where there are several."""
    standard = [file for file in sdists if file.filename.endswith(".tar.gz")]
    return (standard or list(sdists))[0]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _specifiers(text: str) -> str:
    """Return Requires-Python, but for what other tools would stumble over."""
    try:
        parse_specifiers(text)
    except InvalidSpecifiersError:
        return ""
    return text
