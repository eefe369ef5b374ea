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
