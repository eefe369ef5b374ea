"""The packages of Arch that have the libraries which machine code asks for.

Wheels bring most of them along. What every Arch Linux has (``base``: the C library,
the compilers' run-time libraries) and what its Python needs itself is not named again.
"""

import re

from pysetup.platforms.tree import Tree
from pysetup.standards.binaries import ELF

_THERE = re.compile(
    r"(?:ld-linux.*|linux-vdso|lib(?:c|m|pthread|dl|rt|util|resolv|crypt|gcc_s"
    r"|stdc\+\+|gomp|atomic|z|expat|ffi|ssl|crypto|bz2|lzma|mpdec|python3.*))"
    r"\.so(?:\.[\d.]+)?"
)
# Those that policies of portable wheels leave to the system (PEP 513), and a few that
# modules built on the spot are linked to.
_PACKAGES = {
    "libEGL.so.1": "libglvnd",
    "libGL.so.1": "libglvnd",
    "libICE.so.6": "libice",
    "libSM.so.6": "libsm",
    "libX11.so.6": "libx11",
    "libXext.so.6": "libxext",
    "libXrender.so.1": "libxrender",
    "libasound.so.2": "alsa-lib",
    "libfontconfig.so.1": "fontconfig",
    "libfreetype.so.6": "freetype2",
    "libgio-2.0.so.0": "glib2",
    "libglib-2.0.so.0": "glib2",
    "libgobject-2.0.so.0": "glib2",
    "libgthread-2.0.so.0": "glib2",
    "libncursesw.so.6": "ncurses",
    "libpq.so.5": "postgresql-libs",
    "libreadline.so.8": "readline",
    "libsqlite3.so.0": "sqlite",
    "libudev.so.1": "systemd-libs",
    "libusb-1.0.so.0": "libusb",
    "libxcb.so.1": "libxcb",
    "libxslt.so.1": "libxslt",
    "libyaml-0.so.2": "libyaml",
    "libzmq.so.5": "zeromq",
}


def library_packages(tree: Tree) -> tuple[str, ...]:
    """Return the packages with libraries that the machine code in ``tree`` needs."""
    found = {_PACKAGES[name] for name in _needed(tree) if name in _PACKAGES}
    return tuple(sorted(found))


def notes_on_libraries(tree: Tree) -> tuple[str, ...]:
    """Return in words which libraries are needed of packages that are not known."""
    unknown = sorted(_needed(tree) - _PACKAGES.keys())
    if not unknown:
        return ()
    return (f"machine code needs {', '.join(unknown)}, of packages that are not known",)


def _needed(tree: Tree) -> set[str]:
    """Return the libraries that are asked for, and neither brought nor in any case."""
    needed: set[str] = set()
    brought: set[str] = set()
    for file in tree.files:
        if file.binary is not None and file.binary.format == ELF:
            brought |= {file.path.rpartition("/")[2], file.binary.soname}
            needed.update(file.binary.needed)
    return {name for name in needed - brought if not _there(name)}


def _there(name: str) -> bool:
    return _THERE.fullmatch(name) is not None
