"""Wheels of other back ends, taken in: the document joins them, the rest stays."""

from pathlib import Path

from pysetup.errors import BuildError
from pysetup.interchange.built import BuiltTree
from pysetup.interchange.dist_info import METADATA_JSON, SUFFIX, read_document
from pysetup.interchange.layout import metadata_json, write_files
from pysetup.interchange.wheel_file import unpack_wheel
from pysetup.metadata.document import (
    COMMANDS_EXTENSION,
    DOCUMENT_NAME,
    EXPORTS_EXTENSION,
    OWN_SECTIONS,
    Metadata,
)
from pysetup.metadata.formats.wheel_info import WheelInfo
from pysetup.metadata.legacy import LEGACY_EXTENSION
from pysetup.metadata.meaning import people_of, same_meaning
from pysetup.standards.filenames import parse_wheel_filename
from pysetup.standards.jsontext import JSON

# Said by every core metadata file about itself, not about the project.
_ABOUT_THE_FILE = ("metadata_version", "dynamic")


class ForeignWheelError(BuildError):
    """A back end built a wheel of another project or version than it was asked for.

    The name and the version in the wheel must be those of the source. If the version
    is computed, declare it in ``project.dynamic``.
    """

    code = "PS6407"

    def __init__(self, wheel: str, *, expected: str, found: str) -> None:
        super().__init__(
            f"{wheel} is {found}, but {expected} was to be built",
            facts={"file": wheel, "expected": expected, "found": found},
            hints=("correct name and version in pyproject.toml, or report it",),
        )


def take_wheel(
    wheel: Path, metadata: Metadata, *, into: Path
) -> tuple[BuiltTree, tuple[str, ...]]:
    """Unpack ``wheel``, built from the source of ``metadata``, into ``into``.

    ``pydist.json`` and ``METADATA.json`` are added, all other files stay as they
    are. Where its METADATA differs from ``metadata`` in a field that is not dynamic,
    METADATA counts, and one of the returned notes says so: back ends often declare
    late. Raises ``ForeignWheelError`` and as ``unpack_wheel``.
    """
    unpack_wheel(wheel, into)
    name = parse_wheel_filename(wheel.name)
    folder = next(path for path in into.iterdir() if path.suffix == SUFFIX)
    found = read_document(
        lambda file: _read(folder / file), source=wheel.name, compare=True
    )
    same_name = found.normalized_name == metadata.normalized_name
    if not same_name or found.version != metadata.version:
        raise ForeignWheelError(
            wheel.name,
            expected=f"{metadata.name} {metadata.version}",
            found=f"{found.name} {found.version}",
        )
    final: Metadata = found
    notes: tuple[str, ...] = ()
    if not (folder / DOCUMENT_NAME).is_file():
        final, notes = merge_document(metadata, found)
        version = final.text("metadata_version")
        write_files(
            folder,
            {
                DOCUMENT_NAME: final.to_json(),
                METADATA_JSON: metadata_json(final, version=version),
            },
        )
    info = WheelInfo.parse((folder / "WHEEL").read_bytes(), source=wheel.name)
    tree = BuiltTree(
        into,
        final,
        tuple(sorted(str(tag) for tag in name.tags)),
        pure=info.root_is_purelib,
        generator=info.generator,
        build_tag="".join(map(str, name.build)),
    )
    return tree, notes


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def merge_document(
    metadata: Metadata, found: Metadata
) -> tuple[Metadata, tuple[str, ...]]:
    """Return ``metadata`` as the wheel's own metadata ``found`` completes it.

    As ``with_core``, and the entry points are those of ``found``. The notes name
    each field in which it differs though the document does not call it dynamic.
    """
    stated = metadata.section("build").get("dynamic")
    late = {*metadata.dynamic, *map(str, stated if isinstance(stated, list) else ())}
    notes = [
        f"the build changed {key}, which is not declared dynamic"
        for key in sorted({*metadata.to_dict(), *found.to_dict()} - {*OWN_SECTIONS})
        if key not in late
        and key not in _ABOUT_THE_FILE
        and not _same(key, metadata.get(key), found.get(key))
        and not _only_elsewhere(key, metadata, found)
    ]
    merged = with_core(metadata, found)
    extensions = merged.extensions
    for name in (COMMANDS_EXTENSION, EXPORTS_EXTENSION):
        own, built = extensions.pop(name, None), found.extensions.get(name)
        if built is not None:
            extensions[name] = built
        if own is not None and own != built:
            notes.append(f"the build changed the entry points in {name}")
    return merged.replaced(extensions=extensions or None), tuple(notes)


def _only_elsewhere(key: str, metadata: Metadata, found: Metadata) -> bool:
    """Tell whether METADATA says in other fields what the document has in ``key``."""
    for person in ("author", "maintainer"):
        pair = person, f"{person}_email"
        if key in pair:
            stated, told = (people_of(*map(m.get, pair)) for m in (metadata, found))
            return stated == told
    # flit names the file alone, and does not repeat its text or its title.
    return (
        key == "license"
        and found.get(key) is None
        and bool(found.texts("license_file"))
    )


def with_core(metadata: Metadata, found: Metadata) -> Metadata:
    """Return a document with the core fields of ``found``, all else of ``metadata``.

    So METADATA or PKG-INFO, from which ``found`` was read, can stay as they are. A
    field that means the same in another spelling stays as ``metadata`` has it.
    """
    own = {key: metadata.get(key) for key in OWN_SECTIONS}
    core = {
        key: metadata.get(key)
        if _same(key, metadata.get(key), value) and key not in _ABOUT_THE_FILE
        else value
        for key, value in found.to_dict().items()
        if key not in OWN_SECTIONS
    }
    extensions = {**found.extensions, **metadata.extensions}
    # How the core fields are spelt, which are now those of the other.
    extensions.pop(LEGACY_EXTENSION, None)
    if LEGACY_EXTENSION in found.extensions:
        extensions[LEGACY_EXTENSION] = found.extensions[LEGACY_EXTENSION]
    own["extensions"] = extensions or None
    return Metadata.from_dict(core).replaced(**own)


def _same(key: str, stated: JSON, found: JSON) -> bool:
    """Tell whether a value in METADATA means what the document states."""
    if key == "keywords":
        # There a word with a comma in it cannot be told from two.
        return _words(stated) == _words(found)
    return same_meaning(key, stated, found)


def _words(keywords: JSON) -> list[str]:
    listed = keywords if isinstance(keywords, list) else []
    return sorted(word.strip() for item in listed for word in str(item).split(","))
