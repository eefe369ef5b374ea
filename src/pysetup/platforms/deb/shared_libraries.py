"""The packages that extension modules need for the shared libraries they are linked to.

A shipped table knows what manylinux allows (PEP 600) and a few more, with the package's
version for each version of symbols; it is the same on every machine. For other
libraries there are ``shlibs`` and ``symbols`` files (deb-shlibs(5), deb-symbols(5)).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.platforms.deb.library_table import GLIBC, Library, library_package
from pysetup.platforms.tree import Tree
from pysetup.standards.binaries import ELF, Binary
from pysetup.values import dataclass

# [type:] library version dependencies, of which the type udeb is for installers.
_SHLIBS = re.compile(r"(?P<name>[^\s:]+)\s+(?P<version>\S+)\s+(?P<to>[^#]+?)")


class UnknownLibraryError(BuildError):
    """No package is known that has a shared library which an extension module needs.

    The table that pysetup ships knows the libraries that manylinux allows. For others
    name the package, or the folder with the target's ``shlibs`` files.
    """

    code = "PS6542"

    def __init__(self, library: str, path: str, target: str) -> None:
        super().__init__(
            f"{path} needs {library}, and no package of {target} is known to have it",
            facts={"library": library, "file": path, "target": target},
            hints=(
                f'--option "libraries={library}=PACKAGE"  names the package',
                "--option shlibs=/var/lib/dpkg/info  reads it from a machine like that",
            ),
        )
        self.library = library


class NewerLibcError(BuildError):
    """An extension module needs a newer C library than the target has.

    It was linked on a newer system. Build the wheel on the target, or for an older
    manylinux.
    """

    code = "PS6543"

    def __init__(self, path: str, needed: str, target: str) -> None:
        super().__init__(
            f"{path} needs {needed}, and {target} has an older C library",
            facts={"file": path, "needs": needed, "target": target},
            hints=("build the wheel on the target, or on an older system",),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LibrarySystem:
    """Where to look: the target's name, its glibc, what the user says, shlibs files.

    ``glibc`` is (0, 0) where it is not known; ``given`` are relations by soname;
    ``shlibs`` what ``read_shlibs`` returns.
    """

    target: str
    glibc: tuple[int, int]
    given: Mapping[str, str]
    shlibs: Mapping[str, str]


def library_relations(tree: Tree, system: LibrarySystem) -> tuple[str, ...]:
    """Return the relations to the packages that libraries come from, sorted.

    Libraries that stand in the tree itself, as ``auditwheel`` puts them there, need no
    package. Raises ``UnknownLibraryError`` and ``NewerLibcError``.
    """
    files = [
        (file.path, file.binary)
        for file in tree.files
        if file.binary is not None and file.binary.format == ELF
    ]
    own = {path.rpartition("/")[2] for path, _ in files}
    own |= {binary.soname for _, binary in files}
    found: dict[str, str] = {}
    whole: set[str] = set()
    for path, binary in files:
        for soname in binary.needed:
            if soname in own:
                continue
            if relation := system.given.get(soname):
                whole.add(relation)
                continue
            known = library_package(soname, glibc=system.glibc)
            if known is None:
                if soname not in system.shlibs:
                    raise UnknownLibraryError(soname, path, system.target)
                whole.add(system.shlibs[soname])
                continue
            before = found.get(known.package, "")
            least = _least(known, soname, path, binary, system)
            found[known.package] = max(before, least, key=_order)
    whole |= {
        f"{name} (>= {version})" if version else name for name, version in found.items()
    }
    return tuple(sorted(whole))


def _least(
    known: Library, soname: str, path: str, binary: Binary, system: LibrarySystem
) -> str:
    """Return the version of the package that has all symbols which ``binary`` needs."""
    least = ""
    for library, version in binary.elf.needed_versions:
        if library != soname:
            continue
        package = known.least(version)
        too_new = system.glibc != (0, 0) and _order(package)[:2] > system.glibc
        if version.startswith(GLIBC) and too_new:
            raise NewerLibcError(path, version, system.target)
        least = max(least, package, key=_order)
    return least


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def read_shlibs(folder: Path) -> dict[str, str]:
    """Return the relation for each library that the ``shlibs`` files of a folder name.

    As in ``/var/lib/dpkg/info``. A relation there holds for whatever is linked to the
    library on that system. Lines that are none are passed over.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.shlibs")):
        for line in path.read_text("utf-8", "replace").splitlines():
            match = _SHLIBS.fullmatch(line.strip())
            if match is not None:
                found.setdefault(f"{match['name']}.so.{match['version']}", match["to"])
    return found
