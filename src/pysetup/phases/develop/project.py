"""Reading what a project's files state: the first step of every walk, no code run."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.source_files import (
    file_paths,
    list_tree,
    read_source_file,
)
from pysetup.metadata.formats import pyproject
from pysetup.metadata.formats.pyproject import ProjectDraft
from pysetup.phases.develop.discovery import ModulesNotFoundError, find_sources
from pysetup.standards.globs import glob_regex

PYPROJECT = "pyproject.toml"
_MARKS = (PYPROJECT, "setup.py", "setup.cfg")


class ProjectNotFoundError(UsageError):
    """A folder holds no Python project.

    A project has a ``pyproject.toml``, or an old ``setup.py`` or ``setup.cfg``, in its
    top folder. Name the right folder, or write a ``pyproject.toml`` with a
    ``[project]`` table: a name and a version are enough.
    """

    code = "PS2408"

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"{root} is not a Python project: it has no {PYPROJECT}",
            facts={"folder": str(root), "looked for": list(_MARKS)},
            hints=("name the folder of the project", "or write a pyproject.toml there"),
        )


class ProjectUnreadableError(UsageError):
    """The folder of a project cannot be looked into.

    Its owner can allow it; or copy the project to a folder of your own.
    """

    code = "PS2912"

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(
            f"the project folder {root} cannot be read: {reason}",
            facts={"folder": str(root), "reason": reason},
            hints=(f"see who may read it:  ls -ld {root}",),
        )


class ProjectFolder:
    """The files of a project, by a listing of its folder; nothing of tools' own."""

    def __init__(self, root: Path) -> None:
        self.paths = file_paths(list_tree(root))
        self.seen: list[str] = []
        self._root, self._listed = root, frozenset(self.paths)

    def read_file(self, path: str) -> bytes | None:
        """Return the content of a file, or None if it is not listed.

        ``seen`` are the files that were read so.
        """
        if path not in self._listed:
            return None
        if path not in self.seen:
            self.seen.append(path)
        return read_source_file(self._root, path)

    def glob(self, pattern: str) -> tuple[str, ...]:
        """Return the files that match, sorted."""
        regex = glob_regex(pattern)
        return tuple(path for path in self.paths if regex.fullmatch(path))


def read_draft(root: Path) -> ProjectDraft:
    """Read what the files in ``root`` state about the project; no code runs.

    Raises ``ProjectNotFoundError``, ``ModulesNotFoundError``, and what is wrong with
    ``pyproject.toml`` or a file that it names.
    """
    try:
        found = any((root / mark).is_file() for mark in _MARKS)
    except OSError as error:
        raise ProjectUnreadableError(root, error.strerror or str(error)) from None
    if not found:
        raise ProjectNotFoundError(root)
    return plan_draft(ProjectFolder(root))


def plan_draft(folder: ProjectFolder) -> ProjectDraft:
    """Return the draft of a document from a folder and its ``pyproject.toml``.

    A project that pysetup builds without a hook must show which modules it has.
    Raises as ``read_draft``.
    """
    content = folder.read_file(PYPROJECT)
    draft = pyproject.read(content or b"", files=folder, source=PYPROJECT)
    if content is None:
        reasons = dict.fromkeys(draft.reasons, f"there is no {PYPROJECT}")
        draft = dataclasses.replace(draft, reasons=reasons)
    stated = draft.mapping.get("sources")
    if not draft.is_native or (isinstance(stated, Mapping) and "root" in stated):
        return draft
    if draft.build.get("hook") or draft.build.get("commands"):
        # They may well make all of them.
        return draft
    if draft.build.get("adapter") and "ext_modules" not in draft.build:
        # setup.py says which there are.
        return draft
    try:
        sources = find_sources(draft.mapping, folder.paths)
    except ModulesNotFoundError as error:
        if error.found or "ext_modules" not in draft.build:
            raise
        # All there is to import is compiled.
        sources = {"root": ".", "modules": []}
    return dataclasses.replace(draft, mapping={**draft.mapping, "sources": sources})
