"""Versions and relations of Debian packages, in the order that dpkg gives versions.

dpkg compares letter by letter, ``~`` below the end of a text, the end below letters,
letters below all other signs, and digits as numbers (deb-version(7)). ``1~rc1`` so is
below ``1``, and ``1post1`` above ``1`` and below ``1.0.1``, which ``1.post1`` is not.
"""

from typing import Final

from pysetup.platforms.versions.distribution import Dialect, Shipped
from pysetup.platforms.versions.order import compare_deb
from pysetup.platforms.versions.ranges import (
    AFTER,
    AFTER_LOCALS,
    AFTER_POSTS,
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
    epoch_prefix,
    release_text,
)
from pysetup.standards.versions import SpecifierSet, Version, parse_version

MAX_EPOCH: Final = 2**31 - 1
DIALECT: Final = Dialect(compare_deb, pre="~", dev="~dev", floor="~~", first="~~")
_SIGNS: Final = Signs(pre="~", post="post", dev="~dev", only_dev="~~dev")
# Below every version that can be encoded: what is below this is nothing.
LOWEST: Final = "0~~"
# In local versions; capital letters, since the end of a part must be below any letter
# that makes a part longer. The digits of a text follow them, from C to L.
_TEXT, _NUMBER, _ZERO = "A", "B", "C"
# "local" < "m" < "post" < "q".
_MARKS: Final = {AFTER: _TEXT, AFTER_LOCALS: "m", AFTER_POSTS: "q"}


def encode_deb(version: Version | str) -> str:
    """Return the upstream version of a Debian package of ``version``, with its epoch.

    The order of all encoded versions is the order of PEP 440, also where revisions
    (``-1``) follow. Raises ``InvalidVersionError`` or ``UnencodableVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    text = epoch_prefix(version, platform="Debian", limit=MAX_EPOCH)
    text += release_text(version, least=LEAST_NUMBERS) + _SIGNS.suffix(version)
    parts = local_parts(version)
    return text + ("local" if parts else "") + "".join(map(_local_part, parts))


def _local_part(part: str) -> str:
    # A part of digits alone is a number, above every text (PEP 440).
    return _NUMBER + part if part.isdigit() else _TEXT + as_letters(part, zero=_ZERO)


def deb_relations(package: str, specifiers: SpecifierSet | str = "") -> tuple[str, ...]:
    """Return the relations of a package that pysetup made, all of which must hold.

    They are the elements of a comma list in Depends; alternatives are joined by
    ``|``. They hold for exactly the encoded versions that ``specifiers`` admit,
    whatever the revision: only ``>=`` and ``<<`` are used. Raises
    ``InvalidSpecifiersError`` or ``UnencodableVersionError``.
    """
    return relations_of(package, admitted(specifiers), _spelled)


def deb_distribution_relations(
    package: str,
    specifiers: SpecifierSet | str = "",
    *,
    epoch: str = "",
    shipped: Shipped | None = None,
) -> tuple[str, ...]:
    """Return the relations of a package that the distribution made.

    As by ``deb_relations``, but right only nearly always: nobody encodes versions
    there. ``epoch`` is the one that its version begins with. With ``shipped`` they hold
    for that package exactly if ``specifiers`` admit its version. Raises
    ``InvalidSpecifiersError``.
    """
    spell = DIALECT.speller(epoch=epoch, shipped=shipped)
    return relations_of(package, admitted(specifiers), spell)


def _spelled(cut: Cut) -> str:
    """Return the text of a cut: at it or above it is what stands above the cut."""
    version = cut.version
    if begins_release(cut):
        epoch = epoch_prefix(version, platform="Debian", limit=MAX_EPOCH)
        return epoch + release_text(version) + DIALECT.first
    return encode_deb(version) + _MARKS.get(cut.side, "")


def relations_of(
    package: str, intervals: tuple[Interval, ...], spell: Spell
) -> tuple[str, ...]:
    """Return the relations that admit ``intervals``, with cuts spelled by ``spell``."""
    if not intervals:
        return (f"{package} (<< {LOWEST})",)
    low, high = intervals[0].low, intervals[-1].high
    found = [] if low is None else [f"{package} (>= {spell(low)})"]
    for gap in gaps(intervals):
        assert gap.low is not None
        assert gap.high is not None
        found.append(
            f"{package} (<< {spell(gap.low)}) | {package} (>= {spell(gap.high)})"
        )
    if high is not None:
        found.append(f"{package} (<< {spell(high)})")
    return tuple(found) or (package,)
