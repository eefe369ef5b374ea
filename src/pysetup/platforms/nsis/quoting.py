"""Texts as NSIS reads them: whatever they hold, they stay texts."""

#: NSIS keeps no longer text (NSIS_MAX_STRLEN), and the end mark is part of it.
LONGEST = 1023
_ESCAPES = {
    "$": "$$",
    '"': '$\\"',
    "\n": "$\\n",
    "\r": "$\\r",
    "\t": "$\\t",
}


def quoted(text: str, *, most: int = LONGEST) -> str:
    """Return ``text`` as one word of a script, of at most ``most`` characters.

    Variables, definitions and escapes in it are not expanded, and nothing in it ends
    the word. Other control characters, which a line cannot hold, become spaces.
    """
    return f'"{escaped(text[:most])}"'


def escaped(text: str) -> str:
    """Return ``text`` as it stands between quotation marks."""
    return "".join(
        _ESCAPES.get(character, character if character.isprintable() else " ")
        for character in text
    )
