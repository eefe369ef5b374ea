"""What the indexes say: pages of projects, and the metadata of single files.

A project belongs to exactly one network index: the first that has it, in the order
``--extra-index-url`` ..., ``--index-url``. Versions of two network indexes are never
mixed, so a name on a public index cannot replace one on a private index. Local files
(``file:`` indexes, find-links) are the user's own and are added to what that index
has; they come first where the versions are equal.
"""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pysetup.edges.urls import is_file_url
from pysetup.index.model import PAGE_LIMIT, File, ProjectPage, make_page
from pysetup.index.transport import OfflineError, Request
from pysetup.index.urls import page_url
from pysetup.metadata.document import Metadata
from pysetup.standards.names import normalize_name
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.fetch import ABSENT, OK, BadStatusError, fetch
from pysetup.workflows.fetching.file_metadata import FileMetadata
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
        self._tell = _Teller(context)
        self._links = FindLinks(
            settings.find_links,
            directory=context.directory,
            transport=context.transport,
            tell=self._tell,
        )
        self._sources = IndexPages(context, refresh=refresh)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="index")
        self._pages = Once(self._load_page, pool=self._pool)
        self._metadata = Once(FileMetadata(context).get, pool=self._pool)

    def page(self, name: str) -> ProjectPage | None:
        """Return what is known of the project ``name``; None if nobody has it.

        Raises ``InvalidPageError``, ``UnsupportedApiError``, ``BadStatusError``,
        ``CredentialsNeededError``, ``OfflineError``, and what the transport raises.
        """
        page = self._pages.get(normalize_name(name))
        if page is not None:
            for note in page.notes:
                self._tell(note)
            if page.status in _TOLD_STATUS:
                reason = f": {page.status_reason}" if page.status_reason else ""
                self._tell(f"project {page.name} is {page.status}{reason}")
        return page

    def core_metadata(self, file: File) -> Metadata | None:
        """Return the metadata of ``file``; None for an sdist that must be built.

        Raises ``MetadataMismatchError``, ``HashMismatchError``, what is wrong with
        archive or metadata, and what the transport raises.
        """
        return self._metadata.get(file)

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
            self._pages.start(normalize_name(name))

    def prefetch_metadata(self, files: Iterable[File]) -> None:
        """Begin to get the metadata of ``files``, without waiting for them."""
        for file in files:
            self._metadata.start(file)

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

    def _load_page(self, name: str) -> ProjectPage | None:
        pages = [self._local_page(index_url, name) for index_url in self._local]
        local = [file for page in pages if page for file in page.files]
        notes = tuple(note for page in pages if page for note in page.notes)
        local += self._links.files(name)
        owner = self._owner(name, needed=not local)
        if owner is None:
            files = _by_name(local)
            return make_page(name, files, url="", notes=notes) if local else None
        if not local:
            return owner
        files = _by_name([*local, *owner.files])
        merged = make_page(name, files, url="")
        return replace(
            merged,
            status=owner.status,
            status_reason=owner.status_reason,
            notes=(*notes, *owner.notes),
        )

    def _local_page(self, index_url: str, name: str) -> ProjectPage | None:
        request = Request(page_url(index_url, name))
        answer = fetch(request, transport=self._transport, limit=PAGE_LIMIT)
        if answer.status in ABSENT:
            return None
        if answer.status != OK:
            raise BadStatusError(answer.url, answer.status)
        return read_page(answer, name=name)

    def _owner(self, name: str, *, needed: bool) -> ProjectPage | None:
        """Return the page of the first network index that has the project."""
        for index_url in self._network:
            if self._offline:
                page = self._sources.cached(index_url, name)
            else:
                page = self._sources.get(index_url, name)
            if page is not None:
                return page
        if self._offline and needed and self._network:
            raise OfflineError(page_url(self._network[-1], name))
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
