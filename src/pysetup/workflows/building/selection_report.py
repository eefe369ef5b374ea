"""Why each file of a project is in its sdist, in its wheel, under version control."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.interchange.source import SourceTree
from pysetup.interchange.source_files import list_tree
from pysetup.late import tempfile
from pysetup.phases.build.pure import plan_files
from pysetup.phases.sdist.make import list_sdist
from pysetup.phases.sdist.packed import CHANGED, SAME, explain_packed
from pysetup.phases.sdist.selection import SelectedFile
from pysetup.phases.sdist.tracked import TrackingDifference, compare_with_tracked
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass
from pysetup.workflows.building.build import is_foreign, sdist_of_tree
from pysetup.workflows.building.project import Building, read_project
from pysetup.workflows.building.vcs import read_tracked
from pysetup.workflows.context import Context

# What is generated for the sdist is generated for the wheel, too.
_FROM_DOCUMENT = {
    "PKG-INFO": ("*.dist-info/METADATA",),
    "METADATA.json": ("*.dist-info/METADATA.json",),
    "pydist.json": ("*.dist-info/pydist.json",),
}


class NoSuchSourceError(UsageError):
    """A path that ``files explain`` is asked about is not a file of the project.

    It is not there, or it lies outside of the project folder; ``--project`` says
    which folder that is. Relative paths start from where you are.
    """

    code = "PS2702"

    def __init__(self, path: str, root: Path, reason: str) -> None:
        super().__init__(
            f"{path} {reason}",
            facts={"path": path, "project": str(root)},
            hints=("see all files with  pysetup sdist --list",),
        )


@dataclass(frozen=True, slots=True)
class ExplainedFile:
    """A file of a project, its place in the sdist and in the wheel, and why.

    ``wheel`` are its places in the wheel; where there is none, ``wheel_reason`` says
    why.
    """

    source: SelectedFile
    wheel: tuple[str, ...]
    wheel_reason: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            **self.source.to_json(),
            "wheel": list(self.wheel),
            "wheel_reason": self.wheel_reason,
        }


def list_files(
    root: Path, *, context: Context, building: Building
) -> tuple[SelectedFile, ...]:
    """Return every file of the project in ``root`` and of its sdist, and why.

    A back end of others is asked by having it make the sdist, in a temporary folder.
    """
    tree = read_project(root, context=context, building=building)
    return _listed(tree, context=context, building=building)


def compare_with_version_control(
    root: Path, *, context: Context, building: Building
) -> tuple[TrackingDifference, ...]:
    """Return where the sdist of the project in ``root`` and its repository differ.

    Raises as ``list_files`` and ``read_tracked``.
    """
    tree = read_project(root, context=context, building=building)
    tracked = read_tracked(root, context=context)
    listed = _listed(tree, context=context, building=building)
    return compare_with_tracked(listed, tracked)


def explain_files(
    paths: Sequence[str], *, root: Path, context: Context, building: Building
) -> tuple[ExplainedFile, ...]:
    """Say for each of ``paths`` why it is in the sdist and in the wheel, or is not.

    A folder stands for the files below it. Raises ``NoSuchSourceError`` and as
    ``list_files``.
    """
    inner = [_inner(path, root, context) for path in paths]
    tree = read_project(root, context=context, building=building)
    listed = _listed(tree, context=context, building=building)
    chosen: dict[SelectedFile, None] = {}
    for path, given in zip(inner, paths, strict=True):
        found = tuple(_find(path, listed))
        if not found:
            empty = os.path.isdir(root / path)
            reason = "is an empty folder" if empty else "is not there"
            raise NoSuchSourceError(given, root, reason)
        chosen |= dict.fromkeys(found)
    places = _wheel_places(tree, listed)
    return tuple(_explained(one, tree, places) for one in chosen)


def _listed(
    tree: SourceTree, *, context: Context, building: Building
) -> tuple[SelectedFile, ...]:
    if not is_foreign(tree.metadata):
        return list_sdist(tree)
    # Listed before it is built, which may leave files behind.
    entries = list_tree(tree.root)
    backend = str(tree.metadata.section("build").get("backend"))
    with tempfile.TemporaryDirectory(prefix="pysetup-list-") as folder:
        made = sdist_of_tree(
            tree, into=Path(folder, "dist"), context=context, building=building
        )
        unpacked = unpack_sdist(made.location, Path(folder, "unpacked"))
        packed = {
            path: _state(unpacked / path, tree.root / path)
            for path in _files_below(unpacked)
        }
    return explain_packed(entries, packed, backend=backend)


def _state(packed: Path, own: Path) -> str:
    if not os.path.isfile(own):
        return ""
    try:
        return SAME if own.read_bytes() == packed.read_bytes() else CHANGED
    except OSError:
        # Whoever packed it could read it; what we cannot is not the same.
        return CHANGED


def _files_below(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        if path.is_file():
            yield path.relative_to(root).as_posix()


def _inner(path: str, root: Path, context: Context) -> str:
    """Return ``path`` relative to the project; links in its last part are kept."""
    place = context.path(path)
    resolved = Path(os.path.realpath(place.parent), place.name)
    if place.name in ("", "..", "."):
        resolved = Path(os.path.realpath(place))
    if not resolved.is_relative_to(root):
        raise NoSuchSourceError(path, root, "lies outside of the project")
    return "" if resolved == root else resolved.relative_to(root).as_posix()


def _find(path: str, listed: Iterable[SelectedFile]) -> Iterator[SelectedFile]:
    """Yield the entries for ``path``: itself, those below it, or the folder above."""
    for one in listed:
        below = not path or one.path.startswith(f"{path}/")
        above = one.path.endswith("/") and path.startswith(one.path)
        if one.path == path or below or above:
            yield one


def _wheel_places(
    tree: SourceTree, listed: Iterable[SelectedFile]
) -> dict[str, tuple[str, ...]] | None:
    """Return source -> places in the wheel; None where a build decides."""
    section = tree.metadata.section("build")
    if is_foreign(tree.metadata) or section.get("hook"):
        return None
    files = [one.path for one in listed if one.selected]
    found: dict[str, tuple[str, ...]] = {}
    for placement in plan_files(tree.metadata, files):
        before = found.get(placement.source, ())
        found[placement.source] = (*before, placement.target)
    found |= _FROM_DOCUMENT
    for path in tree.metadata.texts("license_file"):
        found[path] = (*found.get(path, ()), f"*.dist-info/licenses/{path}")
    return found


def _explained(
    one: SelectedFile, tree: SourceTree, places: dict[str, tuple[str, ...]] | None
) -> ExplainedFile:
    if not one.selected:
        return ExplainedFile(one, (), "not in the sdist, from which the wheel is built")
    if places is None:
        section = tree.metadata.section("build")
        who = section.get("backend") or section.get("hook")
        return ExplainedFile(one, (), f"{who} decides")
    targets = places.get(one.path, ())
    reason = "" if targets else "no module, package data or data file of the project"
    return ExplainedFile(one, targets, reason)
