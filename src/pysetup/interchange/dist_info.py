"""What stands in a ``.dist-info`` folder, as one document."""

from collections.abc import Callable

from pysetup.errors import IntegrityError, UsageError
from pysetup.metadata.document import DOCUMENT_NAME, Metadata, with_entry_points
from pysetup.metadata.formats import core_metadata
from pysetup.metadata.projections import check_agreement
from pysetup.standards.entry_points import read_entry_points
from pysetup.standards.names import is_name, normalize_name
from pysetup.standards.versions import InvalidVersionError, Version, parse_version

SUFFIX = ".dist-info"
METADATA, RECORD, WHEEL = "METADATA", "RECORD", "WHEEL"
ENTRY_POINTS, METADATA_JSON = "entry_points.txt", "METADATA.json"
# PEP 815: signatures of RECORD are deprecated; they cannot be listed in it.
RECORD_SIGNATURES = ("RECORD.jws", "RECORD.p7s")


class MissingMetadataError(IntegrityError):
    """A distribution lacks its METADATA, or a metadata file is not UTF-8 text.

    Every wheel and every installed distribution has a METADATA file in its
    ``.dist-info`` folder (core metadata specification).
    """

    code = "PS5303"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"{source} {reason}",
            facts={"file": source},
            hints=("get or install the distribution anew",),
        )
        self.source, self.reason = source, reason


def split_dist_info(folder: str) -> tuple[str, Version] | None:
    """Return normalised name and version from the name of a folder, or None."""
    stem = folder.removesuffix(SUFFIX)
    name, sep, version = stem.rpartition("-")
    if stem == folder or not sep or not is_name(name):
        return None
    try:
        return normalize_name(name), parse_version(version)
    except InvalidVersionError:
        return None


def read_document(
    read: Callable[[str], bytes | None], *, source: str, compare: bool
) -> Metadata:
    """Return the document of a distribution: ``pydist.json``, else the old files.

    ``read`` returns the content of a file of the folder, or None if there is no
    such file. With ``compare`` the projections that are there must agree with the
    master. Raises ``MissingMetadataError``, ``MetadataDisagreementError`` or what is
    wrong with a file.
    """
    legacy = read(METADATA)
    master = read(DOCUMENT_NAME)
    if legacy is None:
        raise MissingMetadataError(source, "has no METADATA")
    if master is None:
        return _from_legacy(legacy, read(ENTRY_POINTS), source=source)
    try:
        metadata = Metadata.from_json(master, source=f"{source}/{DOCUMENT_NAME}")
    except UsageError:
        if compare:
            raise
        # Another tool may use the name for something else; METADATA still rules.
        return _from_legacy(legacy, read(ENTRY_POINTS), source=source)
    if compare:
        names = (METADATA, METADATA_JSON, ENTRY_POINTS)
        files = {name: content for name in names if (content := read(name)) is not None}
        check_agreement(metadata, files, source=source)
    return metadata


def _from_legacy(legacy: bytes, entry_points: bytes | None, *, source: str) -> Metadata:
    metadata = core_metadata.read(legacy, source=f"{source}/{METADATA}")
    if entry_points is None:
        return metadata
    try:
        text = entry_points.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MissingMetadataError(
            source, f"has a {ENTRY_POINTS} that is not UTF-8"
        ) from None
    entries, malformed = read_entry_points(text)
    extensions = with_entry_points(metadata.extensions, entries, malformed)
    return metadata.replaced(extensions=extensions or None)
