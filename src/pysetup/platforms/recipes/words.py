"""Summaries as recipes like them: short, without an article, without a full stop."""

import re

_ARTICLE = re.compile(r"(?:an?|the) +(?=\S)", re.IGNORECASE)
_SEPARATOR = r"(?: *[:\u2013\u2014] *| +-+ +| +is +)"


def plain_summary(summary: str, *, of: str) -> str:
    """Return the summary of project ``of`` without what says nothing.

    That is the name of the project and an article before it, a full stop behind it.
    """
    name = "[-_.]+".join(map(re.escape, re.split(r"[-_.]+", of)))
    before = re.compile(rf"{name}{_SEPARATOR}(?=\S)", re.IGNORECASE)
    text = summary.strip().rstrip(".")
    if named := before.match(text):
        text = text[named.end() :]
    if article := _ARTICLE.match(text):
        text = text[article.end() :]
    # A name such as ruamel.yaml is written as it is.
    first = re.sub(r"[-',:;]", "", text.partition(" ")[0])
    return text[:1].upper() + text[1:] if first.isalpha() else text


def shortened(summary: str, longest: int, *, of: str) -> str:
    """Return ``summary``, plain, in at most ``longest`` letters, cut between words."""
    text = plain_summary(summary, of=of)
    if len(text) <= longest:
        return text
    cut = text[: longest - 2].rpartition(" ")[0] or text[: longest - 3]
    return cut.rstrip(" ,;:-.") + "..."
