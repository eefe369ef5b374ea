"""Where a wheel can run, as its tags say: a condition on system, machine and Python."""

import re
from collections.abc import Iterable
from typing import Final

from pysetup.standards.conditions import Condition, Conditions
from pysetup.standards.tags import Tag

_INTERPRETER: Final = re.compile(r"([a-z]+?)(\d*)t?")
_IMPLEMENTATIONS: Final = {"cp": "cpython", "pp": "pypy", "graalpy": "graalpy"}
_ANY_PYTHON: Final = "py"
_STABLE: Final = "abi3"
_MACHINES: Final = (
    *("x86_64", "aarch64", "arm64", "i686", "i386", "armv7l", "armv6l", "ppc64le"),
    *("ppc64", "s390x", "riscv64", "loongarch64", "wasm32", "universal2", "intel"),
)
# What platform.machine() says where a wheel for the first runs.
_SPOKEN: Final = {
    "universal2": ("arm64", "x86_64"),
    "intel": ("x86_64", "i386"),
    "i686": ("i686", "i386"),
    "armv7l": ("armv7l", "armv8l"),
}
_WINDOWS: Final = {
    "win32": ("x86",),
    "win_amd64": ("AMD64",),
    "win_arm64": ("ARM64",),
}
_SYSTEMS: Final = {
    "linux": "linux",
    "manylinux": "linux",
    "musllinux": "linux",
    "macosx": "darwin",
    "android": "android",
    "ios": "ios",
    "emscripten": "emscripten",
    "pyodide": "emscripten",
    "wasi": "wasi",
    "cygwin": "cygwin",
}


class WheelConditions:
    """Tells the condition of wheels; remembers what each tag means."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._tags: dict[Tag, Condition] = {}
        self._wheels: dict[frozenset[Tag], Condition] = {}
        self._systems: dict[str, Condition] = {}

    def of(self, tags: frozenset[Tag]) -> Condition:
        """Return where a wheel with these tags can run."""
        found = self._wheels.get(tags)
        if found is None:
            found = self._wheels[tags] = self._any(tags)
        return found

    def _any(self, tags: Iterable[Tag]) -> Condition:
        found = self._conditions.never
        for tag in sorted(tags, key=str):
            if tag not in self._tags:
                self._tags[tag] = self._interpreter(tag) & self._platform(tag.platform)
            found |= self._tags[tag]
        return found

    def _interpreter(self, tag: Tag) -> Condition:
        match = _INTERPRETER.fullmatch(tag.interpreter)
        if match is None:
            return self._conditions.never
        kind, digits = match[1], match[2]
        if kind == _ANY_PYTHON:
            return self._from_on(digits) if tag.abi == "none" else self._only(digits)
        name = _IMPLEMENTATIONS.get(kind)
        if name is None:
            name = kind
        implementation = self._conditions.word("implementation_name", [name])
        pythons = self._from_on if tag.abi == _STABLE else self._only
        return implementation & pythons(digits)

    def _from_on(self, digits: str) -> Condition:
        """Return Pythons from a version on; another major version is another Python."""
        low, major = _release(digits)
        return self._conditions.python([(low, (major + 1, 0, 0))])

    def _only(self, digits: str) -> Condition:
        low, major = _release(digits)
        if len(digits) < 2:  # noqa: PLR2004 - a major version alone
            return self._conditions.python([(low, (major + 1, 0, 0))])
        return self._conditions.python([(low, (low[0], low[1] + 1, 0))])

    def _platform(self, platform: str) -> Condition:
        if platform not in self._systems:
            self._systems[platform] = self._read_platform(platform)
        return self._systems[platform]

    def _read_platform(self, platform: str) -> Condition:
        conditions = self._conditions
        if platform == "any":
            return conditions.always
        if platform in _WINDOWS:
            machine = conditions.word("platform_machine", _WINDOWS[platform])
            return conditions.word("sys_platform", ["win32"]) & machine
        found = self._machine(platform)
        system = next((it for it in _SYSTEMS if platform.startswith(it)), "")
        if system:
            return found & conditions.word("sys_platform", [_SYSTEMS[system]])
        others = conditions.word("sys_platform", {*_SYSTEMS.values(), "win32"})
        return found & ~others

    def _machine(self, platform: str) -> Condition:
        machine = next((it for it in _MACHINES if platform.endswith(f"_{it}")), "")
        if not machine:
            return self._conditions.always
        spoken = _SPOKEN.get(machine, (machine,))
        return self._conditions.word("platform_machine", spoken)


def _release(digits: str) -> tuple[tuple[int, int, int], int]:
    """Return the release of ``39`` or ``312``, and its major version."""
    if not digits:
        return (0, 0, 0), 1 << 20
    major = int(digits[0])
    return (major, int(digits[1:] or 0), 0), major
