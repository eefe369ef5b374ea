"""Publishing: check all files, upload what the index lacks, look at what it serves."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pysetup.errors import PysetupError, UsageError, redact
from pysetup.index.model import File
from pysetup.index.upload_urls import UploadUrls, upload_urls
from pysetup.interchange.checked_archive import check_archive
from pysetup.late import base64
from pysetup.standards.hashes import Hash
from pysetup.standards.jsontext import JSON
from pysetup.values import dataclass, replace
from pysetup.workflows.context import Context
from pysetup.workflows.upload_target import (
    PRESENT,
    SKIPPED,
    UPLOADED,
    Candidate,
    ServedFileDiffersError,
    UploadRefusedError,
    UploadTarget,
)

TOKEN_USER = "__token__"  # noqa: S105 - the name that goes with a token
PLANNED = "would be uploaded"


class NothingToPublishError(UsageError):
    """The files to publish are not there, or the same name was given twice.

    Name the built archives: wheels (``.whl``) and sdists (``.tar.gz``), as build
    tools leave them in ``dist/``.
    """

    code = "PS2520"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, hints=("build first:  pysetup build",))


class IncompleteCredentialsError(UsageError):
    """A user name was given without a password.

    With a token, give the token alone as password: the user name is then
    ``__token__``. Without both, the netrc file and the URL are looked at.
    """

    code = "PS2521"

    def __init__(self) -> None:
        super().__init__(
            "--username needs a --password", hints=("give both, or neither",)
        )


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """What became of one file.

    ``state`` is ``uploaded``, ``already there``, ``skipped`` or ``would be
    uploaded``; ``verified`` tells whether the index was seen to serve these bytes.
    """

    path: Path
    name: str
    version: str
    sha256: str
    size: int
    state: str
    verified: bool

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "filename": self.path.name,
            "path": str(self.path),
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "size": self.size,
            "state": self.state,
            "verified": self.verified,
        }


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was published where; no URL in it holds a secret."""

    repository: str
    files: tuple[PublishedFile, ...]

    def to_json(self) -> dict[str, JSON]:
        """Return the JSON form."""
        return {
            "repository": self.repository,
            "files": [file.to_json() for file in self.files],
        }


def _told(candidate: Candidate, state: str) -> PublishedFile:
    metadata = candidate.archive.metadata
    return PublishedFile(
        candidate.path,
        metadata.name,
        str(metadata.version),
        candidate.sha256,
        candidate.size,
        state,
        verified=False,
    )


def publish(  # noqa: PLR0913 - each is an option of the command
    files: Sequence[Path],
    *,
    context: Context,
    repository_url: str | None = None,
    username: str | None = None,
    password: str | None = None,
    skip_existing: bool = False,
    dry_run: bool = False,
) -> PublishReport:
    """Upload ``files`` to the index at ``repository_url``, PyPI if it is None.

    All files are checked before the first is sent; then the index's own page is
    compared with what was sent. Files that it has already, byte for byte, are fine,
    so a command that broke off can be repeated. ``skip_existing`` passes over names
    that it has with other content; ``dry_run`` sends no file.

    Raises ``NothingToPublishError``, ``IncompleteCredentialsError``,
    ``UploadForbiddenError``, ``UploadRefusedError``, ``UploadFailedError``,
    ``ServedFileDiffersError``, what is wrong with a file, and what the transport
    raises.
    """
    candidates = _read_candidates(files)
    target = UploadTarget(
        context.transport,
        upload_urls(repository_url),
        authorization=_authorization(username, password),
    )
    before = {name: target.listed(name) for name in _projects(candidates)}
    done: list[PublishedFile] = []
    try:
        for candidate in candidates:
            state = _state_of(candidate, before, target.urls, skipping=skip_existing)
            if state is None and dry_run:
                state = PLANNED
            if state is None:
                state = target.upload(candidate, skip_existing=skip_existing)
            done.append(_told(candidate, state))
            context.tell(f"{candidate.path.name}: {state}")
        sent = {file.path for file in done if file.state == UPLOADED}
        served = _verify([c for c in candidates if c.path in sent], target, context)
    except PysetupError as error:
        _tell_progress(error, done)
        raise
    return PublishReport(
        redact(target.urls.upload),
        tuple(
            replace(file, verified=file.state == PRESENT or file.path in served)
            for file in done
        ),
    )


def _projects(candidates: Sequence[Candidate]) -> list[str]:
    return sorted({candidate.project for candidate in candidates})


def _state_of(
    candidate: Candidate,
    before: Mapping[str, Mapping[str, File] | None],
    urls: UploadUrls,
    *,
    skipping: bool,
) -> str | None:
    """Return what becomes of a file without uploading it; None: upload it."""
    file = (before[candidate.project] or {}).get(candidate.path.name)
    if file is None or file.sha256 is None:
        return None
    if file.sha256.hexdigest == candidate.sha256:
        return PRESENT
    if skipping:
        return SKIPPED
    raise UploadRefusedError(
        candidate.path.name,
        urls.upload,
        "a file of that name exists, with other content",
    )


def _verify(
    sent: Sequence[Candidate], target: UploadTarget, context: Context
) -> frozenset[Path]:
    """Return those of ``sent`` that the index now serves.

    Raises ``ServedFileDiffersError``.
    """
    after = {name: target.listed(name) for name in _projects(sent)}
    served = set()
    for candidate in sent:
        listed = after[candidate.project]
        file = (listed or {}).get(candidate.path.name)
        if file is None or file.sha256 is None:
            why = (
                "the index cannot be looked at" if listed is None else "not listed yet"
            )
            context.tell(f"{candidate.path.name}: not verified, {why}")
        elif file.sha256.hexdigest != candidate.sha256:
            raise ServedFileDiffersError(
                candidate.path.name,
                uploaded=candidate.sha256,
                served=file.sha256.hexdigest,
            )
        else:
            served.add(candidate.path)
    return frozenset(served)


def _read_candidates(files: Sequence[Path]) -> list[Candidate]:
    if not files:
        raise NothingToPublishError("no file was named")
    found: dict[str, Candidate] = {}
    for path in files:
        if not path.is_file():
            raise NothingToPublishError(f"there is no file {path}")
        if path.name in found:
            raise NothingToPublishError(f"{path.name} is given twice")
        sha256 = Hash.of_file(str(path)).hexdigest
        found[path.name] = Candidate(
            path, check_archive(path), sha256, path.stat().st_size
        )
    return list(found.values())


def _authorization(username: str | None, password: str | None) -> str | None:
    """Return the header for these credentials; None leaves it to the transport."""
    if username and password is None:
        raise IncompleteCredentialsError
    if password is None:
        return None
    pair = f"{username or TOKEN_USER}:{password}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")


def _tell_progress(error: PysetupError, done: Sequence[PublishedFile]) -> None:
    """Say in ``error`` how far publishing had come."""
    uploaded = [file.path.name for file in done if file.state == UPLOADED]
    if uploaded:
        error.facts["uploaded before"] = uploaded
        error.hints += ("then repeat: what is uploaded already is passed over",)
