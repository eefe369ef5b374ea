"""The files of a project folder, as a listing that pure functions decide about."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from pysetup.errors import BuildError, UsageError
from pysetup.late import late_pattern
from pysetup.values import dataclass

FILE, LINK, OTHER, PRUNED = "file", "link", "other", "pruned"

# Folders that are never part of a project, wherever they stand.
_TOOL_FOLDERS = {
    **dict.fromkeys(
        (".git", ".hg", ".svn", ".bzr", "_darcs", "CVS", ".jj", ".sl"),
        "version control",
    ),
    "__pycache__": "bytecode",
    **dict.fromkeys(
        (
            ".tox",
            ".nox",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".pytype",
            ".hypothesis",
            ".import_linter_cache",
            ".ipynb_checkpoints",
            ".eggs",
            ".pysetup",
            "__pypackages__",
        ),
        "working files of a tool",
    ),
}
# At the root only: deeper down these are ordinary names of packages.
_OUTPUT_FOLDERS = ("build", "dist")
_TOOL_FILES = late_pattern(r"\.git|\.coverage(\..*)?|\.DS_Store|Thumbs\.db|\._.*")
_MOST_STATED = 64 << 20
_BYTECODE = late_pattern(r".*\.py[co]|.*\$py\.class")


class SourceLinkError(UsageError):
    """A link in the project cannot be packed.

    A link to a file of the project is packed as that file. A link that leads out of
    the project, to nowhere, or to a folder would not mean the same elsewhere.
    Replace it by what it points to, or leave it out with ``sources.exclude``.
    """

    code = "PS2401"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the link {path} {reason}",
            facts={"path": path},
            hints=(
                "replace the link by what it points to",
                f'or leave it out: [tool.pysetup.sources] exclude = ["/{path}"]',
            ),
        )
        self.path = path


class SourceNameError(UsageError):
    """A file of the project has a name that cannot stand in an archive.

    Archives hold UTF-8 names without control characters, backslashes and colons,
    so that they can be unpacked everywhere. Rename the file, or leave it out with
    ``sources.exclude``.
    """

    code = "PS2402"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"the file {path!r} cannot be packed: {reason}",
            facts={"path": repr(path)},
            hints=("rename the file, or leave it out with sources.exclude",),
        )
        self.path = path


class SourceFileMissingError(UsageError):
    """A file that the project names is not there, or cannot be read.

    The readme, the licence files, the data files and the package data that the
    project's metadata names must exist in the project folder.
    """

    code = "PS2403"

    def __init__(self, path: str, reason: str, *, named_by: str = "") -> None:
        by = f", which {named_by} names," if named_by else ""
        super().__init__(
            f"the file {path}{by} {reason}",
            facts={"path": path, **({"named by": named_by} if named_by else {})},
            hints=("add the file, or correct its name where it is named",),
        )
        self.path = path


class SourceFileTooLargeError(UsageError):
    """A file that says what the project is has more bytes than such a file can have.

    pyproject.toml, the readme, the licences and the files that the metadata is read
    from are at most 64 MiB large. Data files of any size may stand in the packages.
    """

    code = "PS2911"

    def __init__(self, path: str, size: int) -> None:
        super().__init__(
            f"the file {path} is too large: it has {size} bytes",
            facts={"path": path, "bytes": size},
            hints=("see what has been written to it, and restore it",),
        )
        self.path = path


class SourceChangedError(BuildError):
    """A file of the project changed while it was being packed.

    An archive of half old and half new content is worth nothing, so none was
    written. Wait until whatever writes to the folder has finished, and try again.
    """

    code = "PS6401"
    retryable = True

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the file {path} changed while it was being read",
            facts={"path": path},
            hints=("try again when nothing writes to the project folder",),
        )
        self.path = path


@dataclass(frozen=True, slots=True, order=True)
class TreeEntry:
    """One thing in a project folder; ``path`` is relative, with ``/``.

    ``kind`` is FILE, LINK, OTHER (a pipe, a device, an unreadable folder) or PRUNED
    (a folder that was not looked into); ``reason`` says why for the last two.
    """

    path: str
    kind: str
    reason: str = ""


def list_tree(root: Path) -> tuple[TreeEntry, ...]:
    """List all files below ``root``, sorted; tools' own folders are not entered."""
    return tuple(sorted(_walk(str(root), "")))


