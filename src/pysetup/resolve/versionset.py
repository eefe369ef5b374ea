"""Sets of versions as integers: one bit for each known version of a project."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from pysetup.standards.versions import Specifier, SpecifierSet, Version, parse_version


class VersionTable:
    """The known versions of one project, oldest first, and the masks over them.

    Bit ``i`` of a mask stands for ``versions[i]``, so the highest bit is the newest
    version. The same version may stand twice, when it comes from two places.
    """

    __slots__ = ("_by_set", "_by_specifier", "all", "finals", "versions")

    def __init__(self, versions: Iterable[Version]) -> None:
        self.versions: Sequence[Version] = tuple(sorted(versions))
        self.all = (1 << len(self.versions)) - 1
        self.finals = mask_of(
            index
            for index, version in enumerate(self.versions)
            if not version.is_prerelease
        )
        self._by_specifier: dict[Specifier, int] = {}
        self._by_set: dict[int, tuple[SpecifierSet, int]] = {}

    @classmethod
    def ordered(cls, versions: Sequence[Version], *, finals: int) -> "VersionTable":
        """Make the table of ``versions`` that stand in order already.

        ``finals`` is the mask of those that are no pre-releases.
        """
        made = cls(())
        made.versions = versions
        made.all = (1 << len(versions)) - 1
        made.finals = finals
        return made

    def mask(self, specifiers: SpecifierSet) -> int:
        """Return the versions that ``specifiers`` admits, pre-releases included.

        Whether a pre-release may be *used* is decided elsewhere (PEP 440: only when
        asked for, or when nothing else fits); local versions follow the rules of
        each operator.
        """
        # Requirements are parsed once and shared: identity is the cheapest key.
        known = self._by_set.get(id(specifiers))
        if known is None:
            mask = self.all
            for specifier in specifiers:
                mask &= self._specifier_mask(specifier)
            known = self._by_set[id(specifiers)] = (specifiers, mask)
        return known[1]

    def runs(self, mask: int, *, within: int) -> Iterator[tuple[int, int]]:
        """Yield the unbroken runs of ``mask``, as first and last bit, oldest first.

        Bits outside ``within`` neither begin nor break a run.
        """
        first = last = -1
        for index in bits(within):
            if mask >> index & 1:
                first, last = (index if first < 0 else first), index
            elif first >= 0:
                yield first, last
                first = -1
        if first >= 0:
            yield first, last

    def _specifier_mask(self, specifier: Specifier) -> int:
        mask = self._by_specifier.get(specifier)
        if mask is None:
            mask = self._by_specifier[specifier] = self._compute(specifier)
        return mask

    def _compute(self, specifier: Specifier) -> int:
        """Return the mask of one comparison: an interval, or all but an interval."""
        operator, text = specifier.operator, specifier.version
        if operator == "===":
            return mask_of(
                index
                for index, version in enumerate(self.versions)
                if specifier.contains(version, prereleases=True)
            )
        if operator in (">", ">="):
            return self.all & -(1 << _first(self.versions, specifier, admitted=True))
        if operator in ("<", "<="):
            return (1 << _first(self.versions, specifier, admitted=False)) - 1
        if operator == "!=":
            specifier = Specifier("==" + text)
        # The lowest version that ==1.2.* admits is 1.2.dev0.
        lowest = text.removesuffix(".*") + (".dev0" if text.endswith(".*") else "")
        start = bisect_left(self.versions, parse_version(lowest))
        end = _first(self.versions, specifier, admitted=False, start=start)
        interval = (1 << end) - (1 << start)
        return self.all & ~interval if operator == "!=" else interval


def _first(
    versions: Sequence[Version],
    specifier: Specifier,
    *,
    admitted: bool,
    start: int = 0,
) -> int:
    """Return the first index from ``start`` on that is ``admitted``, or not.

    From there on all are, up to the end: one comparison cuts an ordered row once.
    """
    low, high = start, len(versions)
    while low < high:
        middle = (low + high) // 2
        if specifier.contains(versions[middle], prereleases=True) is admitted:
            high = middle
        else:
            low = middle + 1
    return low


def mask_of(indexes: Iterable[int]) -> int:
    """Return the mask with these bits."""
    mask = 0
    for index in indexes:
        mask |= 1 << index
    return mask


def bits(mask: int) -> Iterator[int]:
    """Yield the bits of ``mask``, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def newest(mask: int) -> int:
    """Return the highest bit of a mask that is not empty."""
    return mask.bit_length() - 1


def oldest(mask: int) -> int:
    """Return the lowest bit of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1
