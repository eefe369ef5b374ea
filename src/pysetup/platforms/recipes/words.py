"""Summaries as recipes like them: short, without an article, without a full stop."""

_ARTICLES = ("a ", "an ", "the ")


def shortened(summary: str, longest: int) -> str:
    """Return ``summary`` in at most ``longest`` letters, cut between words."""
    text = summary.strip().rstrip(".")
    for article in _ARTICLES:
        if text.lower().startswith(article) and len(text) > len(article):
            text = text[len(article) :]
            break
    text = text[:1].upper() + text[1:]
    if len(text) <= longest:
        return text
    cut = text[: longest - 2].rpartition(" ")[0] or text[: longest - 3]
    return cut.rstrip(" ,;:-.") + "..."
