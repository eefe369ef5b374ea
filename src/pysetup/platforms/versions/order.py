"""Which of two package versions is newer, as dpkg, rpm and pacman say it.

Each takes whole versions, ``epoch:version-revision``, and returns -1, 0 or 1. A release
of rpm or pacman counts only where both versions have one, as in dependencies.
"""

import re
from itertools import zip_longest
from string import ascii_letters, digits
from typing import Final, Protocol

_DEB_PART: Final = re.compile(r"([^0-9]*)([0-9]*)")
_RPM_SEGMENT: Final = re.compile(r"[0-9]+|[a-zA-Z]+|[~^]")
_PACMAN_SEGMENT: Final = re.compile(r"([^0-9a-zA-Z]*)([0-9]+|[a-zA-Z]+|$)")


class CompareText(Protocol):
    """Compares two versions that have neither epoch nor release."""

    def __call__(self, left: str, right: str, /) -> int:
        """Return -1, 0 or 1."""


def compare_deb(left: str, right: str) -> int:
    """Compare two versions of Debian packages (Debian Policy, 5.6.12)."""
    one, other = _split_deb(left), _split_deb(right)
    return (
        _compare_numbers(one[0], other[0])
        or _compare_deb_text(one[1], other[1])
        or _compare_deb_text(one[2], other[2])
    )


def upstream_of(version: str) -> str:
    """Return a Debian, RPM or pacman version without its revision; epochs stay."""
    return version.rpartition("-")[0] or version


def epoch_of(version: str) -> int:
    """Return the epoch of a Debian, RPM or pacman version; 0 if it has none."""
    epoch, colon, _ = version.partition(":")
    return int(epoch) if colon and set(epoch) <= set(digits) and epoch else 0


def _split_deb(version: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    return (epoch, upstream, revision) if dash else (epoch, rest, "")


def _compare_deb_text(left: str, right: str) -> int:
    for one, other in zip_longest(
        _DEB_PART.findall(left), _DEB_PART.findall(right), fillvalue=("", "")
    ):
        for first, second in zip_longest(one[0], other[0], fillvalue=""):
            if first != second:
                return 1 if _deb_weight(first) > _deb_weight(second) else -1
        if order := _compare_numbers(one[1], other[1]):
            return order
    return 0


def _deb_weight(letter: str) -> int:
    """Return where a letter stands: ``~``, the end, letters, and then the rest."""
    if letter == "~":
        return -1
    if not letter:
        return 0
    return ord(letter) + (0 if letter in ascii_letters else 0x110000)


def _compare_numbers(left: str, right: str) -> int:
    """Compare two runs of digits, of any length; none counts as 0."""
    one, other = left.lstrip("0"), right.lstrip("0")
    first, second = (len(one), one), (len(other), other)
    return (first > second) - (first < second)


def compare_rpm(left: str, right: str) -> int:
    """Compare two versions of RPM packages (rpm-version(7))."""
    return _compare_labels(left, right, _compare_rpm_text)


def compare_pacman(left: str, right: str) -> int:
    """Compare two versions of pacman's packages (vercmp(8))."""
    return _compare_labels(left, right, _compare_pacman_text)


def _compare_labels(left: str, right: str, compare: CompareText) -> int:
    one, other = _split_label(left), _split_label(right)
    order = _compare_numbers(one[0], other[0]) or compare(one[1], other[1])
    if order or not (one[2] and other[2]):
        return order
    return compare(one[2], other[2])


def _split_label(version: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    text, dash, release = rest.partition("-")
    return (epoch, text, release) if dash else (epoch, rest, "")


def _compare_rpm_text(left: str, right: str) -> int:
    for one, other in zip_longest(
        _RPM_SEGMENT.findall(left), _RPM_SEGMENT.findall(right), fillvalue=""
    ):
        if one == other:
            continue
        if "~" in (one, other):
            return -1 if one == "~" else 1
        if not (one and other):
            return 1 if one else -1
        if "^" in (one, other):
            return -1 if one == "^" else 1
        if order := _compare_segments(one, other):
            return order
    return 0


def _compare_segments(left: str, right: str) -> int:
    """Compare a run of digits or letters with another: a number is above any text."""
    numbers = left[0] in digits, right[0] in digits
    if all(numbers):
        return _compare_numbers(left, right)
    if any(numbers):
        return 1 if numbers[0] else -1
    return (left > right) - (left < right)


def _compare_pacman_text(left: str, right: str) -> int:
    at, there = 0, 0
    while at < len(left) and there < len(right):
        one = _PACMAN_SEGMENT.match(left, at)
        other = _PACMAN_SEGMENT.match(right, there)
        assert one is not None
        assert other is not None
        if not (one[2] and other[2]):
            at, there = one.end(1), other.end(1)
            break
        if len(one[1]) != len(other[1]):
            return 1 if len(one[1]) > len(other[1]) else -1
        if order := _compare_segments(one[2], other[2]):
            return order
        at, there = one.end(), other.end()
    rest, others = left[at : at + 1], right[there : there + 1]
    if not (rest or others):
        return 0
    # What goes on with a letter is older than what ends: 1.0rc1 is below 1.0.
    older = rest in ascii_letters if rest else others not in ascii_letters
    return -1 if older else 1
