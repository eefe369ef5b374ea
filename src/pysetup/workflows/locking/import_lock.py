"""The lock of another tool made a ``pylock.toml``: same versions, same digests.

Locks that tell digests without URLs are completed from the index: a file counts only if
its digest is one of the lock.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pysetup.edges.urls import file_path, is_file_url
from pysetup.errors import IntegrityError, PysetupError, UsageError
from pysetup.index.model import File
from pysetup.index.urls import last_segment, without_credentials
from pysetup.interchange.foreign_locks.model import (
    Beside,
    ForeignLock,
    ForeignPackage,
    UnknownForeignLockError,
)
from pysetup.interchange.foreign_locks.pdm_lock import read_pdm_lock
from pysetup.interchange.foreign_locks.pipfile_lock import read_pipfile_lock
from pysetup.interchange.foreign_locks.poetry_lock import read_poetry_lock
from pysetup.interchange.foreign_locks.requirements_lock import (
    PinnedLine,
    lock_of_lines,
)
from pysetup.interchange.foreign_locks.uv_lock import read_uv_lock
from pysetup.interchange.pylock.differences import lock_changes
from pysetup.interchange.pylock.model import (
    LockedArchive,
    LockedDirectory,
    LockedPackage,
    LockFile,
)
from pysetup.interchange.pylock.reading import read_lock
from pysetup.interchange.pylock.writing import lock_text
from pysetup.standards.condition_text import marker_text
from pysetup.standards.hashes import Hash
from pysetup.standards.names import normalize_name
from pysetup.standards.versions import parse_version
from pysetup.values import replace
from pysetup.workflows.context import Context, with_options
from pysetup.workflows.fetching.acquire import acquire
from pysetup.workflows.fetching.index_client import IndexClient
from pysetup.workflows.locking.inputs import relative_path
from pysetup.workflows.locking.lock import LockReport
from pysetup.workflows.locking.lock_file import (
    check_lock_name,
    read_lock_bytes,
    write_lock,
)
from pysetup.workflows.locking.needs import DEFAULT_GROUP
from pysetup.workflows.locking.project_inputs import project_draft
from pysetup.workflows.resolving.requested import Asked, read_wanted

_LIST = 3


class NoSuchForeignLockError(UsageError):
    """The lock that should be read is not there, or cannot be read.

    Check the path that ``--from`` names.
    """

    code = "PS2881"


class NotOnIndexError(IntegrityError):
    """An index has no file that a lock of another tool allows.

    The lock tells digests and no URLs, and of this version the index has no file with
    one of these digests. The index may be another than the one that was locked from,
    files may have been replaced or taken away, or this is an attack.
    """

    code = "PS5791"

    def __init__(self, package: ForeignPackage, place: str) -> None:
        super().__init__(
            f"the index has no file of {package.name} {package.version} with a digest"
            " of the lock",
            facts={
                "package": package.name,
                "version": package.version,
                "locked": [str(one) for one in package.hashes[:_LIST]],
                "index": place or "the configured ones",
            },
            hints=("name the index that was locked from:  --index-url URL",),
        )


def import_lock(
    source: Path, path: Path | None, *, context: Context, dry_run: bool = False
) -> LockReport:
    """Write what the lock ``source`` of another tool says to ``path``.

    None is for a lock that is printed only. What cannot be carried over is in the notes
    of the report. Raises ``NoSuchForeignLockError``, ``UnknownForeignLockError``, what
    is wrong with the lock, ``NotOnIndexError``, and what fetching raises.
    """
    if path is not None:
        check_lock_name(path)
    foreign, context = _read(source, context)
    folder = (path.parent if path is not None else context.directory).absolute()
    with IndexClient(context) as client:
        completing = _Completing(client, context, source.parent.absolute(), folder)
        rows = completing.rows(foreign)
    lock = LockFile(
        packages=rows,
        requires_python=foreign.requires_python,
        extras=foreign.extras,
        dependency_groups=foreign.groups,
        default_groups=(DEFAULT_GROUP,) if foreign.groups else (),
    )
    text = lock_text(lock)
    before = None if path is None else read_lock_bytes(path)
    changed = before != text.encode()
    written = changed and path is not None and not dry_run
    if path is not None and written:
        write_lock(path, text.encode())
    return LockReport(
        path=path,
        lock=lock,
        text=text,
        changes=lock_changes(_before(before), lock),
        changed=changed,
        written=written,
        notes=tuple(
            f"{foreign.tool}: {loss}" for loss in (*foreign.losses, *completing.losses)
        ),
    )


def _before(content: bytes | None) -> LockFile | None:
    try:
        return None if content is None else read_lock(content)
    except PysetupError:
        return None  # it is written anew


def _read(source: Path, context: Context) -> tuple[ForeignLock, Context]:
    try:
        content = source.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoSuchForeignLockError(
            f"{source}: {reason}",
            facts={"file": str(source)},
            hints=("check the path that --from names",),
        ) from None
    name = source.name
    if name == "uv.lock":
        return read_uv_lock(content, source=name), context
    if name == "poetry.lock":
        return read_poetry_lock(content, source=name), context
    if name == "pdm.lock":
        beside = _beside(source.parent)
        return read_pdm_lock(content, source=name, beside=beside), context
    if name == "Pipfile.lock":
        return read_pipfile_lock(content, source=name), context
    if name.endswith((".txt", ".in")):
        return _read_requirements(source, context)
    raise UnknownForeignLockError(name)


def _beside(root: Path) -> Beside:
    """Return what the project in the same folder says, if there is one."""
    try:
        draft = project_draft(root)
    except UsageError:
        return Beside()
    extras = draft.mapping.get("provides_extra")
    listed = extras if isinstance(extras, list) else []
    return Beside(extras=frozenset(normalize_name(str(name)) for name in listed))


def _read_requirements(source: Path, context: Context) -> tuple[ForeignLock, Context]:
    wanted = read_wanted((), context=context, files=[str(source)])
    index = str(wanted.options.get("index_url") or "")
    root = source.parent.absolute()
    lines = [
        _line(one, root) for one in wanted.asked if not (one.path and one.path == root)
    ]
    lock = lock_of_lines(lines, source=source.name, index=without_credentials(index))
    return lock, with_options(context, wanted.options)


def _line(one: Asked, root: Path) -> PinnedLine:
    if one.path is None or not one.path.is_dir():
        shown = str(one.path or one.url or (one.vcs and one.vcs.public_text))
        return PinnedLine(
            place=one.source,
            requirement=one.requirement,
            shown=shown,
            hashes=one.hashes,
        )
    name = str(project_draft(one.path).mapping.get("name") or "")
    path = relative_path(one.path, root)
    return PinnedLine(
        place=one.source,
        directory=LockedDirectory(path=path, editable=one.editable),
        name=normalize_name(name),
        shown=path,
    )


class _Completing:
    """Makes rows of what a lock says; ``losses`` are what had to be left out.

    Paths of the lock begin at ``here``, those of the new one at ``there``.
    """

    def __init__(
        self, client: IndexClient, context: Context, here: Path, there: Path
    ) -> None:
        self._client, self._context = client, context
        self._here, self._there = here, there
        self.losses: list[str] = []

    def rows(self, foreign: ForeignLock) -> tuple[LockedPackage, ...]:
        """Return the rows of the lock, by name and version."""
        asked = [one for one in foreign.packages if not (one.direct or one.files)]
        self._client.prefetch(one.name for one in asked)
        known = {one.name for one in foreign.packages}
        made = []
        for package in foreign.packages:
            row = self._row(package)
            marker = marker_text(package.where, assuming=foreign.world)
            needs = sorted(known.intersection(package.dependencies) - {package.name})
            made.append(
                replace(
                    row,
                    marker=marker,
                    dependencies=tuple({"name": name} for name in needs),
                )
            )
        made.sort(key=lambda row: (row.name, parse_version(row.version or "0")))
        return tuple(made)

    def _row(self, package: ForeignPackage) -> LockedPackage:
        made = LockedPackage(
            name=package.name,
            version=package.version,
            requires_python=package.requires_python,
            index=package.index,
        )
        direct = package.direct
        if isinstance(direct, LockedArchive):
            return replace(made, index="", archive=self._archive(direct))
        if isinstance(direct, LockedDirectory):
            place = self._moved(direct.path)
            return replace(made, index="", directory=replace(direct, path=place))
        if direct is not None:
            return replace(made, index="", vcs=direct)
        files = self._placed(package.files) or self._found(package)
        sdists = [file for file in files if not file.filename.endswith(".whl")]
        index = package.index or self._client.origin(package.name)
        return replace(
            made,
            index=index,
            sdist=sdists[0] if sdists else None,
            wheels=tuple(file for file in files if file.filename.endswith(".whl")),
        )

    def _placed(self, files: Iterable[LockedArchive]) -> list[LockedArchive]:
        placed = [
            replace(file, path=self._moved(file.path)) if file.path else file
            for file in files
        ]
        return sorted(placed, key=lambda file: file.filename)

    def _moved(self, path: str) -> str:
        return relative_path(Path(self._here, path), self._there)

    def _archive(self, archive: LockedArchive) -> LockedArchive:
        """Return an archive with its digest, which is computed where it is not told."""
        if archive.path:
            path = Path(self._here, archive.path)
            archive = replace(archive, path=relative_path(path, self._there))
            if archive.hashes:
                return archive
            digest = Hash.of_file(str(path))
            return replace(archive, hashes={digest.algorithm: digest.hexdigest})
        if archive.hashes:
            return archive
        self._lose(f"{archive.url} had no digest: that of today was taken")
        file = File(last_segment(archive.url), archive.url)
        (acquired,) = acquire([file], context=self._context)
        hash_ = acquired.hash
        return replace(archive, hashes={hash_.algorithm: hash_.hexdigest})

    def _found(self, package: ForeignPackage) -> list[LockedArchive]:
        """Return the files that an index has of what the lock allows."""
        version = parse_version(package.version)
        listed = self._client.files(package.name, version)
        allowed = set(package.hashes)
        if not allowed:
            self._lose(f"{package.name} had no digests: those of the index were taken")
        found = [
            made
            for file in listed
            for made in (self._allowed(file, allowed),)
            if made is not None
        ]
        if not found:
            raise NotOnIndexError(package, package.index)
        missing = len(allowed) - len(
            {digest for file in found for digest in file.strong_hashes} & allowed
        )
        if missing:
            told = "a file" if missing == 1 else f"{missing} files"
            self._lose(f"{told} of {package.name} that the index does not have")
        return sorted(found, key=lambda file: file.filename)

    def _allowed(self, file: File, allowed: set[Hash]) -> LockedArchive | None:
        hashes: Sequence[Hash] = file.hashes
        url, place = without_credentials(file.url), ""
        if is_file_url(file.url):
            path = file_path(file.url)
            url, place = "", relative_path(Path(path), self._there)
            if not hashes:
                hashes = (Hash.of_file(path),)
        if allowed and not allowed.intersection(hashes):
            return None
        if not hashes:
            return None
        return LockedArchive(
            url=url,
            path=place,
            name=file.filename,
            size=file.size,
            hashes={one.algorithm: one.hexdigest for one in hashes},
        )

    def _lose(self, sentence: str) -> None:
        if sentence not in self.losses:
            self.losses.append(sentence)
