"""What a version specifier admits, as intervals between cuts through all versions.

Versions of PEP 440 have one order, and a cut is a place in it where no version stands.
A platform that can name every cut, and keeps the order, can say every specifier.

Pre-releases are admitted wherever the comparisons admit them, as by ``SpecifierSet``
of the packaging library with ``prereleases=True``: a platform's solver has no rule
that takes pre-releases only where nothing else fits.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Final

from pysetup.standards.versions import (
    InvalidVersionError,
    Specifier,
    SpecifierSet,
    Version,
    parse_specifiers,
    parse_version,
)
from pysetup.values import dataclass

# Where a cut is: right below a version; right above it, but below those with a longer
# local part; above it and all its local versions; above all its post-releases, too.
BEFORE: Final = "before"
AFTER: Final = "after"
AFTER_LOCALS: Final = "after its local versions"
AFTER_POSTS: Final = "after its post-releases"

_MOST: Final = float("inf")  # beyond a number, however large
_ONLY_DEV, _NO_PRE = -1, 3
_PHASES: Final = {"a": 0, "b": 1, "rc": 2}

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A place between two versions: ``side`` of ``version``."""

    version: Version
    side: str = BEFORE

    @property
    def key(self) -> Key:
        """What cuts are compared by; equal where no version can stand between."""
        version = self.version
        post = -1 if version.post is None else version.post
        if self.side == AFTER_LOCALS and version.dev is not None:
            return _key(version, post=post, dev=version.dev + 1)
        if self.side == AFTER_LOCALS:
            return _key(version, post=post + 1, dev=0)
        if self.side == AFTER_POSTS and version.pre is not None:
            phase, number = version.pre
            return _key(version, pre=(phase, number + 1), post=-1, dev=0)
        if self.side == AFTER_POSTS:
            return _key(version, post=_MOST, dev=_MOST)
        own = _key(version, post=post, dev=version.dev)
        return (*own[:-2], _locals(version), 1 if self.side == AFTER else 0)


def version_key(version: Version) -> Key:
    """Return what versions are compared by; comparable with the keys of cuts."""
    return Cut(version).key


def _key(
    version: Version,
    *,
    pre: tuple[str, int] | None = None,
    post: float,
    dev: float | None,
) -> Key:
    chosen = pre or version.pre
    if chosen is not None:
        phase = (_PHASES[chosen[0]], chosen[1])
    else:
        only_dev = post < 0 and dev is not None
        phase = (_ONLY_DEV if only_dev else _NO_PRE, 0)
    return (
        version.epoch,
        trimmed_release(version),
        phase,
        post,
        _MOST if dev is None else dev,
        (),
        0,
    )


def _locals(version: Version) -> tuple[tuple[float, str], ...]:
    return tuple(
        (int(part), "") if part.isdigit() else (-1, part)
        for part in local_parts(version)
    )


def local_parts(version: Version) -> tuple[str, ...]:
    """Return the parts of the local version, lower case; empty if it has none."""
    return tuple(version.local.split(".")) if version.local else ()


def trimmed_release(version: Version) -> tuple[int, ...]:
    """Return the release numbers without zeros at the end: 1.0 is 1."""
    release = version.release
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


@dataclass(frozen=True, slots=True)
class Interval:
    """All versions from ``low`` up to ``high``; None is without end."""

    low: Cut | None = None
    high: Cut | None = None

    def __contains__(self, version: Version) -> bool:
        key = version_key(version)
        return (self.low is None or self.low.key <= key) and (
            self.high is None or key < self.high.key
        )


NOTHING: Final[tuple[Interval, ...]] = ()


def admitted(specifiers: SpecifierSet | str) -> tuple[Interval, ...]:
    """Return what ``specifiers`` admit: intervals in order, with gaps between them.

    No interval: nothing can satisfy them. ``===`` admits the one version that it
    writes, however its zeros are written, and nothing if that is no version of
    PEP 440. Raises ``InvalidSpecifiersError``.
    """
    if isinstance(specifiers, str):
        specifiers = parse_specifiers(specifiers)
    return _in_all([_of_comparison(each) for each in sorted(specifiers, key=str)])


