"""What a back end leaves in the user's folder without being asked: removed again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pysetup.workflows.building.scratch import remove_tree

# setuptools writes the first beside the sources, also for an sdist or metadata alone;
# Python the second, where a back end is part of the project (PEP 517, backend-path).
_LITTER = (".egg-info", "__pycache__")
_AT_TOP = ("build", ".eggs")
_MAX_DEPTH = 3


@contextmanager
def litter_removed(root: Path) -> Iterator[None]:
    """Remove the build folders that appear in ``root`` meanwhile; old ones stay."""
    before = set(_litter(str(root)))
    try:
        yield
    finally:
        for path in set(_litter(str(root))) - before:
            remove_tree(path)


def _litter(folder: str, depth: int = 0) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            folders = [e for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for entry in folders:
        if entry.name.endswith(_LITTER) or (depth == 0 and entry.name in _AT_TOP):
            yield entry.path
        elif depth < _MAX_DEPTH and _may_hold_sources(entry):
            yield from _litter(entry.path, depth + 1)


def _may_hold_sources(entry: "os.DirEntry[str]") -> bool:
    return not entry.name.startswith(".") and entry.name not in (
        "node_modules",
        "__pycache__",
    )
