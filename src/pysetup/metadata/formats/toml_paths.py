"""Paths into a TOML file as people write them, and what stands there."""

import re
from collections.abc import Mapping

from pysetup.errors import UsageError
from pysetup.late import late_pattern
from pysetup.metadata.formats.pyproject.toml_text import Path
from pysetup.metadata.formats.toml_writer import Inline
from pysetup.standards.jsontext import JSON

_TOP = ("build-system", "project", "dependency-groups", "external", "tool")
_PART = late_pattern(
    r"""\.?(?:(?P<bare>[A-Za-z0-9_-]+)|"(?P<quoted>[^"]*)"|\[(?P<index>\d+)\])"""
)


class InvalidTomlPathError(UsageError):
    """A path into pyproject.toml cannot be followed.

    It is written as the keys are in the file, joined by full stops:
    ``project.dependencies``, ``project.urls."Bug Tracker"``, or
    ``project.authors[0].name``. A key of the document is a path too: ``summary``,
    ``requires_dist``, ``sources.root``.
    """

    code = "PS2170"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path[:120]!r} is no path into a TOML file: {reason}",
            facts={"path": path[:120]},
            hints=("write it like  project.dependencies  or  summary",),
        )
        self.path, self.reason = path, reason


def is_file_path(path: str) -> bool:
    """Tell a path into the file from one into the document."""
    first = re.split(r"[.\[/]", path, maxsplit=1)[0]
    return first in _TOP and not path.startswith("/")


def parse_path(path: str) -> Path:
    """Return the parts of a path; raises ``InvalidTomlPathError``."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        match = _PART.match(path, at)
        if match is None or (at == 0 and path[0] in ".["):
            raise InvalidTomlPathError(path, f"see position {at + 1}")
        index, bare = match["index"], match["bare"]
        if index is not None:
            found.append(int(index[:9]))
        else:
            found.append(bare if bare is not None else match["quoted"])
        at = match.end()
    return tuple(found)


def below(here: object, part: str | int) -> object:
    """Return what stands one step below ``here``, or None."""
    if isinstance(here, list) and isinstance(part, int):
        return here[part] if part < len(here) else None
    return here.get(str(part)) if isinstance(here, Mapping) else None


def to_json(value: object) -> JSON:
    """Return a TOML value as JSON; dates and times become text."""
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


def to_plain(value: JSON) -> object:
    """Return a JSON value as TOML can have it: without null."""
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        items = [to_plain(item) for item in value if item is not None]
        return [Inline(i) if isinstance(i, dict) else i for i in items]
    return value
