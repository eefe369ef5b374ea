"""Comparisons of Python's version as cuts through the row of all its releases.

A release is three numbers, as ``(3, 12, 4)``. What precedes one, as ``3.15.0rc1``,
counts as that release: one tries a new Python before it is final.
"""

from collections.abc import Iterable

from pysetup.standards.versions import (
    InvalidSpecifiersError,
    Specifier,
    SpecifierSet,
    Version,
    parse_specifiers,
    parse_version,
)

Release = tuple[int, int, int]
# From the first release up to, but without, the second; None is without end.
Range = tuple[Release, Release | None]

FIRST: Release = (0, 0, 0)
# Beyond every release: versions of another epoch.
_NEVER: Release = (1 << 30, 0, 0)
_MAJORS = (2, 3)
_MINORS = 64


def full_version_ranges(operator: str, value: str) -> list[Range] | None:
    """Return the releases for which ``python_full_version operator value`` holds.

    None if that is no comparison of versions.
    """
    try:
        specifiers = list(parse_specifiers(operator + value))
    except InvalidSpecifiersError:
        return None
    return _ranges(specifiers[0]) if len(specifiers) == 1 else None


def short_version_ranges(operator: str, value: str) -> list[Range] | None:
    """Return the releases for which ``python_version operator value`` holds.

    ``python_version`` has two numbers, so ``> 3.9`` begins with 3.10.0, and
    ``== 3.9.1`` never holds. None if that is no comparison of versions.
    """
    full = full_version_ranges(operator, value)
    if full is None:
        return None
    rounded = [
        (_next_minor(low), None if high is None else _next_minor(high))
        for low, high in full
    ]
    return [each for each in rounded if each[0] != each[1]]


def short_versions() -> list[str]:
    """Return the values that ``python_version`` may have."""
    return [f"{major}.{minor}" for major in _MAJORS for minor in range(_MINORS)]


def minor_ranges(versions: Iterable[str]) -> list[Range]:
    """Return the releases whose ``python_version`` is one of ``versions``."""
    ranges: list[Range] = []
    for text in versions:
        major, minor = map(int, text.split("."))
        ranges.append(((major, minor, 0), (major, minor + 1, 0)))
    return ranges


def specifier_ranges(specifiers: SpecifierSet) -> list[list[Range]]:
    """Return for each comparison of a Requires-Python the releases it admits."""
    return [_ranges(each) for each in specifiers]


def release_of(version: str) -> Release:
    """Return the release that a full Python version counts as."""
    return _three(parse_version(version.rstrip("+")).release)


def _ranges(specifier: Specifier) -> list[Range]:
    operator, text = specifier.operator, specifier.version
    prefix = text.endswith(".*")
    version = parse_version(text.removesuffix(".*"))
    if operator in (">", ">="):
        return [(_first(version, after=operator == ">"), None)]
    if operator in ("<", "<="):
        return _between(FIRST, _first(version, after=operator == "<="))
    if operator == "~=":
        _, end = _prefixed(version.release[:-1])
        return _between(_first(version, after=False), end)
    if prefix:
        start, end = _prefixed(version.release)
    else:
        start, end = _first(version, after=False), _first(version, after=True)
    if operator == "!=":
        return [*_between(FIRST, start), (end, None)]
    return _between(start, end)


def _between(start: Release, end: Release) -> list[Range]:
    return [(start, end)] if start < end else []


def _prefixed(release: tuple[int, ...]) -> tuple[Release, Release]:
    kept = release[:3]
    return _three(kept), _three((*kept[:-1], kept[-1] + 1))


def _first(version: Version, *, after: bool) -> Release:
    """Return the first release that is ``version`` or later, or only later."""
    if version.epoch:
        return _NEVER
    release = _three(version.release)
    same = parse_version(".".join(map(str, release)))
    if version < same or (version == same and not after):
        return release
    return release[0], release[1], release[2] + 1


def _three(release: tuple[int, ...]) -> Release:
    major, minor, micro, *_ = (*release, 0, 0, 0)
    return major, minor, micro


def _next_minor(release: Release) -> Release:
    """Return the release if it begins a minor version, else the next that does."""
    major, minor, micro = release
    return (major, minor + 1, 0) if micro else release
