"""The version that Windows compares: numbers, and of four only the first three."""

from pysetup.standards.versions import parse_version

_CENTURY = 2000
_LARGEST = (255, 255, 65535)


def msi_version(text: str) -> str:
    """Return the ProductVersion of a package: three numbers in their bounds.

    A calendar year becomes its last two digits; what is too large becomes the largest.
    """
    release = [*parse_version(text).release, 0, 0][:3]
    if release[0] >= _CENTURY:
        release[0] -= _CENTURY
    return ".".join(
        str(min(number, most)) for number, most in zip(release, _LARGEST, strict=True)
    )
