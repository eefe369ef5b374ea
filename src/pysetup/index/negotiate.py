"""Which form a page has: what clients ask for, what the server chooses (PEP 691)."""

from pysetup.index.model import InvalidPageError

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
LEGACY_TYPE = "text/html"

ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, {LEGACY_TYPE};q=0.01"

_PREFERENCE = (JSON_TYPE, HTML_TYPE, LEGACY_TYPE)
_ALIASES = {
    "application/vnd.pypi.simple.latest+json": JSON_TYPE,
    "application/vnd.pypi.simple.latest+html": HTML_TYPE,
}


def is_json(content_type: str, *, url: str) -> bool:
    """Tell a JSON page from an HTML page by the answer's ``Content-Type``.

    Raises ``InvalidPageError`` if it is neither.
    """
    kind = content_type.partition(";")[0].strip().lower()
    kind = _ALIASES.get(kind, kind)
    if kind == JSON_TYPE:
        return True
    if kind in (HTML_TYPE, LEGACY_TYPE):
        return False
    raise InvalidPageError(url, f"its content type is {kind[:80] or 'not given'!r}")


def choose(accept: str) -> str | None:
    """Return the content type to answer ``accept`` with, or None: 406.

    Of equally welcome types JSON wins, except that who takes anything (``*/*``,
    or no header) gets HTML, which every client can read.
    """
    ranges = _parse(accept) if accept.strip() else [("*/*", 1.0)]
    best: tuple[float, int, int] | None = None
    chosen = None
    for rank, kind in enumerate(reversed(_PREFERENCE)):
        quality, closeness = _quality(kind, ranges)
        if quality <= 0:
            continue
        score = (quality, closeness, rank if closeness else -rank)
        if best is None or score > best:
            best, chosen = score, kind
    return chosen


def _quality(kind: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Return the weight of the closest range that covers ``kind``, and how close."""
    closest = (0.0, -1)
    for range_, quality in ranges:
        if range_ == kind:
            closeness = 2
        elif range_.endswith("/*") and kind.startswith(range_[:-1]):
            closeness = 1
        elif range_ == "*/*":
            closeness = 0
        else:
            continue
        if (closeness, quality) > (closest[1], closest[0]):
            closest = (quality, closeness)
    return closest


def _parse(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for item in accept[:8192].split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = min(1.0, max(0.0, float(value)))
                except ValueError:
                    quality = 0.0
        ranges.append((_ALIASES.get(kind, kind), quality))
    return ranges
