"""What the indexes say: pages of projects, and the metadata of single files.

A project belongs to exactly one network index: the one that a table ``[[index]]`` pins
it to, else the first that has it, in the order ``--extra-index-url`` ...,
``--index-url``. Versions of two network indexes are never mixed, so a name on a public
index cannot replace one on a private index; for a pinned name, ``--find-links`` pages
on the network do not count either. Local files (``file:`` indexes, find-links) are the
user's own and are added to what that index has; they come first where the versions are
equal.

Resolvers ask for ``releases`` and ``needs``: these come from the cache in microseconds
(see ``pysetup.index.releases`` and ``pysetup.index.needs``). ``page`` and
``core_metadata`` are the same with everything decoded, for those who show or lock it.
"""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from pysetup.edges.urls import is_file_url
from pysetup.index.model import (
    PAGE_LIMIT,
    File,
    ProjectPage,
    make_page,
    page_of,
    release_files,
    releases_of,
)
from pysetup.index.needs import FileNeeds
from pysetup.index.releases import PageReleases
from pysetup.index.transport import OfflineError, Request
from pysetup.index.urls import page_url, without_credentials
from pysetup.metadata.document import Metadata
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import Version
from pysetup.values import replace
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.fetch import ABSENT, OK, BadStatusError, fetch
from pysetup.workflows.fetching.file_metadata import FileMetadata, parse_metadata
from pysetup.workflows.fetching.find_links import FindLinks
from pysetup.workflows.fetching.index_pages import IndexPages, read_page
from pysetup.workflows.fetching.once import Once

THREADS = 8
_TOLD_STATUS = ("archived", "deprecated", "quarantined")


