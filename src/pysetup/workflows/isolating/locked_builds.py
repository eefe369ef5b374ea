"""Build locks in use: a project is built with the files of its lock, and no others."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pysetup.errors import BuildError, OutOfDateError, UsageError
from pysetup.index.model import File
from pysetup.index.transport import OfflineTransport
from pysetup.interchange.build_lock import (
    PYLOCK,
    BuildLock,
    LockedFile,
    read_build_locks,
)
from pysetup.interchange.sdist_file import read_sdist_files
from pysetup.values import replace
from pysetup.workflows.building.how import LockUse
from pysetup.workflows.context import Context
from pysetup.workflows.fetching.acquire import acquire, open_store
from pysetup.workflows.fetching.find_links import FindLinks
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.resolving.requested import Asked, Wanted


class NoBuildLockError(OutOfDateError):
    """``--locked`` asks for a build lock, and there is none for this Python.

    A build lock stands in the project's ``pylock.toml``, one for each kind of Python
    and platform. ``pysetup build-lock`` makes it; ``--python`` chooses for which.
    """

    code = "PS8760"

    def __init__(self, source: Path, target: str, others: Sequence[str]) -> None:
        super().__init__(
            f"{source} has no build lock for {target}",
            facts={"project": str(source), "locked for": list(others)},
            hints=("make one:  pysetup build-lock",),
        )


class UnlistedBuildError(OutOfDateError):
    """A build asks for something that its build lock does not list.

    Nothing was fetched. The build requirements of the project have changed, or its
    back end asks for more than when the lock was made. Make the lock anew, look at
    what has changed in ``pylock.toml``, and build again.
    """

    code = "PS8761"

    def __init__(self, source: str, lock: BuildLock, asked: Sequence[str]) -> None:
        locked = {text for one in lock.sets for text in one.requires}
        new = [text for text in asked if text not in locked] or list(asked)
        super().__init__(
            f"the build lock of {source} does not list {', '.join(new)}",
            facts={
                "asked for": list(asked),
                "locked": [", ".join(one.requires) for one in lock.sets],
                "locked for": lock.target,
            },
            hints=(
                "lock what is asked for now:  pysetup build-lock",
                "or build without the lock:  --no-build-lock",
            ),
        )


class LockedFileAbsentError(BuildError):
    """A file of a build lock is nowhere to be had.

    It is not in the cache, in no folder of ``--find-links``, and the lock names no
    URL that may be asked, since the file came from a folder when it was locked.
    """

    code = "PS6760"

    def __init__(self, file: LockedFile) -> None:
        super().__init__(
            f"the locked file {file.filename} is not here",
            facts={"file": file.filename, "sha256": file.hash.hexdigest},
            hints=(
                "name the folder that has it:  --find-links DIR",
                "or lock what there is:  pysetup build-lock --upgrade",
            ),
        )


class UnreadableLockError(UsageError):
    """A ``pylock.toml`` is there, but cannot be read or written.

    The message says what the system says of it; check its permissions.
    """

    code = "PS2761"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}",
            facts={"file": str(path)},
            hints=("check the permissions of the file and its folder",),
        )


class LockedSupply:
    """Gives the files of ``lock`` for its sets of requirements, and nothing else.

    ``folder`` is where the lock stands, None when that is an archive.
    """

    def __init__(
        self, lock: BuildLock, *, name: str, folder: Path | None, context: Context
    ) -> None:
        self._lock, self._name = lock, name
        self._folder, self._context = folder, context
        self.used: set[tuple[str, ...]] = set()

    def __call__(self, requirements: tuple[str, ...]) -> tuple[Wanted, Context]:
        """Return the files to install, and a context that reaches nothing else.

        Raises ``UnlistedBuildError``, ``LockedFileAbsentError``,
        ``HashMismatchError``, and what the transport raises.
        """
        files = self._lock.files_for(requirements)
        if files is None:
            raise UnlistedBuildError(self._name, self._lock, requirements)
        self.used.add(requirements)
        paths = fetch_locked(files, folder=self._folder, context=self._context)
        return exactly(files, paths), sealed(self._context)


def read_lock_file(source: Path) -> bytes | None:
    """Return the ``pylock.toml`` of a project folder or an sdist, None without one.

    Raises ``UnreadableLockError``, and what is wrong with the archive.
    """
    if source.is_dir():
        path = source / PYLOCK
        try:
            return path.read_bytes() if path.is_file() else None
        except OSError as error:
            raise UnreadableLockError(path, error.strerror or str(error)) from None
    if source.name.endswith(".whl") or not source.is_file():
        return None
    return read_sdist_files(source, (PYLOCK,)).get(PYLOCK)


def locked_supply(
    source: Path, target_of: Callable[[], str], *, context: Context, use: LockUse
) -> LockedSupply | None:
    """Return what the lock of ``source`` gives, None without a lock.

    ``target_of`` returns the target that is built for; finding out takes its time, so
    it is asked only if there is need. Raises ``InvalidTomlError``,
    ``InvalidBuildLockError``, and ``NoBuildLockError`` where a lock is required.
    """
    content = None if use == "ignore" else read_lock_file(source)
    locks = {} if content is None else read_build_locks(content)
    if not locks and use != "require":
        return None
    target = target_of()
    lock = locks.get(target)
    if lock is None:
        if use == "require":
            raise NoBuildLockError(source, target, sorted(locks))
        others = ", ".join(sorted(locks))
        context.tell(
            f"note: {source.name} is locked for {others}, not for {target}: "
            "its build requirements are resolved now"
        )
        return None
    folder = source if source.is_dir() else None
    return LockedSupply(lock, name=source.name, folder=folder, context=context)


def fetch_locked(
    files: Sequence[LockedFile], *, folder: Path | None, context: Context
) -> tuple[Path, ...]:
    """Return the verified ``files``, each of them fetched at most once.

    Looked at are the project, ``--find-links``, the cache, the URL in the lock, and
    for what has none the configured indexes. Raises ``LockedFileAbsentError``,
    ``HashMismatchError``, and what the transport raises.
    """
    finder = _Finder(folder, context)
    acquired = acquire([finder.find(file) for file in files], context=context)
    return tuple(one.path for one in acquired)


class _Finder:
    """Says where a locked file is."""

    def __init__(self, folder: Path | None, context: Context) -> None:
        self._folder, self._context = folder, context
        self._store = open_store(context)
        self._links = FindLinks(
            context.settings.find_links,
            directory=context.directory,
            transport=context.transport,
            tell=context.tell,
        )

    def find(self, file: LockedFile) -> File:
        path = None if self._folder is None else self._folder / file.path
        if file.path and path is not None and path.is_file():
            return self._at(file, path.absolute().as_uri())
        for linked in self._links.files(file.name):
            if linked.filename == file.filename:
                return self._at(file, linked.url)
        stored = self._store.get(file.hash, file.filename)
        if stored is not None:
            return self._at(file, stored.path.absolute().as_uri())
        if not self._context.settings.no_index:
            url = file.url or self._listed(file)
            if url:
                return self._at(file, url)
        raise LockedFileAbsentError(file)

    def _listed(self, file: LockedFile) -> str:
        with IndexClient(self._context) as client:
            page = client.page(file.name)
        listed = () if page is None else page.files
        urls = [one.url for one in listed if one.filename == file.filename]
        return urls[0] if urls else ""

    @staticmethod
    def _at(file: LockedFile, url: str) -> File:
        return File(file.filename, url, hashes=(file.hash,), size=file.size)


def exactly(files: Sequence[LockedFile], paths: Sequence[Path]) -> Wanted:
    """Return these very files as all that is wanted."""
    return Wanted(
        tuple(
            Asked(PYLOCK, path=path, hashes=(file.hash,))
            for file, path in zip(files, paths, strict=True)
        )
    )


def sealed(context: Context) -> Context:
    """Return ``context`` without any way to other files: no index, no network."""
    settings = replace(
        context.settings, no_index=True, find_links=(), offline=True, constraints=()
    )
    transport = OfflineTransport(context.transport)
    return replace(context, settings=settings, transport=transport)
