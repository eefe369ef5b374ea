"""Platforms by name: the tags that wheels for them bear, and their marker values."""

import re
from collections.abc import Iterator, Mapping

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.values import dataclass

_EXAMPLES = "linux, macos, windows, x86_64-manylinux_2_28, win_amd64"

# What is meant where only the system is named: what most machines of it can run.
_SHORT = {
    "linux": "x86_64-manylinux_2_28",
    "windows": "x86_64-pc-windows-msvc",
    "macos": "aarch64-apple-darwin",
}
_GLIBC = (2, 28)
_MUSL = (1, 2)
_LINUX = {
    "unknown-linux": ("manylinux", _GLIBC),
    "unknown-linux-gnu": ("manylinux", _GLIBC),
    "unknown-linux-musl": ("musllinux", _MUSL),
}
_MACOS = (13, 0)
_ANDROID_API = 24
_IOS = (13, 0)

# The manylinux names of old, and the version of the C library each stands for.
_LEGACY = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}
_SINCE_GLIBC = {"x86_64": 5, "i686": 5}
_OLDEST_GLIBC = 17

_WINDOWS = {
    "x86_64": ("win_amd64", "AMD64"),
    "aarch64": ("win_arm64", "ARM64"),
    "i686": ("win32", "x86"),
}
_ARCHITECTURE = r"(?P<arch>[a-z0-9]+(?:_64)?)"
_TRIPLE = late_pattern(rf"{_ARCHITECTURE}-(?P<rest>[a-z0-9_.-]+)")
_LIBC_TAG = late_pattern(
    r"(?P<libc>manylinux|musllinux)_(?P<major>\d{1,3})_(?P<minor>\d{1,3})"
    rf"_{_ARCHITECTURE}"
)
_LEGACY_TAG = late_pattern(rf"(?P<name>manylinux(?:1|2010|2014))_{_ARCHITECTURE}")
_MAC_TAG = late_pattern(
    rf"macosx_(?P<major>\d{{1,3}})_(?P<minor>\d{{1,3}})_{_ARCHITECTURE}"
)
_PLAIN_TAG = late_pattern(r"[a-z0-9_]+")


class UnknownPlatformError(UsageError):
    """A platform to resolve for has a name that means nothing.

    ``--python-platform`` takes ``linux``, ``macos`` or ``windows``, a triple such as
    ``aarch64-apple-darwin`` or ``x86_64-manylinux_2_28``, or a platform tag such as
    ``win_amd64``; ``--platform`` takes platform tags.
    """

    code = "PS2112"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name[:80]!r} is no platform",
            facts={"platform": name[:80]},
            hints=(f"name one like  {_EXAMPLES}",),
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class TargetPlatform:
    """What a platform runs, best first, and what markers say there.

    ``markers`` lack those of the interpreter; they are empty for a platform that is
    no system of its own (``any``).
    """

    tags: tuple[str, ...]
    markers: Mapping[str, str]


def platform_named(name: str) -> TargetPlatform:
    """Return the platform that ``--python-platform`` names.

    Raises ``UnknownPlatformError``.
    """
    text = _SHORT.get(name.strip().lower(), name.strip().lower())
    match = _TRIPLE.fullmatch(text)
    if match is None:
        return platform_tagged(name)
    architecture, rest = match["arch"], match["rest"]
    found = _of_triple(architecture, rest)
    if found is None:
        raise UnknownPlatformError(name)
    return found


def platform_tagged(tag: str) -> TargetPlatform:
    """Return the platform of a tag as pip's ``--platform`` takes it.

    A tag of manylinux, musllinux or macOS stands for all older ones as well. Raises
    ``UnknownPlatformError``.
    """
    text = tag.strip().lower().replace("-", "_").replace(".", "_")
    if match := _LIBC_TAG.fullmatch(text):
        version = (int(match["major"]), int(match["minor"]))
        return _linux(match["libc"], version, match["arch"])
    if match := _LEGACY_TAG.fullmatch(text):
        return _linux("manylinux", _LEGACY[match["name"]], match["arch"])
    if match := _MAC_TAG.fullmatch(text):
        return _macos((int(match["major"]), int(match["minor"])), match["arch"])
    for architecture, (known, _) in _WINDOWS.items():
        if text == known:
            return _windows(architecture)
    if text.startswith("linux_"):
        return TargetPlatform((text,), _linux_markers(text.removeprefix("linux_")))
    if not _PLAIN_TAG.fullmatch(text):
        raise UnknownPlatformError(tag)
    # The tag of a system that is not known here can still be compared.
    return TargetPlatform((text,), {})


