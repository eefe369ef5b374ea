"""Versions and version specifiers (PEP 440), over the packaging library."""

from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from pysetup.errors import UsageError

__all__ = [
    "InvalidSpecifiersError",
    "InvalidVersionError",
    "Specifier",
    "SpecifierSet",
    "Version",
    "parse_specifiers",
    "parse_version",
]

MAX_VERSION_LENGTH = 256


class InvalidVersionError(UsageError):
    """A version does not follow PEP 440.

    Versions look like ``1.2``, ``1!2.0``, ``2.0rc1``, ``2.0.post1``,
    ``2.0.dev3`` or ``1.0+local.1``.
    """

    code = "PS2102"

    def __init__(self, version: str) -> None:
        super().__init__(
            f"{version[:80]!r} is not a version",
            hints=("write it as PEP 440 says, for example 1.2.0 or 2.0rc1",),
        )
        self.version = version


class InvalidSpecifiersError(UsageError):
    """A version specifier does not follow PEP 440.

    Specifiers are comparisons joined by commas: ``>=1.2,<2``, ``~=1.4``,
    ``==1.*``, ``!=1.5``.
    """

    code = "PS2103"

    def __init__(self, specifiers: str) -> None:
        super().__init__(
            f"{specifiers[:80]!r} is not a version specifier",
            hints=("write comparisons joined by commas, for example >=1.2,<2",),
        )
        self.specifiers = specifiers


@lru_cache(maxsize=65536)
def parse_version(text: str) -> Version:
    """Parse a PEP 440 version; raises ``InvalidVersionError``."""
    # A 5,000-digit number would exceed what int() converts, and is no version.
    if len(text) > MAX_VERSION_LENGTH:
        raise InvalidVersionError(text)
    try:
        return Version(text)
    except InvalidVersion:
        raise InvalidVersionError(text) from None


@lru_cache(maxsize=16384)
def parse_specifiers(text: str) -> SpecifierSet:
    """Parse a PEP 440 specifier set; raises ``InvalidSpecifiersError``."""
    if len(text) > 16 * MAX_VERSION_LENGTH:
        raise InvalidSpecifiersError(text)
    try:
        return SpecifierSet(text)
    except (InvalidSpecifier, ValueError):
        raise InvalidSpecifiersError(text) from None
