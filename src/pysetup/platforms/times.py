"""The one time that everything in a package has."""

from pysetup.platforms.interface import Making

# 1980-01-01, the first day that a zip file can tell: for when no date is given.
FIRST_DAY = 315532800


def time_of(making: Making | None) -> int:
    """Return SOURCE_DATE_EPOCH, or a fixed day: never what the clock says."""
    if making is None or making.epoch is None:
        return FIRST_DAY
    return making.epoch