def is_admitted(version: Version, intervals: Iterable[Interval]) -> bool:
    """Tell whether ``version`` lies in one of ``intervals``."""
    return any(version in interval for interval in intervals)


def gaps(intervals: Sequence[Interval]) -> list[Interval]:
    """Return what lies between ``intervals``, of which there is at least one."""
    return [Interval(before.high, after.low) for before, after in pairwise(intervals)]


def begins_release(cut: Cut) -> bool:
    """Tell whether ``cut`` is below a release and all its pre-releases."""
    version = cut.version
    first = version.dev == 0 and version.pre is None and version.post is None
    return first and not version.local and cut.side == BEFORE


def _of_comparison(specifier: Specifier) -> tuple[Interval, ...]:
    operator, text = specifier.operator, specifier.version
    if operator == "===":
        return _identical(text)
    if operator in ("==", "!="):
        low, high = _equal(text)
        if operator == "==":
            return _from_to(low, high)
        return (*_from_to(None, low), *_from_to(high, None))
    return _from_to(*_ordered(operator, parse_version(text)))


def _identical(text: str) -> tuple[Interval, ...]:
    try:
        version = parse_version(text)
    except InvalidVersionError:
        return NOTHING
    return _from_to(Cut(version), Cut(version, AFTER))


def _ordered(operator: str, version: Version) -> tuple[Cut | None, Cut | None]:
    """Return from where to where the versions are that such a comparison admits."""
    if operator == "~=":
        return Cut(version), _next_family(version, version.release[:-1])
    if operator == ">=":
        return Cut(version), None
    if operator == "<=":
        return None, Cut(version, AFTER_LOCALS)
    if operator == ">":
        # A post-release of a version is not above it (PEP 440, exclusive comparison).
        own = version.post is not None or version.dev is not None
        return Cut(version, AFTER_LOCALS if own else AFTER_POSTS), None
    # And a pre-release is not below it, unless that is one itself.
    return None, Cut(version if version.is_prerelease else _first_dev(version))


def _first_dev(version: Version) -> Version:
    return parse_version(f"{version.public}.dev0")


def _equal(text: str) -> tuple[Cut, Cut]:
    if text.endswith(".*"):
        family = parse_version(text.removesuffix(".*"))
        return _lowest(family, family.release), _next_family(family, family.release)
    version = parse_version(text)
    return Cut(version), Cut(version, AFTER if version.local else AFTER_LOCALS)


def _lowest(version: Version, release: Sequence[int]) -> Cut:
    """Return the cut below all versions of ``release``, its pre-releases included."""
    numbers = ".".join(map(str, release))
    return Cut(parse_version(f"{version.epoch}!{numbers}.dev0"))


def _next_family(version: Version, release: Sequence[int]) -> Cut:
    """Return the cut above all versions that begin with the numbers of ``release``."""
    return _lowest(version, (*release[:-1], release[-1] + 1))


_FIRST: Final = version_key(parse_version("0.dev0"))


def _from_to(low: Cut | None, high: Cut | None) -> tuple[Interval, ...]:
    """Return the interval from ``low`` to ``high``; none where it holds no version."""
    if low is not None and low.key <= _FIRST:
        low = None
    if high is not None and high.key <= (_FIRST if low is None else low.key):
        return NOTHING
    return (Interval(low, high),)


def _in_all(rows: Sequence[Sequence[Interval]]) -> tuple[Interval, ...]:
    """Return what lies in every row of intervals, by one walk through all cuts."""
    ends = [(each.low, 1) for row in rows for each in row]
    ends += [(each.high, -1) for row in rows for each in row]
    cuts = [(cut.key, step, cut) for cut, step in ends if cut is not None]
    cuts.sort(key=lambda end: end[0])
    depth = sum(each.low is None for row in rows for each in row)
    found: list[Interval] = []
    low: Cut | None = None
    for _, group in groupby(cuts, key=lambda end: end[0]):
        together = list(group)
        was_in = depth == len(rows)
        depth += sum(step for _, step, _ in together)
        cut = together[0][2]
        if was_in and depth < len(rows):
            found.append(Interval(low, cut))
        elif not was_in and depth == len(rows):
            low = cut
    if depth == len(rows):
        found.append(Interval(low, None))
    return tuple(found)
