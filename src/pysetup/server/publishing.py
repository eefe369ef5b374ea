"""Publishing: checks that need the rows, then one transaction that moves pointers."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from threading import Lock

from pysetup.errors import PysetupError, UsageError
from pysetup.server.pages import file_path, page_path, render_list, render_project
from pysetup.server.storage import (
    BlobStore,
    MetadataStore,
    Pointer,
    Project,
    Stage,
    StorageFailedError,
    StoredFile,
    Transaction,
)
from pysetup.server.uploads import Upload
from pysetup.values import dataclass

_MAX_BATCH = 64


class FileExistsOnIndexError(UsageError):
    """The index has a file of that name already, with other content.

    File names are never used again, or two people could install two things under
    one name. Content that is the same byte for byte may be uploaded again.
    """

    code = "PS2508"

    def __init__(self, filename: str, *, found: str) -> None:
        super().__init__(
            f"File already exists: {filename}, with other content",
            facts={"file": filename, "sha256 on the index": found},
            hints=("raise the version, build and upload again",),
        )


class NotOwnerError(UsageError):
    """The project belongs to another user of the index.

    Who uploads the first file of a project owns it; only the owner may add files.
    """

    code = "PS2509"

    def __init__(self, project: str, user: str) -> None:
        super().__init__(
            f"{user} may not upload to {project}, which belongs to another user",
            facts={"project": project},
            hints=("upload as its owner, or choose another name",),
        )


@dataclass(slots=True, eq=False)
class _Ticket:
    """An upload that waits for its turn, and what became of it.

    ``founds`` tells whether it brought a new project.
    """

    upload: Upload
    stage: Stage
    founds: bool = False
    done: bool = False
    error: PysetupError | None = None


class Publisher:
    """Makes uploads visible, durably, many at a time when many wait.

    Whoever comes first writes for all who wait: one transaction, one flush, and
    each project's page rendered once.
    """

    def __init__(
        self, store: MetadataStore, blobs: BlobStore, *, now: Callable[[], datetime]
    ) -> None:
        self._store, self._blobs, self._now = store, blobs, now
        self._waiting: list[_Ticket] = []
        self._queue = Lock()
        self._writing = Lock()

    def publish(self, upload: Upload, stage: Stage) -> None:
        """Return when ``upload`` is durable and visible; ``stage`` is then finished.

        The same file with the same content is accepted again. Raises
        ``NotOwnerError``, ``FileExistsOnIndexError`` or ``StorageFailedError``; of
        a file that was refused nothing stays.
        """
        ticket = _Ticket(upload, stage)
        with self._queue:
            self._waiting.append(ticket)
        with self._writing:
            while not ticket.done:
                with self._queue:
                    batch = self._waiting[:_MAX_BATCH]
                    del self._waiting[:_MAX_BATCH]
                self._publish(batch)
        if ticket.error is not None:
            raise ticket.error

    def _publish(self, batch: list[_Ticket]) -> None:
        # Until the commit is through, whatever ends this block has failed everybody.
        failure: PysetupError | None = StorageFailedError("the index", "it broke off")
        stages = [ticket.stage for ticket in batch]
        try:
            pages = self._blobs.stage()
            stages.append(pages)
            with self._store.change() as transaction:
                accepted = self._add_files(transaction, batch)
                self._render(transaction, accepted, pages)
                for stage in (*(ticket.stage for ticket in accepted), pages):
                    stage.place()
            failure = None
        except PysetupError as error:
            failure = error
        finally:
            for ticket in batch:
                ticket.error = ticket.error or failure
                ticket.done = True
            for stage in stages:
                self._finish(stage)

    def _finish(self, stage: Stage) -> None:
        # What cannot be cleared up now is cleared up at the next start.
        with suppress(StorageFailedError):
            stage.finish(self._store.is_referenced)

    def _add_files(
        self, transaction: Transaction, batch: list[_Ticket]
    ) -> list[_Ticket]:
        """Add the files that may be added; return their tickets."""
        at = self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        accepted = []
        for ticket in batch:
            try:
                if _admit(transaction, ticket.upload):
                    ticket.founds = _add_file(transaction, ticket.upload, at=at)
                    accepted.append(ticket)
            except (NotOwnerError, FileExistsOnIndexError) as error:
                ticket.error = error
        return accepted

    def _render(
        self, transaction: Transaction, accepted: list[_Ticket], pages: Stage
    ) -> None:
        for name in sorted({t.upload.metadata.normalized_name for t in accepted}):
            files = transaction.files(name)
            forms = render_project(name, files, serial=transaction.serial())
            _point(transaction, name, forms, pages=pages)
        if any(ticket.founds for ticket in accepted):
            _point(
                transaction, "", render_list(transaction.project_names()), pages=pages
            )

    def prepare(self) -> None:
        """Write the list of projects of an index that has none yet."""
        if self._store.pointer(page_path("", "json")) is not None:
            return
        pages = self._blobs.stage()
        with self._store.change() as transaction:
            _point(transaction, "", render_list(()), pages=pages)
            pages.place()
        self._finish(pages)


def _point(
    transaction: Transaction, project: str, forms: Mapping[str, bytes], *, pages: Stage
) -> None:
    """Let the page of ``project`` (the list, if empty) be the one in ``forms``."""
    serial = transaction.serial()
    for form, content in forms.items():
        pointer = Pointer(pages.add(content), len(content), serial)
        before = transaction.point(page_path(project, form), pointer)
        if before is not None:
            pages.retire(before.sha256)


def _admit(transaction: Transaction, upload: Upload) -> bool:
    """Tell whether there is anything to add; nothing is written before it is known."""
    name = upload.metadata.normalized_name
    project = transaction.project(name)
    if project is not None and project.owner != upload.user:
        raise NotOwnerError(name, upload.user)
    found = transaction.file(upload.filename)
    if found is None:
        return True
    if (found.filename, found.sha256) != (upload.filename, upload.sha256):
        raise FileExistsOnIndexError(found.filename, found=found.sha256)
    return False


def _add_file(transaction: Transaction, upload: Upload, *, at: str) -> bool:
    """Add the rows and pointers of a file; tell whether its project is new."""
    metadata = upload.metadata
    name = metadata.normalized_name
    is_new = transaction.project(name) is None
    if is_new:
        transaction.add_project(Project(name, metadata.name, upload.user))
    serial = transaction.add_file(
        StoredFile(
            filename=upload.filename,
            project=name,
            version=str(metadata.version),
            sha256=upload.sha256,
            size=upload.size,
            requires_python=metadata.text("requires_python"),
            uploaded=at,
            uploader=upload.user,
            siblings={
                ending: sha256 for ending, (sha256, _) in upload.siblings.items()
            },
            summary=metadata.text("summary"),
            requires_dist=metadata.texts("requires_dist"),
        )
    )
    path = file_path(upload.filename, upload.sha256)
    transaction.point(path, Pointer(upload.sha256, upload.size, serial))
    for ending, (sha256, size) in upload.siblings.items():
        transaction.point(path + ending, Pointer(sha256, size, serial))
    return is_new
