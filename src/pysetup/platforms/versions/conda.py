"""Versions and match specifiers of conda packages, near to the order of PEP 440.

conda reads versions nearly as PEP 440 does, and channels carry them as projects write
them; so do we, that packages of both kinds agree. What conda orders in another way:

* ``1.0.dev1`` is above ``1.0a1`` there: it is written ``1.0dev1``.
* Text in a local version is below the version without it: text is written behind a 1,
  a number behind ``2.``. Parts of letters and digits in one keep conda's own order.
* Pre-releases and post-releases of releases that have another number of zeros at their
  end (``1.0rc1`` and ``1.0.0rc1``) keep conda's order: no spelling helps.
* Numbers end at 18446744073709551615.
"""

from typing import Final

from pysetup.platforms.versions.ranges import (
    AFTER,
    AFTER_LOCALS,
    AFTER_POSTS,
    Cut,
    Interval,
    admitted,
    begins_release,
    local_parts,
    trimmed_release,
)
from pysetup.platforms.versions.spelling import (
    Signs,
    UnencodableVersionError,
    release_text,
)
from pysetup.standards.versions import SpecifierSet, Version, parse_version

_SIGNS: Final = Signs(pre="", post=".post", dev=".dev", only_dev="dev")
LARGEST: Final = 2**64 - 1
# Below every version that can be encoded: what is below this is nothing.
LOWEST: Final = "0dev0"
# No real project counts its post-releases as far.
_POSTS: Final = 10**9
_NUMBERS: Final = 3


def encode_conda(version: Version | str) -> str:
    """Return the version of a conda package of ``version``, with its epoch.

    Versions with the same count of release numbers, and the zeros that they are written
    with, keep the order of PEP 440. Raises ``InvalidVersionError``, or
    ``UnencodableVersionError`` for numbers that conda does not read.
    """
    if isinstance(version, str):
        version = parse_version(version)
    return _encoded(version, ".".join(map(str, version.release)))


def _encoded(version: Version, release: str) -> str:
    epoch = f"{version.epoch}!" if version.epoch else ""
    text = epoch + release + _SIGNS.suffix(version)
    parts = local_parts(version)
    numbers = [version.epoch, *version.release, version.post or 0, version.dev or 0]
    numbers += [version.pre[1] if version.pre else 0]
    numbers += [int(part) for part in parts if part.isdigit()]
    if max(numbers) > LARGEST:
        raise UnencodableVersionError(str(version), "conda", LARGEST)
    return text + ("+" + ".".join(map(_local_part, parts)) if parts else "")


def _local_part(part: str) -> str:
    return f"2.{part}" if part.isdigit() else f"1{part}"


def conda_requirement(package: str, specifiers: SpecifierSet | str = "") -> str:
    """Return the match specifier of a package, as ``depends`` lists it.

    What ``specifiers`` leave out becomes alternatives. Raises
    ``InvalidSpecifiersError`` or ``UnencodableVersionError``.
    """
    intervals = admitted(specifiers)
    if not intervals:
        return f"{package} <{LOWEST}"
    found = "|".join(text for each in intervals for text in _alternatives(each))
    return f"{package} {found}" if found else package


def _alternatives(interval: Interval) -> list[str]:
    """Return the comparisons that admit an interval, joined by commas."""
    low, high = interval.low, interval.high
    ends = [] if high is None else [f"<{_spelled(high)}"]
    if low is None:
        return [",".join(ends)] if ends else []
    if low.side == AFTER_POSTS and low.version.pre is None:
        starts = _above_posts(low.version)
    else:
        starts = [[f">={_spelled(low)}"]]
    return [",".join((*start, *ends)) for start in starts]


def _above_posts(version: Version) -> list[list[str]]:
    """Return where the later releases are, for a release that ``>`` names.

    To conda, 1.0.0.post1 is below 1.0.1, but 1.0.post1 is above it, and 1.post1 above
    1.1: in each of these places the post-releases are left out.
    """
    release = trimmed_release(version)
    longest = max(_NUMBERS, len(version.release))
    found: list[list[str]] = []
    for length in range(longest, len(release) - 1, -1):
        numbers = (*release, *([0] * (length - len(release))))
        text = _encoded(version, ".".join(map(str, numbers)))
        if found:
            found[-1].append(f"<{text}.post0.dev0")
        found.append([f">={text}.post{_POSTS}"])
    return found


def _spelled(cut: Cut) -> str:
    version = cut.version
    if begins_release(cut):
        return _encoded(version, release_text(version))
    text = encode_conda(version)
    if cut.side == AFTER:
        # Below every further part of a local version, and below the first one.
        return text + (".0.1" if version.local else "+0.1")
    if cut.side == AFTER_POSTS:
        assert version.pre is not None
        return _counted_on(text, version.pre[1]) + ".dev0"
    return _after_locals(version, text) if cut.side == AFTER_LOCALS else text


def _after_locals(version: Version, text: str) -> str:
    if version.dev is not None:
        return _counted_on(text, version.dev)
    if version.post is not None:
        return _counted_on(text, version.post) + ".dev0"
    return text + ".post0.dev0"


def _counted_on(text: str, number: int) -> str:
    """Return ``text`` with ``number``, in which it ends, one higher."""
    return text.removesuffix(str(number)) + str(number + 1)
