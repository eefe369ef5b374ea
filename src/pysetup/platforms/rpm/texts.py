"""The texts of a package: one short line, a few paragraphs, and an SPDX licence.

They also stand in recipes, so no line begins with ``%`` or ends with a backslash:
rpmbuild would take it for a section, a condition or a line that goes on, even escaped.
"""

import re
import textwrap
from collections.abc import Iterator

from pysetup.metadata.document import Metadata
from pysetup.metadata.migrations import LICENSE_CLASSIFIER, named_license
from pysetup.platforms.project_facts import licence_of, one_line, summary_of

# What rpmlint and Fedora's guidelines ask of a summary.
_MOST_SUMMARY, _WIDTH, _MOST_PARAGRAPH = 79, 78, 1200
_SHORTEST_PARAGRAPH = 60
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Beginnings of what is no prose: headings, lists, badges, HTML, directives, code.
_NO_PROSE = re.compile(r"[#=\-*_~^+<>|:`!\[{}\\$\d]|\.\. |>>>|\w+://")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}\s*")
_MARKUP = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r":[a-z:]+:`~?([^`<]+?)(?:\s*<[^>]*>)?`"), r"\1"),
    (re.compile(r"`([^`<]+?)\s*<[^>]*>`_+"), r"\1"),
    (re.compile(r"`([^`]+)`_+"), r"\1"),
    (re.compile(r"\|[\w -]+\|_*"), ""),
    (re.compile(r"``([^`]+)``"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"\1"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])"), r"\1"),
)
_TAG = re.compile(r"<[A-Za-z/!]")
_NOT_IN_REFERENCE = re.compile(r"[^A-Za-z0-9.]+")
_LICENCE = "LicenseRef-"


def short_summary(metadata: Metadata) -> str:
    """Return the summary as packages have it: at most 79 characters, no full stop."""
    text = _plain(summary_of(metadata))
    first, _, rest = text.partition(" ")
    if first.isalpha() and first.islower() and first != metadata.name:
        text = f"{first[0].upper()}{first[1:]}{' ' if rest else ''}{rest}"
    if len(text) > _MOST_SUMMARY:
        cut = text[: _MOST_SUMMARY - 1].rpartition(" ")[0] or text[: _MOST_SUMMARY - 1]
        text = cut.rstrip(" ,;:-(") + "\N{HORIZONTAL ELLIPSIS}"
    # One after the other: what stands before a full stop may be a backslash.
    while text.endswith((".", "\\")) and len(text) > 1:
        text = text[:-1].rstrip()
    return text


def long_description(metadata: Metadata) -> str:
    """Return the whole summary, and the first paragraph of prose of the description."""
    summary = _plain(summary_of(metadata))
    ends = summary.endswith((".", "!", "?", ":"))
    paragraphs = [summary if ends else f"{summary}."]
    prose = _first_prose(metadata.text("description"))
    if prose and prose.rstrip(".").casefold() != summary.rstrip(".").casefold():
        paragraphs.append(prose)
    return "\n\n".join(map(_wrapped, paragraphs))


def licence_expression(metadata: Metadata) -> tuple[str, bool]:
    """Return an SPDX expression, and whether it is certain what it means.

    A licence that is told, but not by its SPDX name, becomes a ``LicenseRef``; several
    of them are joined by AND, the stricter reading.
    """
    certain = licence_of(metadata)
    if certain:
        return certain, True
    text = one_line(metadata.text("license"))
    stated = named_license(text)
    if re.search(r" (?:AND|OR|WITH) ", stated):
        return stated, True  # classifiers cannot say how they are joined; this does
    names = [text] if 0 < len(text) <= _MOST_SUMMARY else []
    names = names or [
        one_line(classifier.rpartition(" :: ")[2])
        for classifier in metadata.texts("classifier")
        if classifier.startswith(LICENSE_CLASSIFIER) and classifier.count(" :: ") > 1
    ]
    found = [named_license(name) or _reference(name) for name in names]
    told = dict.fromkeys(name for name in found if name != _LICENCE)
    return " AND ".join(told) or f"{_LICENCE}Unknown", False


def _reference(name: str) -> str:
    return _LICENCE + _NOT_IN_REFERENCE.sub("-", name).strip("-.")


def _plain(text: str) -> str:
    """Return one line that can be a line of a recipe."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", one_line(text))


def _first_prose(text: str) -> str:
    for paragraph in _paragraphs(text):
        words = _plain(paragraph)
        for pattern, replacement in _MARKUP:
            words = pattern.sub(replacement, words)
        words = " ".join(words.split())
        if len(words) >= _SHORTEST_PARAGRAPH and " " in words:
            return textwrap.shorten(
                words, _MOST_PARAGRAPH, placeholder=" \N{HORIZONTAL ELLIPSIS}"
            )
    return ""


def _paragraphs(text: str) -> Iterator[str]:
    """Yield what may be prose before the second heading: no code, no lists."""
    fenced, headings = False, 0
    for block in re.split(r"\n\s*\n", text[: 1 << 16].expandtabs()):
        fences = len(re.findall(r"^\s*(?:```|~~~)", block, re.MULTILINE))
        inside, fenced = fenced, fenced != (fences % 2 == 1)
        lines = block.strip("\n").splitlines()
        if inside or fences or not lines or lines[0].startswith((" ", "\t")):
            continue
        underlined = len(lines) > 1 and _UNDERLINE.fullmatch(lines[1]) is not None
        headings += underlined or lines[0].startswith("#")
        if headings > 1:
            return
        if underlined:
            lines = lines[2:]
        if not lines or _NO_PROSE.match(lines[0]) or _TAG.search(block):
            continue
        if lines[-1].rstrip().endswith(":") or any(map(_UNDERLINE.fullmatch, lines)):
            continue
        yield " ".join(lines)


def _wrapped(paragraph: str) -> str:
    # A word with % stays behind the one before it, so that it never begins a line.
    text = re.sub(r" +(?=%)", "\N{NO-BREAK SPACE}", paragraph)
    if text.startswith("%"):
        text = f"- {text}".replace("- %", "-\N{NO-BREAK SPACE}%", 1)
    lines = textwrap.wrap(text, _WIDTH, break_on_hyphens=False)
    # A long word is cut; then the rest of it may begin with anything.
    kept = [f"\N{NO-BREAK SPACE}{line}" if line[0] == "%" else line for line in lines]
    return "\n".join(line.rstrip("\\ \N{NO-BREAK SPACE}") for line in kept)
