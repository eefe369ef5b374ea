"""Summaries as recipes like them: short, without an article, without a full stop."""

_ARTICLES = ("a ", "an ", "the ")


def plain_summary(summary: str) -> str:
    """Return ``summary`` without an article before it and a full stop behind it."""
    text = summary.strip().rstrip(".")
    for article in _ARTICLES:
        if text.lower().startswith(article) and len(text) > len(article):
            text = text[len(article) :]
            break
    # A name such as ruamel.yaml is written as it is.
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text


def shortened(summary: str, longest: int) -> str:
    """Return ``summary``, plain, in at most ``longest`` letters, cut between words."""
    text = plain_summary(summary)
    if len(text) <= longest:
        return text
    cut = text[: longest - 2].rpartition(" ")[0] or text[: longest - 3]
    return cut.rstrip(" ,;:-.") + "..."
