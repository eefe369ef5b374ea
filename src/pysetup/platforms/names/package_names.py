"""What can be a name of a package in a list of relations, family by family."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pysetup.platforms.names.mapping import InvalidMappingError, is_package_name
from pysetup.platforms.plan import MappedRequirement

# Debian Policy 5.6.1, and an architecture behind it; PKGBUILD(5). What rpm requires may
# be a file, or have brackets, and conda's are specifications: these check their own.
_FAMILIES: Final[Mapping[str, re.Pattern[str]]] = {
    "deb": re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?", re.ASCII),
    "pacman": re.compile(r"[A-Za-z0-9@_+][A-Za-z0-9@._+:-]*", re.ASCII),
}

# What our own package may be called; other families have no such names.
_OWN: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "deb": (
        re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII),
        "two or more of a-z 0-9 + . -, the first a letter or a digit",
    ),
    "rpm": (
        re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*", re.ASCII),
        "A-Z a-z 0-9 . _ + -",
    ),
    "pacman": (
        re.compile(r"[a-z0-9@_+][a-z0-9@._+-]*", re.ASCII),
        "a-z 0-9 @ . _ + -, and neither . nor - at the beginning",
    ),
    "conda": (
        re.compile(r"[a-z0-9_][a-z0-9_.-]*", re.ASCII),
        "a-z 0-9 _ . -, and neither . nor - at the beginning",
    ),
}


def own_name_fault(name: str, family: str) -> str:
    """Return why no package of ``family`` can be called ``name``; empty if one can."""
    if family not in _OWN:
        return "cannot be chosen here: what is made is called as the project is"
    pattern, letters = _OWN[family]
    if pattern.fullmatch(name):
        return ""
    return f"{name[:60]!r} cannot be the name of a package: it has {letters}"


def check_packages(rows: Iterable[MappedRequirement], family: str) -> None:
    """Refuse packages that would be no name in a list of relations, or several.

    Files and registries are written by others, and may say anything. Raises
    ``InvalidMappingError``.
    """
    if family == "conda":
        return
    for row in rows:
        for package in row.packages:
            pattern = _FAMILIES.get(family)
            named = is_package_name(package)
            if not named or (pattern and not pattern.fullmatch(package)):
                told = family if named else "any system"
                reason = f"has {package[:60]!r}, which names no package of {told}"
                raise InvalidMappingError(row.evidence, row.requirement, reason)
