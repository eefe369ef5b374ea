"""What the operating system calls a compiler, a tool or a library that a build lacks.

The names stand in ``tables/external.json``; Debian's were looked up there. Fedora,
openSUSE and Alpine find packages by what they provide, so few names are needed.
Where nothing is known for sure, nothing is said.
"""

import json
import shlex
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pysetup.late import late_pattern
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

Kind = Literal["command", "header", "library", "pkg-config", "name"]

# ID and ID_LIKE of os-release(5) -> the family whose commands work there.
_FAMILIES = {
    "debian": "debian",
    "ubuntu": "debian",
    "fedora": "fedora",
    "rhel": "fedora",
    "centos": "fedora",
    "opensuse": "suse",
    "opensuse-leap": "suse",
    "opensuse-tumbleweed": "suse",
    "suse": "suse",
    "sles": "suse",
    "alpine": "alpine",
    "arch": "arch",
}
# family -> the words that install packages there.
INSTALL: Mapping[str, tuple[str, ...]] = {
    "debian": ("apt", "install"),
    "fedora": ("dnf", "install"),
    "suse": ("zypper", "install"),
    "alpine": ("apk", "add"),
    "arch": ("pacman", "-S"),
    "homebrew": ("brew", "install"),
    "conda": ("conda", "install"),
}
# A name from a build's output becomes part of a command that users may copy.
_PLAIN = late_pattern(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,99}")


@dataclass(frozen=True, slots=True)
class Host:
    """An operating system: the family of its packages, and what it calls itself."""

    family: str
    name: str


UNKNOWN_HOST = Host("", "this system")


@dataclass(frozen=True, slots=True)
class Need:
    """Something of the operating system: ``kind`` says what ``name`` names.

    A ``name`` is the generic one of PEP 725: ``dep:generic/libffi`` is ``libffi``.
    """

    kind: Kind
    name: str

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {"kind": self.kind, "name": self.name}


def host_of(os_release: Mapping[str, str]) -> Host:
    """Return the host that the content of ``/etc/os-release`` describes."""
    words = (os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split())
    family = next((_FAMILIES[word] for word in words if word in _FAMILIES), "")
    return Host(family, os_release.get("NAME") or UNKNOWN_HOST.name)


def install_command(need: Need, host: Host) -> str | None:
    """Return the command that installs ``need`` on ``host``; None if unknown."""
    package = package_of(need, host.family)
    return None if package is None else install_words((package,), host.family)


def install_words(packages: Iterable[str], family: str) -> str:
    """Return the command line that installs ``packages``, quoted for a shell."""
    return shlex.join((*INSTALL[family], *packages))


def package_of(need: Need, family: str) -> str | None:
    """Return what ``family`` calls the package of ``need``; None if unknown.

    It may be what the package provides, such as ``pkgconfig(libffi)``.
    """
    if not _PLAIN.fullmatch(need.name):
        return None
    entry = _entry(need)
    named: str | None = None if entry is None else entry.get(family)
    if named is not None:
        return named
    by_provides = _BY_PROVIDES.get(family)
    return None if by_provides is None else by_provides.of(need)


def pkg_config_name(need: Need) -> str | None:
    """Return the pkg-config module by which ``need`` can be looked for."""
    if need.kind == "pkg-config":
        return need.name
    entry = _entry(need)
    return None if entry is None else entry.get("pkg-config")


def command_names(need: Need) -> tuple[str, ...]:
    """Return the commands of which any one satisfies ``need``; none if unknown."""
    if need.kind == "command":
        return (need.name,)
    entry = _entry(need)
    if entry is None:
        return ()
    return (*entry.get("commands", ()), *entry.get("alternatives", ()))


def header_names(need: Need) -> tuple[str, ...]:
    """Return the headers of which any one shows that ``need`` is there."""
    if need.kind == "header":
        return (need.name,)
    entry = _entry(need)
    return () if entry is None else tuple(entry.get("headers", ()))


def library_names(need: Need) -> tuple[str, ...]:
    """Return the libraries, as a linker names them, that ``need`` is."""
    if need.kind == "library":
        return (need.name,)
    entry = _entry(need)
    return () if entry is None else tuple(entry.get("libraries", ()))


def _entry(need: Need) -> Mapping[str, Any] | None:
    return _index().get((need.kind, need.name.lower()))


@cache
def _index() -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the shipped table by all the names under which things are missed."""
    path = files("pysetup.platforms.names") / "tables" / "external.json"
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for entry in json.loads(path.read_text(encoding="utf-8"))["packages"]:
        for kind, key in (
            ("name", "names"),
            ("command", "commands"),
            ("header", "headers"),
            ("library", "libraries"),
        ):
            for name in entry.get(key, ()):
                found[kind, name.lower()] = entry
        if "pkg-config" in entry:
            found["pkg-config", entry["pkg-config"].lower()] = entry
    return found


@dataclass(frozen=True, slots=True)
class _Provides:
    """How a family names what packages provide, with the name in place of ``{}``."""

    module: str
    command: str
    header: str = ""

    def of(self, need: Need) -> str | None:
        """Return the name under which a package provides ``need``; None for none."""
        module = pkg_config_name(need)
        if module is not None:
            return self.module.format(module)
        commands = command_names(need)
        if commands:
            return self.command.format(commands[0])
        if need.kind == "header" and self.header:
            return self.header.format(need.name)
        return None


_BY_PROVIDES: Mapping[str, _Provides] = {
    "fedora": _Provides("pkgconfig({})", "/usr/bin/{}", "*/include/{}"),
    "suse": _Provides("pkgconfig({})", "/usr/bin/{}"),
    "alpine": _Provides("pc:{}", "cmd:{}"),
}
