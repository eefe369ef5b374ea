"""Compiled modules: what their names say, and the tags that a wheel of them needs."""

import re
from collections.abc import Iterable

from pysetup.late import late_pattern
from pysetup.standards.binaries import ELF, MACH_O, PE
from pysetup.standards.tags import Tag
from pysetup.values import dataclass

PURE_TAG = "py3-none-any"
_LIBRARY = late_pattern(
    r".*\.(?:dll|dylib|exe)|lib[^/]*\.so(?:\.[0-9.]+)?|.*\.so\.[0-9.]+"
)
_SUFFIXES = (
    # cpython-311-x86_64-linux-gnu.so, cpython-36m-darwin.so, cpython-313t-darwin.so
    re.compile(r"cpython-(?P<major>\d)(?P<minor>\d+)(?P<flags>[a-z]*)(?:-[\w-]+)?\.so"),
    # cp311-win_amd64.pyd, cp313t-win_arm64.pyd, cp312-mingw_x86_64_ucrt.pyd
    re.compile(r"cp(?P<major>\d)(?P<minor>\d+)(?P<flags>[a-z]*)-\w+\.pyd"),
)
_PYPY = late_pattern(r"pypy(?P<python>\d\d+)-pp(?P<abi>\d+)(?:-[\w-]+)?\.(?:so|pyd)")
_GRAALPY = late_pattern(
    r"graalpy(?P<abi>\d+)-(?P<python>\d\d+)-native(?:-[\w-]+)?\.(?:so|pyd)"
)
_STABLE = late_pattern(r"(?P<abi>abi3t?)(?:-[\w-]+)?\.(?:so|pyd)")
_ARM_32 = ("armv6l", "armv7l")
_APPLE_FAT = {
    "universal2": ("x86_64", "arm64"),
    "universal": ("i386", "ppc", "ppc64", "x86_64"),
    "intel": ("i386", "x86_64"),
    "fat": ("i386", "ppc"),
    "fat3": ("i386", "ppc", "x86_64"),
    "fat64": ("ppc64", "x86_64"),
}
_ANDROID = {
    "arm64_v8a": "aarch64",
    "armeabi_v7a": "armv7l",
    "x86": "i686",
    "x86_64": "x86_64",
}
_WINDOWS = {
    "win32": "x86",
    "win_amd64": "amd64",
    "win_arm64": "arm64",
    "win_arm32": "arm32",
}
_PLATFORM = late_pattern(
    r"(?P<linux>linux|manylinux1|manylinux20\d\d|manylinux_\d+_\d+|musllinux_\d+_\d+)"
    r"_(?P<machine>\w+)"
    r"|macosx_\d+_\d+_(?P<apple>\w+)"
    r"|ios_\d+_\d+_(?P<phone>\w+)_iphone(?:os|simulator)"
    r"|android_\d+_(?P<android>\w+)"
)


@dataclass(frozen=True, slots=True)
class ModuleTag:
    """What the name of a compiled module says about who can import it.

    ``python`` is a Python tag, empty for the stable ABI; ``abi`` an ABI tag. Both are
    empty for a name that says nothing (``_speedups.so``, ``_speedups.pyd``).
    """

    python: str = ""
    abi: str = ""

    @property
    def is_stable(self) -> bool:
        """Whether it uses CPython's stable ABI (PEP 384, PEP 803)."""
        return self.abi.startswith("abi3")


def module_tag(path: str) -> ModuleTag | None:
    """Return the tag of a compiled module by its name; None if it is none by its name.

    ``path`` may be written for any system. Shared libraries that only other
    libraries load (``libz.so.1``, ``z.dll``) are no modules.
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    if not name.endswith((".so", ".pyd")) or _LIBRARY.fullmatch(name):
        return None
    suffix = name.partition(".")[2]
    for pattern in _SUFFIXES:
        if match := pattern.fullmatch(suffix):
            number = match["major"] + match["minor"]
            # A debug build loads the modules of its release build, and names its own.
            return ModuleTag(f"cp{number}", f"cp{number}{match['flags']}")
    if match := _STABLE.fullmatch(suffix):
        return ModuleTag("", match["abi"])
    if match := _PYPY.fullmatch(suffix):
        number = match["python"]
        return ModuleTag(f"pp{number}", f"pypy{number}_pp{match['abi']}")
    if match := _GRAALPY.fullmatch(suffix):
        number = match["python"]
        return ModuleTag(f"graalpy{number}", f"graalpy{number}_{match['abi']}_native")
    return ModuleTag()


def is_library(path: str) -> bool:
    """Tell by its name whether a file is a shared library that is no module."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return bool(_LIBRARY.fullmatch(name)) and not name.endswith(".exe")


def tags_of_modules(
    files: Iterable[str],
    *,
    own: Tag,
    stable_since: str = "",
    pure: tuple[str, ...] = (PURE_TAG,),
) -> tuple[str, ...]:
    """Return the tags of a wheel that holds ``files``, most of them no modules.

    ``own`` is the best tag of the interpreter that built them (its platform is that of
    the wheel); ``stable_since`` is the Python tag of the oldest version whose stable
    ABI is used, by default the interpreter's own; ``pure`` are the tags where nothing
    is compiled, and their Python tags are kept where only libraries are. One module
    for one interpreter binds the whole wheel to it, whatever the others use.
    """
    libraries = False
    exact: set[tuple[str, str]] = set()
    stable: set[tuple[str, str]] = set()
    for path in files:
        found = module_tag(path)
        if found is None:
            libraries = libraries or bool(_LIBRARY.fullmatch(path.rpartition("/")[2]))
        elif found.is_stable or (stable_since and not found.abi):
            # Windows does not name the stable ABI; who states a version means it.
            stable.add((stable_since or own.interpreter, found.abi or "abi3"))
        else:
            exact.add((found.python or own.interpreter, found.abi or own.abi))
    chosen = exact or stable
    if chosen:
        return tuple(f"{python}-{abi}-{own.platform}" for python, abi in sorted(chosen))
    if libraries:
        pythons = sorted({tag.split("-")[0] for tag in pure})
        return tuple(f"{python}-none-{own.platform}" for python in pythons)
    return pure


def platform_machines(platform: str) -> tuple[str, frozenset[str]] | None:
    """Return the format of machine code that a platform tag promises, and for whom.

    The machines are as ``Binary.machines`` has them, and each is needed. None for
    ``any`` and for platforms that are not known here.
    """
    if platform in _WINDOWS:
        return PE, frozenset((_WINDOWS[platform],))
    match = _PLATFORM.fullmatch(platform)
    if match is None:
        return None
    if apple := match["apple"] or match["phone"]:
        return MACH_O, frozenset(_APPLE_FAT.get(apple, (apple,)))
    if android := match["android"]:
        return (ELF, frozenset((_ANDROID[android],))) if android in _ANDROID else None
    machine = match["machine"]
    return ELF, frozenset(("armv7l" if machine in _ARM_32 else machine,))
