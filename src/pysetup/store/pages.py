"""Cached answers of indexes: parsed pages with their freshness, metadata of files."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pysetup.index.model import File, ProjectPage
from pysetup.index.urls import without_credentials
from pysetup.standards.jsontext import JSON
from pysetup.store.sealed import SealedFolder

# An index may promise more, but a release should be seen on the same day's work.
LONGEST_FRESH = 600
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.ASCII)
_VALIDATOR = re.compile(r"[\x21-\x7e\x20]{1,512}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CachedPage:
    """A page, and how to ask whether it still holds (RFC 9111).

    ``fresh_until`` is in seconds since 1970; ``digest`` is that of the answer's
    body as it came.
    """

    page: ProjectPage
    etag: str = ""
    last_modified: str = ""
    fresh_until: float = 0.0
    digest: str = ""

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for the page only if it has changed."""
        asked = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: text for name, text in asked.items() if text}


class PageCache:
    """Project pages by their URL, credentials left out."""

    def __init__(self, root: Path) -> None:
        self._folder = SealedFolder(root)

    def get(self, url: str) -> CachedPage | None:
        """Return the cached page of ``url``, fresh or not, or None."""
        content = self._folder.get(without_credentials(url))
        if content is None:
            return None
        try:
            value = json.loads(content)
            return CachedPage(
                ProjectPage.from_json(value["page"]),
                str(value["etag"]),
                str(value["last_modified"]),
                float(value["fresh_until"]),
                str(value["digest"]),
            )
        except (ValueError, KeyError, TypeError):
            # Written by another version of pysetup.
            return None

    def put(self, url: str, cached: CachedPage) -> None:
        """Keep ``cached`` as the page of ``url``."""
        value: dict[str, JSON] = {
            "page": cached.page.to_json(),
            "etag": cached.etag,
            "last_modified": cached.last_modified,
            "fresh_until": cached.fresh_until,
            "digest": cached.digest,
        }
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self._folder.put(without_credentials(url), text.encode())


class MetadataCache:
    """METADATA of files, by URL and digest of the file: that never changes.

    The URL is part of the key, so that one index cannot speak for another's file.
    """

    def __init__(self, root: Path) -> None:
        self._folder = SealedFolder(root)

    def get(self, file: File) -> bytes | None:
        """Return the core metadata of ``file``, or None."""
        key = _key(file)
        return None if key is None else self._folder.get(key)

    def put(self, file: File, content: bytes) -> None:
        """Keep the core metadata of ``file``, if its digest is known."""
        key = _key(file)
        if key is not None:
            self._folder.put(key, content)


def _key(file: File) -> str | None:
    # Without a digest the content behind the URL could change any time.
    return f"{file.hashes[0]} {without_credentials(file.url)}" if file.hashes else None


def cached_page(
    page: ProjectPage, headers: Mapping[str, str], *, now: float, digest: str
) -> CachedPage | None:
    """Return ``page`` with the freshness that ``headers`` promise, or None.

    ``now`` is in seconds since 1970. None if it must not be stored (RFC 9111).
    """
    control = headers.get("cache-control", "").lower()
    if "no-store" in control:
        return None
    age = _MAX_AGE.search(control)
    seconds = min(int(age[1]), LONGEST_FRESH) if age else 0
    if "no-cache" in control:
        seconds = 0
    return CachedPage(
        page,
        etag=_validator(headers, "etag"),
        last_modified=_validator(headers, "last-modified"),
        fresh_until=now + seconds,
        digest=digest,
    )


def _validator(headers: Mapping[str, str], name: str) -> str:
    text = headers.get(name, "")
    return text if _VALIDATOR.fullmatch(text) else ""
