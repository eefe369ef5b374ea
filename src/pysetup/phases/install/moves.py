"""Deciding the moves of a transaction: as few as possible.

A whole folder moves where one distribution owns all that is in it.
"""

import os
from collections.abc import Collection, Iterator

from pysetup.errors import EnvironmentRefusedError
from pysetup.phases.install.filesystem import FileSystem, Look
from pysetup.phases.install.journal import Step


class EnvironmentChangedError(EnvironmentRefusedError):
    """Something changed the environment while pysetup prepared its own change.

    Nothing was touched. Usually another installer was at work at the same time.
    """

    code = "PS7311"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the environment changed while a change was prepared: {path}",
            facts={"path": path},
            hints=("run the command again",),
        )
        self.path = path


class Mover:
    """Finds the steps that bring staged files in and take old ones out.

    ``slots`` gives unused paths for old files; folders in ``lasting`` are never moved,
    and with ``whole_folders`` off no folder that stands (some layered file systems
    cannot).
    """

    def __init__(
        self,
        files: FileSystem,
        *,
        slots: Iterator[str],
        lasting: Collection[str],
        whole_folders: bool,
    ) -> None:
        self._files = files
        self._slots = slots
        # Nor is what is above them, where nothing is ours to look at.
        self._lasting = {*lasting, *_with_parents(lasting), "/"}
        self._whole_folders = whole_folders
        self._taken: set[str] = set()

    def move(
        self, *, stage: str, places: Collection[str], gone: Collection[str]
    ) -> list[Step]:
        """Say how to bring ``places`` in and take ``gone`` out (absolute paths).

        ``stage`` mirrors the root folder: ``/a/b`` waits at ``stage/a/b``. Raises
        ``EnvironmentChangedError`` if something unexpected stands in the way.
        """
        coming, leaving = _with_parents(places), frozenset(gone)
        children: dict[str, list[str]] = {}
        for path in coming | _with_parents(gone):
            children.setdefault(path[: path.rfind("/")] or "/", []).append(path)
        steps: list[Step] = []
        pending = ["/"]
        while pending:
            for place in sorted(children.get(pending.pop(), ())):
                staged = stage + place
                new = self._files.look(staged) if place in coming else None
                standing = None if place in self._taken else self._files.look(place)
                if standing is None:
                    if new is not None:
                        steps.append(Step(place, staged, "", new.inode))
                elif self._is_gone(place, leaving, is_folder=standing.is_folder):
                    steps.append(self._replacement(place, staged, new))
                elif standing.is_folder and (new is None or new.is_folder):
                    pending.append(place)
                else:
                    raise EnvironmentChangedError(place)
        return steps

    def _replacement(self, place: str, staged: str, new: Look | None) -> Step:
        if new is None:
            self._taken.add(place)
            return Step(place, "", next(self._slots), 0)
        return Step(place, staged, next(self._slots), new.inode)

    def _is_gone(self, place: str, gone: frozenset[str], *, is_folder: bool) -> bool:
        """Tell whether nothing at or below ``place`` is to stay."""
        if not is_folder:
            return place in gone
        if not self._whole_folders or place in self._lasting:
            return False
        try:
            inside = self._files.scan(place)
        except OSError:
            return False  # what cannot be seen stays
        return all(
            self._is_gone(os.path.join(place, name), gone, is_folder=below)
            for name, below in inside
        )


def _with_parents(paths: Collection[str]) -> set[str]:
    """Return ``paths`` and all folders above them but the root."""
    found: set[str] = set()
    for folder in {path[: path.rfind("/")] for path in paths}:
        climbing = folder
        while climbing and climbing not in found:
            found.add(climbing)
            climbing = climbing[: climbing.rfind("/")]
    return found.union(paths)


def prunable(steps: Collection[Step], *, keep: Collection[str]) -> tuple[str, ...]:
    """Return folders that removals may leave empty, the deepest first.

    Folders in ``keep``, and what is above them, are never among them.
    """
    found: set[str] = set()
    for step in steps:
        folder = os.path.dirname(step.place)
        while not step.new and folder not in keep and folder not in found:
            if folder == os.path.dirname(folder):
                break
            found.add(folder)
            folder = os.path.dirname(folder)
    stops = [stop + os.sep for stop in keep]
    above = {
        folder for folder in found if any(s.startswith(folder + os.sep) for s in stops)
    }
    return tuple(sorted(found - above, key=lambda path: (-path.count(os.sep), path)))
