"""An upload: its form read in pieces, its file checked from name to last byte."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pysetup.errors import UsageError
from pysetup.index.multipart import (
    FormTooLargeError,
    InvalidFormError,
    Part,
    boundary_of,
    iter_parts,
)
from pysetup.index.upload import BLAKE2, SHA256, WHEEL, UploadForm
from pysetup.interchange.checked_archive import (
    ArchiveMismatchError,
    CheckedArchive,
    check_archive,
)
from pysetup.interchange.dist_info import METADATA, METADATA_JSON
from pysetup.metadata.document import DOCUMENT_NAME, Metadata
from pysetup.server.http import Request
from pysetup.server.storage import Stage, StorageFailedError
from pysetup.standards.filenames import InvalidFilenameError
from pysetup.standards.hashes import HashMismatchError
from pysetup.standards.paths import path_fault
from pysetup.values import dataclass

MAX_FIELD_BYTES = 8 * 1024 * 1024
MAX_FIELDS_BYTES = 16 * 1024 * 1024
DEFAULT_MAX_FILE_BYTES = 1024 * 1024 * 1024
_MAX_FILENAME = 200

METADATA_SIBLING = ".metadata"
METADATA_JSON_SIBLING = ".metadata.json"
DOCUMENT_SIBLING = ".pydist.json"
SIBLINGS = {
    METADATA: METADATA_SIBLING,
    METADATA_JSON: METADATA_JSON_SIBLING,
    DOCUMENT_NAME: DOCUMENT_SIBLING,
}


class FileTooLargeError(UsageError):
    """An uploaded file is larger than this index accepts.

    The operator of the index sets the limit when it is started.
    """

    code = "PS2506"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the file is larger than this index accepts ({limit} bytes)",
            facts={"limit": limit},
            hints=("leave large data out of the archive, or ask the operator",),
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be published, staged together with what stands beside it.

    ``siblings`` maps endings like ``.metadata`` to (sha256, size in bytes).
    """

    filename: str
    sha256: str
    size: int
    metadata: Metadata
    siblings: Mapping[str, tuple[str, int]]
    user: str


@dataclass(slots=True)
class _Received:
    """What has come in of a form so far."""

    fields: list[tuple[str, str]]
    path: Path | None = None
    digests: Mapping[str, str] | None = None
    size: int = 0


def receive_upload(
    request: Request, stage: Stage, *, user: str, max_bytes: int
) -> Upload:
    """Read an upload into ``stage`` and check it; the file is never held in memory.

    Raises ``InvalidFormError``, ``UploadFieldError``, ``InvalidFilenameError``,
    ``FileTooLargeError``, ``ArchiveMismatchError``, ``HashMismatchError`` or what is
    wrong with the file itself.
    """
    if request.length is not None and request.length > max_bytes + MAX_FIELDS_BYTES:
        raise FileTooLargeError(max_bytes)
    boundary = boundary_of(request.headers.get("content-type", ""))
    received = _Received([])
    text_bytes = 0
    for part in iter_parts(request.body.read, boundary):
        if part.name == "content":
            _spool(part, stage, received, max_bytes=max_bytes)
        elif part.filename is None:
            value = part.text(limit=MAX_FIELD_BYTES)
            text_bytes += len(value)
            received.fields.append((part.name, value))
            if text_bytes > MAX_FIELDS_BYTES:
                raise FormTooLargeError("its fields are too large together")
    if received.path is None or received.digests is None:
        raise InvalidFormError("it has no file in the field 'content'")
    form = UploadForm.from_fields(received.fields)
    for name, expected in form.digests.items():
        if received.digests[name] != expected:
            raise HashMismatchError(
                received.path.name, expected=expected, found=received.digests[name]
            )
    archive = _check(received.path, form)
    stage.add_file(received.path, received.digests[SHA256])
    return Upload(
        received.path.name,
        received.digests[SHA256],
        received.size,
        archive.metadata,
        {
            SIBLINGS[name]: (stage.add(content), len(content))
            for name, content in archive.files.items()
        },
        user,
    )


def _spool(part: Part, stage: Stage, received: _Received, *, max_bytes: int) -> None:
    filename = part.filename or ""
    if received.path is not None:
        raise InvalidFormError("it has two files")
    if "/" in filename or path_fault(filename) or len(filename) > _MAX_FILENAME:
        raise InvalidFilenameError(filename, "it is not a plain file name")
    received.path, stream = stage.spool(filename)
    sha256, blake2 = hashlib.sha256(), hashlib.blake2b(digest_size=32)
    try:
        with stream:
            for chunk in part.chunks():
                received.size += len(chunk)
                if received.size > max_bytes:
                    raise FileTooLargeError(max_bytes)
                sha256.update(chunk)
                blake2.update(chunk)
                stream.write(chunk)
    except OSError as error:
        raise StorageFailedError(filename, error.strerror or str(error)) from None
    received.digests = {SHA256: sha256.hexdigest(), BLAKE2: blake2.hexdigest()}


def _check(path: Path, form: UploadForm) -> CheckedArchive:
    """Return what the file says of itself, if the form says the same."""
    archive = check_archive(path)
    if archive.is_wheel != (form.filetype == WHEEL):
        raise ArchiveMismatchError(path.name, f"it is not a {form.filetype}")
    said = Metadata.from_dict(form.document, source="the upload form")
    found = archive.metadata
    if (said.normalized_name, said.version) != (found.normalized_name, found.version):
        raise ArchiveMismatchError(
            path.name,
            f"the form says {said.name} {said.version},"
            f" the file {found.name} {found.version}",
        )
    return archive
