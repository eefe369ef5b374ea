"""The words of a package: its synopsis, and a long description of plain text.

Policy 3.4: the synopsis is a phrase of one line, below 80 characters, without an
article before it or a full stop after it; the description does not go on from it.
"""

import re
import textwrap

from pysetup.metadata.document import Metadata
from pysetup.platforms.deb.control import clean_text, one_line

LONGEST_SYNOPSIS = 79
_WIDTH, _NARROW = 76, 60
_MOST_CHARACTERS = 700
# What a package is, stands at the beginning.
_MOST_READ = 32_000
_MOST_PARAGRAPHS = 3
_FEWEST_WORDS = 5
_ARTICLE = re.compile(r"(?:an?|the)\s+(?=\S)", re.IGNORECASE)
_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)
# Each repetition has an end, so that no text takes long.
_HTML = re.compile(r"<!--.{0,2000}?-->|<[a-zA-Z/][^<>]{0,500}>", re.DOTALL)
_IMAGE = r"!\[[^\[\]]{0,200}\]\([^()]{0,300}\)"
_BADGE = re.compile(rf"\[{_IMAGE}\]\([^()]{{0,300}}\)|{_IMAGE}")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\](?:\([^()]{0,300}\)|\[[^\[\]]{0,100}\])")
_ROLE = re.compile(r":[a-z][a-z:.+-]*:`~?([^`<]{1,200}?)(?:\s*<[^`]{0,300}>)?`")
_RST_LINK = re.compile(r"`([^`<]{1,200}?)\s*<[^`]{0,300}>`_{1,2}|`([^`]{1,200})`_{1,2}")
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,300})>")
_REFERENCE = re.compile(r"\[([^\[\]]{1,200})\](?![\[(:])")
_MARKS = re.compile(r"(\*\*|__|``|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w))")
# Lines that begin what is no prose: titles, lists, tables, directives, quotations.
_NO_PROSE = re.compile(
    r"\s*(?:#|[-*+=~^\"'`|>:]{1}(?:\s|$)|[-=~^*#\"'`.:|+]{3,}|\||\.\.|\d+[.)]\s|>|:\w"
    r"|\[[^\]]+\]:|>>>|\$ |!\[)"
)
_ENDINGS = re.compile(r"[.:!?]['\")]?$")


def synopsis(metadata: Metadata, *, package: str = "", extra: str = "") -> str:
    """Return the one line that says what ``package`` is.

    It does not begin with the package's own name, which stands before it everywhere.
    """
    text = one_line(metadata.text("summary"))
    text = _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text
    # A name and a dash before the phrase say nothing.
    own = re.match(
        rf"{re.escape(metadata.name)}\s*(?:[:\u2013\u2014-]+\s+|is an?\s+)",
        text,
        re.IGNORECASE,
    )
    text = text[own.end() :] if own else text
    text = text.rstrip(".").strip() or f"Python project {metadata.name}"
    if text.lower() in (metadata.name.lower(), metadata.normalized_name):
        text = f"Python project {metadata.name}"
    elif " " not in text:
        text = f"Python project {metadata.name}: {text}"
    elif package and re.match(rf"{re.escape(package)}\b", text, re.IGNORECASE):
        text = f"Python project {text}"
    end = f" (extra {extra})" if extra else ""
    return _cut(text, LONGEST_SYNOPSIS - len(end)) + end


def long_description(metadata: Metadata, *, package: str = "") -> str:
    """Return paragraphs of plain text, wrapped; never empty.

    They are the summary where it did not fit into the synopsis, the first paragraphs of
    the readme that are prose, and what the package holds.
    """
    paragraphs: list[str] = []
    summary = one_line(metadata.text("summary"))
    if len(summary) > LONGEST_SYNOPSIS:
        paragraphs.append(summary)
    paragraphs += _prose(metadata.text("description"), summary)
    paragraphs.append(f"This package holds {metadata.name} for Python 3.")
    wrapped = [_wrapped(text, _WIDTH) for text in paragraphs]
    if _letters(wrapped[0].split("\n")[0]) == _letters(
        synopsis(metadata, package=package)
    ):
        wrapped[0] = _wrapped(paragraphs[0], _NARROW)
    return "\n\n".join(wrapped)


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[: most - 2].rsplit(" ", 1)[0] if " " in text[:most] else text[: most - 3]
    return cut.rstrip(" ,;:.-([") + "..."


def _prose(readme: str, summary: str) -> list[str]:
    """Return the first paragraphs of prose; what comes after a title is another topic.

    Blocks that show nothing as text, such as badges, are passed over.
    """
    text = _RST_LINK.sub(
        lambda match: match[1] or match[2], clean_text(readme[:_MOST_READ])
    )
    text = _AUTOLINK.sub(r"\1", _FENCE.sub("\n\n```\n\n", text))
    text = _BADGE.sub("", _HTML.sub("", text))
    found: list[str] = []
    size = 0
    for block in re.split(r"\n[ \t]*\n", text):
        plain = _plain(block)
        if not plain:
            if found and block.strip():
                break
            continue
        size += len(plain)
        if size > _MOST_CHARACTERS or len(found) == _MOST_PARAGRAPHS:
            break
        if plain.rstrip(".") != summary.rstrip("."):
            found.append(plain)
    return found


def _plain(block: str) -> str:
    """Return a block as one line if it is a paragraph of prose, else nothing."""
    lines = block.strip("\n").splitlines()
    if any(_NO_PROSE.match(line) or line[:2] in ("  ", "\t") for line in lines):
        return ""
    line = _LINK.sub(r"\1", one_line(block))
    line = _REFERENCE.sub(r"\1", _ROLE.sub(r"\1", line))
    line = _MARKS.sub("", line)
    # A colon at the end leads to what was left out.
    if len(line.split()) < _FEWEST_WORDS or not _ENDINGS.search(line):
        return ""
    return "" if line.endswith((":", "::")) else line
