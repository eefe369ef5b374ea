"""The copyright file (DEP-5, copyright format 1.0), from the document and its texts."""

import re
from collections.abc import Iterable, Iterator, Mapping

from pysetup.platforms.deb.control import clean_text, folded, one_line, paragraph
from pysetup.platforms.deb.licences import (
    COMMON,
    common_named,
    is_whole_common,
    parts_of,
    recognised,
    settled_licence,
)
from pysetup.values import dataclass

_FORMAT = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
_COMMON_FOLDER = "/usr/share/common-licenses"
_NOTICE = re.compile(
    r"^\W*(?:portions?\s+)?(?:copyright\b|©|\(c\)\s)[\s:]*(?:\(c\)|©|&copy;)?"
    r"[\s:,]*(?P<rest>.*\S)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19[6-9]|20[0-9])\d\b")
_RIGHTS = re.compile(r"[\s.,;]*all rights reserved\.?", re.IGNORECASE)
# What licences say of themselves, and blanks to be filled in.
_NOT_OURS = re.compile(
    r"free software foundation|name of (?:copyright owner|author)|\[yyyy\]|<year>"
    r"|holders?\b.*\b(?:be liable|provide)|notice",
    re.IGNORECASE,
)
_MOST_NOTICES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyrightFacts:
    """What the document says: names, contact, source, holders, licence, free text.

    ``licence`` is a short name, or empty; ``text`` what an old licence field holds.
    """

    name: str
    contact: str
    source: str
    holders: tuple[str, ...]
    licence: str
    text: str = ""


def copyright_file(facts: CopyrightFacts, texts: Mapping[str, str]) -> str:
    """Return the file; ``texts`` are those of licences by the names of their files."""
    given = {name: clean_text(text) for name, text in texts.items() if text.strip()}
    if not given and "\n" in facts.text.strip():
        given = {"": clean_text(facts.text)}
    found = tuple(recognised(text) for text in given.values())
    licence = settled_licence(facts.licence, found)
    header = paragraph(
        {
            "Format": _FORMAT,
            "Upstream-Name": one_line(facts.name),
            "Upstream-Contact": one_line(facts.contact),
            "Source": one_line(facts.source),
        }
    )
    notices = tuple(_notices(given.values())) or facts.holders
    files = paragraph(
        {
            "Files": "*",
            "Copyright": "\n".join(notices),
            "License": f"{licence}\n{folded(_body(licence, given, facts))}",
        }
    )
    return f"{header}\n{files}"


def _notices(texts: Iterable[str]) -> Iterator[str]:
    """Yield who holds rights since when, as the texts say it; each once."""
    seen: set[str] = set()
    for line in (line for text in texts for line in text.splitlines()):
        match = _NOTICE.match(line)
        if match is None or _NOT_OURS.search(line):
            continue
        rest = _RIGHTS.sub("", one_line(match["rest"])).rstrip(" .*#/")
        if _YEAR.search(rest) and rest not in seen and len(seen) < _MOST_NOTICES:
            seen.add(rest)
            yield rest


def _body(licence: str, texts: Mapping[str, str], facts: CopyrightFacts) -> str:
    """Return the texts, those that stand on every Debian system as a pointer."""
    pieces: list[str] = []
    pointed: set[str] = set()
    for name, text in texts.items():
        head = f"{name}:\n\n" if len(texts) > 1 and name else ""
        if common := is_whole_common(text):
            if common not in pointed:
                pointed.add(common)
                pieces.append(_pointer(common))
        else:
            pieces.append(head + text.strip("\n"))
    for part in parts_of(licence):
        common = part.removesuffix("+")
        if common in COMMON and common not in pointed:
            pointed.add(common)
            pieces.append(_pointer(common))
    if not pieces:
        stated = facts.text.strip() or licence
        pieces.append(
            f"The project states its licence as: {one_line(stated)}\n"
            "It comes without the text of a licence."
        )
    words = licence if facts.text.count("\n") else f"{licence} {facts.text}"
    if not pointed and (common := common_named(words)):
        pieces.append(_pointer(common))
    return "\n\n".join(pieces)


def _pointer(common: str) -> str:
    return (
        f"On Debian systems, the complete text of the licence {common} can be found\n"
        f"in {_COMMON_FOLDER}/{common}."
    )
