"""The operating system as it describes itself."""

import shlex
from contextlib import suppress
from pathlib import Path

_PLACES = ("/etc/os-release", "/usr/lib/os-release")


def read_os_release(places: tuple[str, ...] = _PLACES) -> dict[str, str]:
    """Return the content of os-release(5); empty where there is none."""
    for place in places:
        try:
            lines = Path(place).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        return dict(_assignments(lines))
    return {}


def _assignments(lines: list[str]) -> list[tuple[str, str]]:
    found = []
    for line in lines:
        name, sep, text = line.strip().partition("=")
        if sep and not name.startswith("#"):
            with suppress(ValueError):  # an open quotation mark
                found.append((name, "".join(shlex.split(text))))
    return found
