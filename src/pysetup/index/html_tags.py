"""The start tags of an HTML page, read in linear time.

``html.parser`` of several Python releases that we support takes quadratic time for
a page of unclosed tags or comments: 180 kB of them keep it busy for minutes. This
reader goes forward only, and gives up where an HTML5 tokenizer would find the end
of the file inside a tag.
"""

import re
from collections.abc import Iterator

from pysetup.late import html, late_pattern

_TAG = late_pattern(r"<([A-Za-z][^ \t\n\f\r/>]*)")
_BETWEEN = late_pattern(r"[ \t\n\f\r/]*")
_NAME = late_pattern(r"=?[^ \t\n\f\r/>=]*")
_EQUALS = late_pattern(r"[ \t\n\f\r]*=[ \t\n\f\r]*")
_BARE_VALUE = late_pattern(r"[^ \t\n\f\r>]*")
# A page whose tag has more ends there: millions of them would take gigabytes.
_MAX_ATTRIBUTES = 1000
# What stands inside these is text, whatever it looks like.
_RAW = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
_RAW_END = {name: late_pattern(f"</{name}", re.IGNORECASE | re.ASCII) for name in _RAW}


def read_tags(text: str) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield name and attributes of each start tag, names in lower case.

    Values are unescaped; an attribute without a value has None; of two attributes
    of one name the first counts (HTML5).
    """
    position = 0
    while (start := text.find("<", position)) >= 0:
        if text.startswith("<!--", start):
            end = text.find("-->", start + 2)
            if end < 0:
                return
            position = end + 3
            continue
        match = _TAG.match(text, start)
        if match is None:
            position = start + 1
            continue
        name = match[1].lower()
        attributes: dict[str, str | None] = {}
        position = _read_attributes(text, match.end(), into=attributes)
        if position < 0:
            return
        yield name, attributes
        if name in _RAW_END:
            close = _RAW_END[name].search(text, position)
            if close is None:
                return
            position = close.start() + 1


def _read_attributes(text: str, start: int, *, into: dict[str, str | None]) -> int:
    """Read the attributes of one tag; return where it ends, or -1 if it does not."""
    position = start
    while True:
        position = _skip(_BETWEEN, text, position)
        if text.startswith(">", position):
            return position + 1
        if position >= len(text):
            return -1
        end = _skip(_NAME, text, position)
        name, position = text[position:end].lower(), end
        value: str | None = None
        if equals := _EQUALS.match(text, position):
            position = equals.end()
            quote = text[position : position + 1]
            if quote in ('"', "'") and quote:
                end = text.find(quote, position + 1)
                if end < 0:
                    return -1
                value, position = text[position + 1 : end], end + 1
            else:
                end = _skip(_BARE_VALUE, text, position)
                value, position = text[position:end], end
        into.setdefault(name, html.unescape(value) if value and "&" in value else value)
        if len(into) > _MAX_ATTRIBUTES:
            return -1


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where ``pattern``, which also matches nothing, ends."""
    match = pattern.match(text, position)
    return match.end() if match else position
