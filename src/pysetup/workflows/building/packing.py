"""Folders in wheel layout and binary archives, both ways."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.dist_info import SUFFIX
from pysetup.interchange.layout import write_wheel_version
from pysetup.interchange.sbom import write_sbom
from pysetup.interchange.source import SourceArchive
from pysetup.interchange.wheel_file import unpack_wheel
from pysetup.late import shutil, tempfile
from pysetup.phases.bdist.wheel import find_left_out, pack_wheel
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.names import filename_name
from pysetup.values import replace
from pysetup.workflows.building.archives import (
    NothingToPackError,
    is_built_tree,
    read_built_tree,
)
from pysetup.workflows.building.build import (
    DiskFaultError,
    build,
    build_sdist,
    wheel_of_sdist,
)
from pysetup.workflows.building.project import Building
from pysetup.workflows.building.scratch import check_output
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage

# Changes a built tree, which is nobody else's, before it is packed.
Change = Callable[[BuiltTree], None]


class PlaceTakenError(UsageError):
    """The folder into which a wheel would be unpacked is there already.

    It is never overwritten. Remove it, or choose another place with ``--outdir``.
    """

    code = "PS2721"

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} exists already",
            facts={"path": str(place)},
            hints=("remove it, or choose another folder with --outdir",),
        )


def as_wheel_version(version: str) -> Change:
    """Return the change to wheel format ``version``: 1.1 writes WHEEL.json."""
    return lambda built: write_wheel_version(built.root, built.metadata, version)


def list_components(built: BuiltTree) -> None:
    """Write the bill of materials of what the tree carries along (PEP 770)."""
    write_sbom(built.root, built.metadata)


def make_wheel(
    source: Path | SourceArchive,
    *,
    into: Path,
    context: Context,
    building: Building,
    changes: Sequence[Change] = (),
) -> BinaryArchive:
    """Write the wheel of ``source``: a project, an sdist, a wheel, a built tree.

    A ``SourceArchive`` is one that was just made here, and is not read anew.
    ``changes`` are made to a copy of the tree. Raises ``NothingToPackError``,
    ``OutputPlaceError``, ``DiskFaultError``, and as reading or building the source.
    """
    check_output(into)
    if isinstance(source, SourceArchive) and not changes:
        return wheel_of_sdist(source, into=into, context=context, building=building)
    with _disk_faults_told(), opened_tree(source, context, building) as built:
        return _pack(built, into=into, context=context, changes=changes)


def pack_tree(
    root: Path, *, into: Path, context: Context, changes: Sequence[Change] = ()
) -> BinaryArchive:
    """Write the wheel of the folder ``root`` in wheel layout into ``into``.

    What no wheel can hold is told. Raises as ``make_wheel``.
    """
    if not is_built_tree(root):
        raise NothingToPackError(root, f"it is no folder with a {SUFFIX} in it")
    with _disk_faults_told():
        for name in find_left_out(root):
            context.tell(f"note: {name} is left out")
        built = read_built_tree(root)
        return _pack(built, into=into, context=context, changes=changes)


def unpack(wheel: Path, *, into: Path) -> BuiltTree:
    """Unpack ``wheel``, proved against its RECORD, into a new folder of ``into``.

    The folder is named ``<name>-<version>``. Raises ``PlaceTakenError``,
    ``DiskFaultError``, and as ``unpack_wheel``.
    """
    name = parse_wheel_filename(wheel.name)
    place = into / f"{filename_name(name.name)}-{name.version}"
    with _disk_faults_told():
        if place.exists() or place.is_symlink():
            raise PlaceTakenError(place)
        unpack_wheel(wheel, place)
        return read_built_tree(place)


def _pack(
    built: BuiltTree,
    *,
    into: Path,
    context: Context,
    changes: Sequence[Change],
) -> BinaryArchive:
    title = f"{built.metadata.name} {built.metadata.version}"
    with stage(context.observer, "pack", title):
        return _packed(built, into=into, context=context, changes=changes)


def _packed(
    built: BuiltTree,
    *,
    into: Path,
    context: Context,
    changes: Sequence[Change],
) -> BinaryArchive:
    into.mkdir(parents=True, exist_ok=True)
    epoch = context.settings.source_date_epoch
    if not changes:
        return pack_wheel(built, into=into, epoch=epoch)
    with tempfile.TemporaryDirectory(prefix="pysetup-pack-") as folder:
        copy = replace(built, root=Path(folder, "tree"))
        shutil.copytree(built.root, copy.root, symlinks=True)
        for change in changes:
            change(copy)
        return pack_wheel(copy, into=into, epoch=epoch)


@contextmanager
def opened_tree(
    source: Path | SourceArchive, context: Context, building: Building
) -> Iterator[BuiltTree]:
    """Give the built tree of a project, an sdist, a wheel, or the tree itself.

    What was built or unpacked for it is gone at the end. Raises
    ``NothingToPackError``, and as reading or building the source.
    """
    if isinstance(source, SourceArchive):
        with tempfile.TemporaryDirectory(prefix="pysetup-bdist-") as folder:
            place = Path(folder)
            yield build_sdist(source, into=place, context=context, building=building)
        return
    if is_built_tree(source):
        yield read_built_tree(source)
        return
    with tempfile.TemporaryDirectory(prefix="pysetup-bdist-") as folder:
        place = Path(folder, "tree")
        if source.name.endswith(".whl"):
            unpack_wheel(source, place)
            name = parse_wheel_filename(source.name)
            # Tools that repair a wheel do not always mend its WHEEL file.
            yield replace(
                read_built_tree(place),
                tags=tuple(sorted(map(str, name.tags))),
                build_tag="".join(map(str, name.build)),
            )
            return
        if not source.exists():
            raise NothingToPackError(source, "there is no such file or folder")
        place.mkdir()
        yield build(source, into=place, context=context, building=building)


@contextmanager
def _disk_faults_told() -> Iterator[None]:
    try:
        yield
    except (OSError, shutil.Error) as error:
        path = str(getattr(error, "filename", None) or "a temporary file")
        reason = getattr(error, "strerror", None) or f"{error!s:.200}"
        raise DiskFaultError(path, reason) from None
