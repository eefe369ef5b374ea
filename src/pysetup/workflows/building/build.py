"""From a project folder or an sdist to sdist, built tree, wheel and editable."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.interchange.binary import BinaryArchive
from pysetup.interchange.build_lock import carry_build_lock
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.sdist_file import unpack_sdist
from pysetup.interchange.source import SourceArchive, SourceTree
from pysetup.metadata.document import Metadata
from pysetup.phases.bdist.wheel import pack_wheel
from pysetup.phases.build.backend import output_faults_told
from pysetup.phases.build.foreign import take_wheel, with_core
from pysetup.phases.build.make import place_system_files
from pysetup.phases.develop.editable import import_lines, start_entries
from pysetup.phases.develop.project import read_draft
from pysetup.phases.develop.record import read_record
from pysetup.phases.sdist import make as sdist_phase
from pysetup.values import replace
from pysetup.workflows.building.editable import (
    EditableWheel,
    finish_links,
    finish_path,
)
from pysetup.workflows.building.external import tell_missing
from pysetup.workflows.building.litter import litter_removed
from pysetup.workflows.building.native import build_native, build_native_editable
from pysetup.workflows.building.project import (
    Building,
    build_python,
    open_backend,
    read_project,
    read_sdist,
)
from pysetup.workflows.building.pure_wheel import wheel_of_archive
from pysetup.workflows.building.python_check import check_python
from pysetup.workflows.building.scratch import output_folder, scratch_folder
from pysetup.workflows.context import Context
from pysetup.workflows.events import stage


class DiskFaultError(BuildError):
    """A folder cannot be written, or the disk is full.

    The message names the file and what the system says about it. Archives appear
    complete or not at all, so nothing half written is left.
    """

    code = "PS6409"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"cannot write {path}: {reason}",
            facts={"path": path, "reason": reason},
            hints=("choose another folder with --outdir, or make room",),
        )


@contextmanager
def disk_faults_told() -> Iterator[None]:
    """Turn what is left of OSError into ours: reading the sources has its own."""
    try:
        yield
    except OSError as error:
        path = str(error.filename or "a temporary file")
        raise DiskFaultError(path, error.strerror or str(error)) from None


# May be there in the wheel though they are absent in the sdist.
_NEVER_CERTAIN = {"requires_dist", "provides_extra"}


# By default setuptools installs an import hook: type checkers cannot follow it, and it
# runs at every start of Python. Asked like this it writes a path, as we do.
_PATH_ONLY = {"editable_mode": "compat"}
# setuptools itself, and those that hand their config settings on to it unread.
_SETUPTOOLS = ("setuptools.build_meta", "pbr.build")


class ForeignSdistError(BuildError):
    """A back end made a source archive that is none, or is of another release.

    An sdist holds PKG-INFO in its top folder, with the name and the version of the
    project it was made from (source distribution format).
    """

    code = "PS6408"

    def __init__(self, sdist: str, reason: str) -> None:
        super().__init__(
            f"the back end made {sdist}, but {reason}",
            facts={"file": sdist},
            hints=("use a newer version of the back end, or build the wheel alone",),
        )


@disk_faults_told()
def make_sdist(
    root: Path, *, into: Path, context: Context, building: Building
) -> SourceArchive:
    """Write the sdist of the project in the folder ``root`` into ``into``."""
    tree = read_project(root, context=context, building=building)
    return sdist_of_tree(tree, into=into, context=context, building=building)


@disk_faults_told()
def build(
    source: Path, *, into: Path, context: Context, building: Building
) -> BuiltTree:
    """Build the project folder or sdist ``source`` into the empty folder ``into``.

    A folder goes by way of its sdist, so that what is shipped is what is built, unless
    ``building.route`` is ``tree``.
    """
    if building.route == "tree" and source.is_dir():
        with litter_removed(source):
            tree = read_project(source, context=context, building=building)
            return build_source(tree, into=into, context=context, building=building)
    with scratch_folder("pysetup-source-") as place:
        if source.is_dir():
            archive = _checked_sdist(source, place, context, building)
            return build_sdist(archive, into=into, context=context, building=building)
        root = unpack_sdist(source, place)
        tree = read_sdist(root, context=context, building=building)
        return build_source(tree, into=into, context=context, building=building)


@disk_faults_told()
def build_wheel(
    source: Path, *, into: Path, context: Context, building: Building
) -> BinaryArchive:
    """Build the wheel of the project folder or sdist ``source`` into ``into``."""
    with scratch_folder("pysetup-build-") as folder:
        if source.is_dir() and building.route == "sdist":
            archive = _checked_sdist(source, folder, context, building)
            return wheel_of_sdist(
                archive, into=into, context=context, building=building
            )
        built = build(source, into=folder, context=context, building=building)
        return _pack(built, into=into, context=context)


@disk_faults_told()
def wheel_of_sdist(
    archive: SourceArchive, *, into: Path, context: Context, building: Building
) -> BinaryArchive:
    """Build the wheel of an sdist that ``sdist_of_tree`` has just made."""
    check_python(archive.metadata, context=context, building=building)
    epoch = context.settings.source_date_epoch
    with stage(context.observer, "build", _title(archive.metadata)) as running:
        made = wheel_of_archive(archive, into=into, epoch=epoch)
        running.count = int(made is not None)
    if made is not None:
        tell_missing(archive.metadata, context)
        return made
    with scratch_folder("pysetup-build-") as folder:
        built = build_sdist(archive, into=folder, context=context, building=building)
        return _pack(built, into=into, context=context)


@disk_faults_told()
def build_sdist(
    archive: SourceArchive, *, into: Path, context: Context, building: Building
) -> BuiltTree:
    """Build an sdist that ``sdist_of_tree`` has just made into the empty ``into``."""
    with scratch_folder("pysetup-source-") as place:
        tree = SourceTree(unpack_sdist(archive.location, place), archive.metadata)
        return build_source(tree, into=into, context=context, building=building)


@disk_faults_told()
def build_editable(
    root: Path, *, into: Path, context: Context, building: Building
) -> EditableWheel:
    """Write an editable wheel (PEP 660) of the project in the folder ``root``.

    A project of ours needs no code for it: one path line. Other back ends are asked;
    the user is told when theirs runs code at every start of Python. With
    ``building.editable`` as ``links`` the wheel is built, and each of its files that
    is one of the tree's becomes a link to it, whatever the back end.
    """
    with scratch_folder("pysetup-develop-") as place:
        if building.editable == "links":
            built = build(root, into=place, context=context, building=building)
            links = finish_links(built, root, context.tell)
        else:
            tree = read_project(root, context=context, building=building)
            with stage(context.observer, "build", _title(tree.metadata)):
                built = _editable(tree, place, context=context, building=building)
            links = finish_path(built, root)
        return EditableWheel(_pack(built, into=into, context=context), links)


@disk_faults_told()
def sdist_of_tree(
    tree: SourceTree, *, into: Path, context: Context, building: Building
) -> SourceArchive:
    """Write the sdist of ``tree`` into ``into``, by its own back end if it has one."""
    with stage(context.observer, "sdist", _title(tree.metadata)):
        return _sdist_of_tree(tree, into=into, context=context, building=building)


def _sdist_of_tree(
    tree: SourceTree, *, into: Path, context: Context, building: Building
) -> SourceArchive:
    epoch = context.settings.source_date_epoch
    if not is_foreign(tree.metadata):
        with output_folder(into):
            return sdist_phase.make_sdist(tree, into=into, epoch=epoch)
    with output_folder(into), scratch_folder("pysetup-sdist-") as folder:
        with litter_removed(tree.root):
            backend = open_backend(
                tree.root,
                tree.metadata.section("build"),
                "sdist",
                _title(tree.metadata),
                context=context,
                building=building,
            )
            made = backend.build_sdist(folder)
        # hatchling keeps the PKG-INFO of an unpacked sdist, and adds its own.
        root = unpack_sdist(made, Path(folder, "unpacked"), repeated=("PKG-INFO",))
        carry_build_lock(tree.root, root)
        metadata = _sdist_document(root, tree, sdist=made.name)
        return sdist_phase.repack_sdist(root, metadata, into=into, epoch=epoch)


def _sdist_document(root: Path, tree: SourceTree, *, sdist: str) -> Metadata:
    """Return the document for the sdist of a foreign back end, unpacked at ``root``.

    A PKG-INFO of 2.2 or later says what is dynamic (PEP 643). Where an older one
    stands, all is that came from the back end.
    """
    with output_faults_told(_title(tree.metadata)):
        record = read_record(root)
    if record is None:
        raise ForeignSdistError(sdist, "it has no PKG-INFO")
    found, metadata = record.metadata, tree.metadata
    expected = (metadata.normalized_name, metadata.version)
    if (found.normalized_name, found.version) != expected:
        raise ForeignSdistError(sdist, f"its PKG-INFO is that of {_title(found)}")
    if record.is_reliable:
        return with_core(metadata, found)
    draft = read_draft(tree.root)
    known = metadata.to_dict().keys() | _NEVER_CERTAIN
    unsure = sorted(known.intersection(draft.missing) - {"name", "version"})
    return metadata.replaced(dynamic=unsure or None)


@disk_faults_told()
def build_source(
    tree: SourceTree, *, into: Path, context: Context, building: Building
) -> BuiltTree:
    """Build ``tree`` into the empty folder ``into``, as its document says."""
    with stage(context.observer, "build", _title(tree.metadata)):
        return _build_source(tree, into=into, context=context, building=building)


def _build_source(
    tree: SourceTree, *, into: Path, context: Context, building: Building
) -> BuiltTree:
    metadata = tree.metadata
    section = metadata.section("build")
    check_python(metadata, context=context, building=building)
    tell_missing(metadata, context)
    if is_foreign(metadata):
        backend = open_backend(
            tree.root,
            section,
            "wheel",
            _title(metadata),
            context=context,
            building=building,
        )
        with scratch_folder("pysetup-wheel-") as folder:
            return _take(backend.build_wheel(folder), metadata, into, context)
    return build_native(
        tree,
        into=into,
        python_with=partial(build_python, context=context, building=building),
        settings=building.settings,
    )


def is_foreign(metadata: Metadata) -> bool:
    """Tell whether another back end than ours builds the project."""
    return metadata.section("build").get("backend") is not None


def _editable(
    tree: SourceTree, into: Path, *, context: Context, building: Building
) -> BuiltTree:
    metadata = tree.metadata
    check_python(metadata, context=context, building=building)
    if not is_foreign(metadata):
        built = build_native_editable(
            tree,
            into=into,
            python_with=partial(build_python, context=context, building=building),
            settings=building.settings,
            tell=context.tell,
        )
        place_system_files(tree, into=into)
        return built
    section = metadata.section("build")
    if str(section.get("backend")).startswith(_SETUPTOOLS):
        building = replace(building, settings={**_PATH_ONLY, **building.settings})
    backend = open_backend(
        tree.root,
        section,
        "editable",
        _title(metadata),
        context=context,
        building=building,
    )
    with scratch_folder("pysetup-wheel-") as folder:
        built = _take(backend.build_editable(folder), metadata, into, context)
    for path in sorted(into.glob("*.pth")):
        if import_lines(path.read_bytes()):
            context.tell(
                f"warning: the editable installation of {metadata.name} runs code at "
                f"every start of Python ({path.name}); its build back end wants it so"
            )
    for path in sorted(into.glob("*.start")):
        for entry in start_entries(path.read_bytes()):
            context.tell(
                f"warning: the editable installation of {metadata.name} calls {entry} "
                f"at every start of Python 3.15 and later ({path.name})"
            )
    return built


def _take(wheel: Path, metadata: Metadata, into: Path, context: Context) -> BuiltTree:
    with output_faults_told(_title(metadata)):
        built, notes = take_wheel(wheel, metadata, into=into)
    for note in notes:
        context.tell(f"note: {metadata.name}: {note}")
    return built


def _checked_sdist(
    root: Path, into: Path, context: Context, building: Building
) -> SourceArchive:
    """Make the sdist that a folder goes by way of, if this Python can build it."""
    tree = read_project(root, context=context, building=building)
    check_python(tree.metadata, context=context, building=building)
    return sdist_of_tree(tree, into=into, context=context, building=building)


def _pack(built: BuiltTree, *, into: Path, context: Context) -> BinaryArchive:
    into.mkdir(parents=True, exist_ok=True)
    with stage(context.observer, "pack", _title(built.metadata)):
        return pack_wheel(built, into=into, epoch=context.settings.source_date_epoch)


def _title(metadata: Metadata) -> str:
    return f"{metadata.name} {metadata.version}"
