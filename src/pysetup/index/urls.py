"""Addresses on an index: of pages, of the files they list, resolved safely."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from pysetup.late import late_pattern

_MAX_URL = 8192
# The form of nearly all links, which needs no resolving: pages have thousands.
_PLAIN = late_pattern(
    r"(https?://[a-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9._~%+!/-]*)(?:#([^#\s]*))?", re.ASCII
)


def page_url(index_url: str, name: str = "") -> str:
    """Return the URL of a project's page below ``index_url`` (PEP 503).

    ``name`` is normalised; without it, the list of projects. A query in
    ``index_url`` stays.
    """
    parts = urlsplit(index_url)
    path = parts.path.rstrip("/") + "/" + (f"{quote(name)}/" if name else "")
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def without_credentials(url: str) -> str:
    """Return ``url`` without user name, password and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def resolve_link(base: str, link: str) -> tuple[str, str] | None:
    """Return the absolute URL behind ``link`` on the page ``base``, and its fragment.

    None if it leads nowhere that pysetup goes: only http and https, and ``file:``
    from pages that are files themselves. Credentials in it are left out: a page
    does not choose who we are.
    """
    if len(link) > _MAX_URL:
        return None
    if match := _PLAIN.fullmatch(link):
        return match[1], match[2] or ""
    try:
        parts = urlsplit(urljoin(base, link.strip()))
    except ValueError:
        return None
    local = base[:5].lower() == "file:"
    if parts.scheme not in ("http", "https") and not (local and parts.scheme == "file"):
        return None
    if (parts.scheme == "file") == bool(parts.netloc):
        return None
    place = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
    return url, parts.fragment


def last_segment(url: str) -> str:
    """Return the file name that ``url`` ends in, percent-decoded once."""
    path = url.partition("#")[0].partition("?")[0].partition("://")[2]
    return unquote(path.rpartition("/")[2]) if "/" in path else ""


def metadata_url(url: str, ending: str = ".metadata") -> str:
    """Return where the core metadata of the file at ``url`` is (PEP 658)."""
    parts = urlsplit(url)
    return urlunsplit((*parts[:2], parts.path + ending, parts.query, ""))
