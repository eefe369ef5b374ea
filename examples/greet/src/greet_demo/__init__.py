"""Greets people in their own language."""

import json
from importlib.resources import files


def greeting(name: str, *, language: str = "en") -> str:
    """Return the greeting for ``name``; raises ``KeyError`` for an unknown language."""
    words = json.loads(files(__name__).joinpath("words.json").read_text("utf-8"))
    return words[language].format(name=name)
