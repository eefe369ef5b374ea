"""What a conda package needs of Python and of the system, and where it can go."""

import re
from collections.abc import Iterable, Iterator

from pysetup.metadata.document import Metadata
from pysetup.platforms.machine_code import is_for_a_machine
from pysetup.platforms.marker_reach import Reach, reach_of
from pysetup.platforms.target import PlatformTarget
from pysetup.platforms.tree import Tree
from pysetup.values import dataclass

NOARCH = "noarch"
# sys_platform -> how conda begins the names of platforms, and its virtual package.
_SYSTEMS = {"linux": "linux", "darwin": "osx", "win32": "win"}
_ARCHITECTURES = {
    "x86_64": "64",
    "amd64": "64",
    "i686": "32",
    "x86": "32",
    "aarch64": "aarch64",
    "arm64": "arm64",
}
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_")
_LEGACY_GLIBC = {
    "manylinux1": (2, 5),
    "manylinux2010": (2, 12),
    "manylinux2014": (2, 17),
}
_MACOS = re.compile(r"macosx_(\d+)_(\d+)_")
_CPYTHON = re.compile(r"cp(\d)(\d+)")
_STABLE = "abi3"


@dataclass(frozen=True, slots=True)
class PythonNeeds:
    """Where a package goes: ``subdir`` of a channel, the beginning of its build string.

    ``noarch`` tells that the installer places its modules below whichever Python is
    there. ``depends`` are the match specifications of Python and the system.
    """

    subdir: str
    build: str
    noarch: bool
    depends: tuple[str, ...]


def python_needs(
    metadata: Metadata, target: PlatformTarget, *, tree: Tree, pythons: tuple[str, ...]
) -> PythonNeeds:
    """Decide where a package of ``tree`` goes, and what it needs of Python.

    ``pythons`` are the requirements of Requires-Python in conda's words. A package
    that holds no machine code is for all Pythons and systems of which the markers of
    its requirements say the same as of the target.
    """
    reach = reach_of(metadata, target)
    if not is_for_a_machine(tree, target):
        return _pure(target, reach, pythons)
    tags = [tag.split("-") for text in tree.tags for tag in _expanded(text)]
    system = tuple(_system_needs({platform for _, _, platform in tags}))
    subdir = subdir_of(target)
    if all(abi == _STABLE for _, abi, _ in tags):
        # CEP 20: one package for all CPythons from the oldest on.
        oldest = min(_minor(python) for python, _, _ in tags)
        stable = (f"cpython >={oldest[0]}.{oldest[1]}", "_python_abi3_support 1.*")
        depends = (*_bounded(reach, pythons), *stable, *system)
        return PythonNeeds(subdir, "abi3", noarch=True, depends=depends)
    major, minor = target.python.split(".")
    abi = next((abi for _, abi, _ in tags if abi.startswith("cp")), f"cp{major}{minor}")
    python = [f"python >={target.python},<{major}.{int(minor) + 1}.0a0"]
    if any(abi != "none" for _, abi, _ in tags):
        python.append(f"python_abi {target.python}.* *_{abi}")
    build = f"py{major}{minor}" + ("t" if abi.endswith("t") else "")
    return PythonNeeds(subdir, build, noarch=False, depends=(*python, *system))


def subdir_of(target: PlatformTarget) -> str:
    """Return what conda calls the platform of ``target``: ``linux-64``."""
    system = _SYSTEMS.get(target.markers["sys_platform"], "linux")
    machine = target.architecture.lower()
    return f"{system}-{_ARCHITECTURES.get(machine, machine)}"


def _pure(
    target: PlatformTarget, reach: Reach, pythons: tuple[str, ...]
) -> PythonNeeds:
    depends = _bounded(reach, pythons)
    system = _SYSTEMS.get(target.markers["sys_platform"], "linux")
    build, subdir = "py", NOARCH
    if not reach.any_system:
        depends, build = (*depends, f"__{system}"), f"{system}_py"
    if not reach.any_machine:
        subdir = subdir_of(target)
    return PythonNeeds(subdir, build, noarch=True, depends=depends)


def _bounded(reach: Reach, pythons: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is needed of Python, and where markers would say otherwise."""
    bounds = []
    if reach.lowest is not None:
        bounds.append(f">={reach.lowest[0]}.{reach.lowest[1]}")
    if reach.beyond is not None:
        bounds.append(f"<{reach.beyond[0]}.{reach.beyond[1]}.0a0")
    if bounds:
        return (*pythons, f"python {','.join(bounds)}")
    return pythons or ("python",)


def _expanded(tag: str) -> Iterator[str]:
    pythons, abis, platforms = tag.split("-")
    for python in pythons.split("."):
        for abi in abis.split("."):
            for platform in platforms.split("."):
                yield f"{python}-{abi}-{platform}"


def _minor(python: str) -> tuple[int, int]:
    match = _CPYTHON.fullmatch(python)
    return (int(match[1]), int(match[2])) if match else (3, 0)


def _system_needs(platforms: Iterable[str]) -> Iterator[str]:
    """Yield the virtual packages that platform tags ask for: a C library, a macOS."""
    glibc = [
        (int(match[1]), int(match[2]))
        for platform in platforms
        if (match := _GLIBC.match(platform))
    ]
    glibc += [
        version
        for platform in platforms
        for name, version in _LEGACY_GLIBC.items()
        if platform.startswith(f"{name}_")
    ]
    macos = [
        (int(match[1]), int(match[2]))
        for platform in platforms
        if (match := _MACOS.match(platform))
    ]
    if glibc:
        yield "__glibc >={}.{},<3.0.a0".format(*min(glibc))
    if macos:
        yield "__osx >={}.{}".format(*min(macos))
