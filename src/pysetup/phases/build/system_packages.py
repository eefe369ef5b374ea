"""What the operating system calls a compiler, a tool or a library that a build lacks.

Debian's names stand in ``system_packages.json`` and were looked up there. Fedora,
openSUSE and Alpine find packages by what they provide, so no names are needed.
Where nothing is known for sure, nothing is said.
"""

import json
from collections.abc import Callable, Mapping
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
    if not _PLAIN.fullmatch(need.name):
        return None
    package = _by_debian_name(need) if host.family == "debian" else None
    if package is not None:
        return f"apt install {package}"
    by_provides = _BY_PROVIDES.get(host.family)
    return None if by_provides is None else by_provides(need)


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


def _by_debian_name(need: Need) -> str | None:
    entry = _entry(need)
    return None if entry is None else entry.get("debian")


def _entry(need: Need) -> Mapping[str, Any] | None:
    return _index().get((need.kind, need.name.lower()))


@cache
def _index() -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the shipped table by all the names under which things are missed."""
    path = files("pysetup.phases.build") / "system_packages.json"
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


def _fedora(need: Need) -> str | None:
    module = pkg_config_name(need)
    if module is not None:
        return f"dnf install 'pkgconfig({module})'"
    commands = command_names(need)
    if commands:
        return f"dnf install /usr/bin/{commands[0]}"
    if need.kind == "header":
        return f"dnf install '*/include/{need.name}'"
    return None


def _suse(need: Need) -> str | None:
    module = pkg_config_name(need)
    if module is not None:
        return f"zypper install 'pkgconfig({module})'"
    commands = command_names(need)
    return f"zypper install /usr/bin/{commands[0]}" if commands else None


def _alpine(need: Need) -> str | None:
    module = pkg_config_name(need)
    if module is not None:
        return f"apk add pc:{module}"
    commands = command_names(need)
    return f"apk add cmd:{commands[0]}" if commands else None


_BY_PROVIDES: Mapping[str, Callable[[Need], str | None]] = {
    "fedora": _fedora,
    "suse": _suse,
    "alpine": _alpine,
}
