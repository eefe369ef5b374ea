"""Versions and dependencies of pacman's packages, in the order that vercmp gives them.

pacman compares runs of digits as numbers and runs of letters as text, a number above
any text. A letter right behind a version makes it older (``1rc1`` is below ``1``), one
behind a dot makes it newer (``1.post1`` is above ``1`` and below ``1.0.1``): vercmp(8).
"""

from typing import Final

from pysetup.platforms.versions.ranges import (
    AFTER,
    AFTER_LOCALS,
    AFTER_POSTS,
    BEFORE,
    Cut,
    admitted,
    gaps,
    local_parts,
)
from pysetup.platforms.versions.spelling import as_letters, release_text
from pysetup.standards.versions import SpecifierSet, Version, parse_version
from pysetup.values import dataclass

# Below every version that can be encoded: what is below this is nothing.
LOWEST: Final = "0D"
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
    text += release_text(version)
    if version.pre is not None:
        phase, number = version.pre
        text += f"{phase}{number}"
    if version.post is not None:
        text += f".post{version.post}"
    if version.dev is not None:
        # "Dev" is below "a": capital letters come first.
        only = version.pre is None and version.post is None
        text += f"{'Dev' if only else 'dev'}{version.dev}"
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
    if not intervals:
        return PacmanRelations((f"{package}<{LOWEST}",))
    low, high = intervals[0].low, intervals[-1].high
    if low is not None and high == Cut(low.version, AFTER) and low.side == BEFORE:
        return PacmanRelations((f"{package}={_spelled(low)}",))
    depends = []
    if low is not None:
        operator = ">" if low.side == AFTER else ">="
        depends.append(f"{package}{operator}{_spelled(low)}")
    if high is not None:
        operator = "<=" if high.side == AFTER else "<"
        depends.append(f"{package}{operator}{_spelled(high)}")
    conflicts, too_much = [], []
    for gap in gaps(intervals):
        low, high = gap.low, gap.high
        assert low is not None
        assert high is not None
        if low.side == BEFORE and high == Cut(low.version, AFTER):
            conflicts.append(f"{package}={_spelled(low)}")
        elif low.side == BEFORE and high == Cut(low.version, AFTER_LOCALS):
            conflicts.append(f"{package}={_spelled(low)}")
            too_much.append(f"the local versions of {low.version}")
        else:
            too_much.append(f"versions from {_spelled(low)} up to {_spelled(high)}")
    return PacmanRelations(
        tuple(depends) or (package,), tuple(conflicts), tuple(too_much)
    )


def _spelled(cut: Cut) -> str:
    return encode_pacman(cut.version) + _MARKS.get(cut.side, "")
