"""Built trees as commands handle them: found, named, read."""

from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.dist_info import (
    SUFFIX,
    WHEEL,
    read_document,
    split_dist_info,
)
from pysetup.late import tempfile
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.standards.names import filename_name
from pysetup.workflows.building.build import build, disk_faults_told
from pysetup.workflows.building.project import Building
from pysetup.workflows.building.scratch import output_folder
from pysetup.workflows.context import Context


class NothingToPackError(UsageError):
    """What was given to ``bdist`` is not something that can be packed.

    It takes a project folder, an sdist, a wheel, or a folder in wheel layout as
    ``pysetup build --tree`` makes it.
    """

    code = "PS2670"

    def __init__(self, source: Path, reason: str) -> None:
        super().__init__(
            f"{source} cannot be packed: {reason}",
            facts={"path": str(source)},
            hints=("give a project folder, an sdist, a wheel, or a built tree",),
        )


def build_tree(
    source: Path, *, into: Path, context: Context, building: Building
) -> BuiltTree:
    """Build ``source`` and leave the tree in wheel layout in a new folder of ``into``.

    The folder is named ``<name>-<version>``; one that stands there is replaced only
    if it is a built tree itself. Raises ``NothingToPackError`` otherwise.
    """
    if not source.exists():
        raise NothingToPackError(source, "there is no such file or folder")
    with (
        disk_faults_told(),
        output_folder(into),
        tempfile.TemporaryDirectory(prefix=".build-", dir=into) as folder,
    ):
        staged = Path(folder, "tree")
        staged.mkdir()
        built = build(source, into=staged, context=context, building=building)
        metadata = built.metadata
        place = into / f"{filename_name(metadata.name)}-{metadata.version}"
        if place.exists():
            if not is_built_tree(place):
                raise NothingToPackError(place, "something else stands in its place")
            place.rename(Path(folder, "old"))
        staged.rename(place)
    return BuiltTree(
        place, metadata, built.tags, built.pure, built.generator, built.build_tag
    )


def is_built_tree(path: Path) -> bool:
    """Tell whether ``path`` is a folder in wheel layout."""
    return path.is_dir() and any(path.glob(f"*{SUFFIX}/{WHEEL}"))


def read_built_tree(root: Path) -> BuiltTree:
    """Read a folder in wheel layout.

    Raises ``NothingToPackError``, and what is wrong with its metadata.
    """
    folders = [path for path in root.glob(f"*{SUFFIX}") if path.is_dir()]
    if len(folders) != 1:
        raise NothingToPackError(root, f"it has {len(folders)} {SUFFIX} folders")
    (info_dir,) = folders

    def read(name: str) -> bytes | None:
        path = info_dir / name
        return path.read_bytes() if path.is_file() else None

    metadata = read_document(read, source=str(info_dir), compare=True)
    if split_dist_info(info_dir.name) != (metadata.normalized_name, metadata.version):
        other = f"{metadata.name} {metadata.version}"
        raise NothingToPackError(root, f"{info_dir.name} is the one of {other}")
    content = read(WHEEL)
    if content is None:
        raise NothingToPackError(root, f"{info_dir.name} has no {WHEEL}")
    info = WheelInfo.parse(content, source=f"{info_dir.name}/{WHEEL}")
    if not info.tags:
        raise NothingToPackError(root, f"its {WHEEL} names no Tag")
    return BuiltTree(
        root, metadata, info.tags, info.root_is_purelib, info.generator, info.build
    )
