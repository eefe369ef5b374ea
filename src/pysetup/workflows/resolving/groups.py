"""Dependency groups as they are asked for: ``NAME``, or ``PATH:NAME`` (PEP 735)."""

from collections.abc import Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.metadata.formats.pyproject.group_lines import group_lines
from pysetup.standards.requirements import Requirement, parse_requirement
from pysetup.workflows.context import Context

PYPROJECT = "pyproject.toml"


class GroupFileError(UsageError):
    """The file that a dependency group should stand in cannot be read.

    ``--group NAME`` looks into the ``pyproject.toml`` of the folder you are in;
    ``--group PATH:NAME`` names another ``pyproject.toml``, or its folder.
    """

    code = "PS2116"

    def __init__(self, path: Path, group: str, reason: str) -> None:
        super().__init__(
            f"the dependency group {group!r} cannot be read from {path}: {reason}",
            facts={"file": str(path), "group": group},
            hints=(f"name the file:  --group path/to/{PYPROJECT}:{group}",),
        )


def read_group(word: str, context: Context) -> tuple[tuple[Requirement, str], ...]:
    """Return the requirements of the group that ``word`` names, with their places.

    ``word`` is ``NAME`` for the project in the current folder, or ``PATH:NAME``; a
    place is ``file:line``. Includes are put in. Raises ``GroupFileError``,
    ``UnknownGroupError``, ``InvalidTomlError``, and what is wrong in the group.
    """
    place, _, name = word.rpartition(":")
    path = context.path(place or PYPROJECT)
    if path.is_dir():
        path /= PYPROJECT
    if path.name != PYPROJECT:
        raise GroupFileError(path, name, f"its name is not {PYPROJECT}")
    if not name:
        raise GroupFileError(path, name, "no group is named")
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise GroupFileError(path, name, reason.lower()) from None
    source = place if place and not context.path(place).is_dir() else ""
    shown = source or (f"{place.rstrip('/')}/{PYPROJECT}" if place else PYPROJECT)
    return tuple(
        (parse_requirement(line.text), f"{shown}:{line.line}")
        for line in group_lines(content, name, source=shown)
    )


def read_groups(
    words: Sequence[str], context: Context
) -> tuple[tuple[Requirement, str], ...]:
    """Return the requirements of all groups that ``words`` name; raises as each."""
    return tuple(found for word in words for found in read_group(word, context))
