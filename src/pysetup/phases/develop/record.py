"""What an unpacked sdist says of itself, and when that counts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.interchange.dist_info import METADATA, METADATA_JSON, read_document
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass

# From this version on a PKG-INFO says which of its fields are reliable (PEP 643).
_RELIABLE = (2, 2)


@dataclass(frozen=True, slots=True)
class SdistRecord:
    """The document of an unpacked sdist; ``is_master``: from its ``pydist.json``."""

    metadata: Metadata
    is_master: bool

    @property
    def is_reliable(self) -> bool:
        """Whether fields that it does not call dynamic can be relied upon."""
        version = self.metadata.text("metadata_version").split(".")
        numbers = tuple(int(part) for part in version if part.isdigit())
        return self.is_master or numbers >= _RELIABLE

    def states(self, keys: Sequence[str]) -> bool:
        """Tell whether it can be relied upon for the document's ``keys``."""
        return self.is_reliable and not self.metadata.dynamic.intersection(keys)


def read_record(root: Path) -> SdistRecord | None:
    """Return what stands in an unpacked sdist, told by its PKG-INFO; else None.

    Raises ``ContradictoryMetadataError`` if ``pydist.json`` says something else.
    """

    def read(name: str) -> bytes | None:
        path = root / name
        return path.read_bytes() if path.is_file() else None

    files = {METADATA: read("PKG-INFO"), METADATA_JSON: read(METADATA_JSON)}
    if files[METADATA] is None:
        return None
    master = read(DOCUMENT_NAME)
    # Other tools have used the name before (PEP 426); ours says what it is.
    if master is not None and b'"document_version"' in master:
        files[DOCUMENT_NAME] = master
    metadata = read_document(files.get, source=root.name, compare=True)
    return SdistRecord(metadata, DOCUMENT_NAME in files)


def with_record(document: Metadata, record: SdistRecord | None) -> Metadata:
    """Return ``document``, or the recorded one where that says the same and more.

    ``pydist.json`` is the master: what it carries beyond the project's own files
    (extensions of others) must not be lost. But if somebody has edited the files of
    the unpacked sdist, they count.
    """
    if record is None or not record.is_master:
        return document
    late = document.section("build").get("dynamic")
    filled = set(map(str, late)) if isinstance(late, list) else set()
    stated, recorded = _stated(document), _stated(record.metadata)
    # What only the back end could say, and did say when it made the sdist.
    recorded = {
        key: value
        for key, value in recorded.items()
        if key in stated or key not in filled
    }
    own, carried = document.extensions, record.metadata.extensions
    same = stated == recorded and _holds(carried, own)
    return record.metadata if same else document


def _stated(metadata: Metadata) -> dict[str, JSON]:
    """Return what is said about the project itself, extensions aside."""
    left_out = ("extensions", "dynamic", "metadata_version")
    stated = {k: v for k, v in metadata.to_dict().items() if k not in left_out}
    build = metadata.section("build")
    build.pop("dynamic", None)
    return {**stated, "build": build}


def _holds(carried: JSON, extensions: JSON) -> bool:
    return (
        isinstance(carried, Mapping)
        and isinstance(extensions, Mapping)
        and all(carried.get(name) == value for name, value in extensions.items())
    )
