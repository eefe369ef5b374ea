"""What machine code asks of the system, as rpm's own generator would say it.

``libc.so.6(GLIBC_2.17)(64bit)``: library, version of its symbols, class of the file.
Libraries that the package brings for itself, in ``demo.libs/`` or beside its modules,
are neither asked of the system nor offered to others.
"""

from collections.abc import Iterator, Sequence

from pysetup.platforms.plan import EXTENSION, LIBRARY, PackageFile
from pysetup.platforms.tree import Tree, TreeFile
from pysetup.standards.binaries import ELF

# The folders where the loader looks by itself: what stands there is for everybody.
_PUBLIC = ("usr/lib", "usr/lib64", "lib", "lib64")
_LOADERS = ("ld.", "ld-", "ld64.", "ld64-")


def binary_requires(tree: Tree, files: Sequence[PackageFile]) -> tuple[str, ...]:
    """Return the libraries, and versions of their symbols, that ``files`` need."""
    private = {name for file, _ in _binaries(tree, files) for name in _names(file)}
    found: set[str] = set()
    for file, _ in _binaries(tree, files):
        assert file.binary is not None, "only machine code is yielded"
        facts = file.binary.elf
        mark = "(64bit)" if facts.wide else ""
        found.update(
            f"{name}(){mark}" if mark else name
            for name in facts.needed
            if _is_library(name) and name not in private
        )
        found.update(
            f"{name}({version}){mark}"
            for name, version in facts.needed_versions
            if _is_library(name) and name not in private
        )
        if facts.gnu_hash_only:
            found.add("rtld(GNU_HASH)")
    return tuple(sorted(found))


def binary_provides(tree: Tree, files: Sequence[PackageFile]) -> tuple[str, ...]:
    """Return the libraries that other packages may use: those in the common folders."""
    found: set[str] = set()
    for file, place in _binaries(tree, files):
        assert file.binary is not None, "only machine code is yielded"
        facts = file.binary.elf
        folder = place.path.rpartition("/")[0]
        if folder not in _PUBLIC or not _is_library(facts.soname):
            continue
        mark = "(64bit)" if facts.wide else ""
        found.add(f"{facts.soname}(){mark}" if mark else facts.soname)
        found.update(
            f"{facts.soname}({version}){mark}" for version in facts.defined_versions
        )
    return tuple(sorted(found))


def colour_of(file: TreeFile | None) -> int:
    """Return rpm's colour of a file: 2 for 64 bits, 1 for 32, 0 for no machine code."""
    if file is None or file.binary is None or file.binary.format != ELF:
        return 0
    return 2 if file.binary.elf.wide else 1


def _binaries(
    tree: Tree, files: Sequence[PackageFile]
) -> Iterator[tuple[TreeFile, PackageFile]]:
    by_path = tree.by_path()
    for file in files:
        found = by_path.get(file.source)
        if found is None or found.binary is None or found.binary.format != ELF:
            continue
        # A program is data unless it can be run, or loaded as a module.
        if file.role in (EXTENSION, LIBRARY) or file.mode & 0o111:
            yield found, file


def _names(file: TreeFile) -> set[str]:
    """Return the names under which other files of the package may ask for this one."""
    assert file.binary is not None, "only machine code has names"
    return {file.path.rpartition("/")[2], file.binary.soname} - {""}


def _is_library(name: str) -> bool:
    """Tell what rpm counts as a library: it has to look like one that is linked to."""
    return ".so" in name and name.startswith(("lib", *_LOADERS))
