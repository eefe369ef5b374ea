"""Versions for Windows: a few numbers with small limits.

Windows Installer compares three numbers, up to 255, 255 and 65535, and passes over a
fourth; the version of a file has four of 16 bits. Pre-releases, post-releases and local
parts have no place there: such a package must replace one of the same version.
"""

from typing import Final

from pysetup.platforms.versions.numbers import (
    NumberedVersion,
    numbers_within,
    unsaid_parts,
)
from pysetup.standards.versions import Version, parse_version

PRODUCT_LIMITS: Final = (255, 255, 65535)
FILE_LIMITS: Final = (65535, 65535, 65535, 65535)
_CENTURY: Final = 2000
# From here on a first number is a date: 20231228.
_DATES: Final = 20_000_000
_LAST_DATE: Final = 20_991_231


def product_version(version: Version | str) -> NumberedVersion:
    """Return the ProductVersion of an MSI: three numbers.

    A year as the first number becomes its last two digits, and a date as 20231228
    becomes year, month and day: both come after smaller years and dates alone, not
    after first numbers that are no years. Raises ``InvalidVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    first, *rest = version.release
    if _DATES <= first <= _LAST_DATE:
        date = (first // 10_000 - _CENTURY, first // 100 % 100, first % 100)
        return _within(version, (*date, *rest), PRODUCT_LIMITS, "a date has two digits")
    if first >= _CENTURY:
        numbers = (first - _CENTURY, *rest)
        return _within(version, numbers, PRODUCT_LIMITS, "a year has two digits")
    return _within(version, version.release, PRODUCT_LIMITS)


def file_version(version: Version | str) -> NumberedVersion:
    """Return the version of an executable file: four numbers.

    Raises ``InvalidVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    first, *rest = version.release
    if _DATES <= first <= _LAST_DATE:
        date = (first // 10_000, first // 100 % 100, first % 100)
        return _within(version, (*date, *rest), FILE_LIMITS)
    return _within(version, version.release, FILE_LIMITS)


def _within(
    version: Version, numbers: tuple[int, ...], limits: tuple[int, ...], *losses: str
) -> NumberedVersion:
    if version.epoch:
        # Newer than all without an epoch, and among themselves equal.
        text = ".".join(map(str, limits))
        return NumberedVersion(text, ("versions with an epoch are all the same",))
    found, fits = numbers_within(numbers, limits)
    if not fits:
        largest = ", ".join(map(str, limits))
        losses = (*losses, f"numbers beyond {largest} are the same")
    return NumberedVersion(".".join(map(str, found)), (*losses, *unsaid_parts(version)))
