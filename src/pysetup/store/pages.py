"""Cached answers of indexes: project pages with their freshness, metadata of files.

Both are kept as the resolver reads them and load in microseconds (see
``pysetup.index.releases``, ``pysetup.index.needs`` and ``pysetup.store.marshalled``):
no JSON, no email parser. Damage, another format and a full disk are misses.
"""

import os
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pysetup.index.model import File, ProjectPage, page_of
from pysetup.index.needs import FileNeeds, unpack_needs
from pysetup.index.releases import PageReleases
from pysetup.index.urls import without_credentials
from pysetup.late import late_pattern
from pysetup.store.marshalled import marshalled, read_marshalled
from pysetup.store.sealed import write_whole

# An index may promise more, but a release should be seen on the same day's work.
LONGEST_FRESH = 600
# The last digit is the format: who changes what is kept counts it up.
_PAGE_KIND = b"pypage\x00\x03"
_METADATA_KIND = b"pymeta\x00\x01"
_MAX_AGE = late_pattern(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.ASCII)
_VALIDATOR = late_pattern(r"[\x21-\x7e\x20]{1,512}", re.ASCII)
_PLAIN_NAME = late_pattern(r"[a-z0-9][a-z0-9._-]{0,213}", re.ASCII)
# What our own requests say alike every time; by anything else answers may differ.
_SAME_ALWAYS = frozenset({"", "accept", "accept-encoding", "user-agent"})


class CachedPage:
    """A page, and how to ask whether it still holds (RFC 9111).

    ``fresh_until`` is in seconds since 1970; ``digest`` is that of the answer's
    body as it came.
    """

    __slots__ = ("digest", "etag", "fresh_until", "last_modified", "releases")

    def __init__(
        self,
        releases: PageReleases,
        *,
        etag: str = "",
        last_modified: str = "",
        fresh_until: float = 0.0,
        digest: str = "",
    ) -> None:
        self.releases = releases
        self.etag = etag
        self.last_modified = last_modified
        self.fresh_until = fresh_until
        self.digest = digest

    @property
    def page(self) -> ProjectPage:
        """The page with all its files."""
        return page_of(self.releases)

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for the page only if it has changed."""
        asked = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: text for name, text in asked.items() if text}


class PageCache:
    """Project pages by their URL, credentials left out."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def get(self, url: str) -> CachedPage | None:
        """Return the cached page of ``url``, fresh or not, or None."""
        key = without_credentials(url)
        found = read_marshalled(page_path(self._root, key), _PAGE_KIND)
        if found is None:
            return None
        (kept, etag, last_modified, fresh_until, digest, head), body = found
        if kept != key:
            return None
        return CachedPage(
            PageReleases(head, body),
            etag=etag,
            last_modified=last_modified,
            fresh_until=fresh_until,
            digest=digest,
        )

    def put(self, url: str, cached: CachedPage) -> None:
        """Keep ``cached`` as the page of ``url``."""
        key = without_credentials(url)
        head, body = cached.releases.packed()
        front = (
            key,
            cached.etag,
            cached.last_modified,
            cached.fresh_until,
            cached.digest,
            head,
        )
        _write(page_path(self._root, key), marshalled(_PAGE_KIND, front, body))


def page_path(root: str, url: str) -> str:
    """Return where below ``root`` the page of ``url`` is kept.

    A name for people, and a check sum that tells indexes apart; the page itself knows
    its URL, so that two with one check sum are not taken for each other.
    """
    front, _, name = url.rstrip("/").rpartition("/")
    if not _PLAIN_NAME.fullmatch(name):
        name = f"{zlib.crc32(url.encode()):08x}"
    return os.path.join(root, f"{zlib.crc32(front.encode()):08x}", name)


class MetadataCache:
    """Core metadata of files, by URL and digest of the file: that never changes.

    The URL is part of the key, so that one index cannot speak for another's file; so
    is what the index promises of the metadata, so that a lie does not outlive its page.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def get(self, file: File) -> tuple[FileNeeds, bytes] | None:
        """Return what ``file`` needs, and its METADATA or PKG-INFO, or None."""
        path, key = _metadata_place(self._root, file)
        found = read_marshalled(path, _METADATA_KIND) if path else None
        if found is None:
            return None
        (kept, packed), content = found
        return (unpack_needs(packed), content) if kept == key else None

    def put(self, file: File, needs: FileNeeds, content: bytes) -> None:
        """Keep what ``file`` needs and its metadata, if its digest is known."""
        path, key = _metadata_place(self._root, file)
        if path:
            front = (key, needs.packed())
            _write(path, marshalled(_METADATA_KIND, front, content))

    def forget(self, file: File) -> None:
        """Remove what is kept of ``file``: it was found to be wrong."""
        path, _ = _metadata_place(self._root, file)
        if path:
            with suppress(OSError):
                os.unlink(path)


def _metadata_place(root: str, file: File) -> tuple[str, str]:
    """Return path and key of the metadata of ``file``; empty without a digest.

    Without a digest the content behind the URL could change any time.
    """
    if not file.hashes:
        return "", ""
    digest = file.hashes[0].hexdigest
    url = without_credentials(file.url)
    name = f"{digest[2:64]}-{zlib.crc32(url.encode()):08x}"
    told = file.core_metadata
    hashes = (*(() if isinstance(told, bool) else told), *file.metadata_json)
    promise = " ".join(map(str, hashes)) or str(told)
    return os.path.join(root, digest[:2], name), f"{file.hashes[0]} {url} {promise}"


def _write(path: str, content: bytes) -> None:
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_whole(Path(path), content)


def cached_page(
    releases: PageReleases,
    headers: Mapping[str, str],
    *,
    now: float,
    digest: str,
) -> CachedPage | None:
    """Return a page with the freshness that ``headers`` promise, or None.

    ``now`` is in seconds since 1970. None if it must not be stored (RFC 9111).
    """
    control = headers.get("cache-control", "").lower()
    if "no-store" in control:
        return None
    return CachedPage(
        releases,
        etag=_validator(headers, "etag"),
        last_modified=_validator(headers, "last-modified"),
        fresh_until=now + _freshness(control, headers),
        digest=digest,
    )


def _freshness(control: str, headers: Mapping[str, str]) -> int:
    """Return for how many seconds an answer holds from now on."""
    varies = {word.strip().lower() for word in headers.get("vary", "").split(",")}
    age = _MAX_AGE.search(control)
    if age is None or "no-cache" in control or not varies <= _SAME_ALWAYS:
        return 0
    spent = headers.get("age", "").strip()
    # A cache on the way has kept it for so long already.
    left = int(age[1]) - (int(spent[:9]) if spent.isdecimal() else 0)
    return max(0, min(left, LONGEST_FRESH))


def _validator(headers: Mapping[str, str], name: str) -> str:
    text = headers.get(name, "")
    return text if _VALIDATOR.fullmatch(text) else ""
