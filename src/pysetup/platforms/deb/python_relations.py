"""The relations to Python itself: versions, the ABI of extensions, and markers."""

import re
from collections.abc import Iterable

from pysetup.metadata.document import Metadata
from pysetup.platforms.marker_reach import reach_of
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.platforms.versions.deb import deb_distribution_relations
from pysetup.standards.tags import parse_tag

_OLDEST, _NEWEST = 0, 30
_CPYTHON = re.compile(r"cp(\d)(\d+)")
_MOST_PATCHES = 40


def python_relations(
    document: Metadata, tree: Tree, target: PlatformTarget, *, compiled: bool
) -> tuple[str, ...]:
    """Return the relations to the package of Python that the files need.

    An extension of one ABI needs that Python and no later one (``python3 (>= 3.11~),
    python3 (<< 3.12)``), one of the stable ABI none that is older; what is not
    compiled may be used by the Python of another architecture (``python3:any``).
    Requires-Python adds its bounds, and so do markers: the package is right only for
    those Pythons for which they say the same as on the target.
    """
    name = target.interpreter.rpartition("/")[2] or "python3"
    if re.fullmatch(r"python\d\.\d+", name):
        return (name,)
    package = name if compiled else f"{name}:any"
    major, minor = map(int, target.python.split("."))
    assert major == 3  # noqa: PLR2004 - Python 3
    low, high = _abi(tree.tags if compiled else ())
    if f"python{target.python}" in target.paths["purelib"]:
        low = high = minor  # the folder is that of one Python
    first, last = _same_needs(document, target)
    low, high = max(low, first), min(high, last, _NEWEST)
    wanted = document.text("requires_python")
    stated = _stated(document, package, wanted, low, high)
    bounds = []
    if low > _OLDEST and not (stated and _implied(document, low)):
        bounds.append(f"{package} (>= 3.{low}~)")
    if high < _NEWEST:
        bounds.append(f"{package} (<< 3.{high + 1})")
    return tuple(dict.fromkeys((*bounds, *stated))) or (package,)


def _abi(tags: Iterable[str]) -> tuple[int, int]:
    """Return the first and the last minor version that extensions were built for."""
    low, high = _OLDEST, _NEWEST
    for tag in (each for text in tags for each in parse_tag(text)):
        match = _CPYTHON.fullmatch(tag.interpreter)
        if match is None or match[1] != "3" or tag.abi == "none":
            continue
        low = max(low, int(match[2]))
        if tag.abi != "abi3":
            high = min(high, int(match[2]))
    return low, high


def _same_needs(document: Metadata, target: PlatformTarget) -> tuple[int, int]:
    """Return the minor versions around the target's that have the same requirements.

    Those of extras do not count: they are not what the package depends on.
    """
    reach = reach_of(document.replaced(provides_extra=None), target)
    first = _OLDEST if reach.lowest is None else reach.lowest[1]
    last = _NEWEST if reach.beyond is None else reach.beyond[1] - 1
    return first, last


def _stated(
    document: Metadata, package: str, wanted: str, low: int, high: int
) -> tuple[str, ...]:
    """Return what Requires-Python says, if the other bounds do not say it already."""
    if not wanted:
        return ()
    specifiers = document.requires_python
    versions = [
        f"3.{minor}.{patch}"
        for minor in range(low, high + 1)
        for patch in range(_MOST_PATCHES)
    ]
    if high == _NEWEST:
        versions.append("4.0.0")
    if all(map(specifiers.contains, versions)):
        return ()
    return deb_distribution_relations(package, wanted)


def _implied(document: Metadata, low: int) -> bool:
    """Tell whether Requires-Python keeps out all that is below 3.``low``."""
    specifiers = document.requires_python
    return not any(
        specifiers.contains(f"3.{minor}.{patch}", prereleases=True)
        for minor in range(low)
        for patch in range(_MOST_PATCHES)
    )
