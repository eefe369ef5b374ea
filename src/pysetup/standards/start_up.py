"""Code that runs at every start of Python, read as the module ``site`` reads it.

``site`` has read these files in several ways: before Python 3.13 in the encoding of the
locale, later as UTF-8, a mark at the beginning left out, and with more kinds of line
ends. What any of them would run counts here, for an environment outlives its Python.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from pysetup.late import late_pattern
from pysetup.values import dataclass

Kind = Literal["path file", "start file", "module"]

# Modules that site imports; they may be packages.
START_UP_PACKAGES = ("sitecustomize", "usercustomize")
# What ends a line, as str.splitlines sees it.
_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# What site looks for, where a line begins; anything else is a folder for sys.path.
_IMPORT = late_pattern(rf"import[ \t][^{_ENDS}]*")
# From the first character of a line that is not blank to its end.
_CONTENT = late_pattern(rf"\S[^{_ENDS}]*")
# Who brings more code than this has been heard.
_MOST = 1000
_MODULE = r"(?:site|user)customize(?:/__init__)?\.(?:pyc?|(?:[\w-]+\.)*(?:so|pyd))"
_SHOWN = 120


@dataclass(frozen=True, slots=True, order=True)
class CodeLine:
    """One line that runs; ``number`` is counted from 1, and 0 for a whole module."""

    number: int
    text: str


def start_up_kind(path: str) -> Kind | None:
    """Say what Python makes of a file at its start, or None for any other file.

    ``path`` is relative to a site folder, with ``/``.
    """
    if path.endswith(".pth"):
        return None if "/" in path else "path file"
    if path.endswith(".start"):
        return None if "/" in path else "start file"
    if not path.startswith(START_UP_PACKAGES):
        return None
    return "module" if re.fullmatch(_MODULE, path) else None


def code_lines(kind: Kind, content: bytes) -> tuple[CodeLine, ...]:
    """Return the lines of a file that run at the start of Python.

    Of a ``.pth`` file those are the ``import`` lines, of a ``.start`` file (PEP 829)
    all but comments; a module counts as one. Of very many the first are returned.
    """
    if kind == "module":
        return (CodeLine(0, "the module is imported"),)
    return tuple(islice(_code_lines(kind, _text(content)), _MOST))


def _code_lines(kind: Kind, text: str) -> Iterator[CodeLine]:
    """Yield all of them; a file may be long, so that lines are found, not split."""
    number, counted = 1, 0
    for found in (_IMPORT if kind == "path file" else _CONTENT).finditer(text):
        start = found.start()
        if kind == "path file":
            runs = start == 0 or text[start - 1] in _ENDS
        else:
            runs = text[start] != "#"
        if runs:
            number += _count_ends(text[counted:start])
            counted = start
            yield CodeLine(number, found[0][:_SHOWN])


def _count_ends(text: str) -> int:
    return sum(map(text.count, _ENDS)) - text.count("\r\n")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Each encoding that a locale may have says "import" in the same bytes.
        return content.decode("latin-1")
