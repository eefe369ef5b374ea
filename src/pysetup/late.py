"""What is made at its first use: modules of the standard library, and patterns.

A command loads some three hundred modules, and runs little of what is in them. A fifth
of that time went into modules of the standard library that only an unusual path needs,
and a tenth into compiling regular expressions that nothing was matched with. Type
checkers see the modules themselves, and ``re.compile``.

``subprocess`` is not here: who may import it is checked (``pysetup.edges.children``).
"""

from importlib import import_module
from typing import Any


class LateModule:
    """Stands for a module; its attributes are those of the module itself."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        # Found here the next time: this is asked for what an instance lacks.
        self.__dict__[name] = found
        return found


class _Pattern:
    """Stands for a pattern; its methods are those of the pattern itself."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._made = text, flags

    def __getattr__(self, name: str) -> Any:
        import re

        found = getattr(re.compile(*self._made), name)
        self.__dict__[name] = found
        return found


def late_pattern(text: str | bytes, flags: int = 0) -> Any:
    """Return what ``re.compile`` would, compiled when it is first used."""
    return _Pattern(text, flags)


base64 = LateModule("base64")
csv = LateModule("csv")
ctypes = LateModule("ctypes")
difflib = LateModule("difflib")
hashlib = LateModule("hashlib")
html = LateModule("html")
ipaddress = LateModule("ipaddress")
netrc = LateModule("netrc")
shutil = LateModule("shutil")
tempfile = LateModule("tempfile")
tomllib = LateModule("tomllib")
