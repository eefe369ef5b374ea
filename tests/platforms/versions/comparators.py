"""Compares versions as the platforms' own libraries do; run by the system's Python.

Reads a JSON object from standard input: ``kind``, and ``pairs`` of versions. Writes the
list of results, each -1, 0 or 1.
"""

import ctypes
import ctypes.util
import json
import sys
from collections.abc import Callable

Comparator = Callable[[str, str], int]


def rpm_compare(left: str, right: str) -> int:
    import rpm  # type: ignore[import-not-found]

    first, second = _parts(left), _parts(right)
    if not (first[2] and second[2]):
        # As rpm treats dependencies: a release counts where both have one.
        first, second = (*first[:2], ""), (*second[:2], "")
    return int(rpm.labelCompare(first, second))


def _parts(text: str) -> tuple[str, str, str]:
    epoch, colon, rest = text.rpartition(":")
    version, dash, release = rest.partition("-")
    return (epoch if colon else "0", version, release if dash else "")


def deb_comparator() -> Comparator:
    import apt_pkg  # type: ignore[import-not-found]

    apt_pkg.init_system()
    compare: Comparator = apt_pkg.version_compare
    return compare


def pacman_comparator() -> Comparator:
    library = ctypes.CDLL(ctypes.util.find_library("alpm"))
    compare = library.alpm_pkg_vercmp
    compare.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    return lambda left, right: int(compare(left.encode(), right.encode()))


KINDS: dict[str, Callable[[], Comparator]] = {
    "rpm": lambda: rpm_compare,
    "deb": deb_comparator,
    "pacman": pacman_comparator,
}


def main() -> None:
    asked = json.load(sys.stdin)
    compare = KINDS[asked["kind"]]()
    found = [compare(left, right) for left, right in asked["pairs"]]
    json.dump([(each > 0) - (each < 0) for each in found], sys.stdout)


main()
