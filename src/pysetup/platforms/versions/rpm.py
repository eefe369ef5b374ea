"""Versions and dependencies of RPM packages, in the order that rpm gives versions.

rpm compares runs of digits as numbers and runs of letters as text, a number above any
text; ``~`` is below the end of a version and ``^`` above it, but below all else.
"""

from typing import Final, Protocol

from pysetup.platforms.versions.ranges import (
    AFTER,
    AFTER_LOCALS,
    AFTER_POSTS,
    BEFORE,
    Cut,
    Interval,
    admitted,
    begins_release,
    local_parts,
)
from pysetup.platforms.versions.spelling import as_letters, epoch_prefix, release_text
from pysetup.standards.versions import SpecifierSet, Version, parse_version

MAX_EPOCH: Final = 2**32 - 1
# Below every version that can be encoded: what is below this is nothing.
LOWEST: Final = "0~~"
# "local" < "m" < "post" < "q".
_MARKS: Final = {AFTER_LOCALS: "^m", AFTER_POSTS: "^q"}


def encode_rpm(version: Version | str) -> str:
    """Return the version of an RPM package or Provides of ``version``, with its epoch.

    The order of all encoded versions is the order of PEP 440; the releases of RPM
    take no part in it. Raises ``InvalidVersionError`` or ``UnencodableVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    text = epoch_prefix(version, platform="RPM", limit=MAX_EPOCH)
    text += release_text(version)
    if version.pre is not None:
        phase, number = version.pre
        text += f"~{phase}{number}"
    if version.post is not None:
        text += f"^post{version.post}"
    if version.dev is not None:
        only = version.pre is None and version.post is None
        text += f"{'~~' if only else '~'}dev{version.dev}"
    parts = local_parts(version)
    return text + ("^local." + ".".join(map(_local_part, parts)) if parts else "")


def _local_part(part: str) -> str:
    return part if part.isdigit() else as_letters(part, zero="A")


def rpm_requirement(capability: str, specifiers: SpecifierSet | str = "") -> str:
    """Return the dependency on a capability that pysetup provides, as rich as needed.

    ``capability`` is a package or a name such as ``python3dist(mdurl)``. The
    dependency holds for exactly the encoded versions that ``specifiers`` admit, and
    names no release. Raises ``InvalidSpecifiersError`` or ``UnencodableVersionError``.
    """
    return requirement_of(capability, admitted(specifiers), _spelled)


def _spelled(cut: Cut) -> str:
    version = cut.version
    if cut.side in _MARKS:
        return encode_rpm(version) + _MARKS[cut.side]
    text = encode_rpm(version)
    return text.removesuffix("dev0") if begins_release(cut) else text


class Spell(Protocol):
    """The text of a cut in one dialect."""

    def __call__(self, cut: Cut, /) -> str:
        """Return the version, such that what is above the cut is at or above it."""


def requirement_of(
    capability: str, intervals: tuple[Interval, ...], spell: Spell
) -> str:
    """Return the dependency that admits ``intervals``, with cuts spelled by ``spell``.

    Several intervals become alternatives, each about one and the same package.
    """
    if not intervals:
        return f"{capability} < {LOWEST}"
    found = [_interval(capability, each, spell) for each in intervals]
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


def _interval(capability: str, interval: Interval, spell: Spell) -> str:
    low, high = interval.low, interval.high
    if low is not None and high == Cut(low.version, AFTER) and low.side == BEFORE:
        return f"{capability} = {spell(high)}"
    found = []
    if low is not None:
        operator = ">" if low.side == AFTER else ">="
        found.append(f"{capability} {operator} {spell(low)}")
    if high is not None:
        operator = "<=" if high.side == AFTER else "<"
        found.append(f"{capability} {operator} {spell(high)}")
    return f"({' with '.join(found)})" if len(found) > 1 else (found or [capability])[0]
