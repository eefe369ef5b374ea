"""Whether a tree is for one kind of machine, or for any."""

from collections.abc import Mapping

from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.binaries import ELF, MACH_O, PE

_ANY = "-none-any"
# sys_platform -> what its machine code is.
_FORMATS: Mapping[str, str] = {"darwin": MACH_O, "win32": PE}


def is_for_a_machine(tree: Tree, target: PlatformTarget) -> bool:
    """Tell whether ``tree`` says by its tags, or shows by its files, that it is.

    Machine code of another system is data: starters for Windows in setuptools, say.
    """
    own = _FORMATS.get(target.markers["sys_platform"], ELF)
    return any(not tag.endswith(_ANY) for tag in tree.tags) or any(
        file.binary is not None and file.binary.format == own for file in tree.files
    )
