"""Versions and dependencies of RPM packages, in the order that rpm gives versions.

rpm compares runs of digits as numbers and runs of letters as text, a number above any
text; ``~`` is below the end of a version and ``^`` above it, but below all else.
"""

from typing import Final

from pysetup.platforms.versions.distribution import Dialect, Shipped
from pysetup.platforms.versions.order import compare_rpm
from pysetup.platforms.versions.ranges import (
    AFTER,
    AFTER_LOCALS,
    AFTER_POSTS,
    Cut,
    Interval,
    admitted,
    begins_release,
    local_parts,
)
from pysetup.platforms.versions.spelling import (
    Signs,
    Spell,
    as_letters,
    epoch_prefix,
    release_text,
)
from pysetup.standards.versions import SpecifierSet, Version, parse_version

MAX_EPOCH: Final = 2**32 - 1
DIALECT: Final = Dialect(compare_rpm, pre="~", dev="~dev", floor="~~", first="~~")
_SIGNS: Final = Signs(pre="~", post="^post", dev="~dev", only_dev="~~dev")
# Below every version that can be encoded: what is below this is nothing.
LOWEST: Final = "0~~"
# "local" < "m" < "post" < "q".
_MARKS: Final = {AFTER_LOCALS: "^m", AFTER_POSTS: "^q"}


def encode_rpm(version: Version | str) -> str:
    """Return the version of a Provides such as ``python3dist(demo)``, with its epoch.

    The order of all encoded versions is the order of PEP 440; the releases of RPM
    take no part in it. Raises ``InvalidVersionError`` or ``UnencodableVersionError``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    return _encoded(version, release_text(version))


def rpm_package_version(version: Version | str) -> str:
    """Return the version of an RPM package of ``version``, with its epoch.

    The zeros at the end stay, as they do in the packages of distributions: beside
    their 7.0.0-2 a package of version 7 would be the older one. The order is that of
    PEP 440 among versions that the project spells with as many numbers. Raises as
    ``encode_rpm``.
    """
    if isinstance(version, str):
        version = parse_version(version)
    return _encoded(version, ".".join(map(str, version.release)))


def _encoded(version: Version, release: str) -> str:
    text = epoch_prefix(version, platform="RPM", limit=MAX_EPOCH)
    text += release + _SIGNS.suffix(version)
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


def rpm_distribution_requirement(
    package: str,
    specifiers: SpecifierSet | str = "",
    *,
    epoch: str = "",
    shipped: Shipped | None = None,
) -> str:
    """Return the dependency on a package of the distribution, by the package's version.

    Names such as ``python3dist(mdurl)`` carry encoded versions in all distributions:
    they are asked for by ``rpm_requirement``. ``epoch`` is the one that the version of
    the package begins with. With ``shipped`` the dependency holds for that package
    exactly if ``specifiers`` admit its version. Raises ``InvalidSpecifiersError``.
    """
    spell = DIALECT.speller(epoch=epoch, shipped=shipped)
    return requirement_of(package, admitted(specifiers), spell)


def _spelled(cut: Cut) -> str:
    text = encode_rpm(cut.version)
    if cut.side == AFTER:
        # Below every further part of a local version, and below the first one.
        return text + (".A" if cut.version.local else "^local")
    if cut.side in _MARKS:
        return text + _MARKS[cut.side]
    return text.removesuffix("dev0") if begins_release(cut) else text


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
    found = []
    if interval.low is not None:
        found.append(f"{capability} >= {spell(interval.low)}")
    if interval.high is not None:
        found.append(f"{capability} < {spell(interval.high)}")
    return f"({' with '.join(found)})" if len(found) > 1 else (found or [capability])[0]
