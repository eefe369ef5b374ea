"""Architectures by Debian's names, and what is for all of them."""

from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.standards.binaries import ELF

ALL = "all"
# Those that Debian spells otherwise than platform tags.
_ARCHITECTURES = {
    "x86_64": "amd64",
    "i686": "i386",
    "aarch64": "arm64",
    "armv7l": "armhf",
    "ppc64le": "ppc64el",
    "loongarch64": "loong64",
}


def architecture_of(target: PlatformTarget) -> str:
    """Return what Debian calls the target's architecture."""
    return _ARCHITECTURES.get(target.architecture, target.architecture)


def is_compiled(tree: Tree, target: PlatformTarget) -> bool:
    """Tell whether the package is for one architecture.

    It is if the tags say so, or if there is machine code for the target. Programs for
    other systems, as launchers for Windows are, make no difference.
    """
    if any(not tag.endswith("-any") for tag in tree.tags):
        return True
    return any(
        file.binary is not None
        and file.binary.format == ELF
        and target.architecture in file.binary.machines
        for file in tree.files
    )
