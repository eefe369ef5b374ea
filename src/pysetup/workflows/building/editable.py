"""The last hand at an editable distribution: its links, and what it was made from."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from pysetup.errors import PysetupError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.built import BuiltTree
from pysetup.phases.develop.editable import name_by_links
from pysetup.phases.develop.freshness import RECORD_NAME, make_record
from pysetup.phases.develop.links import link_tree
from pysetup.phases.develop.project import ProjectFolder
from pysetup.phases.develop.stated import read_stated
from pysetup.standards.filenames import dist_info_name
from pysetup.values import dataclass


@dataclass(frozen=True, slots=True)
class EditableWheel:
    """An editable wheel, and the links that must stand beside its files.

    ``links`` are place in the site folder -> absolute target.
    """

    archive: BinaryArchive
    links: Mapping[str, str]

    @property
    def location(self) -> Path:
        """Where the wheel is."""
        return self.archive.location


def finish_path(built: BuiltTree, root: Path) -> dict[str, str]:
    """Complete the editable ``built`` of the project in ``root``; return its links."""
    _write_record(built, root, mode="path")
    return name_by_links(built)


def finish_links(
    built: BuiltTree, root: Path, tell: Callable[[str], None]
) -> dict[str, str]:
    """Turn what was built of ``root`` into a link tree; return its links.

    Raises ``PathFileError``.
    """
    made = link_tree(built, root)
    _write_record(built, root, mode="links")
    if made.copies:
        first = made.copies[0].partition("/")[2]
        more = f" and {len(made.copies) - 1} more" if len(made.copies) > 1 else ""
        tell(
            f"{first}{more} of {built.metadata.name} only the build made, so it is a "
            "copy: after a change,  pysetup develop --refresh"
        )
    return dict(made.links)


def _write_record(built: BuiltTree, root: Path, *, mode: str) -> None:
    """Say in the .dist-info which files of ``root`` the document was read from."""
    folder = ProjectFolder(root)
    # A back end may understand what we do not; then its files are watched all the same.
    with contextlib.suppress(PysetupError):
        read_stated(folder)
    record = make_record(root.resolve(), folder.seen, mode=mode)
    metadata = built.metadata
    info = built.root / dist_info_name(metadata.name, metadata.version)
    if info.is_dir():
        (info / RECORD_NAME).write_bytes(record.to_bytes())
