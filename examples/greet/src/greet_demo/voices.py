"""Ways of saying a text; found through the entry points ``greet_demo.voices``."""


def plain(text: str) -> str:
    """Say it as it is."""
    return text


def loud(text: str) -> str:
    """Say it loudly."""
    return text.upper() + "!"
