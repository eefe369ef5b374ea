"""Scripts with gaps: between two signs ``@`` stands the name of what is put there."""

from collections.abc import Mapping


def filled(template: str, words: Mapping[str, str]) -> str:
    """Put each word where ``@name@`` stands; no word is searched for others."""
    parts = template.split("@")
    assert len(parts) % 2, "the marks come in pairs"
    return "".join(
        words[part] if number % 2 else part for number, part in enumerate(parts)
    )
