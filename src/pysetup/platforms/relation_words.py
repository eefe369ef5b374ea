"""How one relation to another package is written, family by family.

Only its form is told, for what people write themselves: what our own plans say is right
by construction.
"""

import re
from collections.abc import Mapping
from typing import Final

from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The form of a relation in one family, and an example of it."""

    pattern: re.Pattern[str]
    example: str


# Debian Policy 7.1; of a build also 7.7 and build profiles.
_DEB_ONE: Final = (
    r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?"
    r"(?:\s*\(\s*(?:<<|<=|=|>=|>>)\s*[A-Za-z0-9.+:~-]+\s*\))?"
    r"(?:\s*\[[!a-z0-9 -]+\])?(?:\s*<[!a-z0-9. -]+>)*"
)
# Architecture and module marks, file paths and python3dist(a[b]) are names, too.
_RPM_ONE: Final = r"[^\s()<>=,](?:[^\s()<>=,]|\([^\s()]*\))*"
_FORMS: Final[Mapping[str, Wording]] = {
    "deb": Wording(
        re.compile(rf"{_DEB_ONE}(?:\s*[|,]\s*{_DEB_ONE})*", re.ASCII),
        "libfoo1 (>= 2.0)",
    ),
    "rpm": Wording(
        # What stands in parentheses as a whole is a rich dependency (rpm 4.13).
        re.compile(rf"{_RPM_ONE}(?:\s*(?:<=|>=|<|>|=)\s*[^\s()<>=,]+)?|\(.+ .+\)"),
        "libfoo >= 2.0",
    ),
    # PKGBUILD(5); an optional one may tell behind a colon what it is good for.
    "pacman": Wording(
        re.compile(
            r"[A-Za-z0-9@_+][A-Za-z0-9@._+-]*(?:(?:<=|>=|=|<|>)[^\s<>=]+)?"
            r"(?::\s.*)?",
            re.ASCII,
        ),
        "libfoo>=2.0",
    ),
    "conda": Wording(
        re.compile(
            r"(?:[A-Za-z0-9_.:/-]+::)?[A-Za-z0-9_.-]+(?:\s*[<>=!~*0-9\[][!-~ ]*)?",
            re.ASCII,
        ),
        "libfoo >=2.0",
    ),
}


def relation_fault(text: str, family: str) -> tuple[str, str]:
    """Return why ``text`` is no relation of ``family``, and an example of one.

    Both are empty where it is one, or where the family has none.
    """
    form = _FORMS.get(family)
    if form is None or form.pattern.fullmatch(text.strip()):
        return "", ""
    return f"has {text[:60]!r}, which is no relation of {family}", form.example
