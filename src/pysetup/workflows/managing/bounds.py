"""Which versions a requirement allows that was asked for without saying so."""

from typing import Literal

from pysetup.standards.requirements import Requirement, split_marker
from pysetup.standards.versions import Version

Bounds = Literal["lower", "major", "exact", "none"]
BOUNDS: tuple[Bounds, ...] = ("lower", "major", "exact", "none")


def bounded(requirement: Requirement, version: Version, bounds: Bounds) -> str:
    """Return the text of ``requirement``, limited to ``version`` in the way ``bounds``.

    ``lower``: that version or a later one; ``major``: only as long as nothing is
    announced to break, so below the next release whose first number that is not zero
    is higher; ``exact``: that version alone. A local part (``+cpu``) is left out: no
    index has it for everybody.
    """
    bare, marker = split_marker(requirement)
    specifier = {
        "lower": f">={version.public}",
        "major": f">={version.public},<{_next_breaking(version)}",
        "exact": f"=={version.public}",
        "none": "",
    }[bounds]
    return f"{bare}{specifier}" + (f"; {plain_quotes(marker)}" if marker else "")


def plain_quotes(marker: str) -> str:
    """Return a marker in single quotes, which need no escape in TOML or JSON."""
    return marker if "'" in marker else marker.replace('"', "'")


def _next_breaking(version: Version) -> str:
    release = version.release
    index = next((i for i, part in enumerate(release) if part), len(release) - 1)
    upper = [*release[:index], release[index] + 1]
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, upper))
