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
    found: dict[str, list[str]] = {"system": [], "user": []}
    for path in sorted(paths):
        match = _UNIT.fullmatch(path)
        # A template is no unit until it has an instance.
        if match is not None and "@." not in match["name"]:
            found[match["kind"]].append(match["name"])
    scripts: dict[str, list[str]] = {"post": [], "preun": [], "postun": []}
    for kind, names in found.items():
        if not names:
            continue
        words = " ".join(f"'{name}'" for name in names)
        scripts["post"].append(_run("$1 -eq 1", f"install-{kind}-units", words))
        scripts["preun"].append(_run("$1 -eq 0", f"remove-{kind}-units", words))
        restart = f"mark-restart-{kind}-units"
        scripts["postun"].append(_run("$1 -ge 1", restart, words))
    return {name: "\n".join(lines) for name, lines in scripts.items() if lines}


def _run(condition: str, action: str, words: str) -> str:
    return (
        f"if [ {condition} ] && [ -x {_HELPER} ]; then\n"
        f"    {_HELPER} {action} {words} || :\n"
        "fi"
    )
