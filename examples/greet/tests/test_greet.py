"""The greeting, in two languages."""

from greet_demo import greeting


def test_greets_in_english_unless_told() -> None:
    """English is the default."""
    assert greeting("Ada") == "Hello, Ada"


def test_greets_in_french() -> None:
    """Another language is asked for by its code."""
    assert greeting("Ada", language="fr") == "Bonjour, Ada"
