"""Project pages of network indexes, through a cache that asks again when it must."""

import math
import threading
from collections.abc import Collection

from pysetup.index import simple_html, simple_json
from pysetup.index.model import PAGE_LIMIT, ProjectPage, releases_of
from pysetup.index.negotiate import ACCEPT, is_json
from pysetup.index.quick_json import quick_releases
from pysetup.index.releases import PageReleases
from pysetup.index.transport import Request
from pysetup.index.urls import page_url
from pysetup.late import hashlib
from pysetup.store.pages import CachedPage, PageCache, cached_page
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.fetch import (
    ABSENT,
    NOT_MODIFIED,
    OK,
    Answer,
    BadStatusError,
    fetch,
)


class IndexPages:
    """Gets pages; those of projects in ``refresh`` are asked for however fresh.

    ``:all:`` there stands for every project.

    ``fresh_until`` is when the first of them will have to be asked for again, in
    seconds since 1970; 0 when that is at once. Safe to share between threads.
    """

    def __init__(self, context: Context, *, refresh: Collection[str]) -> None:
        self._context = context
        self._refresh = frozenset(refresh)
        root = context.settings.cache_dir / "http" / "v1" / "pages"
        self._cache = PageCache(root)
        self._lock = threading.Lock()
        self._first = math.inf

    @property
    def fresh_until(self) -> float:
        """When the first page will have to be asked for again."""
        return 0.0 if self._first == math.inf else self._first

    def cached(self, index_url: str, name: str) -> PageReleases | None:
        """Return the page as it was last seen, however long ago."""
        cached = self._cache.get(page_url(index_url, name))
        return cached.releases if cached else None

    def fresh(self, index_url: str, name: str) -> PageReleases | None:
        """Return the page if the cache has it, and need not ask whether it holds."""
        cached = self._cache.get(page_url(index_url, name))
        if cached is None or not self._is_fresh(name, cached):
            return None
        return cached.releases

    def get(self, index_url: str, name: str) -> PageReleases | None:
        """Return the page of ``name`` (normalised), None if it is not there.

        Raises ``InvalidPageError``, ``UnsupportedApiError``, ``BadStatusError``,
        ``CredentialsNeededError``, and what the transport raises.
        """
        url = page_url(index_url, name)
        cached = self._cache.get(url)
        if cached and self._is_fresh(name, cached):
            return cached.releases
        headers = {"accept": ACCEPT, "accept-encoding": "gzip"}
        headers.update(cached.conditions() if cached else {})
        answer = fetch(
            Request(url, headers=headers),
            transport=self._context.transport,
            limit=PAGE_LIMIT,
        )
        if answer.status in ABSENT:
            self._note(0.0)
            return None
        if cached and answer.status == NOT_MODIFIED:
            kept = cached.releases
            self._keep(url, kept, answer, before=cached, digest=cached.digest)
            return kept
        if answer.status != OK:
            raise BadStatusError(answer.url, answer.status)
        digest = hashlib.sha256(answer.url.encode() + answer.content).hexdigest()
        if cached and cached.digest == digest:
            releases = cached.releases
        else:
            releases = _read_releases(answer, name=name)
        self._keep(url, releases, answer, before=None, digest=digest)
        return releases

    def _is_fresh(self, name: str, cached: CachedPage) -> bool:
        now = self._context.now().timestamp()
        asked_again = not self._refresh.isdisjoint((name, ":all:"))
        if asked_again or cached.fresh_until <= now:
            return False
        self._note(cached.fresh_until)
        return True

    def _note(self, fresh_until: float) -> None:
        with self._lock:
            self._first = min(self._first, fresh_until)

    def _keep(
        self,
        url: str,
        releases: PageReleases,
        answer: Answer,
        *,
        before: CachedPage | None,
        digest: str,
    ) -> None:
        headers = dict(answer.headers)
        if before is not None:
            headers.setdefault("etag", before.etag)
            headers.setdefault("last-modified", before.last_modified)
        now = self._context.now().timestamp()
        kept = cached_page(releases, headers, now=now, digest=digest)
        if kept is not None:
            self._cache.put(url, kept)
        self._note(0.0 if kept is None else kept.fresh_until)


def _read_releases(answer: Answer, *, name: str) -> PageReleases:
    """Parse the page in ``answer``, by the quick way if it is a usual one."""
    if is_json(answer.headers.get("content-type", ""), url=answer.url):
        found = quick_releases(answer.content, url=answer.url, name=name)
        if found is not None:
            return found
    return releases_of(read_page(answer, name=name))


def read_page(answer: Answer, *, name: str) -> ProjectPage:
    """Parse the page in ``answer`` by its content type; raises as the parsers."""
    kind = answer.headers.get("content-type", "")
    if is_json(kind, url=answer.url):
        return simple_json.parse_page(answer.content, url=answer.url, name=name)
    return simple_html.parse_page(answer.content, url=answer.url, name=name)
