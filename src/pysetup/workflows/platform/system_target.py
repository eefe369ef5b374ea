"""The system that a command is about: the one that ``--target`` names, or this one."""

import platform
import sys

from pysetup.edges.host import read_os_release
from pysetup.errors import UsageError
from pysetup.platforms.names.system_packages import host_of
from pysetup.platforms.target import PlatformTarget, read_target, shipped_targets
from pysetup.values import replace
from pysetup.workflows.context import Context

# Systems that have packages, but none that we make: name -> the target like it.
_OTHERS = {"alpine": ("portable", "apk"), "homebrew": ("macos", "brew")}
# family of a host -> a target of the same kind, of which we know more.
_LIKE = {
    "debian": "debian-13",
    "fedora": "fedora-43",
    "suse": "opensuse-tumbleweed",
    "arch": "arch",
}
_FAMILIES = {
    "deb": "debian",
    "pacman": "arch",
    "conda": "conda",
    "macos": "homebrew",
    "brew": "homebrew",
    "apk": "alpine",
}


class UnknownSystemError(UsageError):
    """It is not known which packages this machine takes.

    Name a system with ``--target``: ``debian-12``, ``fedora-43``, ``arch``, ``alpine``,
    ``homebrew``, ``conda``.
    """

    code = "PS2745"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"nothing is known of the packages of {name}",
            facts={"system": name},
            hints=("name a system:  --target debian-12",),
        )


def system_target(name: str, *, context: Context) -> PlatformTarget:
    """Return the target ``name``, or this machine's if it is empty.

    Raises ``UnknownPlatformTargetError``, ``UnknownSystemError``.
    """
    if name in _OTHERS:
        return _other(name)
    if name:
        return read_target(name, folder=context.directory)
    if sys.platform == "darwin":
        return _other("homebrew")
    return target_of(read_os_release())


def target_of(os_release: dict[str, str]) -> PlatformTarget:
    """Return the target that os-release(5) describes; raises ``UnknownSystemError``."""
    own, release = os_release.get("ID", ""), os_release.get("VERSION_ID", "")
    architecture = platform.machine()
    for name in (f"{own}-{release}", own):
        if name in shipped_targets():
            found = read_target(f"{name}:{architecture}")
            return replace(found, name=name)
    host = host_of(os_release)
    if host.family == "alpine":
        return _other("alpine")
    like = _LIKE.get(host.family)
    if like is None:
        raise UnknownSystemError(host.name)
    name = f"{own}-{release}" if release else own
    codename = os_release.get("VERSION_CODENAME", "")
    other: PlatformTarget = replace(
        read_target(f"{like}:{architecture}"),
        name=name,
        title=host.name,
        distribution=own,
        release=release,
        codename=codename,
    )
    return other


def family_of(target: PlatformTarget) -> str:
    """Return the family whose words install packages there; empty if there is none."""
    if target.family == "rpm":
        return "suse" if "suse" in target.distribution else "fedora"
    return _FAMILIES.get(target.family, "")


def _other(name: str) -> PlatformTarget:
    like, family = _OTHERS[name]
    found: PlatformTarget = replace(
        read_target(like), name=name, title=name, distribution=name, family=family
    )
    return found