def _of_triple(architecture: str, rest: str) -> TargetPlatform | None:
    if rest in _LEGACY:
        return _linux("manylinux", _LEGACY[rest], architecture)
    if match := _LIBC_TAG.fullmatch(f"{rest}_{architecture}"):
        version = (int(match["major"]), int(match["minor"]))
        return _linux(match["libc"], version, architecture)
    if rest in _LINUX:
        return _linux(*_LINUX[rest], architecture)
    if rest == "apple-darwin" and architecture in ("aarch64", "arm64", "x86_64"):
        return _macos(_MACOS, "x86_64" if architecture == "x86_64" else "arm64")
    if rest == "pc-windows-msvc" and architecture in _WINDOWS:
        return _windows(architecture)
    return _mobile(architecture, rest)


def _mobile(architecture: str, rest: str) -> TargetPlatform | None:
    if rest == "linux-android":
        abi = {"aarch64": "arm64_v8a"}.get(architecture, architecture)
        from packaging.tags import android_platforms

        tags = tuple(android_platforms(_ANDROID_API, abi))
        markers = _markers("posix", "android", "Android", architecture)
        return TargetPlatform(tags, markers)
    if rest in ("apple-ios", "apple-ios-simulator"):
        kind = "iphonesimulator" if rest.endswith("simulator") else "iphoneos"
        from packaging.tags import ios_platforms

        tags = tuple(ios_platforms(_IOS, f"{architecture}-{kind}"))
        return TargetPlatform(tags, _markers("posix", "ios", "iOS", architecture))
    if architecture == "wasm32" and (match := re.fullmatch(r"pyodide(\d{4})", rest)):
        tags = (f"pyodide_{match[1]}_0_wasm32",)
        return TargetPlatform(
            tags, _markers("posix", "emscripten", "Emscripten", "wasm32")
        )
    return None


def _linux(libc: str, version: tuple[int, int], architecture: str) -> TargetPlatform:
    tags = (*_libc_tags(libc, version, architecture), f"linux_{architecture}")
    return TargetPlatform(tags, _linux_markers(architecture))


def _libc_tags(libc: str, version: tuple[int, int], architecture: str) -> Iterator[str]:
    """Yield the tags of this version of the C library and all before it."""
    major, minor = version
    oldest = 0
    if libc == "manylinux":
        oldest = _SINCE_GLIBC.get(architecture, _OLDEST_GLIBC)
    for number in range(minor, min(oldest, minor) - 1, -1):
        yield f"{libc}_{major}_{number}_{architecture}"
        for name, stands_for in _LEGACY.items():
            if libc == "manylinux" and stands_for == (major, number):
                yield f"{name}_{architecture}"


def _macos(version: tuple[int, int], architecture: str) -> TargetPlatform:
    machine = "x86_64" if architecture == "x86_64" else "arm64"
    if architecture in ("x86_64", "arm64"):
        from packaging.tags import mac_platforms

        tags = tuple(mac_platforms(version, architecture))
    else:
        tags = (f"macosx_{version[0]}_{version[1]}_{architecture}",)
    return TargetPlatform(tags, _markers("posix", "darwin", "Darwin", machine))


def _windows(architecture: str) -> TargetPlatform:
    tag, machine = _WINDOWS[architecture]
    return TargetPlatform((tag,), _markers("nt", "win32", "Windows", machine))


def _linux_markers(machine: str) -> dict[str, str]:
    return _markers("posix", "linux", "Linux", machine)


def _markers(os_name: str, platform: str, system: str, machine: str) -> dict[str, str]:
    return {
        "os_name": os_name,
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": machine,
        # No machine is looked at, so that these are not known.
        "platform_release": "",
        "platform_version": "",
    }
