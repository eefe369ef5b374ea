"""Versions and dependencies of pacman's packages, in the order that vercmp gives them.

pacman compares runs of digits as numbers and runs of letters as text, a number above
any text. A letter right behind a version makes it older (``1rc1`` is below ``1``), one
behind a dot makes it newer (``1.post1`` is above ``1`` and below ``1.0.1``): vercmp(8).
"""

from typing import Final

from pysetup.platforms.versions.distribution import Dialect, Shipped
from pysetup.platforms.versions.order import compare_pacman, upstream_of
from pysetup.platforms.versions.ranges import (
    AFTER,
    AFTER_LOCALS,
    AFTER_POSTS,
    BEFORE,
    Cut,
    Interval,
    admitted,
    begins_release,
    gaps,
    local_parts,
)
from pysetup.platforms.versions.spelling import (
    LEAST_NUMBERS,
    Signs,
    Spell,
    as_letters,
    release_text,
)
from pysetup.standards.versions import SpecifierSet, Version, parse_version
from pysetup.values import dataclass

DIALECT: Final = Dialect(compare_pacman, pre="", dev=".dev", floor="", first="Dev0")
# "Dev" is below "a": capital letters come first.
_SIGNS: Final = Signs(pre="", post=".post", dev="dev", only_dev="Dev")
# Below every version that can be encoded: what is below this is nothing.
LOWEST: Final = "0D"
# What is let in where one version was to be left out, and it alone is.
LOCALS: Final = "the local versions of"
# "local" < "m" < "post" < "q".
_MARKS: Final = {AFTER_LOCALS: ".m", AFTER_POSTS: ".q"}


@dataclass(frozen=True, slots=True)
class PacmanRelations:
    """Relations to packages that pysetup made.

    All of ``depends`` must hold, and none of ``conflicts`` may be installed: pacman has
    no alternatives, so a version that is left out becomes a conflict. ``admitted_too``
    are the specifiers that say what could be left out by neither, and so is let in.
    """

    depends: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    admitted_too: tuple[str, ...] = ()


def encode_pacman(version: Version | str) -> str:
    """Return the ``pkgver`` of a package of ``version``, with its epoch.

    The order of all encoded versions is the order of PEP 440. Raises
    ``InvalidVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    text = f"{version.epoch}:" if version.epoch else ""
    text += release_text(version, least=LEAST_NUMBERS) + _SIGNS.suffix(version)
    parts = local_parts(version)
    return text + (".local." + ".".join(map(_local_part, parts)) if parts else "")


def _local_part(part: str) -> str:
    return part if part.isdigit() else as_letters(part, zero="A")


def pacman_relations(
    package: str, specifiers: SpecifierSet | str = ""
) -> PacmanRelations:
    """Return the relations to a package that pysetup made.

    They name no ``pkgrel``, so they hold for each. Raises ``InvalidSpecifiersError``.
    """
    intervals = admitted(specifiers)
    version = _only_version(intervals)
    if version is not None:
        return PacmanRelations((f"{package}={encode_pacman(version)}",))
    conflicts, too_much = [], []
    for gap in gaps(intervals):
        assert gap.low is not None
        if gap.low.side == BEFORE and gap.high == Cut(gap.low.version, AFTER):
            conflicts.append(f"{package}={encode_pacman(gap.low.version)}")
        elif gap.low.side == BEFORE and gap.high == Cut(gap.low.version, AFTER_LOCALS):
            conflicts.append(f"{package}={encode_pacman(gap.low.version)}")
            too_much.append(f"{LOCALS} {gap.low.version}")
        else:
            too_much.append(_in_words(gap))
    depends = _depends(package, intervals, _spelled)
    return PacmanRelations(depends, tuple(conflicts), tuple(too_much))


def pacman_distribution_relations(
    package: str,
    specifiers: SpecifierSet | str = "",
    *,
    epoch: str = "",
    shipped: Shipped | None = None,
) -> PacmanRelations:
    """Return the relations to a package that the distribution made.

    ``epoch`` is the one that its version begins with. With ``shipped`` they hold for
    that package exactly if ``specifiers`` admit its version; what lies between admitted
    versions is let in otherwise. Raises ``InvalidSpecifiersError``.
    """
    spell = DIALECT.speller(epoch=epoch, shipped=shipped)
    intervals = admitted(specifiers)
    conflicts = []
    if shipped is not None:
        version = parse_version(shipped.version)
        if any(version in gap for gap in gaps(intervals)):
            conflicts.append(f"{package}={upstream_of(shipped.package_version)}")
    too_much = tuple(map(_in_words, gaps(intervals)))
    return PacmanRelations(
        _depends(package, intervals, spell), tuple(conflicts), too_much
    )


def _depends(
    package: str, intervals: tuple[Interval, ...], spell: Spell
) -> tuple[str, ...]:
    """Return what holds from the first to the last of ``intervals``."""
    if not intervals:
        return (f"{package}<{LOWEST}",)
    low, high = intervals[0].low, intervals[-1].high
    found = [] if low is None else [f"{package}>={spell(low)}"]
    if high is not None:
        found.append(f"{package}<{spell(high)}")
    return tuple(found) or (package,)


def _only_version(intervals: tuple[Interval, ...]) -> Version | None:
    """Return the one version that ``intervals`` admit; None if there are others."""
    if len(intervals) != 1 or intervals[0].low is None:
        return None
    low = intervals[0].low
    alone = low.side == BEFORE and intervals[0].high == Cut(low.version, AFTER)
    return low.version if alone else None


def _in_words(gap: Interval) -> str:
    low, high = gap.low, gap.high
    assert low is not None
    assert high is not None
    if low.side == BEFORE and high.version == low.version:
        return f"version {low.version}"
    return f"versions from {_place(low)} up to {_place(high)}"


def _place(cut: Cut) -> str:
    return release_text(cut.version) if begins_release(cut) else str(cut.version)


def _spelled(cut: Cut) -> str:
    text = encode_pacman(cut.version)
    if cut.side == AFTER:
        # Below every further part of a local version, and below the first one.
        return text + (".A" if cut.version.local else ".local")
    return text + _MARKS.get(cut.side, "")
