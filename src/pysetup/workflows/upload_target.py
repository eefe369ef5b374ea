"""An index that is published to: what it lists, what it takes, why it refuses."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from pysetup.errors import AnswerError, IntegrityError, NetworkError, redact
from pysetup.index.model import (
    PAGE_LIMIT,
    File,
    InvalidPageError,
    UnsupportedApiError,
)
from pysetup.index.multipart import FormFile, encode_form
from pysetup.index.negotiate import ACCEPT
from pysetup.index.transport import Request, Transport
from pysetup.index.upload import BLAKE2, SDIST, SHA256, WHEEL, UploadForm
from pysetup.index.upload_urls import UploadUrls
from pysetup.index.urls import page_url
from pysetup.interchange.checked_archive import CheckedArchive
from pysetup.late import hashlib
from pysetup.values import dataclass
from pysetup.workflows.fetching.fetch import ABSENT, OK, CredentialsNeededError, fetch
from pysetup.workflows.fetching.index_pages import read_page

UPLOADED, PRESENT, SKIPPED = "uploaded", "already there", "skipped"
_MAX_ANSWER = 256 * 1024
_SHOWN = 300
_SUCCESS = range(200, 300)
_UNAUTHORIZED = (401, 403)
_CONFLICT = 409
_SERVER_ERRORS = 500


class UploadForbiddenError(NetworkError):
    """The index does not let this user upload this file.

    The credentials are missing or wrong, or the project belongs to somebody else.
    On PyPI the user name is ``__token__`` and the password an API token.
    """

    code = "PS4501"
    retryable = False

    def __init__(self, filename: str, url: str, status: int, answer: str) -> None:
        super().__init__(
            f"{redact(url)} does not let you upload {filename}",
            facts={"file": filename, "status": status, "answer": answer},
            hints=("check --username and --password, or the netrc file",),
        )


class UploadFailedError(NetworkError):
    """The index failed while it took a file; it may or may not have it now.

    Repeat the same command: files that the index has already are passed over.
    """

    code = "PS4502"

    def __init__(self, filename: str, url: str, status: int, answer: str) -> None:
        super().__init__(
            f"{redact(url)} failed to take {filename} (status {status})",
            facts={"file": filename, "status": status, "answer": answer},
            hints=("repeat the command",),
        )


class UploadRefusedError(AnswerError):
    """The index refuses a file, and says why.

    Often a file of that name exists with other content: names are never used
    again, so raise the version and build anew. ``--skip-existing`` passes over
    files whose names exist.
    """

    code = "PS1501"

    def __init__(self, filename: str, url: str, reason: str) -> None:
        super().__init__(
            f"{redact(url)} refuses {filename}: {reason}",
            facts={"file": filename, "reason": reason},
            hints=("mend what it says, build and publish again",),
        )


class ServedFileDiffersError(IntegrityError):
    """After an upload, the index serves other bytes under the name of the file.

    Somebody else uploaded at the same time, a cache is in between, or the index was
    tampered with. Find out before anybody installs the file.
    """

    code = "PS5500"

    def __init__(self, filename: str, *, uploaded: str, served: str) -> None:
        super().__init__(
            f"the index serves another {filename} than the one that was uploaded",
            facts={"file": filename, "uploaded": uploaded, "served": served},
            hints=("tell the operator of the index",),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that was checked and may be uploaded; ``size`` is in bytes."""

    path: Path
    archive: CheckedArchive
    sha256: str
    size: int

    @property
    def project(self) -> str:
        """The normalised name of its project."""
        return self.archive.metadata.normalized_name


class UploadTarget:
    """The index that is published to.

    ``authorization`` is the header to send, None to leave it to the transport.
    """

    def __init__(
        self, transport: Transport, urls: UploadUrls, *, authorization: str | None
    ) -> None:
        self.urls = urls
        self._transport = transport
        self._authorization = authorization

    def listed(self, project: str) -> Mapping[str, File] | None:
        """Return the files of ``project`` (normalised) that the index lists now.

        None if it cannot be seen. Raises what the transport raises.
        """
        if not self.urls.simple:
            return None
        headers = {"accept": ACCEPT, "cache-control": "no-cache"}
        if self._authorization and self.urls.is_one_server:
            headers["authorization"] = self._authorization
        request = Request(page_url(self.urls.simple, project), headers=headers)
        try:
            answer = fetch(request, transport=self._transport, limit=PAGE_LIMIT)
            if answer.status != OK:
                return {} if answer.status in ABSENT else None
            page = read_page(answer, name=project)
        except (CredentialsNeededError, InvalidPageError, UnsupportedApiError):
            # It can be published to all the same; only nobody can look afterwards.
            return None
        return {file.filename: file for file in page.files}

    def upload(self, candidate: Candidate, *, skip_existing: bool) -> str:
        """Send one file; return what became of it: ``UPLOADED`` or ``SKIPPED``.

        Raises ``UploadForbiddenError``, ``UploadRefusedError``, ``UploadFailedError``,
        and what the transport raises.
        """
        content_type, body = _form(candidate)
        headers = {"content-type": content_type, "accept": "text/plain, */*;q=0.1"}
        if self._authorization:
            headers["authorization"] = self._authorization
        url = self.urls.upload
        with self._transport.send(Request(url, "POST", headers, body)) as reply:
            status = reply.status
            answer = _shown(reply.read(_MAX_ANSWER))
        filename = candidate.path.name
        if status in _SUCCESS:
            return UPLOADED
        if status in _UNAUTHORIZED:
            raise UploadForbiddenError(filename, url, status, answer)
        if status >= _SERVER_ERRORS:
            raise UploadFailedError(filename, url, status, answer)
        if skip_existing and (status == _CONFLICT or "already exist" in answer.lower()):
            return SKIPPED
        raise UploadRefusedError(filename, url, answer or f"status {status}")


def _form(candidate: Candidate) -> tuple[str, bytes]:
    """Return content type and body of the upload of one file."""
    content = candidate.path.read_bytes()
    blake2 = hashlib.blake2b(content, digest_size=32).hexdigest()
    archive = candidate.archive
    form = UploadForm(
        archive.metadata.to_dict(),
        WHEEL if archive.is_wheel else SDIST,
        archive.python_version,
        {SHA256: candidate.sha256, BLAKE2: blake2},
    )
    content_type, pieces = encode_form(
        form.to_fields(), FormFile("content", candidate.path.name, content)
    )
    return content_type, b"".join(pieces)


def _shown(answer: bytes) -> str:
    """Return the reason in a server's answer: one line, of HTML its title."""
    text = answer.decode("utf-8", "replace")
    if title := re.search(r"<title>(.*?)</title>", text, re.DOTALL | re.IGNORECASE):
        text = unescape(title[1])
    return " ".join(text.split())[:_SHOWN]