class IndexClient:
    """Asks the configured indexes; every question is asked once.

    ``refresh`` asks the network also where the cache is still fresh. Use it in
    ``with``, or ``close`` it. Safe to share between threads.
    """

    def __init__(self, context: Context, *, refresh: bool = False) -> None:
        settings = context.settings
        self._offline = settings.offline
        self._transport = context.transport
        urls = (
            ()
            if settings.no_index
            else tuple(
                _as_url(place, context.directory)
                for place in (*settings.extra_index_urls, settings.index_url)
            )
        )
        self._network = tuple(url for url in urls if not is_file_url(url))
        self._local = tuple(url for url in urls if is_file_url(url))
        self._owners: dict[str, tuple[str, PageReleases]] = {}
        self._tell = _Teller(context)
        self._links = FindLinks(
            settings.find_links,
            directory=context.directory,
            transport=context.transport,
            tell=self._tell,
        )
        self._settings = settings
        again = (":all:",) if refresh else settings.refresh_packages
        names = {name if name == ":all:" else normalize_name(name) for name in again}
        self._sources = IndexPages(context, refresh=names)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="index")
        self._releases = Once(self._load, pool=self._pool, at_hand=self._at_hand)
        metadata = FileMetadata(context)
        self._needs = Once(metadata.load, pool=self._pool, at_hand=metadata.kept)
        self._pages: dict[str, ProjectPage] = {}
        self._metadata: dict[File, Metadata] = {}

    def page(self, name: str) -> ProjectPage | None:
        """Return what is known of the project ``name``; None if nobody has it.

        Raises ``InvalidPageError``, ``UnsupportedApiError``, ``BadStatusError``,
        ``CredentialsNeededError``, ``OfflineError``, and what the transport raises.
        """
        releases = self.releases(name)
        if releases is None:
            return None
        return self._pages.setdefault(releases.name, page_of(releases))

    def releases(self, name: str) -> PageReleases | None:
        """Return the page of ``name`` as a resolver reads it; raises as ``page``."""
        releases = self._releases.get(normalize_name(name))
        if releases is not None:
            for note in releases.notes:
                self._tell(note)
            if releases.status in _TOLD_STATUS:
                reason = f": {releases.reason}" if releases.reason else ""
                self._tell(f"project {releases.name} is {releases.status}{reason}")
        return releases

    def origin(self, name: str) -> str:
        """Return the URL of the index that owns the project ``name``, without secrets.

        Empty where no network index does; the page must have been asked for.
        """
        owner = self._owners.get(normalize_name(name))
        return "" if owner is None else without_credentials(owner[0])

    def published(self, name: str, version: Version) -> tuple[File, ...]:
        """Return the files of a release that the owner of ``name`` has.

        Those of the user's own folders are not among them.
        """
        owner = self._owners.get(normalize_name(name))
        return () if owner is None else release_files(owner[1], version)

    def files(self, name: str, version: Version) -> tuple[File, ...]:
        """Return all files of a release; none if there is none. Raises as ``page``."""
        releases = self.releases(name)
        return () if releases is None else release_files(releases, version)

    def core_metadata(self, file: File) -> Metadata | None:
        """Return the metadata of ``file``; None for an sdist that must be built.

        Raises ``MetadataMismatchError``, ``HashMismatchError``, what is wrong with
        archive or metadata, and what the transport raises.
        """
        needs, content = self._needs.get(file)
        if needs.built:
            return None
        if file not in self._metadata:
            self._metadata[file] = parse_metadata(content, file)
        return self._metadata[file]

    def needs(self, file: File) -> FileNeeds:
        """Return what ``file`` needs; raises as ``core_metadata``."""
        return self._needs.get(file)[0]

    @property
    def fresh_until(self) -> float:
        """How long everything that was said holds, in seconds since 1970.

        0 where that is not known, as for folders, which may change at any time.
        """
        if self._local or not self._links.is_empty:
            return 0.0
        return self._sources.fresh_until

    def prefetch(self, names: Iterable[str]) -> None:
        """Begin to get the pages of ``names``, without waiting for them."""
        for name in names:
            self._releases.start(normalize_name(name))

    def prefetch_metadata(self, files: Iterable[File]) -> None:
        """Begin to get the metadata of ``files``, without waiting for them."""
        for file in files:
            self._needs.start(file)

    def close(self) -> None:
        """Give up what nobody waits for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _at_hand(self, name: str) -> tuple[PageReleases | None] | None:
        """Return the page from the cache, where that is all that there is to it."""
        network, folders = self._homes(name)
        if folders or not (network and self._links.is_empty) or self._offline:
            return None
        found = self._sources.fresh(network[0], name)
        if found is None:
            return None
        self._owners[name] = network[0], found
        return (found,)

    def _load(self, name: str) -> PageReleases | None:
        network, folders = self._homes(name)
        pages = [self._local_page(index_url, name) for index_url in folders]
        local = [file for page in pages if page for file in page.files]
        notes = tuple(note for page in pages if page for note in page.notes)
        found = self._links.files(name)
        if self._settings.pinned_index(name) is not None:
            found = tuple(file for file in found if is_file_url(file.url))
        local += found
        owner = self._owner(network, name, needed=not local)
        if not local:
            return owner
        page = None if owner is None else page_of(owner)
        files = _by_name([*local, *(page.files if page else ())])
        merged = make_page(name, files, url="", notes=notes)
        if page is not None:
            merged = replace(
                merged,
                status=page.status,
                status_reason=page.status_reason,
                notes=(*merged.notes, *page.notes),
            )
        return releases_of(merged)

    def _homes(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the network indexes that may own ``name``, and the local ones."""
        pinned = self._settings.pinned_index(name)
        if pinned is None or self._settings.no_index:
            return self._network, self._local
        if is_file_url(pinned.url):
            return (), (pinned.url,)
        return (pinned.url,), self._local

    def _local_page(self, index_url: str, name: str) -> ProjectPage | None:
        request = Request(page_url(index_url, name))
        answer = fetch(request, transport=self._transport, limit=PAGE_LIMIT)
        if answer.status in ABSENT:
            return None
        if answer.status != OK:
            raise BadStatusError(answer.url, answer.status)
        return read_page(answer, name=name)

    def _owner(
        self, network: tuple[str, ...], name: str, *, needed: bool
    ) -> PageReleases | None:
        """Return the page of the first network index that has the project."""
        for index_url in network:
            if self._offline:
                page = self._sources.cached(index_url, name)
            else:
                page = self._sources.get(index_url, name)
            if page is not None:
                self._owners[name] = index_url, page
                if self._offline:
                    self._tell("offline: pages of indexes are as they were seen last")
                return page
        if self._offline and needed and network:
            raise OfflineError(page_url(network[-1], name))
        return None


class _Teller:
    """Says each line once, one at a time."""

    def __init__(self, context: Context) -> None:
        self._tell = context.tell
        self._lock = threading.Lock()
        self._told: set[str] = set()

    def __call__(self, line: str) -> None:
        with self._lock:
            if line not in self._told:
                self._told.add(line)
                self._tell(line)


def _as_url(place: str, directory: Path) -> str:
    """Return an index as a URL: it may also be given as a path."""
    if "://" in place or is_file_url(place):
        return place
    return (directory / place).absolute().as_uri()


def _by_name(files: Iterable[File]) -> list[File]:
    """Keep the first file of each name: the user's own before the index's."""
    kept: dict[str, File] = {}
    for file in files:
        kept.setdefault(file.filename, file)
    return list(kept.values())
