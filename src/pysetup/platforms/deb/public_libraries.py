"""Shared libraries in the folders where the system's loader looks for everybody's.

Wheels bring some in their data, ``lib/libtbb.so.12``. dpkg must have the loader's cache
made anew, and packages that are built against them must learn whose they are (Debian
Policy 8.1, 8.6).
"""

import re
from collections.abc import Iterable

from pysetup.platforms.plan import PackageFile
from pysetup.platforms.tree import Tree

_FOLDERS = re.compile(r"(?:usr/)?lib(?:/[^/]+-linux-[^/]+)?")
_SONAME = re.compile(r"(?P<name>[^\s/]+)\.so\.(?P<version>[^\s/]+)")
TRIGGERS, SHLIBS = "triggers", "shlibs"


def public_sonames(files: Iterable[PackageFile], tree: Tree) -> tuple[str, ...]:
    """Return the names by which the loader finds libraries among ``files``, sorted."""
    code = {file.path: file.binary for file in tree.files}
    found = {
        binary.soname
        for file in files
        if _FOLDERS.fullmatch(file.path.rpartition("/")[0])
        and (binary := code.get(file.source)) is not None
        and binary.soname
    }
    return tuple(sorted(found))


def library_files(
    sonames: Iterable[str], *, package: str, version: str
) -> dict[str, str]:
    """Return the files of the package's control that ``sonames`` ask for.

    ``version`` is that of the package, of which whoever is built against it needs at
    least the same release.
    """
    names = list(sonames)
    if not names:
        return {}
    least = version.rpartition("-")[0]
    lines = [
        f"{match['name']} {match['version']} {package} (>= {least})\n"
        for match in map(_SONAME.fullmatch, names)
        if match is not None
    ]
    found = {TRIGGERS: "activate-noawait ldconfig\n"}
    return {**found, SHLIBS: "".join(lines)} if lines else found
