"""Values whose written form says more than the document's key: kept, and used again.

They stand in ``extensions["pysetup.legacy"]``.  A raw value is used on the way back
only while it still means what the key says, so that an edited key always wins.
"""

from collections.abc import Iterable, Mapping

from pysetup.standards.jsontext import JSON

LEGACY_EXTENSION = "pysetup.legacy"


def split_keywords(raw: str) -> tuple[list[str], str | None]:
    """Return the keywords in ``raw``, and ``raw`` itself if they are not all of it."""
    parts = [part.strip() for part in raw.split(",")]
    words = [" ".join(part.split()) for part in parts if part]
    return words, None if words == parts else raw


def join_keywords(words: Iterable[str], raw: JSON = None) -> str:
    """Return the text of the Keywords field for ``words``."""
    listed = list(words)
    if isinstance(raw, str) and split_keywords(raw)[0] == listed:
        return raw
    return ",".join(listed)


def split_urls(rows: Iterable[str]) -> tuple[dict[str, str], list[str] | None]:
    """Return label -> URL of Project-URL rows, and the rows if that is not all.

    An object has neither order nor equal labels: the rows are kept when they are not
    in the order of their labels, when a label comes again (the first one counts), or
    when a row has no label.
    """
    kept = list(rows)
    pairs = [_pair(row) for row in kept]
    urls: dict[str, str] = {}
    for label, url in pairs:
        if label:
            urls.setdefault(label, url)
    return urls, None if pairs == sorted(urls.items()) else kept


def _pair(row: str) -> tuple[str, str]:
    label, comma, url = row.partition(",")
    return (label.strip(), url.strip()) if comma else ("", row.strip())


def join_urls(urls: Mapping[str, str], raw: JSON = None) -> list[str]:
    """Return the rows of the Project-URL field for ``urls``."""
    if isinstance(raw, list):
        rows = [row for row in raw if isinstance(row, str)]
        if split_urls(rows)[0] == dict(urls):
            return rows
    return [f"{label}, {url}" for label, url in sorted(urls.items())]
