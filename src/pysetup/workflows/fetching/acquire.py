"""Getting files: in parallel, into the store, every promised digest verified."""

import atexit
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

from pysetup.edges.replies import (
    AnswerTooLargeError,
    BrokenTransferError,
    StalledTransferError,
)
from pysetup.edges.urls import file_path, is_file_url
from pysetup.errors import redact
from pysetup.index.model import File
from pysetup.index.transport import Reply, Request, Transport
from pysetup.index.urls import without_credentials
from pysetup.late import shutil, tempfile
from pysetup.standards.hashes import Hash, HashMismatchError
from pysetup.store.files import Arrival, FileStore
from pysetup.values import dataclass
from pysetup.workflows.context import Context
from pysetup.workflows.events import Activity, Observer, Underway, stage, underway
from pysetup.workflows.fetching.fetch import (
    ABSENT,
    OK,
    PARTIAL,
    BadStatusError,
    CredentialsNeededError,
)
from pysetup.workflows.fetching.promises import check_promises

DOWNLOADS = 6
_NOT_SATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class AcquiredFile:
    """A verified file on this machine: its SHA-256, and the URL it came from.

    The URL has no credentials and no fragment: it may be written down.
    """

    path: Path
    hash: Hash
    url: str


class _Stopped(Exception):  # noqa: N818 - never leaves this module
    """Another download has failed."""


def open_store(context: Context) -> FileStore:
    """Return the store of downloaded files of this user."""
    return FileStore(
        context.settings.cache_dir / "http" / "v1" / "files", scratch=_Scratch()
    )


def acquire(
    files: Sequence[File | Path],
    *,
    context: Context,
    hashes: Mapping[str, Sequence[Hash]] | None = None,
    require_hashes: bool = False,
    store: FileStore | None = None,
    ready: Callable[[AcquiredFile], None] | None = None,
) -> tuple[AcquiredFile, ...]:
    """Get ``files`` and return them in the same order.

    ``ready`` hears of each as soon as it is here and verified, in any thread.

    Local files stay where they are; others come from the store or the network. All
    digests in ``File.hashes`` must match; of those that ``hashes`` has under a file
    name (a requirement's ``--hash``), one must. With ``require_hashes`` a file
    without any digest is refused, otherwise the user is told.

    Raises ``HashMismatchError``, ``HashRequiredError``, ``WeakDigestError``,
    ``StoreFullError``, ``BadStatusError``, ``CredentialsNeededError``, and what the
    transport raises.
    """
    allowed = hashes or {}
    for file in files:
        check_promises(
            file,
            allowed.get(_name(file), ()),
            require_hashes=require_hashes,
            context=context,
        )
    task = _Downloads(
        context.transport,
        store or open_store(context),
        tries=context.settings.retries + 1,
        observer=context.observer,
    )
    if all(_is_here(file) for file in files):
        return _acquired(files, task, allowed, ready)
    with stage(context.observer, "fetch") as running:
        acquired = _acquired(files, task, allowed, ready)
        running.count = task.received
    return acquired


def _acquired(
    files: Sequence[File | Path],
    task: "_Downloads",
    allowed: Mapping[str, Sequence[Hash]],
    ready: Callable[[AcquiredFile], None] | None,
) -> tuple[AcquiredFile, ...]:
    """Get ``files``, several at a time."""

    def get(file: File | Path) -> AcquiredFile:
        acquired = task.get(file)
        _check_allowed(acquired, allowed.get(_name(file), ()))
        if ready is not None:
            ready(acquired)
        return acquired

    if len(files) == 1:
        return (get(files[0]),)
    # The largest first: nothing then waits for it at the end.
    order = sorted(range(len(files)), key=lambda index: -_size(files[index]))
    pool = ThreadPoolExecutor(DOWNLOADS, thread_name_prefix="download")
    try:
        futures = {index: pool.submit(get, files[index]) for index in order}
        for future in wait(futures.values(), return_when=FIRST_EXCEPTION).done:
            _raise_failure(future.exception())
        return tuple(futures[index].result() for index in range(len(files)))
    finally:
        task.stop()
        pool.shutdown(wait=True, cancel_futures=True)