def _walk(folder: str, prefix: str) -> Iterator[TreeEntry]:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        yield TreeEntry(prefix.rstrip("/"), OTHER, f"unreadable: {error.strerror}")
        return
    for entry in entries:
        path = prefix + entry.name
        if entry.is_symlink():
            yield TreeEntry(path, LINK)
        elif entry.is_dir():
            reason = _reason_to_prune(entry, top=not prefix)
            if reason:
                yield TreeEntry(path + "/", PRUNED, reason)
            else:
                yield from _walk(entry.path, path + "/")
        elif entry.is_file():
            yield TreeEntry(path, FILE)
        else:
            yield TreeEntry(path, OTHER, "a pipe, a socket or a device")


def tool_folder_reason(name: str) -> str:
    """Say why a folder called ``name`` is never part of a project; empty if it may."""
    return _TOOL_FOLDERS.get(name, "")


def _reason_to_prune(entry: os.DirEntry[str], *, top: bool) -> str:
    if reason := tool_folder_reason(entry.name):
        return reason
    if entry.name.endswith(".egg-info"):
        return "generated metadata"
    if os.path.lexists(os.path.join(entry.path, "pyvenv.cfg")):
        return "a virtual environment"
    if top and entry.name in _OUTPUT_FOLDERS:
        # A package may be called so; what builds leave there has no such file.
        init = os.path.join(entry.path, "__init__.py")
        return "" if os.path.isfile(init) else "output of a build"
    return ""


def tool_file_reason(path: str) -> str:
    """Say why the file ``path`` is never part of a project; empty if it may be."""
    name = path.rpartition("/")[2]
    if _BYTECODE.fullmatch(name):
        return "bytecode"
    return "working files of a tool" if _TOOL_FILES.fullmatch(name) else ""


def read_source_file(root: Path, path: str) -> bytes:
    """Return the content of one file that says what the project at ``root`` is.

    Raises ``SourceFileTooLargeError`` and as ``SourceFiles``.
    """
    return SourceFiles(root, most=_MOST_STATED).read(path)


class SourceFiles:
    """The files of the project at ``root``, read one by one.

    Where a folder really stands is asked once, not for each of its files. None of
    them may have more than ``most`` bytes.
    """

    def __init__(self, root: Path, *, most: int | None = None) -> None:
        self._root, self._most = os.path.realpath(root), most
        self._folders = {"": self._root}

    def read(self, path: str) -> bytes:
        """Return the content of the file ``path``, if it held still meanwhile.

        Raises ``SourceLinkError``, ``SourceFileMissingError``, ``SourceChangedError``.
        """
        place = self._place(path)
        try:
            before = os.stat(place)
            if not stat.S_ISREG(before.st_mode):
                # Opening a pipe would wait for whoever writes to it.
                raise SourceFileMissingError(path, "is no ordinary file")
            if self._most is not None and before.st_size > self._most:
                raise SourceFileTooLargeError(path, before.st_size)
            with open(place, "rb", buffering=0) as stream:
                content = stream.readall()
                after = os.fstat(stream.fileno())
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            raise SourceFileMissingError(path, reason) from None
        if len(content) != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
            raise SourceChangedError(path)
        return content

    def _place(self, path: str) -> str:
        """Return where ``path`` really stands; refuse what leads out of the project."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(os.path.join(self._root, folder))
        place = os.path.join(self._folders[folder], name)
        if os.path.islink(place):
            real = os.path.realpath(place)
            if os.path.islink(real):
                raise SourceLinkError(path, "leads in a circle")
            place = real
        elif place == os.path.join(self._root, path):
            return place
        if os.path.commonpath([place, self._root]) != self._root:
            raise SourceLinkError(path, "leads out of the project")
        if os.path.isdir(place):
            raise SourceLinkError(path, "leads to a folder")
        if not os.path.exists(place):
            raise SourceLinkError(path, "leads to nothing")
        return place


def file_paths(entries: Iterable[TreeEntry]) -> tuple[str, ...]:
    """Return the paths of the files and links in a listing."""
    return tuple(entry.path for entry in entries if entry.kind in (FILE, LINK))
