"""What a hook has built, checked against the document and completed from it."""

from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import BuildError
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.dist_info import SUFFIX, read_document, split_dist_info
from pysetup.interchange.layout import (
    PURE_TAGS,
    dist_info_files,
    pure_info,
    write_files,
)
from pysetup.metadata.document import (
    FieldNotDynamicError,
    Metadata,
    with_entry_points,
)
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.phases.build.workspace import Machine
from pysetup.standards.entry_points import parse_entry_points
from pysetup.standards.executables import HEAD_SIZE, is_executable_content
from pysetup.standards.filenames import dist_info_name
from pysetup.standards.jsontext import JSON
from pysetup.standards.module_tags import tags_of_modules
from pysetup.values import replace

_NEVER_KEPT = ("RECORD", "RECORD.jws", "RECORD.p7s")


class BuiltTreeError(BuildError):
    """The folder that a build returned is not a wheel in the making.

    It must hold files in wheel layout (PEP 427): packages and modules at the top, at
    most one ``<name>-<version>.dist-info`` and one ``<name>-<version>.data`` folder,
    both of this project.
    """

    code = "PS6406"

    def __init__(self, project: str, reason: str, *, hint: str = "") -> None:
        super().__init__(
            f"what was built for {project} is not in wheel layout: {reason}",
            facts={"project": project},
            hints=(hint or "mend the build hook; PEP 427 describes the layout",),
        )
        self.project, self.reason = project, reason


def complete_hook_tree(
    root: Path,
    metadata: Metadata,
    *,
    licenses: Mapping[str, bytes],
    machine: Machine,
    stable_since: str = "",
) -> BuiltTree:
    """Add to the folder ``root`` what its ``.dist-info`` lacks; return it.

    Where it has no WHEEL, the tags follow from the compiled modules; ``stable_since``
    is the Python tag of the oldest version whose stable ABI they use, by default that
    of ``machine``. Its own METADATA, ``pydist.json`` and ``entry_points.txt`` may fill
    what the document marks dynamic. Raises ``BuiltTreeError``,
    ``FieldNotDynamicError``, or what is wrong with one of its files.
    """
    own = _own_dist_info(root, metadata)
    final = metadata if not own else _filled(metadata, own)
    info = _wheel_info(root, own, machine, stable_since)
    folder = root / dist_info_name(metadata.name, metadata.version)
    for name in _NEVER_KEPT:
        (folder / name).unlink(missing_ok=True)
    write_files(root, dist_info_files(final, info=info, licenses=licenses))
    return BuiltTree(
        root,
        final,
        info.tags,
        pure=info.root_is_purelib,
        generator=info.generator,
        build_tag=info.build,
    )


def _own_dist_info(root: Path, metadata: Metadata) -> dict[str, bytes]:
    """Return the files that the hook put into its ``.dist-info``, by name."""
    project = f"{metadata.name} {metadata.version}"
    expected = dist_info_name(metadata.name, metadata.version)
    found = sorted(path.name for path in root.iterdir() if path.suffix == SUFFIX)
    for name in found:
        if split_dist_info(name) != (metadata.normalized_name, metadata.version):
            raise BuiltTreeError(project, f"{name} belongs to another distribution")
        if name != expected:
            raise BuiltTreeError(project, f"{name} must be called {expected}")
    folder = root / expected
    return {
        path.name: path.read_bytes()
        for path in (folder.iterdir() if found else ())
        if path.is_file()
    }


def _filled(metadata: Metadata, own: Mapping[str, bytes]) -> Metadata:
    source = "the built folder"
    if "pydist.json" in own:
        built = Metadata.from_json(own["pydist.json"], source=f"{source}/pydist.json")
        if "METADATA" in own:
            read_document(own.get, source=source, compare=True)
        return _fill(metadata, metadata.to_dict(), built.to_dict())
    filled = metadata
    if "METADATA" in own:
        # Compared as METADATA tells it: what that cannot hold, it cannot change.
        before = core_metadata.read(core_metadata.write(metadata), source="pydist.json")
        after = core_metadata.read(own["METADATA"], source=f"{source}/METADATA")
        filled = _fill(filled, _core(before), _core(after))
    if "entry_points.txt" in own:
        text = own["entry_points.txt"].decode("utf-8", "replace")
        filled = _with_entry_points(filled, text)
    return filled


def _core(metadata: Metadata) -> dict[str, JSON]:
    """Return what METADATA says of the project, without what describes itself."""
    left_out = ("metadata_version", "document_version", "extensions", "dynamic")
    return {k: v for k, v in metadata.to_dict().items() if k not in left_out}


def _with_entry_points(metadata: Metadata, text: str) -> Metadata:
    entries = parse_entry_points(text)
    if sorted(entries) == sorted(metadata.entry_points):
        return metadata
    extensions = with_entry_points(metadata.extensions, entries)
    before = metadata.to_dict()
    return _fill(metadata, before, {**before, "extensions": extensions})


def _fill(
    metadata: Metadata, before: Mapping[str, JSON], after: Mapping[str, JSON]
) -> Metadata:
    """Return ``metadata`` with what changed, where the document allows it."""
    core = {
        key: after.get(key)
        for key in {*before, *after} - {"extensions"}
        if before.get(key) != after.get(key)
    }
    for key, value in sorted(core.items()):
        if value is None:
            raise FieldNotDynamicError(key, before=before[key], after=None)
    filled = metadata.filled(core)
    was, now = _objects(before.get("extensions")), _objects(after.get("extensions"))
    changed = {name for name in {*was, *now} if was.get(name) != now.get(name)}
    allowed = metadata.section("build").get("dynamic")
    for name in sorted(changed):
        if not isinstance(allowed, list) or name not in allowed:
            raise FieldNotDynamicError(
                f"extensions.{name}", before=was.get(name), after=now.get(name)
            )
    return filled.replaced(extensions=now or None) if changed else filled


def _objects(value: JSON) -> dict[str, JSON]:
    return dict(value) if isinstance(value, Mapping) else {}


def _wheel_info(
    root: Path, own: Mapping[str, bytes], machine: Machine, stable_since: str
) -> WheelInfo:
    """Return the WHEEL that the hook wrote, or one for what it has compiled."""
    if "WHEEL" in own:
        return WheelInfo.parse(own["WHEEL"], source="the built folder/WHEEL")
    listed = sorted(path for path in root.rglob("*") if path.is_file())
    names = [path.relative_to(root).as_posix() for path in listed]
    tags = tags_of_modules(names, own=machine.tag, stable_since=stable_since)
    if tags == PURE_TAGS and any(map(_is_machine_code, listed)):
        tags = (f"py3-none-{machine.tag.platform}",)
    if tags == PURE_TAGS:
        return pure_info()
    return replace(pure_info(), root_is_purelib=False, tags=tags)


def _is_machine_code(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(HEAD_SIZE)
    return not head.startswith(b"#!") and is_executable_content(head)