class _Downloads:
    """Gets single files; after ``stop`` those under way end at their next piece."""

    def __init__(
        self,
        transport: Transport,
        store: FileStore,
        *,
        tries: int,
        observer: Observer,
    ) -> None:
        self.received = 0  # files that came over the network
        self._transport = transport
        self._store = store
        self._tries = tries
        self._observer = observer
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let nothing go on."""
        self._stopped.set()

    def get(self, file: File | Path) -> AcquiredFile:
        """Return ``file``, verified against its own digests."""
        if isinstance(file, Path):
            return _local(file, file.absolute().as_uri(), ())
        if is_file_url(file.url):
            return _local(Path(file_path(file.url)), file.url, file.hashes)
        if file.sha256 and (stored := self._store.get(file.sha256, file.filename)):
            _check_all(stored.path, file.hashes, source=_source(file))
            return AcquiredFile(stored.path, stored.hash, without_credentials(file.url))
        told = Activity("download", file.filename, total=file.size)
        with (
            self._store.arrival(file.filename) as arrival,
            underway(self._observer, told) as running,
        ):
            self._receive(file, arrival, running)
            self.received += 1
            if file.size is not None and arrival.size != file.size:
                raise HashMismatchError(
                    _source(file),
                    expected=f"{file.size} bytes",
                    found=f"{arrival.size} bytes",
                )
            stored = arrival.keep(expected=file.hashes, source=_source(file))
        return AcquiredFile(stored.path, stored.hash, without_credentials(file.url))

    def _receive(self, file: File, arrival: Arrival, running: Underway) -> None:
        etag = ""
        for last in [False] * (self._tries - 1) + [True]:
            if not (file.hashes or etag):
                # Nothing would show that the two parts are of one file.
                arrival.restart()
            headers = {"accept-encoding": "identity"}
            if arrival.size:
                headers["range"] = f"bytes={arrival.size}-"
                headers.update({"if-range": etag} if etag else {})
            try:
                with self._transport.send(Request(file.url, headers=headers)) as reply:
                    etag = _strong_etag(reply)
                    self._take(reply, file, arrival, running)
            except (BrokenTransferError, StalledTransferError):
                if last:
                    raise
            else:
                return

    def _take(
        self, reply: Reply, file: File, arrival: Arrival, running: Underway
    ) -> None:
        if reply.status in (401, 403):
            raise CredentialsNeededError(reply.url, reply.status)
        if reply.status == _NOT_SATISFIABLE and arrival.size:
            arrival.restart()
            raise BrokenTransferError(reply.url, "it cannot go on where it stopped")
        if reply.status == PARTIAL and _starts_at(reply, arrival.size):
            pass
        elif reply.status == OK:
            arrival.restart()
        else:
            raise BadStatusError(reply.url, reply.status)
        total = file.size or _announced_size(reply, arrival.size)
        for chunk in reply.chunks():
            if self._stopped.is_set():
                raise _Stopped
            arrival.write(chunk)
            running.move(arrival.size, total)
            if file.size is not None and arrival.size > file.size:
                reason = f"the index promised {file.size} bytes"
                raise AnswerTooLargeError(file.url, reason)


class _Scratch:
    """A temporary folder that is made when it is needed, and gone at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None

    def __call__(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="pysetup-"))
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder


def _raise_failure(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, _Stopped):
        raise error


def _is_here(file: File | Path) -> bool:
    return isinstance(file, Path) or is_file_url(file.url)


def _announced_size(reply: Reply, before: int) -> int | None:
    """Return the size of the whole file that an answer tells, if it does."""
    length = reply.headers.get("content-length", "")
    return before + int(length) if length.isdecimal() else None


def _name(file: File | Path) -> str:
    return file.name if isinstance(file, Path) else file.filename


def _size(file: File | Path) -> int:
    return 0 if isinstance(file, Path) else file.size or 0


def _source(file: File) -> str:
    """Name a file for an error, with the place it comes from."""
    return f"{file.filename} from {redact(file.url)}"


def _check_allowed(acquired: AcquiredFile, allowed: Sequence[Hash]) -> None:
    if not allowed:
        return
    path = str(acquired.path)
    found = {acquired.hash.algorithm: acquired.hash}
    for hash_ in allowed:
        if hash_.algorithm not in found:
            found[hash_.algorithm] = Hash.of_file(path, hash_.algorithm)
        if found[hash_.algorithm] == hash_:
            return
    raise HashMismatchError(
        f"{acquired.path.name} from {redact(acquired.url)}",
        expected=" or ".join(map(str, allowed)),
        found=str(found[allowed[0].algorithm]),
    )


def _check_all(path: Path, hashes: Sequence[Hash], *, source: str) -> Hash:
    """Return the SHA-256 of a file that must have all of ``hashes``."""
    for promised in hashes:
        found = Hash.of_file(str(path), promised.algorithm)
        if found != promised:
            raise HashMismatchError(source, expected=str(promised), found=str(found))
    return Hash.of_file(str(path))


def _local(path: Path, url: str, hashes: Sequence[Hash]) -> AcquiredFile:
    try:
        found = _check_all(path, hashes, source=f"{path.name} from {path.parent}")
    except FileNotFoundError:
        raise BadStatusError(url, ABSENT[0]) from None
    except OSError:
        raise BadStatusError(url, 403) from None
    return AcquiredFile(path, found, url)


def _strong_etag(reply: Reply) -> str:
    etag = reply.headers.get("etag", "")
    return etag if etag.startswith('"') else ""


def _starts_at(reply: Reply, position: int) -> bool:
    span = reply.headers.get("content-range", "").strip()
    return position > 0 and span.startswith(f"bytes {position}-")
