"""What runs when units of systemd come and go: nothing else needs a scriptlet."""

import re
from collections.abc import Iterable

_UNIT = re.compile(
    r"usr/(?:lib/systemd/(?=system|user)|share/systemd/(?=user))"
    r"(?P<kind>system|user)/(?P<name>[\w:.\\-][\w:.@\\-]*"
    r"\.(?:service|socket|timer|path|mount|target))"
)
_HELPER = "/usr/lib/systemd/systemd-update-helper"


def scriptlets_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the scriptlets for the units among ``paths``, as systemd's macros do.

    A unit is enabled by the presets of the system alone, stopped before it is removed,
    and started anew after an upgrade. Without systemd nothing happens.
    """
    scripts: dict[str, list[str]] = {}
    for kind, names in _units(paths).items():
        words = " ".join(f"'{name}'" for name in names)
        for script, condition, action in (
            ("post", "$1 -eq 1", f"install-{kind}-units"),
            ("preun", "$1 -eq 0", f"remove-{kind}-units"),
            ("postun", "$1 -ge 1", f"mark-restart-{kind}-units"),
        ):
            scripts.setdefault(script, []).append(_run(condition, action, words))
    return {name: "\n".join(lines) for name, lines in scripts.items()}


def macro_scriptlets_of(paths: Iterable[str]) -> dict[str, str]:
    """Return the scriptlets for the units among ``paths`` by systemd's own macros."""
    scripts: dict[str, list[str]] = {}
    for kind, names in _units(paths).items():
        prefix = "%systemd_user_" if kind == "user" else "%systemd_"
        for script, end in (
            ("post", "post"),
            ("preun", "preun"),
            ("postun", "postun_with_restart"),
        ):
            line = f"{prefix}{end} {' '.join(names)}"
            scripts.setdefault(script, []).append(line)
    return {name: "\n".join(lines) for name, lines in scripts.items()}


def _units(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the units that can be started, by kind: those of the system, of a user."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        match = _UNIT.fullmatch(path)
        # A template is no unit until it has an instance.
        if match is not None and "@." not in match["name"]:
            found.setdefault(match["kind"], []).append(match["name"])
    return {kind: found[kind] for kind in ("system", "user") if kind in found}


def _run(condition: str, action: str, words: str) -> str:
    return (
        f"if [ {condition} ] && [ -x {_HELPER} ]; then\n"
        f"    {_HELPER} {action} {words} || :\n"
        "fi"
    )
