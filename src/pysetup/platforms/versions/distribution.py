"""The dialect of distributions: cuts spelled as their maintainers write versions.

A distribution's package of 2.0 may be called ``2.0.0-1``, ``1:2.0+dfsg-3`` or
``2.0~git20240102-1``; nobody encodes versions there, so a translation can only be right
nearly always. A cut is spelled wide: below all spellings of the first version above it.
Where the package that the distribution ships is known, it decides how cuts are moved.
"""

from functools import partial
from typing import Final, Protocol

from pysetup.platforms.versions.order import epoch_of, upstream_of
from pysetup.platforms.versions.ranges import (
    AFTER_POSTS,
    BEFORE,
    Cut,
    begins_release,
    trimmed_release,
    version_key,
)
from pysetup.platforms.versions.spelling import Signs, Spell, release_text
from pysetup.standards.versions import InvalidVersionError, Version, parse_version
from pysetup.values import dataclass

# Zeros that may follow a release in the package's version: 2 is called 2.0.0, too.
_NUMBERS: Final = 5
_NUMBERS_ABOVE: Final = 3


class Order(Protocol):
    """Compares two versions of packages."""

    def __call__(self, left: str, right: str, /) -> int:
        """Return -1, 0 or 1."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What the distribution ships: the project's version, and that of its package.

    ``version`` is the one that the metadata in the package states, ``package_version``
    the whole version of the package, as ``1:2.0+dfsg-3``.
    """

    version: str
    package_version: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the maintainers of one family of packages write versions.

    ``pre`` and ``dev`` stand before pre-releases and development releases. ``floor``
    makes a version lower than all that begin with it, or is empty where no sign does
    that; ``first`` stands for all pre-releases of a release.
    """

    order: Order
    pre: str
    dev: str
    floor: str
    first: str

    def speller(self, *, epoch: str = "", shipped: Shipped | None = None) -> Spell:
        """Return the function that spells cuts for one package; as ``spell``."""
        return partial(self.spell, epoch=epoch, shipped=shipped)

    def spell(
        self, cut: Cut, *, epoch: str = "", shipped: Shipped | None = None
    ) -> str:
        """Return the version of a package from which on packages are above ``cut``.

        ``epoch`` is the one that the distribution gave to its package.
        """
        known = _known_version(shipped)
        text = self._epoch(cut, epoch, known, shipped) + self._text(cut)
        if known is None or shipped is None:
            return text
        above = version_key(known) >= cut.key
        spelled_above = self.order(shipped.package_version, text) >= 0
        if above is spelled_above:
            return text
        upstream = upstream_of(shipped.package_version)
        # What stands behind the last hyphen would be read as the revision.
        revision = "-0" if "-" in upstream else ""
        return upstream + (self.floor if above else ".0" + self.floor) + revision

    def _text(self, cut: Cut) -> str:
        version = cut.version
        if begins_release(cut):
            return release_text(version) + self.first
        written = ".".join(map(str, version.release))
        if cut.side == AFTER_POSTS and version.pre is not None:
            phase, number = version.pre
            text = f"{written}{self.pre}{phase}{number + 1}"
        elif cut.side == AFTER_POSTS:
            text = _with_zeros(version, _NUMBERS_ABOVE) + ".1"
        elif suffix := self._suffix(version):
            text = written + suffix + ("" if cut.side == BEFORE else ".0")
        elif cut.side == BEFORE:
            text = release_text(version)
        else:
            text = _with_zeros(version, _NUMBERS - 1) + ".0"
        return text + self.floor

    def _suffix(self, version: Version) -> str:
        signs = Signs(pre=self.pre, post=".post", dev=self.dev, only_dev=self.dev)
        local = f"+{version.local}" if version.local else ""
        return signs.suffix(version) + local

    @staticmethod
    def _epoch(
        cut: Cut, epoch: str, known: Version | None, shipped: Shipped | None
    ) -> str:
        """Return the epoch of a cut: the distribution's, moved as that of PEP 440."""
        given = int(epoch) if epoch else 0
        if shipped is not None and not epoch:
            given = epoch_of(shipped.package_version)
        moved = given + cut.version.epoch - (known.epoch if known is not None else 0)
        return f"{moved}:" if moved > 0 else ""


def _with_zeros(version: Version, length: int) -> str:
    """Return the release with at least ``length`` numbers, zeros behind the last."""
    release = trimmed_release(version)
    return ".".join(map(str, (*release, *([0] * (length - len(release))))))


def _known_version(shipped: Shipped | None) -> Version | None:
    """Return the version that is shipped; None where it is none of PEP 440."""
    try:
        return parse_version(shipped.version) if shipped is not None else None
    except InvalidVersionError:
        return None
